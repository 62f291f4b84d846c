"""The outbox's side of the laboratory card: what to send now, and what came of it. Done by the loader."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.db.models import Count

from forloeb.kernel.codes import Coding
from forloeb.kernel.identifiers import CPR, X_ECPR
from forloeb.kernel.quantities import Comparator, Quantity
from forloeb.people.actions import LOADER
from forloeb.people.models import RecordSystem
from forloeb.records.laboratory_card import CardEntry, CardPatient, CardValue, Status
from forloeb.records.models import Delivery, DeliveryState, Observation, ObservationStatus
from forloeb.terminology import measures

ON_ITS_WAY = (DeliveryState.TYPED, DeliveryState.SENT, DeliveryState.WAITING)


def begin(delivery_id: int, *, at: datetime) -> tuple[RecordSystem, CardEntry] | None:
    """Say that a value is being sent, and give the whole entry as it now is.

    None when there is nothing to send: it went with a later version, or no record system takes values any more.
    """
    delivery = Delivery.objects.using(LOADER).select_related("patient", "organization").get(pk=delivery_id)
    if delivery.state not in ON_ITS_WAY:
        return None
    system = RecordSystem.objects.using(LOADER).filter(
        organization_id=delivery.organization_id, card_adapter__isnull=False
    )
    found = system.first()
    if found is None:
        give_up(delivery_id, fault="not-connected")
        return None
    tried = Delivery.objects.using(LOADER).filter(pk=delivery_id)
    tried.update(state=DeliveryState.SENT, sent_at=at, tries=delivery.tries + 1)
    return found, _entry(delivery)


def _entry(delivery: Delivery) -> CardEntry:
    """Put together the entry that a delivery belongs to, from the newest version of each of its values."""
    mates = Delivery.objects.using(LOADER).filter(patient_id=delivery.patient_id, card_id=delivery.card_id)
    names = set(mates.values_list("observation__source_system", "observation__source_id"))
    newest = [
        Observation.objects.using(LOADER).filter(source_system=system, source_id=name).order_by("-version")[0]
        for system, name in sorted(names)
    ]
    remote = mates.exclude(remote_id="").order_by("-pk").first()
    patient, first = delivery.patient, newest[0]
    number_system, number = (CPR, patient.cpr_number) if patient.cpr_number else (X_ECPR, patient.replacement_id or "")
    return CardEntry(
        card_id=delivery.card_id,
        delivery_id=delivery.pk,
        remote_id=remote.remote_id if remote else "",
        patient=CardPatient(number_system, number, patient.given_name, patient.family_name),
        practice_name=delivery.organization.name,
        ydernummer=delivery.organization.ydernummer or "",
        values=tuple(sorted((_value(one) for one in newest), key=lambda value: value.coding)),
        measured_on=first.measured_on,
        measured_at=first.measured_at,
        issued_at=max(one.recorded_at for one in newest),
        at_home=first.setting == "home",
    )


def _value(observation: Observation) -> CardValue:
    quantity = None
    if observation.value is not None:
        comparator = Comparator(observation.comparator) if observation.comparator else None
        quantity = Quantity(observation.value.normalize(), observation.unit or "", comparator)
    status = observation.status
    if status == ObservationStatus.FINAL and observation.version > 1:
        status = ObservationStatus.AMENDED
    return CardValue(
        measures()[observation.measure or ""],
        Coding(observation.code_system, observation.code),
        quantity,
        observation.answer,
        cast("Status", str(status)),
    )


def note_received(delivery_id: int, *, remote_id: str, at: datetime) -> None:
    """Say that the record system has the value."""
    mine = Delivery.objects.using(LOADER).filter(pk=delivery_id)
    mine.update(state=DeliveryState.RECEIVED, received_at=at, remote_id=remote_id[:120], fault="")


def note_waiting(delivery_id: int, *, fault: str) -> None:
    """Say that the value was not taken yet, and why; it is tried again."""
    mine = Delivery.objects.using(LOADER).filter(pk=delivery_id)
    mine.update(state=DeliveryState.WAITING, fault=fault[:40])


def give_up(delivery_id: int, *, fault: str) -> None:
    """Say that the value will not be tried again by itself: the practice sees it on its start page."""
    mine = Delivery.objects.using(LOADER).filter(pk=delivery_id)
    mine.update(state=DeliveryState.GIVEN_UP, fault=fault[:40])


def values_given_up() -> list[tuple[str, int]]:
    """Count the values that were given up, for each practice by name."""
    found = Delivery.objects.using(LOADER).filter(state=DeliveryState.GIVEN_UP)
    counted = found.values_list("organization__name").annotate(count=Count("pk")).order_by("organization__name")
    return [(str(name), int(count)) for name, count in counted]
