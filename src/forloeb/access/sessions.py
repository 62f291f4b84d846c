"""Who is signed in, as a session remembers it: the same for pages and for the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
