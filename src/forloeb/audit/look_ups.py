"""The look-ups that a citizen's own log tells of: reads of a patient's data by somebody other than the patient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connections, transaction

# A write is no look-up: whoever writes has opened the page first, and that is a read of its own.
_LOOK_UPS = """
SELECT chain, position, happened_at, event, viewer, login_id, organization_id, role, practitioner_id, patient_id, rule,
       reason, data
FROM audit.entry
WHERE action = 'read' AND viewer <> 'patient' AND patient_id IS NOT NULL
  AND happened_at >= %(since)s AND happened_at < %(until)s
  AND (%(patient_id)s::bigint IS NULL OR patient_id = %(patient_id)s)
ORDER BY happened_at, chain, position
"""


@dataclass(frozen=True, slots=True)
class LookUp:
    """Somebody who saw a patient's data, once."""

    chain: int
    position: int
    happened_at: datetime
    event: str
    viewer: str
    login_id: int | None
    organization_id: int | None
    role: str | None
    practitioner_id: int | None
    patient_id: int
    rule: str | None
    reason: str | None
    data: str


def look_ups(
    *, since: datetime, until: datetime, patient_id: int | None = None, using: str = "owner"
) -> Iterator[LookUp]:
    """Give the look-ups from one moment until another, the oldest first, never all in memory at once."""
    with transaction.atomic(using=using), connections[using].chunked_cursor() as cursor:
        cursor.execute(_LOOK_UPS, {"since": since, "until": until, "patient_id": patient_id})
        for row in cursor:
            yield LookUp(*row)
