"""The key by which we prove who we are to a record system's authorization server, instead of by a shared secret.

A PEM file holds one private key on the curve P-384 (ES384, as SMART App Launch asks for), and public keys of earlier
ones for as long as somebody may still hold something they signed. What is public of it stands at
`/.well-known/jwks.json`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

ALGORITHM = "ES384"
_CURVE = "P-384"
_LASTS = timedelta(minutes=1)
_BLOCK = re.compile(rb"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----\n?", re.DOTALL)


class BadClientKey(Exception):
    """The key file cannot be used; the text says why, in one line, and nothing of the key."""


@dataclass(frozen=True, slots=True)
class ClientKeys:
    """The key we sign with, and all that we publish."""

    signs: ECKey = field(repr=False)
    published: tuple[ECKey, ...] = field(repr=False)

    def jwks(self) -> dict[str, Any]:
        """Give the public keys, each under its thumbprint."""
        return {
            "keys": [
                {**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig", "alg": ALGORITHM}
                for key in self.published
            ]
        }

    def assertion(self, client_id: str, *, audience: str, at: datetime) -> str:
        """Sign who we are, for one token endpoint, for a minute (RFC 7523)."""
        now = int(at.timestamp())
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "iat": now,
            "exp": now + int(_LASTS.total_seconds()),
            "jti": token_urlsafe(24),
        }
        header = {"alg": ALGORITHM, "kid": self.signs.thumbprint(), "typ": "JWT"}
        return jwt.encode(header, claims, self.signs, algorithms=[ALGORITHM])


def read_client_keys(path: Path) -> ClientKeys:
    """Read a PEM file: a private key, and public keys of earlier ones if there are any. Raises BadClientKey."""
    make = f"make a key with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{_CURVE} -out {path}"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadClientKey(f"{path}: cannot be read ({error.strerror}); {make}") from None
    try:
        keys = [ECKey.import_key(found[0]) for found in _BLOCK.finditer(content)]
    except (JoseError, ValueError, TypeError):
        keys = []
    private = [key for key in keys if key.is_private]
    if len(private) != 1 or any(key.curve_name != _CURVE for key in keys):
        raise BadClientKey(f"{path}: is not a PEM file with one private key on {_CURVE} without a password; {make}")
    return ClientKeys(private[0], (private[0], *(key for key in keys if not key.is_private)))


def make_client_key(path: Path) -> None:
    """Make a key in a file that only we may read, unless one is there."""
    pem = ECKey.generate_key(_CURVE).as_pem(private=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
