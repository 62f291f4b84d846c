"""Registering people and organizations. Done by the loader: whoever signs in can look people up, never make them."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from forloeb.kernel.identifiers import CprNumber, Sex
from forloeb.people.models import (
    Organization,
    OrganizationKind,
    Patient,
    PracticeMembership,
    Practitioner,
    PractitionerRole,
    Role,
)

LOADER = "loader"


def register_practice(
    *,
    name: str,
    ydernummer: str,
    sor_code: str | None = None,
    kind: OrganizationKind = OrganizationKind.GENERAL_PRACTICE,
    practice_type: str = "80",
    region: str = "",
    doctors: int | None = None,
    phone: str = "",
) -> Organization:
    """Register a practice, or bring what we know of it up to date. It is known by its ydernummer."""
    organization, _ = Organization.objects.using(LOADER).update_or_create(
        ydernummer=ydernummer,
        defaults={
            "name": name,
            "sor_code": sor_code,
            "kind": kind,
            "practice_type": practice_type,
            "region": region,
            "doctors": doctors,
            "phone": phone,
        },
    )
    return organization


def register_organization(*, name: str, kind: OrganizationKind, sor_code: str, phone: str = "") -> Organization:
    """Register a municipality or a hospital, or bring what we know of it up to date. It is known by its SOR code."""
    organization, _ = Organization.objects.using(LOADER).update_or_create(
        sor_code=sor_code, defaults={"name": name, "kind": kind, "phone": phone}
    )
    return organization


def employ(
    *,
    name: str,
    role: Role,
    organization: Organization,
    since: date,
    authorization_id: str | None = None,
    national_role: str = "",
) -> Practitioner:
    """Register a practitioner and their work in an organization from a day.

    `national_role` is for those without an authorization, such as nspSundAssistR2.
    """
    with transaction.atomic(using=LOADER):
        practitioner = Practitioner.objects.using(LOADER).create(name=name, authorization_id=authorization_id)
        PractitionerRole.objects.using(LOADER).create(
            practitioner=practitioner,
            organization=organization,
            role=role,
            national_role=national_role,
            valid_from=since,
        )
    return practitioner


def give_role(
    *,
    practitioner: Practitioner,
    role: Role,
    organization: Organization,
    national_role: str,
    since: date,
    until: date | None,
) -> None:
    """Let a practitioner work somewhere from a day, until a day (left out). Told again, it changes nothing."""
    PractitionerRole.objects.using(LOADER).update_or_create(
        practitioner=practitioner,
        organization=organization,
        role=role,
        valid_from=since,
        defaults={"national_role": national_role, "valid_until": until},
    )


def register_patient(
    *,
    cpr_number: CprNumber,
    given_name: str,
    family_name: str,
    birth_date: date,
    sex: Sex,
    source_system: str,
    source_id: str,
) -> Patient:
    """Register a patient known by CPR number."""
    return Patient.objects.using(LOADER).create(
        cpr_number=cpr_number.digits,
        given_name=given_name,
        family_name=family_name,
        birth_date=birth_date,
        sex=sex.value,
        source_system=source_system,
        source_id=source_id,
    )


def join_practice(*, patient: Patient, organization: Organization, on: date) -> None:
    """Put a patient on a practice's list from a day; they leave the one they were on that same day."""
    with transaction.atomic(using=LOADER):
        current = PracticeMembership.objects.using(LOADER).filter(patient=patient, valid_until=None)
        current.filter(valid_from__lt=on).update(valid_until=on)
        PracticeMembership.objects.using(LOADER).create(patient=patient, organization=organization, valid_from=on)
