"""How long a CDS Hooks call takes of our own time: Karen's whole record sent along, signed, answered, audited, kept.

    .venv/bin/python -m bench.bench_cds

The floor is what no answer can do without: the signature checked, and the call's own SQL sent again by nothing but the
driver, each statement that lasts in a transaction that lasts.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import orjson

from bench.bench_control import recorded
from bench.database import database, milliseconds, told

TIMES = 100
SITE = "http://localhost"
SERVICES = {"forloeb-patient-view": "patient-view", "forloeb-order-sign": "order-sign"}


def bench() -> None:
    """Print each hook's time, how much it asks the database, and the floor."""
    with database():
        _measure()


def _measure() -> None:
    from django.utils import timezone

    from forloeb.jobs.demo.cast import KAREN
    from forloeb.jobs.demo.histories import make_histories
    from forloeb.jobs.demo.people import register_cast
    from forloeb.jobs.demo.record_system import resources_of
    from forloeb.people.models import RecordSystem

    at = timezone.now()
    as_of = timezone.localdate(at)
    demo = register_cast(as_of=as_of, at=at)
    make_histories(demo, as_of=as_of, at=at)
    signer = _Signer()
    RecordSystem.objects.using("loader").create(
        organization=demo.practice, name="bench", launch_issuer=signer.issuer, launch_jwks=signer.jwks, registered_at=at
    )
    sent = list(resources_of(KAREN, demo.patients["karen"], as_of=as_of))
    for service, hook in SERVICES.items():
        _measure_hook(service, signer, _call(hook, sent))


def _measure_hook(service: str, signer: _Signer, body: bytes) -> None:
    from django.test import Client

    client, where = Client(SERVER_NAME="localhost"), f"/cds-services/{service}"
    tokens = iter([signer.token(SITE + where) for _ in range(TIMES + 20)])

    def call() -> None:
        bearer = {"Authorization": f"Bearer {next(tokens)}"}
        answer = client.post(where, body, content_type="application/json", headers=bearer)
        assert answer.status_code == 200, answer.content

    taken = milliseconds(call, times=TIMES)
    asked = recorded(call)
    token = signer.token(SITE + where)
    floor = milliseconds(lambda: _floor(asked, signer, token), times=TIMES)
    print(f"{service}: {told(taken)}; {len(body) / 1024:.0f} kB sent, {len(asked)} statements")
    print(f"floor: the signature and its SQL alone: {told(floor)}")


def _floor(asked: list[tuple[str, Any]], signer: _Signer, token: str) -> None:
    from django.db import connection, transaction
    from joserfc import jwt
    from joserfc.jwk import KeySet

    jwt.decode(token, KeySet.import_key_set(signer.jwks), algorithms=["ES384"])
    with transaction.atomic(), connection.cursor() as cursor:
        for sql, parameters in asked:
            if "INSERT INTO careplans_advice" not in sql and "INSERT INTO access_takentoken" not in sql:
                cursor.execute(sql, parameters)
        cursor.execute("INSERT INTO access_takentoken VALUES (%s, now())", [uuid4().hex])


def _call(hook: str, sent: list[dict[str, Any]]) -> bytes:
    def bundle(kind: str) -> dict[str, Any]:
        found = [{"resource": one} for one in sent if one["resourceType"] == kind]
        return {"resourceType": "Bundle", "type": "searchset", "entry": found}

    ordered = {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "A10BA02"}]},
        "subject": {"reference": "Patient/karen"},
    }
    context: dict[str, Any] = {"userId": "Practitioner/holm", "patientId": "karen"}
    if hook == "order-sign":
        context["draftOrders"] = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": ordered}]}
    return orjson.dumps(
        {
            "hook": hook,
            "hookInstance": str(uuid4()),
            "context": context,
            "prefetch": {
                "patient": sent[0],
                "conditions": bundle("Condition"),
                "observations": bundle("Observation"),
                "medications": bundle("MedicationStatement"),
            },
        }
    )


class _Signer:
    """A record system with a key of its own."""

    issuer = "https://lps.example"

    def __init__(self) -> None:
        from joserfc.jwk import ECKey

        self._key = ECKey.generate_key("P-384", {"kid": "bench", "alg": "ES384", "use": "sig"})
        self.jwks = {"keys": [self._key.as_dict(private=False)]}

    def token(self, audience: str) -> str:
        """Sign a token that holds for as long as one may."""
        from joserfc import jwt

        now = int(time.time())
        claims = {"iss": self.issuer, "aud": audience, "iat": now, "exp": now + 290, "jti": str(uuid4())}
        return jwt.encode({"alg": "ES384", "kid": "bench"}, claims, self._key, algorithms=["ES384"])


if __name__ == "__main__":
    bench()
