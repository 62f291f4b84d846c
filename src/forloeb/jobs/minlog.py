"""`forloeb audit export`: the log's look-ups as registrations for MinLog, one AuditEvent (FHIR R4) a line.

The form is the one in which MinLog2 takes registrations as FHIR; docs/reference/audit-log.md says where it is known
from and what is not certain. The file holds CPR numbers, which is its purpose; nothing else of ours prints them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import IO, Any, TextIO, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from tqdm import tqdm

from forloeb.audit.actions import append
from forloeb.audit.look_ups import LookUp, look_ups
from forloeb.kernel.identifiers import AUTHORIZATION_ID, CPR, SOR, YDERNUMMER
from forloeb.people.models import Organization, Patient, Practitioner

SYSTEM_NAME = "Forløb"
_COPENHAGEN = ZoneInfo("Europe/Copenhagen")
_LOADER = "loader"
"""The login that sees people without looking through anybody's eyes."""
_BATCH = 1000
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_PURPOSES = {"treatment": "TREAT", "emergency": "BTG", "operation": "HSYSADMIN"}
"""Our reasons in HL7's words (v3-ActReason)."""


class CannotExport(ValueError):
    """What was asked for cannot be exported; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which look-ups: from a day until a day, which is left out, of everybody or of one patient."""

    since: date
    until: date
    patient: UUID | None = None


@dataclass(slots=True)
class People:
    """Those whom a registration names, asked for as they turn up."""

    organizations: dict[int, Organization] = field(default_factory=dict)
    practitioners: dict[int, Practitioner] = field(default_factory=dict)
    cpr_numbers: dict[int, str | None] = field(default_factory=dict)

    def meet(self, batch: list[LookUp]) -> None:
        """Ask for everybody of a batch at once."""
        self.organizations |= Organization.objects.using(_LOADER).in_bulk({look.organization_id for look in batch})
        self.practitioners |= Practitioner.objects.using(_LOADER).in_bulk({look.practitioner_id for look in batch})
        patients = Patient.objects.using(_LOADER).filter(pk__in={look.patient_id for look in batch})
        self.cpr_numbers = dict(patients.values_list("pk", "cpr_number"))


def run(wanted: Wanted, output: Path | None, out: TextIO, *, say: TextIO) -> int:
    """Write the registrations, after writing in the log that it is done. Raises CannotExport, and leaves no file."""
    if wanted.since >= wanted.until:
        raise CannotExport(f"--from {wanted.since} is not before --until {wanted.until}, the day that is left out")
    if output is None and out.isatty():
        raise CannotExport("the registrations hold CPR numbers and are not shown on a terminal; name a file: --output")
    patient_id = _patient_id(wanted.patient) if wanted.patient else None
    written = left_out = 0
    with _file(output, out) as file:
        _note(wanted, patient_id)
        for registration in tqdm(_registrations(wanted, patient_id), unit=" look-ups", file=say, disable=None):
            if registration is None:
                left_out += 1
                continue
            file.write(orjson.dumps(registration) + b"\n")
            written += 1
    say.write(f"{written} look-ups exported\n")
    if left_out:
        say.write(f"{left_out} left out: the patient has no CPR number, and MinLog is found by it\n")
    return 0


def _patient_id(public_id: UUID) -> int:
    found = Patient.objects.using(_LOADER).filter(public_id=public_id).values_list("pk", flat=True).first()
    if found is None:
        raise CannotExport(f"no patient here has the public id {public_id}")
    return int(found)


@contextmanager
def _file(output: Path | None, out: TextIO) -> Iterator[IO[bytes]]:
    """Open what is written to; a file is ours alone to read, and there whole or not at all."""
    if output is None:
        yield out.buffer
        out.flush()
        return
    half = output.with_name(f"{output.name}.half")
    try:
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise CannotExport(f"{output}: cannot be written ({error.strerror})") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        half.replace(output)
    except OSError as error:
        raise CannotExport(f"{output}: cannot be written ({error.strerror})") from None
    finally:
        half.unlink(missing_ok=True)


def _note(wanted: Wanted, patient_id: int | None) -> None:
    """Write in the log that its look-ups are taken out, before any of them is."""
    append(
        action="read",
        event="log-export",
        viewer="operator",
        role="operator",
        reason="operation",
        data="log",
        detail={"from": wanted.since.isoformat(), "until": wanted.until.isoformat(), "patient": patient_id},
        using="owner",
    )


