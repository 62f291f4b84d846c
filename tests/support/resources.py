"""FHIR R4 resources as a practice's system or a laboratory would send them; a test changes what it is about."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from forloeb.kernel.codes import ICPC2_DK, LOINC, MCS, NPU
from forloeb.kernel.identifiers import CPR, YDERNUMMER

Resource = dict[str, Any]

SYSTEMS = {"NPU": NPU, "DNK": NPU, "MCS": MCS, "DIB": MCS}


def coded(code: str, system: str | None = None) -> Resource:
    """Give a CodeableConcept; a code's letters tell its system where none is named."""
    return {"coding": [{"system": system or SYSTEMS.get(code[:3], LOINC), "code": code}]}


def observation(code: str | Resource, *, id: str = "o1", subject: str = "p1", on: str = "2026-01-10", **more: Any):
    """Give an Observation: `value` is a number (with `unit` and `comparator`), or say `valueString=` and the like."""
    quantity = {key: more.pop(key) for key in ("value", "unit", "comparator") if key in more}
    made: Resource = {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": coded(code) if isinstance(code, str) else code,
        "subject": {"reference": f"Patient/{subject}"},
        "effectiveDateTime": on,
        **({"valueQuantity": quantity} if quantity else {}),
        **more,
    }
    return {key: value for key, value in made.items() if value is not None}


def condition(
    code: str | Resource, *, id: str = "c1", subject: str = "p1", system: str = ICPC2_DK, **more: Any
) -> Resource:
    """Give a Condition with one code."""
    return {
        "resourceType": "Condition",
        "id": id,
        "code": coded(code, system) if isinstance(code, str) else code,
        "subject": {"reference": f"Patient/{subject}"},
        "onsetDateTime": "2015-05-04",
        **more,
    }


def medication(atc: str, *, id: str = "m1", subject: str = "p1", **more: Any) -> Resource:
    """Give a MedicationStatement that began in 2024."""
    return {
        "resourceType": "MedicationStatement",
        "id": id,
        "status": "active",
        "medicationCodeableConcept": coded(atc, "http://www.whocc.no/atc"),
        "subject": {"reference": f"Patient/{subject}"},
        "effectivePeriod": {"start": "2024-02-01"},
        **more,
    }


def patient(*, id: str = "p1", cpr: str | None = None, born: str = "1961-03-14", **more: Any) -> Resource:
    """Give a Patient, a woman."""
    return {
        "resourceType": "Patient",
        "id": id,
        "identifier": [{"system": CPR, "value": cpr}] if cpr else [],
        "name": [{"given": ["Prøve"], "family": "Person"}],
        "gender": "female",
        "birthDate": born,
        **more,
    }


def organization(ydernummer: str, *, id: str = "org1", **more: Any) -> Resource:
    """Give a general practice."""
    return {
        "resourceType": "Organization",
        "id": id,
        "name": "Prøvens Lægehus",
        "identifier": [{"system": YDERNUMMER, "value": ydernummer}],
        **more,
    }


def bundle(*resources: Resource) -> Resource:
    """Put resources in a Bundle."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def write_ndjson(path: Path, lines: Iterable[Resource | bytes]) -> Path:
    """Write a line for each resource, and bytes as they are; a name that ends in .gz is compressed."""
    body = b"".join((line if isinstance(line, bytes) else orjson.dumps(line)) + b"\n" for line in lines)
    path.write_bytes(gzip.compress(body) if path.suffix == ".gz" else body)
    return path


def write_bundle(path: Path, *resources: Resource) -> Path:
    """Write a Bundle; a name that ends in .gz is compressed."""
    body = orjson.dumps(bundle(*resources))
    path.write_bytes(gzip.compress(body) if path.suffix == ".gz" else body)
    return path
