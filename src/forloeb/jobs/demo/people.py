"""Registers the cast: practices, staff, patients, what is on their records, and their ways in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from forloeb.access.actions import give_login
from forloeb.editions.actions import give_right
from forloeb.editions.models import Right
from forloeb.jobs.demo.cast import CAST, ISSUER, Persona
from forloeb.kernel.codes import ATC, MCS, NPU, Coding
from forloeb.kernel.identifiers import CprNumber
from forloeb.kernel.measures import Measure
from forloeb.kernel.periods import months_before
from forloeb.people import actions as people
from forloeb.people.models import Organization, OrganizationKind, Patient, ReferralAdapter, ReferralReceiver, Role
from forloeb.records import intake
from forloeb.terminology import check_typed, measures

SOURCE = "urn:forloeb:demo:lps"
"""The record system that the cast's records came from."""


@dataclass(frozen=True, slots=True)
class Demo:
    """The cast in place."""

    practice: Organization
    other_practice: Organization
    municipality: Organization
    hospital: Organization
    patients: dict[str, Patient]


def register_cast(*, practice: Organization | None = None, as_of: date, at: datetime) -> Demo:
    """Register everybody, in one transaction. The practice is made unless one is given."""
    with transaction.atomic(using=people.LOADER):
        practice = practice or people.register_practice(
            name="Lægerne ved Åen", ydernummer="999901", doctors=2, phone="70 00 00 01"
        )
        other = people.register_practice(name="Lægehuset Havnen", ydernummer="999902", doctors=1, phone="70 00 00 02")
        municipality = people.register_organization(
            name="Åby Kommune", kind=OrganizationKind.MUNICIPALITY, sor_code="999900000000001", phone="70 00 00 03"
        )
        ReferralReceiver.objects.using(people.LOADER).update_or_create(
            organization=municipality,
            defaults={"name": "Åby Kommune", "adapter": ReferralAdapter.HERE, "registered_at": at},
        )
        hospital = people.register_organization(
            name="Åby Sygehus", kind=OrganizationKind.HOSPITAL, sor_code="999900000000002", phone="70 00 00 04"
        )
        _employ("holm", "Anne Holm", Role.GENERAL_PRACTITIONER, practice, as_of, "TEST1")
        _employ("krogh", "Mette Krogh", Role.NURSE, practice, as_of, "TEST2")
        _employ("lund", "Peter Lund", Role.GENERAL_PRACTITIONER, other, as_of, "TEST3")
        _employ("nygaard", "Line Nygaard", Role.NURSE, municipality, as_of, "TEST4")
        _employ("birk", "Jonas Birk", Role.PHYSIOTHERAPIST, hospital, as_of, "TEST5")
        _employ("storm", "Ida Storm", Role.ASSISTANT, municipality, as_of, None)
        give_right("TEST1", Right.AUTHOR, since=months_before(as_of, 12), until=None)
        give_right("TEST3", Right.CHECKER, since=months_before(as_of, 12), until=None)
        patients = {persona.key: _register(persona, practice, as_of) for persona in CAST}
        for table, rows in (
            (intake.CONDITIONS, _conditions(as_of)),
            (intake.MEDICATION, _medication(as_of)),
            (intake.OBSERVATIONS, _observations(as_of)),
        ):
            intake.take_in(table, rows, source_system=SOURCE, at=at)
    return Demo(practice, other, municipality, hospital, patients)


def _employ(
    key: str, name: str, role: Role, organization: Organization, as_of: date, authorization_id: str | None
) -> None:
    practitioner = people.employ(
        name=name,
        role=role,
        organization=organization,
        since=months_before(as_of, 60),
        authorization_id=authorization_id,
    )
    give_login(issuer=ISSUER, subject=key, practitioner=practitioner)


def _register(persona: Persona, practice: Organization, as_of: date) -> Patient:
    years, month, day = persona.born
    born = date(as_of.year - years, month, day)
    patient = people.register_patient(
        cpr_number=CprNumber.synthetic(born, persona.sex, seventh=4),
        given_name=persona.given_name,
        family_name=persona.family_name,
        birth_date=born,
        sex=persona.sex,
        source_system=SOURCE,
        source_id=persona.key,
    )
    people.join_practice(patient=patient, organization=practice, on=months_before(as_of, 180))
    give_login(issuer=ISSUER, subject=persona.key, patient=patient)
    return patient


def _conditions(as_of: date) -> Iterator[intake.ConditionIn]:
    for persona in CAST:
        for place, (system, code, months) in enumerate(persona.conditions):
            coding = Coding.of(system, code)
            onset = months_before(as_of, months)
            yield intake.ConditionIn(
                place, persona.key, f"{persona.key}-{place}", coding.system, coding.code, "active", onset, None
            )


def _medication(as_of: date) -> Iterator[intake.MedicationIn]:
    for persona in CAST:
        for place, (atc, months) in enumerate(persona.medication):
            started = months_before(as_of, months)
            yield intake.MedicationIn(place, persona.key, f"{persona.key}-{place}", ATC, atc, started, None)


def _observations(as_of: date) -> Iterator[intake.ObservationIn]:
    known = measures()
    for persona in CAST:
        for name, series in persona.values.items():
            for months, text in series:
                yield _observation(persona.key, known[name], months_before(as_of, months), text)


def _observation(patient: str, measure: Measure, day: date, text: str) -> intake.ObservationIn:
    typed = check_typed(measure, text)
    code = measure.write or measure.read[0]
    quantity = typed.quantity
    return intake.ObservationIn(
        0,
        patient,
        f"{patient}-{measure.id}-{day}",
        {"NPU": NPU, "MCS": MCS}[code.system],
        code.code,
        measure.id,
        quantity.value if quantity else None,
        quantity.comparator.value if quantity and quantity.comparator else None,
        quantity.unit if quantity else None,
        typed.answer,
        measure.setting,
        day,
        None,
        "final",
    )
