"""Who calls: somebody signed in to our pages, or an app with a token of somebody's; its scopes say what it may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.conf import settings
from django.http.cookie import parse_cookie

from forloeb.access.scopes import Granted
from forloeb.access.sessions import Stored, find_stored, viewer_in
from forloeb.access.tokens import bearer_of, find_holder
from forloeb.fhir.served.parts import JsonObject
from forloeb.people.searching import Condition
from forloeb.people.viewers import Viewer

_MOST_RECALLED = 1_000
_RECALLED: dict[str, Stored] = {}
"""Sessions by key, as they were last read: what they said is used only together with the question whether it holds."""

Interaction = Literal["create", "read", "update", "delete", "search"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose eyes a question is asked with, and the app it came through. `granted` None: no app, all the person may."""

    viewer: Viewer
    granted: Granted | None = None
    client: str = ""


class NotSignedIn(Exception):
    """Nobody is signed in, or what was sent as proof of it does not hold."""


def find_caller(environ: dict[str, object], *, at: datetime) -> Caller:
    """Give who calls. Raises NotSignedIn."""
    if header := str(environ.get("HTTP_AUTHORIZATION", "")):
        # Whoever sends a token is the one it says, or nobody: a cookie beside it opens nothing.
        holder = find_holder(bearer_of(header))
        if holder is None:
            raise NotSignedIn
        return Caller(holder.viewer, holder.granted, holder.client_id)
    key = _session_key(environ)
    stored = find_stored(key) if key else None
    viewer = _viewer(stored, at) if stored else None
    if stored is None or viewer is None:
        raise NotSignedIn
    if len(_RECALLED) >= _MOST_RECALLED:
        _RECALLED.clear()
    _RECALLED[stored.key] = stored
    return Caller(viewer)


def recall_caller(environ: dict[str, object], *, at: datetime) -> tuple[Caller, Condition] | None:
    """Give who was signed in with this session when it last was read, and what to ask before anything is answered:
    whether it still is so. None for everybody else."""
    if environ.get("HTTP_AUTHORIZATION"):
        return None
    stored = _RECALLED.get(_session_key(environ))
    viewer = _viewer(stored, at) if stored else None
    return (Caller(viewer), stored.holds()) if stored and viewer else None


def _session_key(environ: dict[str, object]) -> str:
    return parse_cookie(str(environ.get("HTTP_COOKIE", ""))).get(settings.SESSION_COOKIE_NAME, "")


def _viewer(stored: Stored, at: datetime) -> Viewer | None:
    return viewer_in(stored.says, now=at.timestamp(), idle_seconds=settings.SESSION_IDLE_SECONDS)


def may(caller: Caller, kind: str, interaction: Interaction, *, whole: bool = False) -> bool:
    """Whether the app may do this with resources of a kind. What the person may see is the access room's to say.

    A granular scope lets nothing be written, for that could change to what it does not let through; nor does it do
    where the answer is given `whole`, and not sifted by `fitting`.
    """
    if caller.granted is None:
        return True
    permission = caller.granted.may(interaction[0], kind)
    return bool(permission) and (not permission.limits or (interaction in ("read", "search") and not whole))


def fitting(caller: Caller, resource: JsonObject) -> JsonObject | None:
    """Give an answer less what granular scopes leave out; None for a resource that they do not let through."""
    granted = caller.granted
    if granted is None:
        return resource
    if resource.get("resourceType") != "Bundle":
        return resource if _fits(granted, resource) else None
    whole = resource.get("entry", [])
    entries = [entry for entry in whole if _fits(granted, entry.get("resource", {}))]
    # How many there are in all would tell of those left out.
    limited = any(scope.where for scope in granted.scopes)
    kept = {name: part for name, part in resource.items() if name != "entry" and not (limited and name == "total")}
    return {**kept, "entry": entries} if entries else kept


def _fits(granted: Granted, resource: JsonObject) -> bool:
    kind = str(resource.get("resourceType", ""))
    return any(granted.may(letter, kind).fits(resource) for letter in "rs") or kind in _NOBODYS


_NOBODYS = frozenset({"OperationOutcome", "CapabilityStatement"})
