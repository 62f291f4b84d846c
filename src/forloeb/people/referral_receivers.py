"""Which municipality's system is speaking to us: each has a token of its own, made from our key and kept nowhere."""

from __future__ import annotations

import re

from django.core import signing

from forloeb.people.models import ReferralReceiver

_SALT = "forloeb.people.referral_receivers"


class NotAReceiver(Exception):
    """The token is of no municipality that is connected."""

    def __init__(self) -> None:
        super().__init__("no municipality has that token")


def token_of(receiver: ReferralReceiver) -> str:
    """Give the token that a municipality's system shows when it answers."""
    return signing.Signer(salt=_SALT).sign(str(receiver.organization_id)).replace(":", ".")


def get_by_token(authorization: str) -> ReferralReceiver:
    """Get who shows a token in an Authorization header. Raises NotAReceiver."""
    found = re.fullmatch(r"Bearer ([0-9]{1,18})\.([\w-]+)", authorization)
    if found is None:
        raise NotAReceiver
    try:
        organization_id = int(signing.Signer(salt=_SALT).unsign(f"{found[1]}:{found[2]}"))
    except signing.BadSignature:
        raise NotAReceiver from None
    receiver = ReferralReceiver.objects.filter(organization_id=organization_id).first()
    if receiver is None:
        raise NotAReceiver
    return receiver
