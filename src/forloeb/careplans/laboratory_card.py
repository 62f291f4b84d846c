"""The practice's view of its laboratory card: how far each value has come, sending again, and taking back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from forloeb.access import policies
from forloeb.access.queries import OpenPatient, open_patient
from forloeb.people.models import RecordSystem
from forloeb.people.viewers import Viewer
from forloeb.records import deliveries


@dataclass(frozen=True, slots=True)
class CardPage:
    """A patient's values on their way to the card, and the record system they go to."""

    patient: OpenPatient
    system_name: str
    values: tuple[deliveries.Shown, ...]


@dataclass(frozen=True, slots=True)
class ToDo:
    """What the practice's start page says of its laboratory card."""

    given_up: tuple[deliveries.GivenUp, ...]
    waiting_results: int


def get_card(public_id: UUID, *, seen_by: Viewer, as_of: date) -> CardPage:
    """Give the card's page. Raises NotForThisViewer, NoCareRelation."""
    policies.check_is_practice(seen_by)
    patient = open_patient(public_id, seen_by=seen_by, as_of=as_of, event="laboratory-card")
    system = RecordSystem.objects.filter(organization_id=seen_by.acts_for).first()
    values = deliveries.shown(patient.id, organization_id=seen_by.acts_for)
    return CardPage(patient, system.name if system else "", values)


def send_again(public_id: UUID, delivery_id: int, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Try once more what was given up. Raises NotForThisViewer, NoCareRelation."""
    policies.check_is_practice(by)
    patient = open_patient(public_id, seen_by=by, as_of=as_of, event="value-sent-again", action="write")
    deliveries.send_again(delivery_id, patient_id=patient.id, at=at)


def withdraw(public_id: UUID, observation_id: int, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Say that a value was entered in error. Raises NotForThisViewer, NoCareRelation, NothingToWithdraw."""
    policies.check_is_practice(by)
    patient = open_patient(public_id, seen_by=by, as_of=as_of, event="value-withdrawn", action="write")
    deliveries.withdraw(observation_id, patient_id=patient.id, by=by.login_id, at=at)


def to_do(*, seen_by: Viewer, as_of: date) -> ToDo:
    """Give what the practice is to do something about. Raises NotForThisViewer."""
    policies.check_is_practice(seen_by)
    organization_id = seen_by.acts_for
    return ToDo(deliveries.given_up(organization_id, as_of=as_of), deliveries.count_waiting_results(organization_id))
