"""The record systems (LPS) that practices have registered: who may launch us, ask us, and show us in a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection

from forloeb.people.viewers import Viewer, ViewerKind

ROLE = "record-system"


@dataclass(frozen=True, slots=True)
class RecordSystem:
    """The record system of one practice."""

    id: int
    organization_id: int
    organization_name: str
    name: str
    fhir_base_url: str
    """Where its FHIR server is: the `iss` of a SMART launch."""
    issuer: str
    """Who signs its ID tokens."""
    client_id: str
    """What we are called there; empty where it has no SMART."""
    launch_issuer: str
    """The `iss` of what it signs itself: context launches and CDS Hooks' calls."""
    launch_jwks: Mapping[str, Any] | None = field(repr=False)
    frame_origin: str

    @property
    def has_smart(self) -> bool:
        """Whether it can launch us by SMART App Launch."""
        return bool(self.client_id and self.fhir_base_url)

    def viewer(self) -> Viewer:
        """Give the eyes of the system itself: the practice's, without a person."""
        return Viewer(
            ViewerKind.PRACTICE,
            0,
            self.name,
            organization_id=self.organization_id,
            role=ROLE,
            organization_name=self.organization_name,
        )


_COLUMNS = """
SELECT s.id, s.organization_id, o.name, s.name, s.fhir_base_url, s.issuer, s.client_id, s.launch_issuer,
       s.launch_jwks, s.frame_origin
FROM people_recordsystem s JOIN people_organization o ON o.id = s.organization_id
WHERE o.closed_on IS NULL AND {which}
"""


def find_by_launch_issuer(issuer: str) -> RecordSystem | None:
    """Find the record system that signs under a name; None when none is registered."""
    return _find("s.launch_issuer = %s", issuer)


def find_by_fhir_server(address: str) -> RecordSystem | None:
    """Find the record system whose FHIR server stands at an address, and that launches by SMART."""
    return _find("s.fhir_base_url = %s AND s.client_id <> ''", address.rstrip("/"))


def get_record_system(id: int) -> RecordSystem | None:
    """Find a record system that launched us earlier; None when it is no longer registered."""
    return _find("s.id = %s", id)


def _find(which: str, value: str | int) -> RecordSystem | None:
    if "\0" in str(value):  # PostgreSQL knows no such text
        return None
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS.format(which=which), [value])
        rows = cursor.fetchall()
    # Two practices behind one name could not be told apart, and one's plans would be opened for the other.
    if len(rows) != 1:
        return None
    (row,) = rows
    # Django hands jsonb over as text, so that its own field can choose the decoder.
    keys = orjson.loads(row[-2]) if row[-2] else None
    return RecordSystem(*(*row[:-2], keys, row[-1]))
