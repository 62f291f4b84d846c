"""`forloeb evaluate`: a Bundle of one patient in, the evaluated plan out. Needs no database."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TextIO

import orjson

from forloeb.fhir.bundle import ReadBundle, read_bundle
from forloeb.fhir.reading import NotFhir
from forloeb.guidelines.library import Library
from forloeb.guidelines.merging import interval_text
from forloeb.guidelines.results import Evaluation
from forloeb.guidelines.to_json import to_json
from forloeb.kernel.answers import Answer
from forloeb.kernel.content import NEEDS_CONFIRMATION, content_folder
from forloeb.terminology import measures


def run(path: Path, as_of: date, form: str, out: TextIO, *, language: str = "da") -> int:
    """Evaluate a file (`-` is standard input). Gives the exit code: 2 with one line on what is wrong."""
    try:
        read = read_bundle(orjson.loads(sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()))
    except OSError as error:
        return _refuse(f"{path}: cannot be read: {error.strerror}")
    except orjson.JSONDecodeError as error:
        return _refuse(f"{path}: not JSON, line {error.lineno}: {error.msg}")
    except NotFhir as error:
        return _refuse(f"{path}: {error}")
    evaluation = Library.load(content_folder(), measures()).evaluate(read.record, as_of)
    if form == "json":
        plan = to_json(evaluation)
        plan["findings"] = [{"where": f.where, "what": f.what, "fault": f.is_fault} for f in read.findings]
        out.write(orjson.dumps(plan, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        out.writelines(line + "\n" for line in as_text(evaluation, read, language))
    return 0


def _refuse(line: str) -> int:
    print(line, file=sys.stderr)  # noqa: T201
    return 2


_WORDS = {
    "da": {
        "in_target": "i mål",
        "above_target": "ikke i mål",
        "below_floor": "for lav",
        "missing": "mangler",
        "stale": "for gammel",
        "implausible": "usandsynlig",
        "not_applicable": "intet mål",
        "not_needed": "ikke nødvendig",
        "conflict": "modstridende",
        "confirm_at_home": "bekræft med hjemmeblodtryk",
        "diseases": "Sygdomme",
        "values": "Værdier",
        "goal": "mål",
        "classes": "Klasser og scorer",
        "due": "Hvornår",
        "flags": "Bemærk",
        "proposals": "At overveje",
        "clashes": "Uenighed mellem kilder",
        "findings": "Ikke brugt fra filen",
        "unknown": "ukendt",
        "provisional": "foreløbigt, mangler",
        "confirm": "bør bekræftes af en kliniker",
        "awaiting": "Indholdet afventer klinisk godkendelse: ingen kliniker har gennemgået det.",
        "yes": "ja",
        "no": "nej",
    },
    "en": {
        "in_target": "at goal",
        "above_target": "not at goal",
        "below_floor": "too low",
        "missing": "missing",
        "stale": "too old",
        "implausible": "implausible",
        "not_applicable": "no goal",
        "not_needed": "not needed",
        "conflict": "contradictory",
        "confirm_at_home": "confirm with home measurement",
        "diseases": "Diseases",
        "values": "Values",
        "goal": "goal",
        "classes": "Classes and scores",
        "due": "When",
        "flags": "Notice",
        "proposals": "To consider",
        "clashes": "Where sources disagree",
        "findings": "Not used from the file",
        "unknown": "unknown",
        "provisional": "provisional, missing",
        "confirm": "to be confirmed by a clinician",
        "awaiting": "The content awaits clinical sign-off: no clinician has checked it.",
        "yes": "yes",
        "no": "no",
    },
}


def as_text(evaluation: Evaluation, read: ReadBundle, language: str) -> Iterator[str]:
    """Write an evaluation for a person to read."""
    words = _WORDS[language]

    def confirm(status: str) -> str:
        return f" [{words['confirm']}]" if status in NEEDS_CONFIRMATION else ""

    def section(name: str, lines: list[str]) -> Iterator[str]:
        if lines:
            yield f"\n{words[name]}"
            yield from (f"  {line}" for line in lines)

    if any(not disease.is_signed_off for disease in evaluation.diseases if disease.included is not Answer.NO):
        yield words["awaiting"]
    yield from section(
        "diseases",
        [
            f"{d.title.in_language(language)}: {words[d.included.value]}. "
            + " ".join(r.text.in_language(language) + confirm(r.status) for r in d.because)
            for d in evaluation.diseases
        ],
    )
    yield from section("values", list(_values(evaluation, words, language, confirm)))
    yield from section(
        "classes",
        [
            f"{c.title.in_language(language)}: "
            + ", ".join(
                f"{words['unknown'] if value is None else value}" + (f" ({profile})" if len(c.values) > 1 else "")
                for profile, value in c.values.items()
            )
            for c in evaluation.classifications
        ]
        + [
            f"{s.title.in_language(language)}: "
            + (
                f"{s.value} {s.unit}"
                if s.value is not None
                else f"{words['unknown']} – {s.because[0].text.in_language(language)}"
            )
            for s in evaluation.scores
        ],
    )
    for name, found in (("flags", evaluation.flags), ("proposals", evaluation.proposals)):
        yield from section(name, [item.text.in_language(language) + confirm(item.because[0].status) for item in found])
    yield from section("due", [f"{d.due_on}  {d.title.in_language(language)}" for d in evaluation.due])
    yield from section(
        "clashes",
        [
            f"{c.measure}: {c.because.in_language(language)} "
            + "; ".join(f"{s.says} ({s.guideline}, {s.profile})" for s in c.sides)
            for c in evaluation.clashes
        ],
    )
    yield from section("findings", [f"{f.where}: {f.what}" for f in read.findings])


def _values(evaluation: Evaluation, words: dict[str, str], language: str, confirm) -> Iterator[str]:  # type: ignore[no-untyped-def]
    known = measures()
    targets = {target.measure: target for target in evaluation.targets}
    for value in evaluation.values:
        measure = known[value.measure]
        target = targets.get(measure.goal or measure.id)
        sign = value.quantity.comparator.value if value.quantity and value.quantity.comparator else ""
        shown = f"{sign}{value.quantity.value}" if value.quantity else value.answer or "–"
        when = f" ({value.measured_on})" if value.measured_on else ""
        goal = ""
        if target is not None:
            missing = ", ".join(fact.title.in_language(language) for fact in target.missing)
            goal = f"; {words['goal']} {interval_text(target)} {target.rule}{confirm(target.status)}"
            goal += f" ({words['provisional']}: {missing})" if missing else ""
        status = "not_needed" if value.status == "not_applicable" and target is not None else value.status
        yield f"{measure.name.in_language(language)}: {shown} {measure.unit_shown}{when} – {words[status]}{goal}"
