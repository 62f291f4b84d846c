"""Looking people up on a practice's list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

MOST = 50


@dataclass(frozen=True, slots=True)
class Found:
    """Someone on the list whose name was looked for."""

    public_id: UUID
    given_name: str
    family_name: str
    cpr_number: str | None
    birth_date: date

    @property
    def name(self) -> str:
        """The full name, as it is spoken."""
        return f"{self.given_name} {self.family_name}"

    def __repr__(self) -> str:
        return "Found(…)"


_BY_NAME = """
SELECT p.public_id, p.given_name, p.family_name, p.cpr_number, p.birth_date
FROM people_practicemembership m JOIN people_patient p ON p.id = m.patient_id
WHERE m.organization_id = %s AND m.valid_from <= %s AND (m.valid_until IS NULL OR m.valid_until > %s)
  AND (p.given_name || ' ' || p.family_name) ILIKE ALL (%s)
ORDER BY p.family_name, p.given_name, p.birth_date
LIMIT %s
"""


def find_by_name(sought: str, *, organization_id: int, as_of: date) -> tuple[Found, ...]:
    """Find people on a practice's list whose name holds every word sought; at most 50, nobody for no words."""
    words = ["%" + word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%" for word in sought.split()]
    if not words:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(_BY_NAME, [organization_id, as_of, as_of, words, MOST])
        return tuple(Found(*row) for row in cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Practice:
    """The practice a patient belongs to, as they know it."""

    name: str
    phone: str


_PRACTICE = """
SELECT o.name, o.phone
FROM people_practicemembership m JOIN people_organization o ON o.id = m.organization_id
WHERE m.patient_id = %s AND m.valid_from <= %s AND (m.valid_until IS NULL OR m.valid_until > %s)
"""


def find_practice(patient_id: int, *, as_of: date) -> Practice | None:
    """Find the practice that a patient belongs to on a day."""
    with connection.cursor() as cursor:
        cursor.execute(_PRACTICE, [patient_id, as_of, as_of])
        row = cursor.fetchone()
    return Practice(*row) if row else None
