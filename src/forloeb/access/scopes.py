"""SMART scopes, version 2: what an app has been given, read from their text, and what that lets it do. Pure.

`patient/Observation.rs?category=vital-signs` is a context, a type of resource, the letters of what may be done, and
what the resources must be like. A scope never opens a patient: whom its person may see is decided by access besides.
Source: HL7 SMART App Launch 2.2, "Scopes for requesting FHIR resources".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import parse_qsl, urlencode

LETTERS = "cruds"
"""Create, read, update, delete, search; a scope writes them in this order."""
LAUNCH_PATIENT = "launch/patient"
OFFLINE = "offline_access"
OTHERS = frozenset({LAUNCH_PATIENT, OFFLINE})
"""Scopes that open no resource."""
CONDITIONS = frozenset({"category", "code", "status"})
"""What a granular scope may ask of a resource here."""
_SHAPE = re.compile(r"(patient|user|system)/([A-Z][A-Za-z]{1,63}|\*)\.(c?r?u?d?s?)(?:\?(.+))?", re.ASCII)


class BadScope(ValueError):
    """The text is no scope that we know."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text[:100]!r} is no scope; write it as patient/Observation.rs, user/CarePlan.cruds or {OFFLINE}"
        )


class Context(Enum):
    """Whose data a scope speaks of: one patient's, all that the person may see, or all of an organization's."""

    PATIENT = "patient"
    USER = "user"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be done to resources of a type (`*`: every type) that fulfil all of `where`."""

    context: Context
    resource_type: str
    letters: frozenset[str]
    where: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        letters = "".join(letter for letter in LETTERS if letter in self.letters)
        asked = f"?{urlencode(self.where, safe=':/|')}" if self.where else ""
        return f"{self.context.value}/{self.resource_type}.{letters}{asked}"

    def speaks_of(self, resource_type: str) -> bool:
        """Whether it is about that type of resource."""
        return self.resource_type in ("*", resource_type)

    def covers(self, other: Scope) -> bool:
        """Whether everything that the other lets be done, this one lets be done too."""
        return (
            self.context is other.context
            and self.speaks_of(other.resource_type)
            and self.letters >= other.letters
            and set(self.where) <= set(other.where)
        )


def read_scope(text: str) -> Scope:
    """Read one scope for resources. Raises BadScope."""
    found = _SHAPE.fullmatch(text)
    if found is None or not found[3]:
        raise BadScope(text)
    where = tuple(sorted(parse_qsl(found[4], keep_blank_values=True, max_num_fields=10))) if found[4] else ()
    if bool(found[4]) != bool(where) or any(name not in CONDITIONS or not value for name, value in where):
        raise BadScope(text)
    return Scope(Context(found[1]), found[2], frozenset(found[3]), where)


@dataclass(frozen=True, slots=True)
class Granted:
    """All that an app asks for, or has been given."""

    scopes: tuple[Scope, ...] = ()
    others: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return " ".join([*map(str, self.scopes), *sorted(self.others)])

    @property
    def is_lasting(self) -> bool:
        """Whether the app goes on when nobody is there: it then gets a refresh token."""
        return OFFLINE in self.others

    def within(self, most: Granted) -> Granted:
        """Give the part of this that `most` covers."""
        kept = tuple(scope for scope in self.scopes if any(known.covers(scope) for known in most.scopes))
        return Granted(kept, self.others & (most.others | {LAUNCH_PATIENT}))

    def for_contexts(self, contexts: Iterable[Context]) -> Granted:
        """Give the part of this that speaks of those contexts."""
        wanted = frozenset(contexts)
        others = self.others if Context.PATIENT in wanted else self.others - {LAUNCH_PATIENT}
        return Granted(tuple(scope for scope in self.scopes if scope.context in wanted), others)

    def may(self, letter: str, resource_type: str) -> Permission:
        """Say whether one of `cruds` may be done to a type of resource, and to which of them."""
        found = [scope.where for scope in self.scopes if letter in scope.letters and scope.speaks_of(resource_type)]
        return Permission(bool(found), () if () in found else tuple(dict.fromkeys(found)))


@dataclass(frozen=True, slots=True)
class Permission:
    """Yes or no; a yes may be only for the resources that fulfil one of `limits`. No limits: for all of them."""

    is_given: bool
    limits: tuple[tuple[tuple[str, str], ...], ...] = ()

    def __bool__(self) -> bool:
        return self.is_given

    def fits(self, resource: Mapping[str, Any]) -> bool:
        """Whether a resource, as FHIR JSON, is among those that the permission is for."""
        return self.is_given and (not self.limits or any(_fulfils(resource, limit) for limit in self.limits))


def read_scopes(text: str) -> Granted:
    """Read scopes with spaces between; what stands twice counts once. Raises BadScope."""
    words = dict.fromkeys(text.split())
    return Granted(
        tuple(dict.fromkeys(read_scope(word) for word in words if word not in OTHERS)), OTHERS & words.keys()
    )


def _fulfils(resource: Mapping[str, Any], limit: Sequence[tuple[str, str]]) -> bool:
    return all(any(_matches(resource.get(name), one) for one in value.split(",")) for name, value in limit)


def _matches(element: Any, token: str) -> bool:
    """Whether a code, a coding, a concept or a list of them is the token `code`, `system|code` or `|code`."""
    if isinstance(element, list):
        return any(_matches(one, token) for one in element)
    system, bar, code = token.rpartition("|")
    if isinstance(element, str):
        return not system and element == code
    if not isinstance(element, Mapping):
        return False
    if isinstance(element.get("coding"), list):
        return _matches(element["coding"], token)
    return bool(code) and element.get("code") == code and (not bar or element.get("system", "") == system)
