"""How fast the FHIR face answers: 16 connections, signed in, opened by the access rules, each look in the log.

    .venv/bin/python -m bench.bench_fhir [SECONDS]

Server, PostgreSQL and callers share the machine. The floor is the same web server with a bare SELECT or INSERT of the
same bytes (`fhir_floor.py`); a line for each is printed beside it.
"""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import orjson

from bench.bench_control import _import_people
from bench.callers import Figures, ask, get, post
from bench.database import database

PATIENTS = 300
IN_BUNDLE = 65
SECONDS = 5.0


def bench(seconds: float = SECONDS) -> None:
    """Print, for each kind of request, how many are answered a second, beside the floor."""
    with database() as addresses:
        cookie, observations = _signed_in_with_values()
        with _served("forloeb.config.wsgi:application", addresses) as port:
            figures = _measure(port, cookie, observations, seconds)
        with _served("bench.fhir_floor:application", _floor(addresses)) as port:
            floor = _measure_floor(port, seconds)
    for name, found in figures.items():
        beside = f"  floor {floor[name]}" if name in floor else ""
        print(f"{name}: {found}{beside}")
    print(f"values in bundles: {figures['transaction'].per_second * IN_BUNDLE:,.0f} observations/s")


def _measure(port: int, cookie: str, observations: list[tuple[str, str, str]], seconds: float) -> dict[str, Figures]:
    drawn = random.Random(1)
    reads = [get(f"/fhir/Observation/{one}", cookie) for one, _, _ in observations]
    latest = [
        get(f"/fhir/Observation?patient={patient}&code={code}&_sort=-date&_count=1", cookie)
        for _, patient, code in observations
    ]
    patients = sorted({patient for _, patient, _ in observations})
    figures = {}
    for name, requests in (
        ("read", (drawn.choice(reads) for _ in itertools.count())),
        ("latest", (drawn.choice(latest) for _ in itertools.count())),
        ("create", (post("/fhir/Observation", _value(drawn.choice(patients)), cookie) for _ in itertools.count())),
        ("transaction", (post("/fhir", _bundle(drawn.choice(patients)), cookie) for _ in itertools.count())),
    ):
        ask(port, requests, seconds=min(2.0, seconds))  # warm: plans are kept for each connection
        figures[name] = ask(port, requests, seconds=seconds)
    return figures


def _value(patient: str) -> bytes:
    return orjson.dumps(_observation(patient))


def _observation(patient: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "identifier": [{"system": "urn:bench", "value": str(uuid4())}],
        "code": {"coding": [{"system": "urn:oid:1.2.208.176.2.1", "code": "NPU27300"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": "2026-05-04T09:30:00+02:00",
        "valueQuantity": {
            "value": 53,
            "unit": "mmol/mol",
            "system": "http://unitsofmeasure.org",
            "code": "mmol/mol",
        },
    }


def _bundle(patient: str) -> bytes:
    request = {"method": "POST", "url": "Observation"}
    entries = [{"resource": _observation(patient), "request": request} for _ in range(IN_BUNDLE)]
    return orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def _measure_floor(port: int, seconds: float) -> dict[str, Figures]:
    drawn = random.Random(1)
    reads = (get(f"/{drawn.randint(1, 10_000)}") for _ in itertools.count())
    one = _value(str(uuid4()))
    figures = {}
    for name, requests in (("read", reads), ("latest", reads), ("create", itertools.repeat(post("/", one)))):
        ask(port, requests, seconds=min(1.0, seconds))
        figures[name] = ask(port, requests, seconds=seconds)
    return figures


def _signed_in_with_values() -> tuple[str, list[tuple[str, str, str]]]:
    """Fill a practice; give the cookie of its GP, and some values: each one's id, patient and code."""
    from django.db import connections
    from django.test import Client
    from django.urls import reverse
    from django.utils import timezone

    from forloeb.jobs.demo.people import register_cast

    at = timezone.now()
    _import_people(PATIENTS, at=at)
    demo = register_cast(as_of=timezone.localdate(at), at=at)
    with connections["owner"].cursor() as cursor:
        # The bench alone may: everybody is on one list, whatever practice they were generated for.
        cursor.execute("ALTER TABLE people_practicemembership NO FORCE ROW LEVEL SECURITY")
        cursor.execute("UPDATE people_practicemembership SET organization_id = %s", [demo.practice.pk])
        cursor.execute("ALTER TABLE people_practicemembership FORCE ROW LEVEL SECURITY")
    with connections["loader"].cursor() as cursor:
        cursor.execute("""SELECT f.logical_id, p.public_id, f.code FROM records_observation f
            JOIN people_patient p ON p.id = f.patient_id JOIN people_practicemembership m ON m.patient_id = p.id
            WHERE f.superseded_at IS NULL AND m.valid_until IS NULL ORDER BY f.logical_id LIMIT 5000""")
        values = [(str(one), str(patient), str(code)) for one, patient, code in cursor.fetchall()]
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client(SERVER_NAME="localhost")
    client.post(reverse("sign-in-persona"), {"persona": "holm"})
    (cookie,) = (f"{name}={one.value}" for name, one in client.cookies.items() if name == "forloeb_session")
    connections.close_all()
    return cookie, values


def _floor(addresses: dict[str, str]) -> dict[str, str]:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE bench_floor (id bigserial PRIMARY KEY, said bytea NOT NULL)")
        cursor.execute(
            "INSERT INTO bench_floor (said) SELECT %s FROM generate_series(1, 10000)", [_value(str(uuid4()))]
        )
    return {**addresses, "BENCH_FLOOR_URL": addresses["FORLOEB_OWNER_DATABASE_URL"]}


@contextmanager
def _served(application: str, addresses: dict[str, str]) -> Iterator[int]:
    """Serve as `forloeb serve` does, on a free port."""
    from tests.support.ports import free_port

    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "4", "--no-ws", "--log-level", "warning", application]
    environment = {**os.environ, **addresses, "FORLOEB_DATABASE_POOL": "1"}
    server = subprocess.Popen(command, env=environment)
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _wait(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/1", timeout=5)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError("the server did not start")


if __name__ == "__main__":
    bench(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