def _registrations(wanted: Wanted, patient_id: int | None) -> Iterator[dict[str, Any] | None]:
    """Give a registration for each look-up; None for one at a patient without a CPR number."""
    people = People()
    found = look_ups(since=_midnight(wanted.since), until=_midnight(wanted.until), patient_id=patient_id)
    while batch := list(islice(found, _BATCH)):
        people.meet(batch)
        for look in batch:
            cpr_number = people.cpr_numbers.get(look.patient_id)
            yield to_registration(look, cpr_number, people) if cpr_number else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _COPENHAGEN)


def to_registration(look: LookUp, cpr_number: str, people: People) -> dict[str, Any]:
    """Say in MinLog's form who saw what about whom, when, why, and for which organization."""
    organization = people.organizations.get(look.organization_id or 0)
    practitioner = people.practitioners.get(look.practitioner_id or 0)
    registration = {
        "resourceType": "AuditEvent",
        "id": f"{look.chain}-{look.position}",
        "type": {
            "system": "http://dicom.nema.org/resources/ontology/DCM",
            "code": "110110",
            "display": "Patient Record",
        },
        "action": "R",
        "recorded": look.happened_at.astimezone(_COPENHAGEN).isoformat(timespec="milliseconds"),
        "outcome": "0",
        "purposeOfEvent": _purpose(look.reason),
        "agent": [_user(look, practitioner), *([_on_behalf_of(organization)] if organization else [])],
        "source": {
            "observer": {"display": SYSTEM_NAME},
            "type": [{"system": f"{_TERMINOLOGY}/security-source-type", "code": "4", "display": "Application Server"}],
        },
        "entity": [
            {
                "what": {"type": "Patient", "identifier": {"system": CPR, "value": cpr_number}},
                "role": {"system": f"{_TERMINOLOGY}/object-role", "code": "1", "display": "Patient"},
                "name": look.data,
                "description": look.event,
                "detail": [{"type": "rule", "valueString": look.rule}] if look.rule else None,
            }
        ],
    }
    return cast("dict[str, Any]", _said(registration))


def _said(part: object) -> object:
    """Leave out what is not known: FHIR has neither null nor empty lists."""
    if isinstance(part, dict):
        return {name: _said(value) for name, value in part.items() if value not in (None, [])}
    return [_said(value) for value in part] if isinstance(part, list) else part


def _purpose(reason: str | None) -> list[dict[str, Any]]:
    if reason is None:
        return []
    code = _PURPOSES.get(reason)
    coding = {"coding": [{"system": f"{_TERMINOLOGY}/v3-ActReason", "code": code}]} if code else {}
    return [{**coding, "text": reason}]


def _user(look: LookUp, practitioner: Practitioner | None) -> dict[str, Any]:
    """Say who looked: by the authorization, where there is one, and always by the login that the log knows."""
    who: dict[str, Any] = {"type": "Practitioner" if practitioner else "Person"}
    if practitioner and practitioner.authorization_id:
        who["identifier"] = {"system": AUTHORIZATION_ID, "value": practitioner.authorization_id}
    who["display"] = practitioner.name if practitioner else look.viewer
    return {
        "role": [{"coding": [{"system": f"{_TERMINOLOGY}/v3-RoleClass", "code": "AGNT"}]}],
        "who": who,
        "altId": str(look.login_id) if look.login_id is not None else None,
        "name": look.role or look.viewer,
        "requestor": True,
    }


def _on_behalf_of(organization: Organization) -> dict[str, Any]:
    """Say for whom they looked: by SOR code, else by ydernummer."""
    who: dict[str, Any] = {"type": "Organization"}
    if organization.sor_code:
        who["identifier"] = {"system": SOR, "value": organization.sor_code}
    elif organization.ydernummer:
        who["identifier"] = {"system": YDERNUMMER, "value": organization.ydernummer}
    who["display"] = organization.name
    return {
        "role": [{"coding": [{"system": f"{_TERMINOLOGY}/v3-RoleClass", "code": "PROV"}]}],
        "who": who,
        "name": organization.name,
        "requestor": False,
    }
