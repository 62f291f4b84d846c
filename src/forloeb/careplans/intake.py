"""Taking saved plans in, many at a time: a plan, its controls, its versions and their events. Done by the loader.

What is taken in is new: a plan that we hold already is an error, and then nothing goes in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import connections, transaction

LOADER = "loader"


class SavedPlanIn(NamedTuple):
    """One saved plan on its way in; a patient's plan of one type has one row per time it was saved.

    `patient` is the patient's id at the source; `number` counts the plan's versions from 1, the new one. No two of a
    patient's are saved at the same moment. `content` is JSON as careplans.snapshots writes it.
    """

    patient: str
    ydernummer: str
    guideline: str
    label: str
    number: int
    saved_at: datetime
    content: str


_TYPES = ["text", "text", "text", "text", "int4", "timestamptz", "text"]
_STAGING = """
CREATE TEMP TABLE staged_plan (patient text, ydernummer text, guideline text, label text, number int,
    saved_at timestamptz, content text) ON COMMIT DROP
"""
_FOUND = """
CREATE TEMP TABLE found_plan ON COMMIT DROP AS
SELECT p.id AS patient_id, o.id AS organization_id, s.guideline, s.label, s.number, s.saved_at, s.content,
       (s.saved_at AT TIME ZONE 'Europe/Copenhagen')::date AS saved_on
FROM staged_plan s
JOIN people_patient p ON (p.source_system, p.source_id) = (%(source)s, s.patient)
JOIN people_organization o ON o.ydernummer = s.ydernummer
ORDER BY p.id, s.saved_at
"""
_PLANS = """
INSERT INTO careplans_careplan (public_id, patient_id, guideline, label, status, created_at, organization_id)
SELECT gen_random_uuid(), patient_id, guideline, label, 'active', saved_at, organization_id
FROM found_plan WHERE number = 1
"""
_REVIEWS = """
INSERT INTO careplans_annualreview (patient_id, organization_id, saved_at, saved_by, saved_by_name, source, reviewed_on,
                                    next_review_on, note_to_patient)
SELECT patient_id, organization_id, saved_at, %(by)s, %(by_name)s, '', saved_on, saved_on + interval '1 year', ''
FROM found_plan
"""
_VERSIONS = """
INSERT INTO careplans_careplanversion (care_plan_id, patient_id, number, review_id, content)
SELECT c.id, f.patient_id, f.number, r.id, f.content::jsonb
FROM found_plan f
JOIN careplans_careplan c ON c.patient_id = f.patient_id AND c.guideline = f.guideline AND c.status = 'active'
JOIN careplans_annualreview r ON r.patient_id = f.patient_id AND r.saved_at = f.saved_at
"""
_EVENTS = """
INSERT INTO careplans_planevent (patient_id, care_plan_id, version_id, guideline, organization_id, kind, happened_at)
SELECT f.patient_id, c.id, v.id, f.guideline, f.organization_id,
       CASE WHEN f.number = 1 THEN 'new' ELSE 'maintained' END, f.saved_at
FROM found_plan f
JOIN careplans_careplan c ON c.patient_id = f.patient_id AND c.guideline = f.guideline AND c.status = 'active'
JOIN careplans_careplanversion v ON v.care_plan_id = c.id AND v.number = f.number
"""


class UnknownOwner(ValueError):
    """A plan's patient or practice is not registered."""


def take_in_saved_plans(
    rows: Iterable[SavedPlanIn], *, source_system: str, by: int, by_name: str, using: str = LOADER
) -> int:
    """Take saved plans in; gives how many. `by` is the login that saved them. Raises UnknownOwner."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(_STAGING)
        with cursor.copy(f"COPY staged_plan ({', '.join(SavedPlanIn._fields)}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(_TYPES)
            for row in rows:
                copy.write_row(row)
        cursor.execute("ANALYZE staged_plan")
        told: dict[str, int | str] = {"source": source_system, "by": by, "by_name": by_name}
        cursor.execute(_FOUND, told)
        cursor.execute("SELECT (SELECT count(*) FROM staged_plan), (SELECT count(*) FROM found_plan)")
        staged, found = cursor.fetchone()
        if staged != found:
            raise UnknownOwner(f"{staged - found} plans are of a patient or a practice that is not registered")
        cursor.execute("ANALYZE found_plan")
        for statement in (_PLANS, _REVIEWS, _VERSIONS, _EVENTS):
            cursor.execute(statement, told)
        cursor.execute("DROP TABLE staged_plan, found_plan")
        cursor.execute("ANALYZE careplans_planevent, careplans_planmonth")
    return int(found)
