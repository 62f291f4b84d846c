// Validates HTML documents, one JSON string a line in, one JSON list of faults a line out. Offline.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.FORLOEB_NODE_MODULES, "package.json"));
const { HtmlValidate, StaticConfigLoader } = require("html-validate");

const loader = new StaticConfigLoader({
  root: true,
  extends: ["html-validate:standard", "html-validate:a11y", "html-validate:document"],
  rules: {
    // The id of a field carries its name, which has dots and underscores elsewhere.
    "valid-id": ["error", { relaxed: true }],
    // `autocomplete` is the browser's to offer; a clinic's field of today's weight has none.
    "prefer-native-element": ["error", { exclude: ["region"] }],
    "no-inline-style": "error",
    "no-dup-id": "error",
    "long-title": "off",
    "require-sri": "off",
    // The language switch has no text of its own to be confused with.
    "tel-non-breaking": "off",
  },
});
const validator = new HtmlValidate(loader);

for await (const line of createInterface({ input: process.stdin })) {
  const report = await validator.validateString(JSON.parse(line));
  const faults = report.results.flatMap((result) =>
    result.messages.map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`),
  );
  process.stdout.write(JSON.stringify(faults) + "\n");
}
