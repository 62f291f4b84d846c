"""Simulates a draft on the people of the viewer's practice, and keeps what came of it with the draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import connection

from forloeb.access import policies
from forloeb.access.queries import note
from forloeb.editions.checks import check
from forloeb.editions.drafting import get_draft
from forloeb.editions.holding import NEWEST, library_on
from forloeb.editions.policies import check_is_editor
from forloeb.editions.simulations import keep_simulation
from forloeb.guidelines.library import Library
from forloeb.guidelines.record import PatientRecord
from forloeb.kernel.answers import Answer
from forloeb.kernel.content import Closed, Localized, Status, content_folder, read_content
from forloeb.kernel.identifiers import Sex
from forloeb.kernel.periods import whole_years
from forloeb.people.viewers import Viewer
from forloeb.population.simulation.effects import Effect, Person, effect
from forloeb.population.simulation.summing import Summed, for_others, summed
from forloeb.records import queries as records
from forloeb.terminology import measures

_MOST_MINUTES = 600


class DraftHasFaults(Exception):
    """A draft that cannot be read cannot be simulated; its faults are put right first."""


class WorkTask(Closed):
    """What one task of a kind takes of the staff's time, as content/workload.yaml has it."""

    task: str
    minutes: int
    title: Localized
    status: Status


class Workload(Closed):
    """content/workload.yaml."""

    tasks: tuple[WorkTask, ...]


def workload() -> tuple[WorkTask, ...]:
    """Give the kinds of tasks and what each is assumed to take. Raises ContentError."""
    return read_content(content_folder() / "workload.yaml", Workload).tasks


def read_minutes(typed: Mapping[str, str]) -> dict[str, int]:
    """Give the minutes of each kind of task: as typed where a whole number is, else as assumed."""
    minutes = {}
    for task in workload():
        text = typed.get(f"minutes.{task.task}", "").strip()
        is_number = text.isascii() and text.isdigit() and len(text) <= 3
        minutes[task.task] = min(int(text), _MOST_MINUTES) if is_number else task.minutes
    return minutes


_PEOPLE = """
SELECT p.id, p.birth_date, p.sex,
       ARRAY(SELECT r.reviewed_on FROM careplans_annualreview r WHERE r.patient_id = p.id AND r.reviewed_on <= %s)
FROM people_practicemembership m
JOIN people_patient p ON p.id = m.patient_id
WHERE m.organization_id = %s AND m.valid_from <= %s AND (m.valid_until IS NULL OR m.valid_until > %s)
  AND p.deceased_on IS NULL
"""


@dataclass(frozen=True, slots=True)
class Simulated:
    """A simulation that was made and kept."""

    number: int
    summed: Summed


def simulate_draft(guideline: str, minutes: Mapping[str, int], *, by: Viewer, at: datetime, as_of: date) -> Simulated:
    """Evaluate everybody on the practice's list under the newest version and under the draft, and add up what changes.

    Raises NotAnEditor, NotForThisViewer, NoDraft, DraftHasFaults.
    """
    check_is_editor(by, as_of=as_of)
    policies.check_is_practice(by)
    draft = get_draft(guideline)
    checked = check(guideline, draft.files, "da", as_of=as_of)
    if checked.library is None:
        raise DraftHasFaults
    note(
        by,
        event="guideline-simulated",
        rule=policies.ON_OUR_LIST,
        detail={"guideline": guideline, "revision": draft.number},
    )
    found = effects(library_on(NEWEST), checked.library, by.acts_for, as_of)
    whole = summed(found, minutes)
    keep_simulation(
        draft.revision_id,
        whole.to_json(),
        for_others(whole).to_json(),
        by=by,
        at=at,
        as_of=as_of,
    )
    return Simulated(draft.number, whole)


def effects(before: Library, after: Library, organization_id: int, as_of: date) -> Iterator[tuple[Person, Effect]]:
    """Give what changes for each of a practice's people; the transaction's viewer decides whom it sees."""
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, [as_of, organization_id, as_of, as_of])
        rows = cursor.fetchall()
    people = [(pk, born, Sex(sex) if sex else None) for pk, born, sex, _ in rows]
    held = records.get_records(people, as_of=as_of)
    known = measures()
    for pk, born, sex, reviewed_on in rows:
        record = replace(held[pk], reviewed_on=tuple(reviewed_on))
        was, now = before.evaluate(record, as_of), after.evaluate(record, as_of)
        diseases = {d.guideline for each in (was, now) for d in each.diseases if d.included is Answer.YES}
        who = Person(max(0, whole_years(born, as_of)), sex or "", frozenset(diseases), _is_frail(record, after, as_of))
        yield who, effect(was, now, known)


def _is_frail(record: PatientRecord, library: Library, as_of: date) -> bool:
    """Whether a clinician has said that the patient is frail."""
    return any(
        "frailty" in library.fact_layer.book.lists_of(condition.coding)
        for condition in record.conditions
        if condition.ended_on is None or condition.ended_on > as_of
    )
