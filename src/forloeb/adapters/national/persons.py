"""The person register through a gateway, a page of changes at a time, as in docs/how-to/connect-nationally.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from forloeb.adapters.national.gateway import Gateway, Silence
from forloeb.people.person_register import Listing, NoAnswer, Page, PersonChange

_LONGEST_NAME = 120
_LONGEST_CURSOR = 200


class _Unreadable(ValueError):
    """One change that is not as the contract says."""


@dataclass(frozen=True, slots=True)
class HttpPersonRegister:
    """A register behind a gateway."""

    gateway: Gateway

    def changes_after(self, cursor: str | None) -> Page:
        """Ask for the next page. Raises NoAnswer for all but a page; a change that cannot be read is counted."""
        try:
            said = self.gateway.ask({} if cursor is None else {"after": cursor})
        except Silence as silence:
            raise NoAnswer(silence.fault) from None
        given, reached, is_last = said.get("changes"), said.get("cursor"), said.get("last")
        if not (isinstance(given, list) and isinstance(is_last, bool) and isinstance(reached, str)):
            raise NoAnswer("not-understood")
        if not 0 < len(reached) <= _LONGEST_CURSOR:
            raise NoAnswer("not-understood")
        changes = []
        for one in given:
            try:
                changes.append(_change(one))
            except _Unreadable:
                continue
        return Page(tuple(changes), len(given) - len(changes), reached, is_last)


def _change(one: Any) -> PersonChange:
    if not isinstance(one, dict):
        raise _Unreadable
    number, is_protected = one.get("cpr_number"), one.get("is_protected")
    if not (isinstance(number, str) and len(number) == 10 and number.isdecimal() and isinstance(is_protected, bool)):
        raise _Unreadable
    return PersonChange(
        cpr_number=number,
        given_name=_name(one.get("given_name")),
        family_name=_name(one.get("family_name")),
        is_protected=is_protected,
        deceased_on=_day(one.get("deceased_on")),
        listing=_listing(one.get("practice")),
        said=one,
    )


def _name(text: object) -> str:
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST_NAME or "\0" in text:
        raise _Unreadable
    return text


def _day(text: object) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise _Unreadable from None


def _listing(told: object) -> Listing | None:
    if told is None:
        return None
    since = _day(told.get("since")) if isinstance(told, dict) else None
    if not isinstance(told, dict) or since is None:
        raise _Unreadable
    ydernummer = told.get("ydernummer")
    if ydernummer is not None and not (isinstance(ydernummer, str) and ydernummer.isdecimal() and len(ydernummer) <= 6):
        raise _Unreadable
    return Listing(ydernummer, since)
