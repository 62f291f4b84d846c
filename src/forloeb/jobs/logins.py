"""`forloeb logins`: gives staff and patients their way in, from a CSV file. All of it, or nothing and a line per fault.

A row ties an identity at the OpenID provider (issuer and subject) to somebody. For staff it also tells where they work,
as what, and by what authority; run again it changes nothing, and a row with `until` ends the work that day.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction

from forloeb.access.actions import give_login
from forloeb.access.models import Login
from forloeb.kernel.identifiers import CprNumber, NotACprNumber
from forloeb.people import actions as people
from forloeb.people.models import Organization, Patient, Practitioner, Role

STAFF = ("issuer", "subject", "name", "role", "organization", "authorization_id", "national_role", "since", "until")
PATIENTS = ("issuer", "subject", "cpr_number")


class CannotRead(ValueError):
    """The file cannot be used; `faults` has a line each, with the number of the row and never a CPR number."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Given:
    """How many of each have a way in now."""

    staff: int
    patients: int


def run(path: Path) -> Given:
    """Read a file of staff or of patients, told apart by its columns, and give all their way in. Raises CannotRead."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            columns = tuple(table.fieldnames or ())
            rows = [{name: str(text or "").strip() for name, text in row.items()} for row in table]
    except OSError as error:
        raise CannotRead([f"{path}: cannot be read: {error.strerror}"]) from None
    except (UnicodeDecodeError, csv.Error):
        raise CannotRead([f"{path}: is not a CSV file in UTF-8"]) from None
    read = {STAFF: _staff, PATIENTS: _patient}.get(columns)
    if read is None:
        expected = f"{','.join(STAFF)} for staff, and {','.join(PATIENTS)} for patients"
        raise CannotRead([f"{path}: the columns are {expected}"])
    faults: list[str] = []
    with transaction.atomic(using=people.LOADER):
        for line, row in enumerate(rows, start=2):
            faults += [f"{path}:{line}: {fault}" for fault in read(row)]
        if faults:
            raise CannotRead(faults)
    return Given(len(rows), 0) if read is _staff else Given(0, len(rows))


def _patient(row: Mapping[str, str]) -> Iterator[str]:
    try:
        number = CprNumber.read(row["cpr_number"]).digits
    except NotACprNumber as refusal:
        yield str(refusal)
        return
    patient = Patient.objects.using(people.LOADER).filter(cpr_number=number).first()
    if patient is None:
        yield "nobody with that CPR number has been imported"
        return
    if fault := _taken(row, patient=patient):
        yield fault
        return
    give_login(issuer=row["issuer"], subject=row["subject"], patient=patient)


def _staff(row: Mapping[str, str]) -> Iterator[str]:
    organization = _organization(row["organization"])
    since, until = _day(row["since"]), _day(row["until"])
    faults = [
        *(["name is missing"] if not row["name"] else []),
        *(["role is one of " + ", ".join(Role.values)] if row["role"] not in Role.values else []),
        *(["organization is a ydernummer or a SOR code of a place that has been imported"] if not organization else []),
        *(["since is a day such as 2026-03-01"] if since is None else []),
        *(["until is a day such as 2026-03-01, or empty"] if row["until"] and until is None else []),
        *(["authorization_id has five characters"] if len(row["authorization_id"]) not in (0, 5) else []),
    ]
    if faults or organization is None or since is None:
        yield from faults
        return
    practitioner = _practitioner(row)
    if fault := _taken(row, practitioner=practitioner):
        yield fault
        return
    people.give_role(
        practitioner=practitioner,
        role=Role(row["role"]),
        organization=organization,
        national_role=row["national_role"],
        since=since,
        until=until,
    )
    give_login(issuer=row["issuer"], subject=row["subject"], practitioner=practitioner)


def _practitioner(row: Mapping[str, str]) -> Practitioner:
    """Find who has the authorization, else who has the identity; else they are new."""
    known = Practitioner.objects.using(people.LOADER)
    if row["authorization_id"]:
        found = known.filter(authorization_id=row["authorization_id"]).first()
    else:
        found = known.filter(login__issuer=row["issuer"], login__subject=row["subject"]).first()
    return found or known.create(name=row["name"], authorization_id=row["authorization_id"] or None)


def _taken(
    row: Mapping[str, str], *, practitioner: Practitioner | None = None, patient: Patient | None = None
) -> str | None:
    """Say why an identity cannot be given: it is missing, or somebody else's for good."""
    if not row["issuer"] or not row["subject"]:
        return "issuer and subject are needed"
    login = Login.objects.using(people.LOADER).filter(issuer=row["issuer"], subject=row["subject"]).first()
    owner = (practitioner.pk if practitioner else None, patient.pk if patient else None)
    if login is not None and (login.practitioner_id, login.patient_id) != owner:
        return "the identity belongs to somebody else; an identity is one person's for good"
    return None


def _organization(number: str) -> Organization | None:
    known = Organization.objects.using(people.LOADER)
    return known.filter(ydernummer=number).first() or known.filter(sor_code=number).first() if number else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
