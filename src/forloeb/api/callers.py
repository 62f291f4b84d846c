"""Who calls: somebody signed in to our pages. What an app may do on top of that is its scopes' to say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.http.cookie import parse_cookie

from forloeb.people.viewers import Viewer, ViewerKind

Interaction = Literal["create", "read", "update", "delete", "search"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose eyes a question is asked with, and the app it came through. `scopes` None: no app, all the person may."""

    viewer: Viewer
    scopes: frozenset[str] | None = None
    client: str = ""


class NotSignedIn(Exception):
    """Nobody is signed in, or what was sent as proof of it does not hold."""


def find_caller(environ: dict[str, object], *, at: datetime) -> Caller:
    """Give who calls. Raises NotSignedIn."""
    if environ.get("HTTP_AUTHORIZATION"):
        raise NotSignedIn
    key = parse_cookie(str(environ.get("HTTP_COOKIE", ""))).get(settings.SESSION_COOKIE_NAME)
    stored = SessionStore(key).load() if key else {}
    seen = float(stored.get("seen_at", 0))
    if not stored.get("viewer") or at.timestamp() - seen > settings.SESSION_IDLE_SECONDS:
        raise NotSignedIn
    viewer = stored["viewer"]
    return Caller(Viewer(**{**viewer, "kind": ViewerKind(viewer["kind"])}))


def may(caller: Caller, kind: str, interaction: Interaction) -> bool:
    """Whether the app may do this with resources of a kind. What the person may see is the access room's to say."""
    return caller.scopes is None
