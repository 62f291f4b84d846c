"""The demo's invented people, to choose among instead of signing in.

There are two locks. The choice exists only while DEBUG is on or a demo database is in use (settings.DEMO_PERSONAS is
empty otherwise); and it lets in only identities of an issuer that no provider has, which only a demo's database knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from forloeb.access.identities import OTHER_SECTORS, SignedIn, find_login
from forloeb.web.signin.provider import Identity


@dataclass(frozen=True, slots=True)
class Persona:
    """Someone who can be chosen, and what is worth knowing about them (in Danish, for patients)."""

    key: str
    who: SignedIn
    about: str

    @property
    def group(self) -> str:
        """Where this persona is chosen: `practice`, `sector`, `patient` or `relative`."""
        if self.who.workplaces:
            return "sector" if self.who.workplaces[0].kind in OTHER_SECTORS else "practice"
        return "patient" if self.who.patient_id is not None else "relative"


def is_open() -> bool:
    """Whether people may be chosen here at all."""
    return bool(settings.DEBUG or settings.DEMO) and bool(settings.DEMO_PERSONAS)


def personas(as_of: date) -> Iterator[Persona]:
    """Give those of the cast whom this database knows, staff first."""
    if not is_open():
        return
    for key, about in settings.DEMO_PERSONAS:
        who = find_login(settings.DEMO_ISSUER, key, as_of=as_of)
        if who is not None:
            yield Persona(key, who, about)


def identity_of(key: str) -> Identity | None:
    """Give a persona's identity; None when nobody may be chosen, or nobody of that name."""
    if is_open() and key in dict(settings.DEMO_PERSONAS):
        return Identity(settings.DEMO_ISSUER, key)
    return None
