"""Write the pages of docs/reference that are made from the content and the code, so that they cannot lie.

python tools/write_reference.py            write them
python tools/write_reference.py --check    say which are not as they would be written; 1 when there are any
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from forloeb.config.cli import parser
from forloeb.guidelines import home, questionnaires, referrals, schema
from forloeb.guidelines.formulas.reference import formulas_reference
from forloeb.guidelines.handbook import make_handbook, to_markdown
from forloeb.guidelines.library import Library
from forloeb.kernel.content import content_folder
from forloeb.terminology import measures
from forloeb.terminology.reference import measures_reference

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference"
COMMANDS = REFERENCE / "command-line.md"
"""Never held against the code: each Python sets its help in its own way."""
CONTENT_FILES: dict[str, type[BaseModel]] = {
    "sources.yaml": schema.Sources,
    "code_lists": schema.CodeLists,
    "facts": schema.Facts,
    "guideline.yaml": schema.GuidelineFile,
    "parameters": schema.Parameters,
    "rules": schema.RuleFile,
    "cases": schema.Cases,
    "home/blood_pressure.yaml": home.PressureProtocol,
    "home/measurements.yaml": home.HomeMeasurements,
    "questionnaires": questionnaires.Questionnaire,
    "referrals/municipality.yaml": referrals.ReferralContent,
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    asked.add_argument("--check", action="store_true")
    check = asked.parse_args().check
    stale = False
    for path, text in pages():
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif path != COMMANDS and (not path.is_file() or path.read_text(encoding="utf-8") != text):
            stale = True
            print(f"{path}: is not as it would be written; run tools/write_reference.py", file=sys.stderr)
    sys.exit(stale)


def pages() -> Iterator[tuple[Path, str]]:
    yield REFERENCE / "measures.md", measures_reference()
    yield REFERENCE / "formulas.md", formulas_reference()
    yield REFERENCE / "content.schema.json", _content_schema()
    yield COMMANDS, _command_line()
    library = Library.load(content_folder(), measures())
    for guideline in library.guidelines:
        signed = any(s.version == guideline.file.version for s in guideline.file.sign_off)
        handbook = make_handbook(library, guideline, "da", as_of=guideline.file.valid_from)
        yield REFERENCE / "handbook" / f"{guideline.name}.md", to_markdown(handbook, "da", is_signed_off=signed)


def _content_schema() -> str:
    """Give one JSON Schema with a definition for each kind of file, for editors that check YAML while one writes."""
    made = {name: kind.model_json_schema(ref_template="#/$defs/{model}") for name, kind in CONTENT_FILES.items()}
    shared = {name: body for one in made.values() for name, body in one.pop("$defs", {}).items()}
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Forløb's clinical content",
        "description": "Written by tools/write_reference.py. A file satisfies the definition of its kind.",
        "$defs": dict(sorted({**shared, **made}.items())),
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _command_line() -> str:
    os.environ["COLUMNS"] = "100"
    lines = ["# The command line", "", "Written by `tools/write_reference.py` from the commands' own help.", ""]
    whole = parser()
    lines += ["```", whole.format_help().rstrip(), "```", ""]
    for name, command in _commands(whole):
        lines += [f"## forloeb {name}", "", "```", command.format_help().rstrip(), "```", ""]
    lines += [
        "Exit codes: 0 done; 1 done, with faults found; 2 not done, with one line per fault that says what, where and",
        "what to do; 130 stopped from the keyboard.",
    ]
    return "\n".join(lines) + "\n"


def _commands(whole: argparse.ArgumentParser, before: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Give each command by its full name, and after it the commands that it has itself."""
    for found in whole._actions:
        if isinstance(found, argparse._SubParsersAction):
            for name, command in found.choices.items():
                yield before + name, command
                yield from _commands(command, f"{before}{name} ")


if __name__ == "__main__":
    main()
