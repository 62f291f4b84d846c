"""A token that a practice's record system has signed: who it is from, for us, in time, and taken once.

CDS Hooks' calls and signed context launches prove by it which record system speaks. The keys are those registered with
the record system; what a token itself says of keys (`jku`, `jwk`, `x5c`) is never followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypeGuard

import orjson
from django.db import connection
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.util import urlsafe_b64decode

from forloeb.access.record_systems import RecordSystem, find_by_launch_issuer
from forloeb.audit import actions as log

SIGNATURES = [f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)] + ["EdDSA"]
"""Signatures by a key that only the signer has. Unsigned, or signed with a shared secret, is not signed."""
CLOCKS_DIFFER = timedelta(seconds=10)
_LONGEST = 8_000
_LONGEST_NAME = 200


class NotTrusted(Exception):
    """A token that is not believed. `why` is a short code, and tells nothing of what the token says."""

    def __init__(self, why: str, by: RecordSystem | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.by = by
        """The record system it claims to be from, so that a refusal can be shown where it was asked."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a record system has said and signed."""

    by: RecordSystem
    claims: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Signed(by {self.by.id})"


def read_signed(text: str, *, audience: str, lasts: timedelta, at: datetime) -> Signed:
    """Check all of a token and take it: another time it is refused.

    `audience` is the address it must be for, and `lasts` the longest it may hold. Raises NotTrusted, with the reason
    `no-token`, `unknown-system`, `signature`, `audience`, `expired`, `too-long`, `incomplete` or `replayed`.
    """
    by = _signer(text)
    try:
        return Signed(by, _checked(text, by, audience, lasts, at))
    except NotTrusted as refusal:
        raise NotTrusted(refusal.why, by) from None


def _checked(text: str, by: RecordSystem, audience: str, lasts: timedelta, at: datetime) -> Mapping[str, Any]:
    try:
        claims = jwt.decode(text, KeySet.import_key_set(by.launch_jwks), algorithms=SIGNATURES).claims  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError):
        raise NotTrusted("signature") from None
    _check_audience(claims.get("aud"), audience)
    _check_times(claims, lasts, at)
    name = claims.get("jti")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
        raise NotTrusted("incomplete")
    _take_once(by, name, until=at + lasts + 2 * CLOCKS_DIFFER, at=at)
    return claims


def _signer(text: str) -> RecordSystem:
    """Find who says that they signed. Raises NotTrusted."""
    if not text or len(text) > _LONGEST or text.count(".") != 2:
        raise NotTrusted("no-token")
    try:
        said = orjson.loads(urlsafe_b64decode(text.split(".")[1].encode()))
    except ValueError:
        raise NotTrusted("no-token") from None
    issuer = said.get("iss") if isinstance(said, dict) else None
    found = find_by_launch_issuer(issuer) if isinstance(issuer, str) and issuer else None
    if found is None or not found.launch_jwks:
        raise NotTrusted("unknown-system")
    return found


def _check_audience(said: object, audience: str) -> None:
    named = said if isinstance(said, list) else [said]
    if audience not in named:
        raise NotTrusted("audience")


def _check_times(claims: Mapping[str, Any], lasts: timedelta, at: datetime) -> None:
    issued, ends = claims.get("iat"), claims.get("exp")
    if not _is_moment(issued) or not _is_moment(ends):
        raise NotTrusted("incomplete")
    now, slack = at.timestamp(), CLOCKS_DIFFER.total_seconds()
    if ends - issued > lasts.total_seconds():
        raise NotTrusted("too-long")
    if ends < now - slack or issued > now + slack:
        raise NotTrusted("expired")


def _is_moment(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


# One statement, so that of two that come at once only one is taken; those that would be refused as too old anyway go.
_TAKE = "INSERT INTO access_takentoken (mark, until) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_FORGET = "DELETE FROM access_takentoken WHERE until < %s"


def _take_once(by: RecordSystem, name: str, *, until: datetime, at: datetime) -> None:
    mark = sha256(f"{by.launch_issuer}\n{name}".encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [at])
        cursor.execute(_TAKE, [mark, until])
        if not cursor.rowcount:
            raise NotTrusted("replayed")


def note_refused(event: str, refusal: NotTrusted) -> None:
    """Write in the log that somebody was refused, and why, and nothing of what they sent."""
    log.append(action="refused", event=event, viewer="record-system", detail={"why": refusal.why})
