"""The OpenID provider of the tests, whose keys the tests hold: so that it can change them, and tokens can be forged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from subprocess import Popen
from typing import Any

from django.test import override_settings
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support import node
from tests.support.ports import free_port
from tests.support.site import served

SCRIPT = Path(__file__).with_name("provider.mjs")
CLIENT = "forloeb"


@cache
def key(name: str) -> RSAKey:
    """Give the key of that name; it is made when it is first asked for."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


@dataclass(slots=True)
class Provider:
    """The provider, and the site whose people sign in there."""

    process: Popen[str]
    site: str
    issuer: str = field(default="", init=False)

    def be(self, *, signs_with: str = "first", publishes: tuple[str, ...] = (), names_session: bool = True) -> None:
        """Change the key it signs with, those it publishes (that one unless told otherwise), and what it tells us."""
        told = {
            "keys": [key(signs_with).as_dict(private=True)],
            "published": [key(name).as_dict(private=False) for name in publishes or (signs_with,)],
            "namesSession": names_session,
        }
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        self.issuer = self.process.stdout.readline().strip()
        assert self.issuer, "the OpenID provider does not answer"

    def signed(self, claims: dict[str, Any], *, by: str = "first", **header: str) -> str:
        """Give a token with these claims, as if the provider had made it."""
        return jwt.encode({"alg": "RS256", "kid": by, **header}, claims, key(by))


@contextmanager
def site_with_provider() -> Iterator[Provider]:
    """Serve the site with a provider of its own, where nobody may be chosen without signing in."""
    port = free_port()
    provider = Provider(node.start(SCRIPT, f"http://127.0.0.1:{port}"), f"http://127.0.0.1:{port}")
    try:
        provider.be()
        with (
            override_settings(
                OIDC_ISSUER=provider.issuer,
                OIDC_CLIENT_ID=CLIENT,
                OIDC_CLIENT_SECRET="only-for-tests",
                OIDC_LEVEL_CLAIM="loa",
                DEMO_PERSONAS=(),
            ),
            served(port),
        ):
            yield provider
    finally:
        node.stop(provider.process)
