"""A signed context launch, for a record system without SMART: one token, posted by its page, good for a minute, once.

The token stands in the body of a form, never in an address, for it names a patient by CPR number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from forloeb.access.record_systems import RecordSystem
from forloeb.access.signed_tokens import NotTrusted, read_signed
from forloeb.kernel.identifiers import CprNumber, NotACprNumber

LASTS = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Context:
    """Who is sitting at which record system, and whose plan they want."""

    system: RecordSystem
    subject: str
    number: str

    def __repr__(self) -> str:
        return f"Context(record system {self.system.id})"


def read_context(token: str, *, audience: str, at: datetime) -> Context:
    """Check all of a token and take it. Raises NotTrusted, also with `other-practice`, `no-patient`, `incomplete`."""
    signed = read_signed(token, audience=audience, lasts=LASTS, at=at)
    subject = signed.claims.get("sub")
    if not isinstance(subject, str) or not subject or "\0" in subject:
        raise NotTrusted("incomplete", signed.by)
    if not _is_of(signed.by, signed.claims):
        raise NotTrusted("other-practice", signed.by)
    try:
        number = CprNumber.read(str(signed.claims.get("cpr") or "")).digits
    except NotACprNumber:
        raise NotTrusted("no-patient", signed.by) from None
    return Context(signed.by, subject, number)


_NUMBERS = "SELECT ydernummer, sor_code FROM people_organization WHERE id = %s"


def _is_of(system: RecordSystem, claims: Mapping[str, Any]) -> bool:
    """Whether the token names the practice that the record system is registered for, by ydernummer or SOR code."""
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, [system.organization_id])
        ydernummer, sor_code = cursor.fetchone()
    told = [(claims[name], own) for name, own in (("ydernummer", ydernummer), ("sor", sor_code)) if name in claims]
    return bool(told) and all(isinstance(said, str) and said == own for said, own in told)
