"""What a patient may read of the log: who saw their plan, when, for which organization, and by which rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from forloeb.access.queries import open_own
from forloeb.people.viewers import Viewer

MOST = 500
"""The newest entries that a page shows."""
_COPENHAGEN = ZoneInfo("Europe/Copenhagen")

# Who has a proxy has no name but the one the patient gave; a stated reason has the words that were typed with it.
_ENTRIES = """
SELECT e.happened_at, e.action, e.event, e.viewer = 'patient',
       coalesce(p.name, x.holder_name, ''), coalesce(e.role, ''), coalesce(o.name, ''), coalesce(e.rule, ''),
       coalesce(l.reason, ''), coalesce(l.explanation, ''), coalesce(l.known_relation, '')
FROM audit.own_entries(%s) e
LEFT JOIN people_practitioner p ON p.id = e.practitioner_id
LEFT JOIN people_organization o ON o.id = e.organization_id
LEFT JOIN LATERAL (SELECT holder_name FROM access_proxy WHERE e.viewer = 'proxy' AND holder_id = e.login_id
                   ORDER BY id DESC LIMIT 1) x ON true
LEFT JOIN LATERAL (SELECT reason, explanation, known_relation FROM access_lookup k
                   WHERE e.rule IN ('stated-reason', 'emergency') AND k.login_id = e.login_id
                     AND (k.reason = 'emergency') = (e.rule = 'emergency')
                     AND e.happened_at BETWEEN k.stated_at - interval '1 minute' AND k.expires_at
                   ORDER BY k.stated_at DESC LIMIT 1) l ON true
ORDER BY e.happened_at DESC
"""


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody who did one kind of thing on one day, from the first time to the last."""

    first_at: datetime
    last_at: datetime
    times: int
    action: str
    event: str
    is_patient: bool
    name: str
    role: str
    organization: str
    rule: str
    reason: str
    explanation: str
    known_relation: str = ""

    @property
    def day(self) -> date:
        """The day in Copenhagen."""
        return self.last_at.astimezone(_COPENHAGEN).date()

    def __repr__(self) -> str:
        return f"Look({self.event}, {self.times} times)"


def get_own_log(*, seen_by: Viewer, as_of: date) -> tuple[Look, ...]:
    """Give the newest of the patient's own log, the newest first; like things of a day together.

    Raises NotForThisViewer for everybody but a patient.
    """
    together: dict[tuple[object, ...], Look] = {}
    _, entries = get_own_entries(seen_by=seen_by, as_of=as_of)
    for entry in entries:
        key = (entry.day, *_said(entry))
        held = together.get(key, entry)
        together[key] = replace(entry, last_at=held.last_at, times=held.times + (held is not entry))
    return tuple(together.values())


def get_own_entries(*, seen_by: Viewer, as_of: date) -> tuple[UUID, tuple[Look, ...]]:
    """Give who the patient is, and the newest of their own log, the newest first, each entry by itself.

    Raises NotForThisViewer for everybody but a patient.
    """
    patient = open_own(seen_by=seen_by, as_of=as_of, event="own-log")
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [MOST])
        return patient.public_id, tuple(Look(at, at, 1, *rest) for at, *rest in cursor.fetchall())


def _said(look: Look) -> tuple[object, ...]:
    """Give all that an entry tells but when."""
    whose = (look.action, look.event, look.is_patient, look.name, look.role, look.organization)
    return (*whose, look.rule, look.reason, look.explanation, look.known_relation)
