"""An app's proof of who it is: a short-lived word, signed with its own key and believed once (`private_key_jwt`)."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from django.db import connection
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from forloeb.access.models import HeardAssertion

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SIGNATURES = ["RS384", "ES384"]
"""What SMART asks every server to know (Client Authentication: Asymmetric)."""
LONGEST = timedelta(minutes=5)
_LEEWAY = 10


class NotBelieved(Exception):
    """The proof is not signed by the app's key, is for somebody else, is too old, or has been heard before."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the client assertion is not believed: {why}")


def claimed_client(assertion: str) -> str:
    """Say whom a proof says that it is of, before it is believed; empty for what is no proof."""
    try:
        _header, claims, _signature = assertion.split(".")
        said = orjson.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    except ValueError:
        return ""
    found = said.get("iss") if isinstance(said, dict) else None
    return found if isinstance(found, str) else ""


def check_assertion(assertion: str, *, client_id: str, keys: dict[str, Any], audience: str, at: datetime) -> None:
    """Believe a proof once. Raises NotBelieved, with a reason that tells nothing of the proof."""
    try:
        token = jwt.decode(assertion, KeySet.import_key_set(keys), algorithms=SIGNATURES)  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, KeyError):
        raise NotBelieved("it is not signed by a registered key with RS384 or ES384") from None
    said = token.claims
    if said.get("iss") != client_id or said.get("sub") != client_id:
        raise NotBelieved("iss and sub are the client_id")
    if audience not in (said["aud"] if isinstance(said.get("aud"), list) else [said.get("aud")]):
        raise NotBelieved("aud is the token endpoint")
    expires, token_id, now = said.get("exp"), said.get("jti"), at.timestamp()
    is_number = isinstance(expires, (int, float)) and not isinstance(expires, bool)
    if not is_number or not now - _LEEWAY < float(expires or 0) <= now + LONGEST.total_seconds() + _LEEWAY:
        raise NotBelieved("exp is at most five minutes ahead, and not past")
    if not isinstance(token_id, str) or not token_id:
        raise NotBelieved("jti names it")
    _hear(client_id, token_id, at)


def _hear(client_id: str, token_id: str, at: datetime) -> None:
    """Take a proof once. Raises NotBelieved."""
    HeardAssertion.objects.filter(heard_at__lt=at - 2 * LONGEST).delete()
    mark = sha256(f"{client_id}\n{token_id}".encode()).hexdigest()
    # One statement, so that of two that come at once only one is believed.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO access_heardassertion (mark, heard_at) VALUES (%s, %s) ON CONFLICT DO NOTHING", [mark, at]
        )
        if not cursor.rowcount:
            raise NotBelieved("its jti was heard before")
