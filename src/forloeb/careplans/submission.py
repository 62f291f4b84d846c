"""Reads what came back from the control page: every field checked, nothing guessed, nothing lost.

`prefill` gives the fields as the page first shows them; `read` turns fields into what is to be saved, or into faults
that name the field, what is wrong and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from forloeb.careplans.calculated import calculated
from forloeb.careplans.control import Control, Row
from forloeb.careplans.models import Doer, StatementKind
from forloeb.careplans.ranges import GoalRange, NotARange
from forloeb.guidelines.results import Proposal
from forloeb.kernel.answers import Answer
from forloeb.kernel.content import Localized
from forloeb.kernel.quantities import Quantity
from forloeb.kernel.typed_text import typed_text
from forloeb.records.actions import TypedValue
from forloeb.records.deliveries import states
from forloeb.terminology import BadTyped, check_typed

LONGEST = 300
"""Characters in a statement, a reason or an agreement: the patient reads them on a phone."""


WRITTEN_TOGETHER = tuple(kind.value for kind in StatementKind if kind is not StatementKind.QUESTIONS)
"""The patient's words that are written down at the control; their questions they write themselves."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One field that cannot be saved as it stands. With `can_confirm` the person may say that it is right."""

    field: str
    text: Localized
    can_confirm: bool = False


@dataclass(frozen=True, slots=True)
class GoalChange:
    """A goal that was changed on the page: an interval or a choice, None for both when it was cleared."""

    goal: str
    range: GoalRange | None
    answer: str
    reason: str


@dataclass(frozen=True, slots=True)
class NewAgreement:
    """Something agreed today, or something to remember."""

    text: str
    done_by: str
    due_on: date | None
    is_reminder: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """A control, read and checked."""

    values: tuple[TypedValue, ...]
    goals: tuple[GoalChange, ...]
    statements: Mapping[str, str]
    ended_agreements: tuple[int, ...]
    new_agreements: tuple[NewAgreement, ...]
    accepted: tuple[Proposal, ...]
    dismissed: tuple[Proposal, ...]
    plans: tuple[str, ...]
    next_review_on: date | None
    note_to_patient: str
    accepted_home: tuple[int, ...] = ()
    """Values the patient measured at home that go to the laboratory card."""


def prefill(control: Control) -> dict[str, str]:
    """Give the fields as a page with no draft shows them: goals in force, the patient's words, the next control."""
    fields = {f"statement.{kind}": text for kind, text in control.statements.items() if kind in WRITTEN_TOGETHER}
    for row in control.rows:
        if row.shows_goal and (text := goal_text(row)):
            fields[f"goal.{row.goal_name}"] = text
            if row.agreed and row.agreed.reason:
                fields[f"reason.{row.goal_name}"] = row.agreed.reason
    fields |= {f"agreement.{a.id}": "keep" for a in control.agreements}
    fields |= {f"plan.{p.guideline}": "yes" for p in control.plans if p.disease.included is Answer.YES}
    fields["next_review_on"] = control.suggested_next_review_on.isoformat()
    return fields


def goal_text(row: Row) -> str:
    """Write the goal in force as the page's field holds it."""
    if row.agreed and row.agreed.answer:
        return row.agreed.answer
    return row.goal_in_force.text() if row.goal_in_force else ""


def not_yet_saved(fields: Mapping[str, str], control: Control) -> dict[str, str]:
    """Leave out what today's finished control already holds.

    A page may come back after it was saved: sent twice, or by its own keeping of a draft a moment later. Nothing is
    said twice for that, and what was written since is kept.
    """
    review = control.last_review
    if review is None or not control.is_finished_today:
        return dict(fields)
    agreed = {agreement.text for agreement in control.agreements}
    rows = {row.measure.id: row for row in control.rows}
    open_names = {f"agreement.{a.id}" for a in control.agreements} | {f"proposal.{p.rule}" for p in control.proposals}
    left = {}
    for name, text in fields.items():
        kind, _, rest = name.partition(".")
        match kind:
            case "new-agreement" | "new-reminder":
                is_saved = fields.get(f"{kind}.{rest.partition('.')[0]}.text", "").strip() in agreed
            case "agreement" | "proposal":
                is_saved = name not in open_names
            case "card":
                is_saved = f"Observation/{rest}" in states(control.patient.id)
            case "value" | "confirm":
                is_saved = rest in rows and _is_recorded(rows[rest], fields.get(f"value.{rest}", ""), control.as_of)
            case _:
                is_saved = name == "note_to_patient" and text == review.note_to_patient
        if not is_saved:
            left[name] = text
    if review.next_review_on and fields.get("next_review_on") == review.next_review_on.isoformat():
        left["next_review_on"] = prefill(control)["next_review_on"]
    return left


