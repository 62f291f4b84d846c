"""Who needs a plan, and why: the practice's list, evaluated by the same engine as the control page.

Nothing is stored: each look reads the records as they are, so that a result that has come in moves its row at once.
The lists are content (content/worklists), and the reasons those of docs/reference/work-lists.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from forloeb.access import policies
from forloeb.access.queries import note, open_patient
from forloeb.careplans.contacts import Contact, contacts_of
from forloeb.careplans.control import AgreedGoal
from forloeb.careplans.engine import library_on
from forloeb.careplans.state import differing_goals
from forloeb.guidelines.library import Library
from forloeb.guidelines.record import PatientRecord
from forloeb.guidelines.results import Disease, Evaluation
from forloeb.kernel.answers import Answer
from forloeb.kernel.identifiers import Sex
from forloeb.kernel.periods import whole_years
from forloeb.people.viewers import Viewer
from forloeb.population.before import Before, before_control
from forloeb.population.lists import need_of, work_lists
from forloeb.population.reasons import Known, Reason, find_reasons
from forloeb.population.signs import signs
from forloeb.population.standing import PLACES, Place, stand
from forloeb.records import queries as records


@dataclass(frozen=True, slots=True)
class Entry:
    """One person on the list, once, with every reason; the most pressing first."""

    patient_id: int
    public_id: UUID
    given_name: str
    family_name: str
    cpr_number: str | None
    birth_date: date
    age: int
    diseases: tuple[Disease, ...]
    last_review_on: date | None
    next_review_on: date | None
    reasons: tuple[Reason, ...]
    """Those that count where the entry stands; all of them where every one has been answered."""
    place: Place = "open"
    answered: tuple[Reason, ...] = ()
    contacts: tuple[Contact, ...] = ()
    before: tuple[Before, ...] = ()
    """What is to be done before a control now."""

    def __repr__(self) -> str:
        return f"Entry({len(self.reasons)} reasons)"

    @property
    def name(self) -> str:
        """The full name, as it is spoken."""
        return f"{self.given_name} {self.family_name}"

    @property
    def need(self) -> tuple[int, date, int]:
        """How pressing the entry is: its first reason, how long ago the last control was, how many reasons."""
        return need_of()[self.reasons[0].kind], self.last_review_on or date.min, -len(self.reasons)

    @property
    def keys(self) -> tuple[str, ...]:
        """What an answer to all reasons is remembered by."""
        return tuple(key for reason in self.reasons for key in reason.keys)

    @property
    def can_be_invited(self) -> bool:
        """Whether a control would answer a reason."""
        return any(reason.kind in work_lists().settled_by_control for reason in self.reasons)


# Only those with a sign of a disease on record can need anything: what some inclusion table looks at (`signs.py`).
_PEOPLE = """
SELECT p.id, p.public_id, p.given_name, p.family_name, p.cpr_number, p.birth_date, p.sex,
       ARRAY(SELECT c.guideline FROM careplans_careplan c WHERE c.patient_id = p.id AND c.status = 'active'),
       ARRAY(SELECT r.reviewed_on FROM careplans_annualreview r WHERE r.patient_id = p.id
             ORDER BY r.reviewed_on DESC, r.id DESC),
       (SELECT r.next_review_on FROM careplans_annualreview r WHERE r.patient_id = p.id
        ORDER BY r.reviewed_on DESC, r.id DESC LIMIT 1),
       EXISTS (SELECT FROM careplans_draftrevision d WHERE d.patient_id = p.id AND d.review_id IS NULL
               AND d.number = (SELECT max(number) FROM careplans_draftrevision x WHERE x.patient_id = p.id)
               AND d.fields <> '{}')
FROM people_patient p
WHERE p.deceased_on IS NULL AND """
_ONE = "p.id = %s"
_CANDIDATES = """p.id IN (SELECT m.patient_id FROM people_practicemembership m
      WHERE m.organization_id = %s AND m.valid_from <= %s AND (m.valid_until IS NULL OR m.valid_until > %s))
  AND (EXISTS (SELECT FROM careplans_careplan a WHERE a.patient_id = p.id AND a.status = 'active')
       OR EXISTS (SELECT FROM records_condition c WHERE c.patient_id = p.id AND c.superseded_at IS NULL
               AND c.code LIKE ANY(%s))
       OR EXISTS (SELECT FROM records_medicationstatement s WHERE s.patient_id = p.id AND s.superseded_at IS NULL
                  AND s.code LIKE ANY(%s))
       OR EXISTS (SELECT FROM records_observation o JOIN unnest(%s::text[], %s::numeric[]) AS sign (measure, at_least)
                  ON o.measure = sign.measure AND o.value >= sign.at_least
                  WHERE o.patient_id = p.id AND o.superseded_at IS NULL))
"""


def get_worklist(*, seen_by: Viewer, as_of: date) -> tuple[Entry, ...]:
    """Give everyone on the practice's list who has a reason, the most pressing first. Raises NotForThisViewer."""
    policies.check_is_practice(seen_by)
    note_seen(seen_by)
    return find_entries(seen_by=seen_by, as_of=as_of)


def note_seen(viewer: Viewer) -> None:
    """Write down that the list was seen."""
    note(viewer, event="work-list", rule=policies.ON_OUR_LIST)


