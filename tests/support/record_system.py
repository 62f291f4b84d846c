"""A practice's record system as tests speak for it: registered, with a key of its own, able to sign what it says."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import uuid4

import orjson
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey

from forloeb.people.models import Organization, RecordSystem

SITE = "http://localhost"
BOTH = ("ES384", "ES256")


@cache
def key(name: str) -> ECKey:
    """Give the key of that name; it is made when it is first asked for."""
    return ECKey.generate_key("P-384", {"kid": name, "use": "sig", "alg": "ES384"})


@dataclass
class Signer:
    """Somebody who signs tokens: the registered record system, or one who would like to be."""

    issuer: str
    key_name: str = field(default_factory=lambda: f"key-{uuid4()}")

    def claims(self, audience: str, *, lasts: int = 60, **more: Any) -> dict[str, Any]:
        """Give what a token says, good for a minute from now; None among `more` leaves a claim out."""
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "aud": audience,
            "iat": now,
            "exp": now + lasts,
            "jti": str(uuid4()),
            **more,
        }
        return {name: value for name, value in said.items() if value is not None}

    def token(self, audience: str, *, by: str = "", **more: Any) -> str:
        """Sign it, with its own key or another's."""
        signs = key(by or self.key_name)
        return jwt.encode(
            {"alg": "ES384", "kid": signs.kid}, self.claims(audience, **more), signs, algorithms=["ES384"]
        )

    def call(
        self, service: str, body: Any, *, client: Client | None = None, token: str = "", **headers: str
    ) -> HttpResponse:
        """Call a CDS service with a token of its own."""
        where = reverse("cds-call", args=[service])
        return self.post(where, body, client=client, token=token, **headers)

    def post(
        self, where: str, body: Any, *, client: Client | None = None, token: str = "", **headers: str
    ) -> HttpResponse:
        """Post JSON, or bytes as they are, to an address of ours."""
        sent = body if isinstance(body, bytes) else orjson.dumps(body)
        bearer = {"Authorization": f"Bearer {token or self.token(SITE + where)}", **headers}
        return (client or Client(headers={"host": "localhost"})).post(
            where, sent, content_type="application/json", headers=bearer
        )


def register(organization: Organization, **more: Any) -> Signer:
    """Register a record system for a practice, or change the one that is."""
    signer = Signer(f"https://lps-{organization.pk}.example")
    given = {
        "name": "Prøve-LPS",
        "fhir_base_url": "",
        "card_adapter": None,
        "client_id": "",
        "launch_issuer": signer.issuer,
        "launch_jwks": {"keys": [key(signer.key_name).as_dict(private=False)]},
        "registered_at": timezone.now(),
        **more,
    }
    RecordSystem.objects.using("loader").update_or_create(organization=organization, defaults=given)
    return signer
