"""The port to the shared medication card (FMK), and how old our copy of a patient's is.

A copy that is not there is never the same as a patient without medicine: `Copy` says which it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from forloeb.kernel.codes import ATC
from forloeb.people import prepared
from forloeb.people.outbox import defer
from forloeb.records import intake
from forloeb.records.intake import LOADER, MEDICATION, MedicationIn, WithdrawnIn, keep_received
from forloeb.records.models import MedicationFetch, MedicationStatement

SOURCE = "urn:forloeb:fmk"
QUEUE = "national"
TASK = "fetch_medication"
NO_CPR_NUMBER = "no-cpr-number"
HOLDS = timedelta(days=1)
"""How old a copy may be before a control that is opened asks for a new one."""


class NoAnswer(Exception):
    """The card was not reached, or what it said cannot be understood. `fault` is a code of ours."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True, repr=False)
class Medicine:
    """One medicine that is ordained, under the card's own id."""

    id: str
    atc: str
    started_on: date | None
    stopped_on: date | None


@dataclass(frozen=True, slots=True, repr=False)
class Card:
    """All that is ordained for a patient; `unreadable` counts what has no code that can be used."""

    medicines: tuple[Medicine, ...]
    unreadable: int
    body: bytes


class MedicationCard(Protocol):
    """A register of what is ordained."""

    def medicines_of(self, cpr_number: str) -> Card:
        """Give all that is ordained for a citizen. Raises NoAnswer."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Our copy of a patient's card: when it was fetched, if ever, and why a newer one did not come."""

    fetched_at: datetime | None
    fault: str
    unreadable: int
    from_card: int
    from_others: int

    def is_old(self, at: datetime) -> bool:
        """Whether a newer one should be asked for."""
        return self.fetched_at is None or bool(self.fault) or at - self.fetched_at > HOLDS


_COPY = """
SELECT f.fetched_at, coalesce(f.fault, ''), coalesce(f.unreadable, 0),
       (SELECT count(*) FROM records_medicationstatement s WHERE s.patient_id = p.id AND s.superseded_at IS NULL
        AND s.source_system = %s AND (s.stopped_on IS NULL OR s.stopped_on > %s)),
       (SELECT count(*) FROM records_medicationstatement s WHERE s.patient_id = p.id AND s.superseded_at IS NULL
        AND s.source_system <> %s AND (s.stopped_on IS NULL OR s.stopped_on > %s))
FROM (VALUES (%s::bigint)) p (id) LEFT JOIN records_medicationfetch f ON f.patient_id = p.id
"""


def is_asked() -> bool:
    """Whether this deployment asks a medication card at all."""
    return open_card() is not None


def open_card() -> MedicationCard | None:
    """Open the card that the settings name."""
    card: MedicationCard | None = import_string(settings.OPEN_MEDICATION_CARD)()
    return card


def copy_of(patient_id: int, *, at: datetime, as_of: date) -> Copy | None:
    """Give the copy of an opened patient's card, and have a newer one fetched when it is old. None: nobody is asked."""
    if not is_asked():
        return None
    (row,) = prepared.rows(_COPY, [SOURCE, as_of, SOURCE, as_of, patient_id])
    copy = Copy(*row)
    if copy.is_old(at):
        ask_for(patient_id)
    return copy


def ask_for(patient_id: int, *, using: str = "default") -> None:
    """Have the worker fetch a patient's card."""
    name = f"fmk:{patient_id}"
    defer(QUEUE, TASK, {"patient_id": patient_id}, lock=name, once=name, using=using)


def take_in(patient_id: int, public_id: str, card: Card, *, at: datetime) -> None:
    """Make the card our copy: what it says holds, and what it no longer says does not. Other sources' stays."""
    rows = [_row(place, public_id, medicine) for place, medicine in enumerate(card.medicines)]
    with transaction.atomic(using=LOADER):
        received = keep_received(card.body, kind="fmk", source_system=SOURCE, at=at)
        intake.withdraw(MEDICATION, _gone(patient_id, rows), source_system=SOURCE, at=at)
        intake.take_in(
            MEDICATION, rows, source_system=SOURCE, at=at, received=received, patients_by="public_id", using=LOADER
        )
        MedicationFetch.objects.using(LOADER).update_or_create(
            patient_id=patient_id, defaults={"fetched_at": at, "fault": "", "unreadable": card.unreadable}
        )


def note_fault(patient_id: int, fault: str) -> None:
    """Note that no newer copy came, and why."""
    MedicationFetch.objects.using(LOADER).update_or_create(patient_id=patient_id, defaults={"fault": fault})


def waiting(*, most: int) -> list[int]:
    """Give patients whose card could not be fetched the last time."""
    found = MedicationFetch.objects.using(LOADER).exclude(fault__in=("", NO_CPR_NUMBER)).order_by("fetched_at", "pk")
    return list(found.values_list("patient_id", flat=True)[:most])


def _row(place: int, public_id: str, medicine: Medicine) -> MedicationIn:
    name = f"{public_id}:{medicine.id}"  # the card's ids are a citizen's own
    return MedicationIn(place, public_id, name, ATC, medicine.atc, medicine.started_on, medicine.stopped_on)


def _gone(patient_id: int, rows: Sequence[MedicationIn]) -> list[WithdrawnIn]:
    said = {row.source_id for row in rows}
    held = MedicationStatement.objects.using(LOADER).filter(
        patient_id=patient_id, source_system=SOURCE, superseded_at=None
    )
    return [WithdrawnIn(0, name) for name in held.values_list("source_id", flat=True) if name not in said]
