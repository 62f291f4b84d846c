"""The record system's own key, and what it signs with it: who opens what, and that it is the one who asks."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey

_LASTS = 60


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs under the record system's address."""

    issuer: str
    key: ECKey = field(repr=False)

    def sign(self, audience: str, **claims: Any) -> str:
        """Sign a token for one address, good for a minute and once."""
        now = int(time.time())
        said = {"iss": self.issuer, "aud": audience, "iat": now, "exp": now + _LASTS, "jti": str(uuid4()), **claims}
        header = {"alg": "ES384", "kid": self.key.thumbprint(), "typ": "JWT"}
        return jwt.encode(header, said, self.key, algorithms=["ES384"])

    def jwks(self) -> dict[str, Any]:
        """Give the public key."""
        public = {**self.key.as_dict(private=False), "kid": self.key.thumbprint(), "use": "sig", "alg": "ES384"}
        return {"keys": [public]}


def signer(issuer: str, file: Path) -> Signer:
    """Give the signer with the key in a file, which is made the first time."""
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as made:
            made.write(ECKey.generate_key("P-384").as_pem(private=True))
    return Signer(issuer, ECKey.import_key(file.read_bytes()))
