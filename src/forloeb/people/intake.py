"""Taking people in, many at a time: patients, organizations and list memberships. Done by the loader.

Everybody is known by source system and source id; the same person again brings what we know up to date.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connections, transaction

LOADER = "loader"


class PatientIn(NamedTuple):
    """One patient on their way in. `line` names them in a report."""

    line: int
    source_id: str
    cpr_number: str | None
    replacement_id: str | None
    given_name: str
    family_name: str
    birth_date: date
    sex: str | None
    deceased_on: date | None
    is_protected: bool = False


class MembershipIn(NamedTuple):
    """One stretch of time on a practice's list; the practice is told by its ydernummer."""

    patient: str
    ydernummer: str
    valid_from: date
    valid_until: date | None


class OrganizationIn(NamedTuple):
    """One practice, municipality or hospital on its way in: known by its ydernummer, else by its SOR code."""

    ydernummer: str | None
    sor_code: str | None
    name: str
    kind: str
    practice_type: str
    region: str
    doctors: int | None
    phone: str
    closed_on: date | None


_ORGANIZATIONS = """
INSERT INTO people_organization (ydernummer, sor_code, name, kind, practice_type, region, doctors, phone, closed_on)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT ({key}) DO UPDATE SET
    name = excluded.name, kind = excluded.kind, closed_on = excluded.closed_on,
    practice_type = coalesce(nullif(excluded.practice_type, ''), people_organization.practice_type),
    region = coalesce(nullif(excluded.region, ''), people_organization.region),
    phone = coalesce(nullif(excluded.phone, ''), people_organization.phone),
    doctors = coalesce(excluded.doctors, people_organization.doctors)
"""
"""What a source does not tell is left as it is known: a practice without its type would be in no statistics."""

_STAGING = """
CREATE TEMP TABLE staged_patient (line int, source_id text, cpr_number text, replacement_id text, given_name text,
    family_name text, birth_date date, sex text, deceased_on date, is_protected bool) ON COMMIT DROP
"""
_TYPES = ["int4", "text", "text", "text", "text", "text", "date", "text", "date", "bool"]

# A CPR number is one person's: who comes under another source id than before is refused, not merged.
_TAKEN_CPR = """
SELECT s.line FROM staged_patient s JOIN people_patient p ON p.cpr_number = s.cpr_number
WHERE (p.source_system, p.source_id) <> (%(source)s, s.source_id)
UNION SELECT s.line FROM staged_patient s JOIN staged_patient o
    ON o.cpr_number = s.cpr_number AND o.source_id <> s.source_id AND o.line < s.line
UNION SELECT s.line FROM staged_patient s JOIN people_patient p ON p.replacement_id = s.replacement_id
WHERE (p.source_system, p.source_id) <> (%(source)s, s.source_id)
UNION SELECT s.line FROM staged_patient s JOIN staged_patient o
    ON o.replacement_id = s.replacement_id AND o.source_id <> s.source_id AND o.line < s.line
"""
# What the person register has said of somebody is not overwritten by what a source believes.
_BY_THE_REGISTER = ",\n    ".join(
    f"{column} = CASE WHEN p.registered_at IS NOT NULL AND excluded.registered_at IS NULL"
    f" THEN p.{column} ELSE excluded.{column} END"
    for column in ("given_name", "family_name", "deceased_on", "is_protected")
)
_PATIENTS = f"""
INSERT INTO people_patient AS p (public_id, cpr_number, replacement_id, given_name, family_name, birth_date, sex,
                                 deceased_on, is_protected, source_system, source_id, registered_at)
SELECT DISTINCT ON (source_id) gen_random_uuid(), cpr_number, replacement_id, given_name, family_name, birth_date, sex,
       deceased_on, is_protected, %(source)s, source_id, %(registered)s::timestamptz
FROM staged_patient WHERE NOT line = ANY(%(refused)s)
ORDER BY source_id, line DESC
ON CONFLICT (source_system, source_id) DO UPDATE SET
    cpr_number = excluded.cpr_number, replacement_id = excluded.replacement_id, birth_date = excluded.birth_date,
    sex = excluded.sex, registered_at = coalesce(excluded.registered_at, p.registered_at),
    {_BY_THE_REGISTER}
"""  # noqa: S608  no text but our own

_MEMBERSHIP = """
INSERT INTO people_practicemembership (patient_id, organization_id, valid_from, valid_until)
SELECT p.id, o.id, %(from)s, %(until)s
FROM people_patient p, people_organization o
WHERE (p.source_system, p.source_id) = (%(source)s, %(patient)s) AND o.ydernummer = %(ydernummer)s
  AND (p.list_registered_at IS NULL OR %(registered)s)
ON CONFLICT DO NOTHING
"""
_ENDING = """
UPDATE people_practicemembership m SET valid_until = %(until)s
FROM people_patient p, people_organization o
WHERE m.patient_id = p.id AND m.organization_id = o.id AND m.valid_from = %(from)s
  AND (p.source_system, p.source_id) = (%(source)s, %(patient)s) AND o.ydernummer = %(ydernummer)s
  AND m.valid_until IS DISTINCT FROM %(until)s
  AND (p.list_registered_at IS NULL OR %(registered)s)
"""


