"""The register of treatment relations (BRS): asked when a professional of another sector states a reason.

The port, and the rule. The register knows a relation when somebody has sent it something: it comes late to first
contacts. So its no closes nothing, but asks for words; its silence closes nothing; an emergency does not wait for it.
docs/adr/0031 weighs it.
"""

from __future__ import annotations

from typing import Protocol

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from forloeb.access.models import KnownRelation, LookupReason
from forloeb.access.national_blocks import NoAnswer, Question
from forloeb.people.viewers import Viewer


class TreatmentRelations(Protocol):
    """A register of who treats whom."""

    def is_known(self, question: Question) -> bool:
        """Say whether it knows of a relation between the citizen and the one who asks. Raises NoAnswer."""


_QUESTION = """
SELECT %s, (SELECT authorization_id FROM people_practitioner WHERE id = %s), o.sor_code, o.ydernummer
FROM people_organization o WHERE o.id = %s
"""


def is_asked() -> bool:
    """Whether this deployment asks a register at all."""
    return _register() is not None


def find_relation(number: str, *, reason: str, by: Viewer) -> KnownRelation:
    """Say what the register knows; nobody is asked in an emergency, or about a replacement number."""
    register = _register()
    if register is None or reason == LookupReason.EMERGENCY or not (len(number) == 10 and number.isdecimal()):
        return KnownRelation.NOT_ASKED
    with connection.cursor() as cursor:
        cursor.execute(_QUESTION, [number, by.practitioner_id, by.organization_id])
        row = cursor.fetchone()
    if row is None:
        return KnownRelation.NO_ANSWER
    try:
        return KnownRelation.KNOWN if register.is_known(Question(*row)) else KnownRelation.NONE
    except NoAnswer:
        return KnownRelation.NO_ANSWER


def _register() -> TreatmentRelations | None:
    register: TreatmentRelations | None = import_string(settings.OPEN_TREATMENT_RELATIONS)()
    return register
