"""Values on their way to the laboratory card: put in with the save they belong to, seen by the practice, sent again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from forloeb.people.models import RecordSystem
from forloeb.people.outbox import defer
from forloeb.records.models import OURS, PATIENTS, Delivery, DeliveryState, Observation, ObservationStatus
from forloeb.terminology import measures

QUEUE = "laboratory-card"
TASK = "deliver"
_NAMES = UUID("6a1c9a3e-55c0-4c0e-9d6d-2f6a0d9b7a11")
_PRESSURE = {"sbp_clinic": "bp-clinic", "dbp_clinic": "bp-clinic", "sbp_home": "bp-home", "dbp_home": "bp-home"}
_PARTNER = {"sbp_home": "dbp_home", "dbp_home": "sbp_home"}


class NothingToWithdraw(LookupError):
    """The value is not one that the practice typed, or does not hold any more."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One value of the card's page: what it is, and how far it has come."""

    id: int
    observation_id: int
    measure: str
    value: Any
    comparator: str | None
    answer: str | None
    measured_on: date
    status: str
    state: str
    fault: str
    moment: datetime
    is_current: bool
    is_typed_here: bool


def send(observation_ids: Iterable[int], *, organization_id: int, at: datetime) -> None:
    """Have values sent to the practice's laboratory card. Nothing is done where no record system takes them."""
    if not takes_values(organization_id):
        return
    wanted = Observation.objects.filter(pk__in=list(observation_ids), delivery=None).order_by("pk")
    _queue([one for one in wanted if _has_code(one)], organization_id, at)


def takes_values(organization_id: int) -> bool:
    """Whether a practice's record system is connected so that values can be sent to its laboratory card."""
    return RecordSystem.objects.filter(organization_id=organization_id, card_adapter__isnull=False).exists()


def send_home(observation_ids: Sequence[int], *, patient_id: int, organization_id: int, at: datetime) -> None:
    """Have values that the patient measured, and the clinician accepts, sent. A pressure goes with its other number."""
    theirs = Observation.objects.filter(patient_id=patient_id, source_system=PATIENTS, superseded_at=None)
    chosen = list(theirs.filter(pk__in=observation_ids))
    ids = {one.pk for one in chosen}
    for one in chosen:
        if one.measure in _PARTNER:
            pair = theirs.filter(measure=_PARTNER[one.measure], recorded_at=one.recorded_at)
            ids |= set(pair.values_list("pk", flat=True))
    send(ids, organization_id=organization_id, at=at)


_LATER_VERSIONS = """
SELECT now.id, max(d.organization_id)
FROM records_delivery d
JOIN records_observation was ON was.id = d.observation_id
JOIN records_observation now ON (now.source_system, now.source_id) = (was.source_system, was.source_id)
LEFT JOIN records_delivery sent ON sent.observation_id = now.id
WHERE d.patient_id = %s AND now.superseded_at IS NULL AND sent.id IS NULL
GROUP BY now.id
"""


def follow(patient_id: int, *, at: datetime) -> None:
    """Have corrected and withdrawn values follow the ones that were sent."""
    with connection.cursor() as cursor:
        cursor.execute(_LATER_VERSIONS, [patient_id])
        found = cursor.fetchall()
    for observation_id, organization_id in found:
        _queue(list(Observation.objects.filter(pk=observation_id)), organization_id, at)


def _has_code(observation: Observation) -> bool:
    return observation.measure is not None and bool(measures()[observation.measure].write)


def _queue(observations: Sequence[Observation], organization_id: int, at: datetime) -> None:
    made = Delivery.objects.bulk_create(
        Delivery(
            patient_id=one.patient_id,
            organization_id=organization_id,
            observation=one,
            card_id=_card_id(one, organization_id),
            queued_at=at,
        )
        for one in observations
    )
    for delivery in made:
        _defer(delivery)


def _defer(delivery: Delivery) -> None:
    defer(QUEUE, TASK, {"delivery_id": delivery.pk}, lock=f"card:{delivery.patient_id}")


