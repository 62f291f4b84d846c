"""Which record system is speaking to us: each has a token of its own, made from our key and kept nowhere."""

from __future__ import annotations

import re

from django.core import signing

from forloeb.people.models import RecordSystem

_SALT = "forloeb.people.record_systems"


class NotARecordSystem(Exception):
    """The token is of no record system that is connected."""

    def __init__(self) -> None:
        super().__init__("no record system has that token")


def token_of(system: RecordSystem) -> str:
    """Give the token that a record system shows when it posts results."""
    return signing.Signer(salt=_SALT).sign(str(system.organization_id)).replace(":", ".")


def get_by_token(authorization: str) -> RecordSystem:
    """Get who shows a token in an Authorization header. Raises NotARecordSystem."""
    found = re.fullmatch(r"Bearer ([0-9]{1,18})\.([\w-]+)", authorization)
    if found is None:
        raise NotARecordSystem
    try:
        organization_id = int(signing.Signer(salt=_SALT).unsign(f"{found[1]}:{found[2]}"))
    except signing.BadSignature:
        raise NotARecordSystem from None
    system = RecordSystem.objects.filter(organization_id=organization_id).first()
    if system is None:
        raise NotARecordSystem
    return system
