"""Pages of a search. The address of the next one is sealed: it tells nothing of what was asked."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import orjson
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from forloeb.api.fhir.problems import Problem, invalid

_HOLDS_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Page:
    """How many resources, and how many to pass over first."""

    size: int
    start: int

    @classmethod
    def of(cls, said: Mapping[str, str], *, usual: int, most: int) -> Page:
        """Read `_count`. Raises Problem."""
        text = said.get("_count", str(usual))
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise invalid("Write how many resources a page may have, as a number.", "_count")
        start = said.get("_page", "0")
        return cls(max(1, min(int(text), most)), int(start))


@cache
def _seal() -> Fernet:
    key = hashlib.sha256(b"forloeb.api.fhir.paging" + settings.SECRET_KEY.encode()).digest()
    return Fernet(urlsafe_b64encode(key))


def following(kind: str, asked: Sequence[tuple[str, str]], page: Page) -> str:
    """Seal what the next page asks for."""
    rest = [pair for pair in asked if pair[0] != "_page"]
    return _seal().encrypt(orjson.dumps([kind, rest, page.start + page.size])).decode()


def opened(kind: str, sealed: str) -> list[tuple[str, str]]:
    """Give what a sealed page asks for. Raises Problem when it was not made here, for this type, within the hour."""
    try:
        made_for, asked, start = orjson.loads(_seal().decrypt(sealed.encode(), ttl=_HOLDS_SECONDS))
    except (InvalidToken, ValueError):
        raise Problem(410, "expired", "This page of the search is no longer held: search again.", "_page") from None
    if made_for != kind:
        raise Problem(410, "expired", "This page is of another search: search again.", "_page")
    return [*((str(name), str(value)) for name, value in asked), ("_page", str(start))]
