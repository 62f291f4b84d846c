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


@dataclass(frozen=True, slots=True)
class Viewer:
    """Someone signed in: staff acting for one organization, or a patient looking at their own plan."""

    kind: ViewerKind
    login_id: int
    name: str
    organization_id: int | None = None
    practitioner_id: int | None = None
    role: str | None = None
    patient_id: int | None = None

    @property
    def acts_for(self) -> int:
        """The practice that staff act for. Only asked after a policy has checked that there is one."""
        if self.organization_id is None:
            raise ValueError("this viewer acts for no organization")
        return self.organization_id

    def __repr__(self) -> str:
        return f"Viewer({self.kind.value}, login {self.login_id})"


_TELL = """
SELECT set_config('forloeb.viewer', %s, true),
       set_config('forloeb.organization_id', %s, true),
       set_config('forloeb.patient_id', %s, true)
"""


@contextmanager
def looking(viewer: Viewer) -> Iterator[None]:
    """Open a transaction in which PostgreSQL shows only what this viewer may see."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                _TELL,
                [
                    viewer.kind.value,
                    str(viewer.organization_id or "") if viewer.kind is ViewerKind.PRACTICE else "",
                    str(viewer.patient_id or "") if viewer.kind is ViewerKind.PATIENT else "",
                ],
            )
        yield
