"""Patients, organizations and staff, as other systems ask for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from forloeb.kernel.identifiers import AUTHORIZATION_ID, CPR, SOR, YDERNUMMER
from forloeb.people.searching import Code, Condition, Day, Link, Table, Text, is_uuid


@dataclass(frozen=True, slots=True)
class FoundPatient:
    """A patient, with the practice whose list they are on today."""

    id: UUID
    patient_id: int
    cpr_number: str | None = field(repr=False)
    replacement_id: str | None = field(repr=False)
    given_name: str = field(repr=False)
    family_name: str = field(repr=False)
    birth_date: date = field(repr=False)
    sex: str | None
    deceased_on: date | None
    is_protected: bool
    practice_id: int | None


@dataclass(frozen=True, slots=True)
class FoundOrganization:
    """A practice, a municipality or a hospital."""

    id: int
    name: str
    kind: str
    ydernummer: str | None
    sor_code: str | None
    phone: str
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class FoundPractitioner:
    """A health professional."""

    id: int
    name: str
    authorization_id: str | None


@dataclass(frozen=True, slots=True)
class FoundRole:
    """A professional at work in an organization, from a day until a day."""

    id: int
    practitioner_id: int
    organization_id: int
    role: str
    valid_from: date
    valid_until: date | None


_PRACTICE = """(SELECT m.organization_id FROM people_practicemembership m
 WHERE m.patient_id = p.id AND m.valid_from <= CURRENT_DATE
   AND (m.valid_until IS NULL OR m.valid_until > CURRENT_DATE))"""
PATIENTS = Table(
    source="people_patient p",
    columns="p.public_id, p.id, p.cpr_number, p.replacement_id, p.given_name, p.family_name, p.birth_date, p.sex, "
    f"p.deceased_on, p.is_protected, {_PRACTICE}",
    read=FoundPatient,
    key="p.public_id",
    order="p.family_name, p.given_name, p.id",
    updated="",
    patient_id="p.id",
    is_key=is_uuid,
    fields={
        "identifier": Code("p.cpr_number", always=CPR),
        "family": Text(("p.family_name",)),
        "given": Text(("p.given_name",)),
        "name": Text(("p.family_name", "p.given_name")),
        "birthdate": Day("p.birth_date"),
        "gender": Code("p.sex"),
    },
)
ORGANIZATIONS = Table(
    source="people_organization o",
    columns="o.id, o.name, o.kind, o.ydernummer, o.sor_code, o.phone, o.closed_on",
    read=FoundOrganization,
    key="o.id",
    order="o.name, o.id",
    updated="",
    fields={
        "name": Text(("o.name",)),
        "sor": Code("o.sor_code", always=SOR),
        "yder": Code("o.ydernummer", always=YDERNUMMER),
    },
)
PRACTITIONERS = Table(
    source="people_practitioner o",
    columns="o.id, o.name, o.authorization_id",
    read=FoundPractitioner,
    key="o.id",
    order="o.name, o.id",
    updated="",
    fields={"name": Text(("o.name",)), "identifier": Code("o.authorization_id", always=AUTHORIZATION_ID)},
)
ROLES = Table(
    source="people_practitionerrole o",
    columns="o.id, o.practitioner_id, o.organization_id, o.role, o.valid_from, o.valid_until",
    read=FoundRole,
    key="o.id",
    order="o.id",
    updated="",
    fields={
        "practitioner": Link("o.practitioner_id", "Practitioner"),
        "organization": Link("o.organization_id", "Organization"),
        "role": Code("o.role"),
    },
)


def on_list_of(organization_id: int, as_of: date) -> Condition:
    """Ask for what is about the patients on a practice's list that day: the table has `p`, a patient."""
    return Condition(
        "p.id IN (SELECT m.patient_id FROM people_practicemembership m WHERE m.organization_id = %s "
        "AND m.valid_from <= %s AND (m.valid_until IS NULL OR m.valid_until > %s))",
        (organization_id, as_of, as_of),
    )