def find_entries(*, seen_by: Viewer, as_of: date) -> tuple[Entry, ...]:
    """Give the same to a page that writes the look down itself, when it shows it. Raises NotForThisViewer."""
    policies.check_is_practice(seen_by)
    seen = signs(library_on(as_of))
    coded = [list(seen.conditions), list(seen.medicines), list(seen.numbers), list(seen.numbers.values())]
    entries = _entries(_CANDIDATES, [seen_by.organization_id, as_of, as_of, *coded], seen_by.acts_for, as_of)
    found = (entry for entry, _ in entries if entry.reasons)
    return tuple(sorted(found, key=lambda e: (e.need, e.family_name, e.given_name)))


_NAMES = """
SELECT p.id, p.given_name || ' ' || p.family_name FROM people_patient p
JOIN people_practicemembership m ON m.patient_id = p.id AND m.organization_id = %s
 AND m.valid_from <= %s AND (m.valid_until IS NULL OR m.valid_until > %s)
WHERE p.id = ANY(%s) AND p.deceased_on IS NULL
"""


def names_of(patients: Sequence[int], *, seen_by: Viewer, as_of: date) -> dict[int, str]:
    """Give the names of those who are on the practice's list and alive. Raises NotForThisViewer."""
    policies.check_is_practice(seen_by)
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [seen_by.organization_id, as_of, as_of, list(patients)])
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Closely:
    """One person of the list looked at closely: with the engine's whole answer."""

    entry: Entry
    evaluation: Evaluation
    medicines: int

    def __repr__(self) -> str:
        return f"Closely({self.entry!r})"


def get_entry(public_id: UUID, *, seen_by: Viewer, as_of: date) -> Closely:
    """Give one person of the practice's list, with reasons or without. Raises NotForThisViewer, NoCareRelation."""
    policies.check_is_practice(seen_by)
    patient = open_patient(public_id, seen_by=seen_by, as_of=as_of, event="work-list-entry")
    found = _entries(_ONE, [patient.id], seen_by.acts_for, as_of)
    if not found:
        raise policies.NoCareRelation  # dead: on no list
    (entry, evaluation) = found[0]
    record = records.get_record(patient.id, birth_date=patient.birth_date, sex=patient.sex, as_of=as_of)
    taken = [m for m in record.medications if m.stopped_on is None or m.stopped_on > as_of]
    return Closely(entry, evaluation, len({m.atc for m in taken}))


def mark_of(entries: Sequence[Entry]) -> str:
    """Give a mark that changes when the list does, and tells nothing of what it says."""
    told = [(e.public_id, e.next_review_on, e.place, *map(_said, e.reasons), *map(_told, e.contacts)) for e in entries]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _said(reason: Reason) -> tuple[object, ...]:
    return (
        reason.keys,
        reason.since,
        [(v.measure, v.measured_on, v.quantity and v.quantity.value) for v in reason.values],
    )


def _told(contact: Contact) -> tuple[object, ...]:
    return contact.id, len(contact.outcomes)


def _entries(where: str, parameters: list[Any], organization_id: int, as_of: date) -> list[tuple[Entry, Evaluation]]:
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE + where, parameters)
        rows = cursor.fetchall()
    ids = [row[0] for row in rows]
    found = records.get_records([(row[0], row[5], Sex(row[6]) if row[6] else None) for row in rows], as_of=as_of)
    goals, contacts = differing_goals(ids), contacts_of(ids, organization_id=organization_id)
    reviewed = {row[0]: replace(found[row[0]], reviewed_on=tuple(row[8])) for row in rows}
    library = library_on(as_of)
    made = (_entry(library, row, reviewed[row[0]], goals.get(row[0], {}), as_of) for row in rows)
    return [(_placed(entry, contacts.get(entry.patient_id, ()), as_of), evaluation) for entry, evaluation in made]


def _placed(entry: Entry, contacts: tuple[Contact, ...], as_of: date) -> Entry:
    standing = stand(entry.reasons, contacts, last_review_on=entry.last_review_on, as_of=as_of)
    return replace(entry, reasons=standing.reasons, place=standing.place, answered=standing.answered, contacts=contacts)


def _entry(
    library: Library, row: tuple[Any, ...], record: PatientRecord, goals: dict[str, AgreedGoal], as_of: date
) -> tuple[Entry, Evaluation]:
    patient_id, public_id, given, family, cpr, born, _, plans, reviewed, next_on, has_draft = row
    evaluation = library.evaluate(record, as_of)
    age = whole_years(born, as_of)
    reasons = find_reasons(evaluation, Known(record, tuple(plans), next_on, has_draft, goals, age))
    diseases = tuple(d for d in evaluation.diseases if d.included is Answer.YES)
    last = next((day for day in reviewed if day <= as_of), None)
    entry = Entry(patient_id, public_id, given, family, cpr, born, age, diseases, last, next_on, reasons)
    return replace(entry, before=before_control(evaluation)), evaluation


def by_place(entries: Sequence[Entry]) -> Mapping[Place, tuple[Entry, ...]]:
    """Divide the entries by place; each is in one, and their order is kept."""
    return {place: tuple(one for one in entries if one.place == place) for place in PLACES}
