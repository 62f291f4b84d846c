"""Who calls: somebody signed in to our pages, or an app with a token of somebody's; its scopes say what it may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.http.cookie import parse_cookie

from forloeb.access.scopes import Granted
from forloeb.access.tokens import bearer_of, find_holder
from forloeb.fhir.served.parts import JsonObject
from forloeb.people.viewers import Viewer, ViewerKind

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
    key = parse_cookie(str(environ.get("HTTP_COOKIE", ""))).get(settings.SESSION_COOKIE_NAME)
    stored = SessionStore(key).load() if key else {}
    seen = float(stored.get("seen_at", 0))
    if not stored.get("viewer") or at.timestamp() - seen > settings.SESSION_IDLE_SECONDS:
        raise NotSignedIn
    viewer = stored["viewer"]
    return Caller(Viewer(**{**viewer, "kind": ViewerKind(viewer["kind"])}))


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
