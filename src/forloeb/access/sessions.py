"""Who is signed in, as a session remembers it: the same for pages and for the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.sessions.models import Session
from django.utils import timezone

from forloeb.people.searching import Condition
from forloeb.people.viewers import Viewer, ViewerKind

VIEWER, SEEN = "viewer", "seen_at"
"""What a session holds: through whose eyes it looks, and when (in seconds) someone was last here."""


def is_away(session: Mapping[str, Any], *, now: float, idle_seconds: int) -> bool:
    """Whether nobody has been here for so long that the session is over."""
    return now - float(session.get(SEEN, 0)) > idle_seconds


def viewer_in(session: Mapping[str, Any], *, now: float, idle_seconds: int) -> Viewer | None:
    """Give who is signed in; None when nobody is, or when they have been away for too long."""
    stored = session.get(VIEWER)
    if not stored or is_away(session, now=now, idle_seconds=idle_seconds):
        return None
    return Viewer(**{**stored, "kind": ViewerKind(stored["kind"])})


@dataclass(frozen=True, slots=True)
class Stored:
    """A session as it is kept, and what it says. It holds for as long as exactly this is kept of it."""

    key: str = field(repr=False)
    data: str = field(repr=False)
    says: Mapping[str, Any] = field(repr=False)

    def holds(self) -> Condition:
        """Ask whether the session still is, and says the same."""
        return Condition(
            "EXISTS (SELECT FROM django_session s WHERE s.session_key = %s AND s.session_data = %s"
            " AND s.expire_date > now())",
            (self.key, self.data),
        )


def find_stored(key: str) -> Stored | None:
    """Find a session that has not ended."""
    if "\0" in key:
        return None
    found = Session.objects.filter(session_key=key, expire_date__gt=timezone.now()).first()
    return Stored(key, found.session_data, found.get_decoded()) if found else None