def _card_id(observation: Observation, organization_id: int) -> UUID:
    """Name the entry: the same for every version of a value, and for both pressures of one reading."""
    pressure = _PRESSURE.get(observation.measure or "")
    if pressure:
        reading = f"{pressure}:{observation.patient_id}:{organization_id}:{observation.measured_on}"
        return uuid.uuid5(_NAMES, reading)
    return uuid.uuid5(_NAMES, f"{observation.source_system}|{observation.source_id}")


def withdraw(observation_id: int, *, patient_id: int, by: int, at: datetime) -> None:
    """Say that a value the practice typed was entered in error, here and on the card. Raises NothingToWithdraw."""
    ours = Observation.objects.filter(
        pk=observation_id, patient_id=patient_id, source_system=OURS, superseded_at=None
    ).exclude(status=ObservationStatus.ENTERED_IN_ERROR)
    found = ours.first()
    if found is None or not ours.update(superseded_at=at):
        raise NothingToWithdraw
    found.pk, found.version, found.status = None, found.version + 1, ObservationStatus.ENTERED_IN_ERROR
    found.recorded_at, found.recorded_by, found.superseded_at = at, by, None
    found.save(force_insert=True)
    follow(patient_id, at=at)


def send_again(delivery_id: int, *, patient_id: int, at: datetime) -> None:
    """Try once more what was given up. Pressed twice, it is tried once."""
    given_up = Delivery.objects.filter(pk=delivery_id, patient_id=patient_id, state=DeliveryState.GIVEN_UP)
    if given_up.update(state=DeliveryState.TYPED, queued_at=at, tries=0, fault=""):
        _defer(Delivery.objects.get(pk=delivery_id))


def states(patient_id: int) -> Mapping[str, str]:
    """Give the state of each value that goes to the card, by where it stands in the record."""
    found = Delivery.objects.filter(patient_id=patient_id, observation__superseded_at=None)
    return {f"Observation/{pk}": state for pk, state in found.values_list("observation_id", "state")}


_SHOWN = """
SELECT d.id, o.id, o.measure, trim_scale(o.value), o.comparator, o.answer, o.measured_on, o.status, d.state, d.fault,
       coalesce(d.received_at, d.sent_at, d.queued_at), o.superseded_at IS NULL, o.source_system = %s
FROM records_delivery d JOIN records_observation o ON o.id = d.observation_id
WHERE d.patient_id = %s AND d.organization_id = %s
  AND (o.superseded_at IS NULL OR d.state = 'given-up')
ORDER BY o.measured_on DESC, d.id DESC
LIMIT 100
"""


def shown(patient_id: int, *, organization_id: int) -> tuple[Shown, ...]:
    """Give the values of an opened patient that go to the practice's card, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(_SHOWN, [OURS, patient_id, organization_id])
        return tuple(Shown(*row) for row in cursor.fetchall())


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A patient with values that could not be delivered."""

    public_id: UUID
    name: str
    count: int
    since: datetime

    def __repr__(self) -> str:
        return "GivenUp(…)"


_GIVEN_UP = """
SELECT p.public_id, p.given_name || ' ' || p.family_name, count(*), min(d.queued_at)
FROM records_delivery d
JOIN people_practicemembership m ON m.patient_id = d.patient_id AND m.organization_id = d.organization_id
JOIN people_patient p ON p.id = d.patient_id
WHERE d.state = 'given-up' AND d.organization_id = %s
  AND m.valid_from <= %s AND (m.valid_until IS NULL OR m.valid_until > %s)
GROUP BY p.id ORDER BY 4
"""
_WAITING = "SELECT count(*) FROM records_waitingresult WHERE organization_id = %s AND taken_in_at IS NULL"


def given_up(organization_id: int, *, as_of: date) -> tuple[GivenUp, ...]:
    """Give the practice's patients with values that were given up, the longest waiting first."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVEN_UP, [organization_id, as_of, as_of])
        return tuple(GivenUp(*row) for row in cursor.fetchall())


def count_waiting_results(organization_id: int) -> int:
    """Count the laboratory reports for the practice about somebody who is not known here."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [organization_id])
        return int(cursor.fetchone()[0])