def _is_recorded(row: Row, text: str, as_of: date) -> bool:
    try:
        typed = check_typed(row.measure, text)
    except BadTyped:
        return False
    value = row.value
    return value.measured_on == as_of and (typed.quantity, typed.answer) == (value.quantity, value.answer)


def read(fields: Mapping[str, str], control: Control) -> tuple[Submission | None, tuple[Fault, ...]]:
    """Read the page's fields. Gives the submission, or None and every fault there is."""
    faults: list[Fault] = []
    submission = Submission(
        (*_values(fields, control.rows, faults), *_calculated(fields, control)),
        _goals(fields, control, faults),
        _statements(fields, faults),
        tuple(a.id for a in control.agreements if fields.get(f"agreement.{a.id}") != "keep"),
        _agreements(fields, control.as_of, faults),
        tuple(p for p in control.proposals if fields.get(f"proposal.{p.rule}") == "accept"),
        tuple(p for p in control.proposals if fields.get(f"proposal.{p.rule}") == "dismiss"),
        tuple(p.guideline for p in control.plans if fields.get(f"plan.{p.guideline}") == "yes"),
        _next_review(fields, control.as_of, faults),
        _short(fields, "note_to_patient", faults, longest=1000),
        tuple(int(name[5:]) for name in fields if re.fullmatch(r"card\.[0-9]{1,18}", name)),
    )
    return (None if faults else submission), tuple(faults)


def _values(fields: Mapping[str, str], rows: Sequence[Row], faults: list[Fault]) -> tuple[TypedValue, ...]:
    values = []
    for row in rows:
        name = f"value.{row.measure.id}"
        text = fields.get(name, "").strip()
        if not text or not row.can_type:
            continue
        try:
            typed = check_typed(row.measure, text)
        except BadTyped as bad:
            faults.append(Fault(name, bad.text))
            continue
        if typed.warnings and fields.get(f"confirm.{row.measure.id}") != text:
            faults.append(Fault(name, typed.warnings[0], can_confirm=True))
        values.append(TypedValue(row.measure, typed.quantity, typed.answer))
    return tuple(values)


def _calculated(fields: Mapping[str, str], control: Control) -> Iterator[TypedValue]:
    """Give what follows from the typed values; it is recorded with them."""
    for item in calculated(fields, control.height):
        yield TypedValue(item.measure, Quantity(item.value, item.measure.unit))


def _goals(fields: Mapping[str, str], control: Control, faults: list[Fault]) -> tuple[GoalChange, ...]:
    was = prefill(control)
    changes = []
    for row in control.rows:
        name, reason_name = f"goal.{row.goal_name}", f"reason.{row.goal_name}"
        text, reason = fields.get(name, "").strip(), _short(fields, reason_name, faults)
        if not row.shows_goal or (text == was.get(name, "") and reason == was.get(reason_name, "")):
            continue
        change = _goal(row, name, text, reason, faults)
        if change and _differs(row, change) and not reason:
            faults.append(Fault(reason_name, _needs_reason(row)))
        elif change:
            changes.append(change)
    return tuple(changes)


def _needs_reason(row: Row) -> Localized:
    name = row.measure.name
    return Localized(
        da=f"{name.da}: skriv kort, hvorfor målet afviger fra det anbefalede. Patienten kan læse det.",
        en=f"{name.en}: write briefly why the goal differs from the recommended one. The patient can read it.",
    )


