"""What a letter of referral says before anybody has typed: from the plan, the record, and what the plan proposes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from forloeb.careplans.control import Control, Row
from forloeb.careplans.engine import code_book, library
from forloeb.careplans.referral_letter import Diagnosis, Letter, Medicine, Named, Value
from forloeb.careplans.referral_models import LetterKind
from forloeb.guidelines.record import Condition, PatientRecord
from forloeb.guidelines.referrals import ReferralContent, load_referrals
from forloeb.kernel.content import content_folder
from forloeb.terminology import measures

UNUSABLE = frozenset({"implausible", "conflict"})
"""Values that the control page asks about: they are not passed on."""


@cache
def referral_content() -> ReferralContent:
    """Give what referrals are prefilled with. Raises ContentError when the content is not sound."""
    return load_referrals(content_folder(), measures(), library())


def prefill(control: Control, record: PatientRecord, kind: LetterKind, *, last: Letter | None = None) -> Letter:
    """Put a letter together. Whether an interpreter is needed is taken from the patient's `last` letter."""
    content = referral_content()
    rows = {row.measure.id: row for row in control.rows}
    values = [_value(rows[name]) for name in content.values if name in rows]
    smoking = _value(rows[content.smoking]) if content.smoking in rows else None
    diagnoses = tuple(_diagnoses(record, content.diagnoses))
    return Letter(
        reason=_reason(diagnoses) if kind is LetterKind.PREVENTION else "",
        asked=_asked(control, content) if kind is LetterKind.PREVENTION else (),
        interpreter=last.interpreter if last else "unknown",
        interpreter_language=last.interpreter_language if last else "",
        diagnoses=diagnoses,
        complications=tuple(_diagnoses(record, content.complications)),
        values=tuple(value for value in values if value),
        smoking=smoking,
        medicines=tuple(_medicines(record)),
        matters=control.statements.get("matters", ""),
        own_goal=control.statements.get("own-goal", ""),
        resources=control.statements.get("resources", ""),
    )


def named(ids: Iterable[str]) -> tuple[Named, ...]:
    """Give offers and tasks with their names; an id that is not known is left out."""
    content = referral_content()
    return tuple(Named(id=id, name=name) for id in ids if (name := content.name_of(id)) is not None)


def _asked(control: Control, content: ReferralContent) -> tuple[Named, ...]:
    """What the plan proposes today, and what was agreed because a plan once proposed it."""
    rules = {proposal.rule for proposal in control.proposals} | {one.rule for one in control.agreements}
    return named(content.proposed(rules))


def _reason(diagnoses: Sequence[Diagnosis]) -> str:
    """The letter is Danish, as its readers are."""
    if not diagnoses:
        return "Ønsker hjælp til sundere vaner."
    names = [_within(one.name.da) for one in diagnoses]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} og {names[-1]}"
    return f"Har {listed}. Ønsker hjælp til at leve godt med det."


def _within(name: str) -> str:
    """Write a name as it stands within a sentence: an abbreviation keeps its capitals."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def _diagnoses(record: PatientRecord, lists: Sequence[str]) -> Iterable[Diagnosis]:
    """Give what is on the record of each list, the earliest entry of each; what has ended is not told."""
    book = code_book()
    for name in lists:
        held = [one for one in record.conditions if one.ended_on is None and name in book.lists_of(one.coding)]
        if held:
            first = min(held, key=_began)
            yield Diagnosis(
                system=first.coding.system, code=first.coding.code, name=book.names[name].name, since=first.onset_on
            )


def _began(condition: Condition) -> tuple[bool, str, str]:
    return (condition.onset_on is None, str(condition.onset_on), condition.source or "")


def _value(row: Row) -> Value | None:
    found = row.value
    if found.measured_on is None or found.status in UNUSABLE or (found.quantity is None and found.answer is None):
        return None
    quantity = found.quantity
    return Value(
        measure=row.measure.id,
        value=quantity.value if quantity else None,
        comparator=quantity.comparator.value if quantity and quantity.comparator else "",
        unit=quantity.unit if quantity else "",
        answer=found.answer or "" if quantity is None else "",
        measured_on=found.measured_on,
    )


def _medicines(record: PatientRecord) -> Iterable[Medicine]:
    """Give what is taken now and is of a kind that a guideline speaks of; the rest is no concern of this letter."""
    book, seen = code_book(), set()
    for medication in sorted(record.medications, key=lambda one: one.atc):
        lists = book.lists_of_medicine(medication.atc)
        if medication.stopped_on is None and lists and medication.atc not in seen:
            seen.add(medication.atc)
            yield Medicine(atc=medication.atc, name=book.names[lists[0]].name)
