"""Through whose eyes a question is asked.

A viewer is told to PostgreSQL for the length of one transaction; row-level security reads it there,
so that a forgotten filter finds nothing it may not see.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

from django.db import connection, transaction


class ViewerKind(Enum):
    """What someone is to the patient they ask about."""

    PRACTICE = "practice"
    PATIENT = "patient"
    PROXY = "proxy"
    PROFESSIONAL = "professional"


STAFF = frozenset({ViewerKind.PRACTICE, ViewerKind.PROFESSIONAL})


@dataclass(frozen=True, slots=True)
class Viewer:
    """Someone signed in: staff acting for one organization, a patient, or a relative with a patient's proxy.

    `patient_id` is the patient's own, or the one a relative reads for. `is_authorized` says that a professional has an
    authorization, or the national role that stands in for it.
    """

    kind: ViewerKind
    login_id: int
    name: str
    organization_id: int | None = None
    practitioner_id: int | None = None
    role: str | None = None
    patient_id: int | None = None
    organization_name: str = ""
    is_authorized: bool = False

    @property
    def acts_for(self) -> int:
        """The organization that staff act for. Only asked after a policy has checked that there is one."""
        if self.organization_id is None:
            raise ValueError("this viewer acts for no organization")
        return self.organization_id

    def __repr__(self) -> str:
        return f"Viewer({self.kind.value}, login {self.login_id})"


TELL = """
SELECT set_config('forloeb.viewer', %s, true),
       set_config('forloeb.login_id', %s, true),
       set_config('forloeb.practitioner_id', %s, true),
       set_config('forloeb.organization_id', %s, true),
       set_config('forloeb.patient_id', %s, true),
       set_config('forloeb.proxied_patient_id', %s, true)
"""


@contextmanager
def looking(viewer: Viewer) -> Iterator[None]:
    """Open a transaction in which PostgreSQL shows only what this viewer may see."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(TELL, told(viewer))
        yield


def told(viewer: Viewer) -> list[str]:
    """Give what is told to PostgreSQL of a viewer, for the statement `TELL`."""
    kind = viewer.kind
    return [
        kind.value,
        str(viewer.login_id),
        _told(viewer.practitioner_id, kind in STAFF),
        _told(viewer.organization_id, kind in STAFF),
        _told(viewer.patient_id, kind is ViewerKind.PATIENT),
        _told(viewer.patient_id, kind is ViewerKind.PROXY),
    ]


def _told(number: int | None, applies: bool) -> str:
    return str(number) if number is not None and applies else ""
