"""Writes the page docs/reference/measures.md from the content; run the module to print it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from forloeb.kernel.measures import Measure, MeasureCode, Range
from forloeb.terminology.measures import LOINC_CODES, measures

_INTRODUCTION = """# Measures

Written by `python -m forloeb.terminology.reference` from `content/measures`; a test holds them together.

A value is read under every code listed; when several stand on one day the first is believed before the next, and they are
never averaged. It is written under the code in bold. Units are UCUM. Outside the *hard* range a value is refused when
typed, and shown but never used when received; outside the *soft* range the person is asked. Comparators (`>90`, `<9`)
are kept.

Status says how sure a code or a range is: **V** read in the source itself, **V2** second-hand, **U** unverified. V2 and
U need a clinician's confirmation. Codes of the systems NPU (with DNK) and MCS (with DIB) are read under either of the
two addresses each system has, and from a plan that writes MCS codes under NPU's.

Goals have codes of their own (the last columns) and are never read as measurements.
"""

_COLUMNS = (
    *("id", "name", "patient's words", "codes", "unit", "hard range", "soft range", "setting", "better"),
    *("goal: recommended", "goal: agreed"),
)


def measures_reference() -> str:
    """Give the page, a line for each measure."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    yield from _header(*_COLUMNS)
    for measure in measures().values():
        yield f"| {' | '.join(_row(measure))} |"
    yield "\n## Answers of measures that are chosen\n"
    yield from _header("id", "answers asked for", "also read")
    for measure in measures().values():
        if measure.choices:
            yield f"| {measure.id} | {_answers(measure)} | {_spellings(measure)} |"
    yield "\n## Codes of international devices\n"
    yield "LOINC codes that FHIR's vital signs travel under. A blood pressure is the clinic's unless it says that it was"
    yield "taken at home.\n"
    yield from _header("LOINC", "measure")
    yield from (f"| {code} | {name} |" for code, name in LOINC_CODES.items())


def _header(*names: str) -> Iterator[str]:
    yield f"| {' | '.join(names)} |"
    yield f"| {' | '.join('---' for _ in names)} |"


def _row(measure: Measure) -> Iterator[str]:
    yield measure.id
    yield f"{measure.name.da} / {measure.name.en}"
    yield f"{measure.patient_name.da} / {measure.patient_name.en}"
    yield ", ".join(_code(code, measure) for code in measure.read) or "none known (U)"
    yield f"`{measure.unit}`" + (f" ({', '.join(measure.unit_conversions)})" if measure.unit_conversions else "")
    yield _range(measure.hard, measure)
    yield _range(measure.soft, measure)
    yield measure.setting
    yield measure.good
    yield measure.recommended_goal_code or ""
    yield measure.agreed_goal_code or ""


def _code(code: MeasureCode, measure: Measure) -> str:
    name = f"**{code.code}**" if measure.write and measure.write.code == code.code else code.code
    return f"{name} ({code.status}{': ' + code.note if code.note else ''})"


def _range(limits: Range | None, measure: Measure) -> str:
    if limits is None:
        return ""

    def number(value: Decimal) -> str:
        return f"{value.normalize():f}"

    return f"{number(limits.low)}–{number(limits.high)} ({limits.status or measure.range_status})"


def _answers(measure: Measure) -> str:
    return "; ".join(choice.value for choice in measure.choices if choice.is_offered)


def _spellings(measure: Measure) -> str:
    read_only = [choice.value for choice in measure.choices if not choice.is_offered]
    also = [f"{' = '.join(choice.also)} → {choice.value}" for choice in measure.choices if choice.also]
    return "; ".join(read_only + also)


if __name__ == "__main__":
    print(measures_reference(), end="")  # noqa: T201
