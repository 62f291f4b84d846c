"""Who needs a plan, and why: the practice's list, evaluated by the same engine as the control page.

The reasons are those of the group's work lists (see docs/reference/clinical-content.md): a diagnosis and no plan,
a control overdue, values missing or too old, and evidence of a disease without its diagnosis.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from django.db import connection

from forloeb.access import policies
from forloeb.access.queries import note
from forloeb.careplans.engine import library_on
from forloeb.guidelines.results import Disease, Evaluation
from forloeb.kernel.answers import Answer
from forloeb.kernel.identifiers import Sex
from forloeb.kernel.measures import Measure
from forloeb.kernel.periods import months_before, whole_years
from forloeb.people.viewers import Viewer
from forloeb.population.signs import signs
from forloeb.records import queries as records
from forloeb.terminology import measures

OVERDUE_AFTER_MONTHS = 13
"""A year and a month of grace (clinical content, work list W2)."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to act. `disease`, `days` or `measures` tells which, how late, or what."""

    kind: Literal["no-plan", "overdue", "missing", "evidence", "planned-today", "draft"]
    disease: Disease | None = None
    since: date | None = None
    measures: tuple[Measure, ...] = ()


_NEED = {"planned-today": 0, "draft": 1, "no-plan": 2, "overdue": 3, "missing": 4, "evidence": 5}


@dataclass(frozen=True, slots=True)
class Entry:
    """One person on the list, once, with every reason; the most pressing first."""

    public_id: UUID
    given_name: str
    family_name: str
    cpr_number: str | None
    age: int
    diseases: tuple[Disease, ...]
    last_review_on: date | None
    next_review_on: date | None
    reasons: tuple[Reason, ...]

    def __repr__(self) -> str:
        return f"Entry({len(self.reasons)} reasons)"

    @property
    def name(self) -> str:
        """The full name, as it is spoken."""
        return f"{self.given_name} {self.family_name}"

    @property
    def need(self) -> tuple[int, date]:
        """How pressing the entry is: by its first reason, then by how long ago the last control was."""
        return min(_NEED[r.kind] for r in self.reasons), self.last_review_on or date.min


# Only those with a sign of a disease on record can need anything: what some inclusion table looks at (`signs.py`).
_CANDIDATES = """
SELECT p.id, p.public_id, p.given_name, p.family_name, p.cpr_number, p.birth_date, p.sex,
       r.reviewed_on, r.next_review_on,
       ARRAY(SELECT c.guideline FROM careplans_careplan c WHERE c.patient_id = p.id AND c.status = 'active'),
       EXISTS (SELECT FROM careplans_draftrevision d WHERE d.patient_id = p.id AND d.review_id IS NULL
               AND d.number = (SELECT max(number) FROM careplans_draftrevision x WHERE x.patient_id = p.id)
               AND d.fields <> '{}')
FROM people_practicemembership m
JOIN people_patient p ON p.id = m.patient_id
LEFT JOIN LATERAL (SELECT reviewed_on, next_review_on FROM careplans_annualreview r
                   WHERE r.patient_id = p.id ORDER BY r.reviewed_on DESC, r.id DESC LIMIT 1) r ON true
WHERE m.organization_id = %s AND m.valid_from <= %s AND (m.valid_until IS NULL OR m.valid_until > %s)
  AND p.deceased_on IS NULL
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
    note(seen_by, event="work-list", rule=policies.ON_OUR_LIST)
    library = library_on(as_of)
    with connection.cursor() as cursor:
        seen = signs(library)
        limits = list(seen.numbers.values())
        coded = [list(seen.conditions), list(seen.medicines), list(seen.numbers)]
        cursor.execute(_CANDIDATES, [seen_by.organization_id, as_of, as_of, *coded, limits])
        rows = cursor.fetchall()
    people = [(row[0], row[5], Sex(row[6]) if row[6] else None) for row in rows]
    found = records.get_records(people, as_of=as_of)
    entries = (_entry(row, library.evaluate(found[row[0]], as_of), as_of) for row in rows)
    return tuple(sorted((e for e in entries if e.reasons), key=lambda e: (e.need, e.family_name, e.given_name)))


def _entry(row: tuple[object, ...], evaluation: Evaluation, as_of: date) -> Entry:
    _, public_id, given, family, cpr, born, _, reviewed_on, next_on, plans, has_draft = row
    diseases = tuple(d for d in evaluation.diseases if d.included is Answer.YES)
    reasons = _reasons(evaluation, diseases, reviewed_on, next_on, plans, as_of)  # type: ignore[arg-type]
    if has_draft:
        reasons = (Reason("draft"), *reasons)
    return Entry(
        public_id,  # type: ignore[arg-type]
        given,  # type: ignore[arg-type]
        family,  # type: ignore[arg-type]
        cpr,  # type: ignore[arg-type]
        whole_years(born, as_of),  # type: ignore[arg-type]
        diseases,
        reviewed_on,  # type: ignore[arg-type]
        next_on,  # type: ignore[arg-type]
        reasons,
    )


def _reasons(
    evaluation: Evaluation,
    diseases: tuple[Disease, ...],
    reviewed_on: date | None,
    next_on: date | None,
    plans: list[str],
    as_of: date,
) -> tuple[Reason, ...]:
    reasons = []
    if next_on == as_of:
        reasons.append(Reason("planned-today"))
    reasons += [Reason("no-plan", disease=d) for d in diseases if d.guideline not in plans]
    if diseases and plans and reviewed_on and reviewed_on < months_before(as_of, OVERDUE_AFTER_MONTHS):
        reasons.append(Reason("overdue", since=reviewed_on))
    if diseases and (missing := missing_values(evaluation)):
        reasons.append(Reason("missing", measures=missing))
    reasons += [Reason("evidence", disease=d) for d in evaluation.diseases if d.included is Answer.UNKNOWN]
    return tuple(reasons)


def missing_values(evaluation: Evaluation) -> tuple[Measure, ...]:
    """Give the measures that are too old, or that a guideline asks for by now and nobody has measured."""
    known = measures()
    asked = {name for due in evaluation.due if due.due_on <= evaluation.as_of for name in due.measures}
    return tuple(
        known[value.measure]
        for value in evaluation.values
        if value.status == "stale" or (value.status == "missing" and value.measure in asked)
    )
