"""The tables for eyes, made from the entries: who reads the document without a program sees what it says."""

from __future__ import annotations

from collections.abc import Sequence

from forloeb.cda.codes import PATIENTS_WORDS, Part
from forloeb.cda.document import (
    Activity,
    Diagnosis,
    Document,
    Observed,
)
from forloeb.cda.taking import Element
from forloeb.cda.values import (
    Coded,
    Interval,
    Nothing,
    Number,
    Stamp,
    Words,
)
from forloeb.cda.write_parts import add


def add_narrative(text: Element, part: Part, document: Document) -> None:
    """Fill a section's text."""
    match part:
        case "diagnoses":
            _table(text, ("Kode", "Diagnose", "Dato"), [_diagnosis(one) for one in document.diagnoses])
        case "goals":
            own = [goal for goal in document.goals if _is_own(goal)]
            coded = [_observed(goal) for goal in document.goals if not _is_own(goal)]
            _table(text, ("Dato", "Kode", "Kodebetydning", "Aftalt mål", "Enhed"), coded)
            _table(text, (), [("Egne mål", _shown(goal), "") for goal in own])
        case "results":
            heads = ("Dato", "Kode", "Kodebetydning", "Værdi", "Enhed")
            _table(text, heads, [_observed(one) for one in document.results])
        case "activities":
            _table(text, ("Husk at",), [(one.words or "-",) for one in document.reminders])
            _table(text, ("Dato", "Kode", "Kodebetydning"), [_service(one) for one in document.services])


def _table(text: Element, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not rows:
        return
    table = add(text, "table", width="100%")
    if heads:
        row = add(add(table, "thead"), "tr")
        for head in heads:
            add(row, "th", head)
    body = add(table, "tbody")
    for cells in rows:
        row = add(body, "tr")
        for cell in cells:
            add(row, "td", cell)


def _is_own(goal: Observed) -> bool:
    return goal.code is not None and goal.code.code == PATIENTS_WORDS


def _diagnosis(diagnosis: Diagnosis) -> tuple[str, ...]:
    code = diagnosis.code
    since = diagnosis.followed or diagnosis.present
    return (code.code or "-" if code else "-", code.name or "-" if code else "-", _day(since.value if since else None))


def _observed(observed: Observed) -> tuple[str, ...]:
    code, value, when = observed.code, observed.value, observed.when
    unit = value.unit if isinstance(value, Number | Interval) else None
    return (
        _day((when.value or when.low) if when else None),
        code.code or "-" if code else "-",
        code.name or "-" if code else "-",
        _shown(observed),
        unit or "-",
    )


def _shown(observed: Observed) -> str:
    match observed.value:
        case Number(text, _):
            return text
        case Interval() as interval:
            return _interval(interval)
        case Words(text):
            return text
        case Coded(code):
            return code.name or code.code or "-"
        case Nothing() | None:
            return observed.text or "-"


def _interval(value: Interval) -> str:
    if value.low is None or value.low_null:
        return f"{'≤' if value.high_inclusive else '<'}{value.high}"
    if value.high is None or value.high_null:
        return f"{'≥' if value.low_inclusive else '>'}{value.low}"
    return f"{value.low}-{value.high}"


def _service(service: Activity) -> tuple[str, ...]:
    codes = [detail.value.code for detail in service.details if isinstance(detail.value, Coded)]
    code = codes[0].code if codes else None
    return (service.day.strftime("%d.%m.%Y") if service.day else "-", code or "-", service.words or "-")


def _day(stamp: Stamp | None) -> str:
    day = stamp.day if stamp else None
    return day.strftime("%d.%m.%Y") if day else "-"
