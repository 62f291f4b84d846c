"""The citizen's nationwide no (MinSpærring): asked before a professional outside the practice sees a plan.

The port, and who is asked about what. No answer is a no: only the patient's own practice, which does not come this
way, and emergencies are let in without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from forloeb.access import policies
from forloeb.people.viewers import Viewer


class NoAnswer(Exception):
    """The register was not reached, was too slow, or said what nobody can understand."""


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """May this professional, at work for this organization, see this citizen's data?"""

    cpr_number: str
    authorization_id: str | None
    sor_code: str | None
    ydernummer: str | None


class NationalBlocks(Protocol):
    """A register of citizens' blocks."""

    def is_blocked(self, question: Question) -> bool:
        """Say whether the citizen has said no to the one who asks. Raises NoAnswer."""


_QUESTION = """
SELECT p.cpr_number, a.authorization_id, o.sor_code, o.ydernummer
FROM people_patient p
LEFT JOIN people_practitioner a ON a.id = %s
LEFT JOIN people_organization o ON o.id = %s
WHERE p.id = %s
"""


def is_asked() -> bool:
    """Whether this deployment asks a register at all."""
    return _register() is not None


def check_patient(patient_id: int, *, by: Viewer) -> None:
    """Ask about a patient whom the viewer has a relation to. Raises SaidNoNationally, BlocksUnknown."""
    _check(_QUESTION, [by.practitioner_id, by.organization_id, patient_id])


def check_number(number: str, *, by: Viewer) -> None:
    """Ask about a CPR number before a relation is made. Raises SaidNoNationally, BlocksUnknown."""
    question = """
        SELECT %s, (SELECT authorization_id FROM people_practitioner WHERE id = %s), o.sor_code, o.ydernummer
        FROM people_organization o WHERE o.id = %s
    """
    _check(question, [number, by.practitioner_id, by.organization_id])


def _check(sql: str, parameters: list[int | str | None]) -> None:
    register = _register()
    if register is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
    if row is None:
        raise policies.BlocksUnknown
    if not _is_cpr_number(row[0]):
        return  # the register knows citizens by CPR number; nobody can have blocked a replacement number there
    try:
        blocked = register.is_blocked(Question(*row))
    except NoAnswer:
        raise policies.BlocksUnknown from None
    if blocked:
        raise policies.SaidNoNationally


def _is_cpr_number(number: str | None) -> bool:
    return number is not None and len(number) == 10 and number.isdecimal()


def _register() -> NationalBlocks | None:
    register: NationalBlocks | None = import_string(settings.OPEN_NATIONAL_BLOCKS)()
    return register