def _goal(row: Row, name: str, text: str, reason: str, faults: list[Fault]) -> GoalChange | None:
    if not text:
        return GoalChange(row.goal_name, None, "", "")
    if row.measure.kind == "choice":
        if text in {choice.value for choice in row.measure.choices}:
            return GoalChange(row.goal_name, None, text, reason)
        faults.append(Fault(name, _NOT_A_CHOICE))
        return None
    try:
        goal = GoalRange.read(text, like=row.goal_in_force)
    except NotARange:
        faults.append(Fault(name, _NOT_A_GOAL))
        return None
    hard = row.measure.hard
    if hard and any(limit is not None and limit not in hard for limit in (goal.low, goal.high)):
        faults.append(Fault(name, _impossible_goal(row)))
        return None
    return GoalChange(row.goal_name, goal, "", reason)


def _differs(row: Row, change: GoalChange) -> bool:
    recommended = GoalRange.of(row.target) if row.target else None
    if recommended is None or change.range is None:
        return False
    return not change.range.same_as(recommended)


def _statements(fields: Mapping[str, str], faults: list[Fault]) -> dict[str, str]:
    return {kind: _short(fields, f"statement.{kind}", faults) for kind in WRITTEN_TOGETHER}


_NEW = re.compile(r"new-(agreement|reminder)\.(\d{1,2})\.text")


def _agreements(fields: Mapping[str, str], as_of: date, faults: list[Fault]) -> tuple[NewAgreement, ...]:
    found = []
    for name in sorted(fields):
        named = _NEW.fullmatch(name)
        text = _short(fields, name, faults) if named else ""
        if not named or not text:
            continue
        stem = name.removesuffix(".text")
        done_by = fields.get(f"{stem}.by", Doer.PATIENT)
        due_on = _day(fields, f"{stem}.due", faults)
        if done_by not in Doer.values:
            faults.append(Fault(f"{stem}.by", _NOT_A_CHOICE))
        if due_on and due_on < as_of:
            faults.append(Fault(f"{stem}.due", _IN_THE_PAST))
        found.append(NewAgreement(text, done_by, due_on, named[1] == "reminder"))
    return tuple(found)


def _next_review(fields: Mapping[str, str], as_of: date, faults: list[Fault]) -> date | None:
    day = _day(fields, "next_review_on", faults)
    if day and day <= as_of:
        faults.append(Fault("next_review_on", _IN_THE_PAST))
    return day


def _day(fields: Mapping[str, str], name: str, faults: list[Fault]) -> date | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    if written := re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text):
        text = f"{written[3]}-{int(written[2]):02}-{int(written[1]):02}"
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults.append(Fault(name, _NOT_A_DAY))
        return None


def _short(fields: Mapping[str, str], name: str, faults: list[Fault], *, longest: int = LONGEST) -> str:
    text = typed_text(fields.get(name, ""))
    if len(text) > longest:
        faults.append(Fault(name, _too_long(len(text), longest)))
    return text


_NOT_A_GOAL = Localized(
    da="Målet kan ikke læses. Skriv for eksempel < 1,8 eller 53-58.",
    en="The goal cannot be read. Write for example < 1.8 or 53-58.",
)
_NOT_A_CHOICE = Localized(da="Vælg et af svarene på listen.", en="Choose one of the answers in the list.")
_NOT_A_DAY = Localized(
    da="Datoen kan ikke læses. Skriv den som 24.12.2026.",
    en="The date cannot be read. Write it as 24.12.2026.",
)
_IN_THE_PAST = Localized(da="Vælg en dag, der ligger fremme i tiden.", en="Choose a day that lies ahead.")


def _impossible_goal(row: Row) -> Localized:
    assert row.measure.hard is not None
    low, high, unit = row.measure.hard.low, row.measure.hard.high, row.measure.unit_shown
    return Localized(
        da=f"Målet ligger uden for det mulige ({low}–{high} {unit}). Ret det.",
        en=f"The goal lies outside what is possible ({low}–{high} {unit}). Correct it.",
    )


def _too_long(length: int, longest: int) -> Localized:
    return Localized(
        da=f"Teksten er {length} tegn; der er plads til {longest}. Gør den kortere.",
        en=f"The text is {length} characters; there is room for {longest}. Make it shorter.",
    )