def take_in_organizations(rows: Iterable[OrganizationIn], *, using: str = LOADER) -> None:
    """Register organizations, or bring what we know of them up to date."""
    with connections[using].cursor() as cursor:
        for row in rows:
            cursor.execute(_ORGANIZATIONS.format(key="ydernummer" if row.ydernummer else "sor_code"), row)


def take_in_patients(
    rows: Sequence[PatientIn], *, source_system: str, registered_at: datetime | None = None, using: str = LOADER
) -> tuple[int, ...]:
    """Register patients. Gives the lines that were refused because their CPR number is somebody else's.

    `registered_at` is when the person register said it; without it, names, protection and death stay as that said.
    """
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(_STAGING)
        with cursor.copy(f"COPY staged_patient ({', '.join(PatientIn._fields)}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(_TYPES)
            for row in rows:
                copy.write_row(row)
        cursor.execute(_TAKEN_CPR, {"source": source_system})
        refused = [row[0] for row in cursor.fetchall()]
        cursor.execute(_PATIENTS, {"source": source_system, "refused": refused, "registered": registered_at})
        cursor.execute("DROP TABLE staged_patient")
    return tuple(sorted(refused))


def take_in_memberships(
    rows: Iterable[MembershipIn], *, source_system: str, is_registered: bool = False, using: str = LOADER
) -> None:
    """Put patients on practices' lists. Ended memberships go first, so that a move leaves no gap and no overlap.

    Whose list the person register has told is left as it is, but when it is the register who speaks (`is_registered`).
    """
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for row in sorted(rows, key=lambda r: (r.patient, r.valid_from)):
            told: dict[str, str | date | bool | None] = {
                "source": source_system,
                "patient": row.patient,
                "ydernummer": row.ydernummer,
                "from": row.valid_from,
                "until": row.valid_until,
                "registered": is_registered,
            }
            cursor.execute(_ENDING, told)
            cursor.execute(_MEMBERSHIP, told)


_LISTS_STAGING = """
CREATE TEMP TABLE staged_membership (patient text, ydernummer text, valid_from date, valid_until date) ON COMMIT DROP
"""
_FIRST_LISTS = """
INSERT INTO people_practicemembership (patient_id, organization_id, valid_from, valid_until)
SELECT p.id, o.id, s.valid_from, s.valid_until
FROM staged_membership s
JOIN people_patient p ON (p.source_system, p.source_id) = (%s, s.patient)
JOIN people_organization o ON o.ydernummer = s.ydernummer
"""


def take_in_first_memberships(rows: Iterable[MembershipIn], *, source_system: str, using: str = LOADER) -> None:
    """Put very many patients, who were on no list before, on practices' lists at once."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(_LISTS_STAGING)
        with cursor.copy("COPY staged_membership FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["text", "text", "date", "date"])
            for row in rows:
                copy.write_row(row)
        cursor.execute("ANALYZE staged_membership")
        cursor.execute(_FIRST_LISTS, [source_system])
        cursor.execute("DROP TABLE staged_membership")


class KnownPatient(NamedTuple):
    """A patient we know, by our own ids."""

    id: int
    public_id: UUID


def find_patient(number: str, *, using: str = LOADER) -> KnownPatient | None:
    """Find the patient with a CPR or replacement number; None when we know nobody with it."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT id, public_id FROM people_patient WHERE cpr_number = %s OR replacement_id = %s", [number, number]
        )
        row = cursor.fetchone()
    return KnownPatient(*row) if row else None


def find_or_add_practice(
    *, sor_code: str | None, ydernummer: str | None, name: str, phone: str, using: str = LOADER
) -> int:
    """Find a practice by its SOR number or ydernummer; one we do not know is added as it was named. Gives its id.

    What we know of a practice is not changed by how somebody else writes it. Raises ValueError without a number.
    """
    if not sor_code and not ydernummer:
        raise ValueError("a practice is known by its SOR number or its ydernummer")
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT id FROM people_organization WHERE sor_code = %s OR ydernummer = %s", [sor_code, ydernummer]
        )
        row = cursor.fetchone()
        if row is None:
            cursor.execute(
                "INSERT INTO people_organization (name, kind, sor_code, ydernummer, practice_type, region, phone)"
                " VALUES (%s, 'general-practice', %s, %s, '', '', %s) RETURNING id",
                [name[:200], sor_code, ydernummer, phone[:32]],
            )
            row = cursor.fetchone()
    return int(row[0])
