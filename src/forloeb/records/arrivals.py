"""Laboratory results on their way in: each known by its source and its sample, once, the newest word holding.

The same result again changes nothing; a correction is a new version; a word older than what we hold is kept as
received and goes no further. Who is not known yet is waited for. Done by the loader.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from django.db import connections, transaction

from forloeb.people.actions import LOADER
from forloeb.people.models import Organization, Patient
from forloeb.people.outbox import defer
from forloeb.records.deliveries import QUEUE
from forloeb.records.intake import keep_received
from forloeb.records.models import Observation, ObservationStatus, Received, WaitingResult

Outcome = Literal["new", "corrected", "withdrawn", "known", "older"]


@dataclass(frozen=True, slots=True)
class ResultIn:
    """One result, translated. `measure` is None for a code we do not know: kept with its words, used for nothing."""

    source_id: str
    code_system: str
    code: str
    measure: str | None
    value: Decimal | None
    comparator: str | None
    unit: str | None
    answer: str | None
    setting: str
    measured_on: date
    measured_at: datetime | None
    issued_at: datetime
    is_withdrawn: bool = False

    def __repr__(self) -> str:
        return f"ResultIn({self.code})"


def find_patient(number: str) -> int | None:
    """Find who has a CPR or replacement number."""
    known = Patient.objects.using(LOADER)
    found = known.filter(cpr_number=number).first() or known.filter(replacement_id=number).first()
    return found.pk if found else None


def take_in(
    results: Iterable[ResultIn], *, patient_id: int, source_system: str, received: int | None, at: datetime
) -> list[Outcome]:
    """Take a report's results in, all of them or none. Gives what became of each."""
    with transaction.atomic(using=LOADER):
        return [_take_in(one, patient_id, source_system, received, at) for one in results]


def _take_in(new: ResultIn, patient_id: int, source_system: str, received: int | None, at: datetime) -> Outcome:
    with connections[LOADER].cursor() as cursor:
        # Two reports of one sample may come at once; the second sees what the first did.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{source_system}|{new.source_id}"])
    lineage = Observation.objects.using(LOADER).filter(source_system=source_system, source_id=new.source_id)
    held = lineage.order_by("-version").first()
    if held is not None and held.issued_at is not None and new.issued_at < held.issued_at:
        return "older"
    if (held is None and new.is_withdrawn) or (held is not None and _says(held, new, patient_id)):
        return "known"
    lineage.filter(superseded_at=None).update(superseded_at=at)
    row = _row(new, patient_id, source_system, received, at)
    if held is not None:
        row.version = held.version + 1
        row.status = ObservationStatus.ENTERED_IN_ERROR if new.is_withdrawn else ObservationStatus.AMENDED
    row.save(using=LOADER, force_insert=True)
    if held is None:
        return "new"
    return "withdrawn" if new.is_withdrawn else "corrected"


def _says(held: Observation, new: ResultIn, patient_id: int) -> bool:
    is_withdrawn = held.status == ObservationStatus.ENTERED_IN_ERROR
    if is_withdrawn or new.is_withdrawn:
        return is_withdrawn and new.is_withdrawn
    told = (patient_id, new.code, new.measure, new.value, new.comparator, new.unit, new.answer, new.measured_on)
    return told == (
        held.patient_id,
        held.code,
        held.measure,
        held.value,
        held.comparator,
        held.unit,
        held.answer,
        held.measured_on,
    )


def _row(new: ResultIn, patient_id: int, source_system: str, received: int | None, at: datetime) -> Observation:
    return Observation(
        patient_id=patient_id,
        source_system=source_system,
        source_id=new.source_id,
        code_system=new.code_system,
        code=new.code,
        measure=new.measure,
        value=new.value,
        comparator=new.comparator,
        unit=new.unit,
        answer=new.answer,
        setting=new.setting,
        measured_on=new.measured_on,
        measured_at=new.measured_at,
        issued_at=new.issued_at,
        recorded_at=at,
        received_id=received,
    )


def withdraw(source_ids: Sequence[str], *, source_system: str, issued_at: datetime, at: datetime) -> int:
    """Take back what a source says it never meant. Gives how many held until now."""
    count = 0
    with transaction.atomic(using=LOADER):
        for held in Observation.objects.using(LOADER).filter(
            source_system=source_system, source_id__in=source_ids, superseded_at=None
        ):
            is_older = held.issued_at is not None and issued_at < held.issued_at
            if held.status == ObservationStatus.ENTERED_IN_ERROR or is_older:
                continue
            Observation.objects.using(LOADER).filter(pk=held.pk).update(superseded_at=at)
            held.pk, held.version, held.status = None, held.version + 1, ObservationStatus.ENTERED_IN_ERROR
            held.issued_at, held.recorded_at, held.superseded_at = issued_at, at, None
            held.save(using=LOADER, force_insert=True)
            count += 1
    return count


# --- Who is not known yet


def let_wait(received: int, *, patient_number: str, ydernummer: str, at: datetime) -> None:
    """Keep a report until its patient is known. The same report again waits once."""
    practice = Organization.objects.using(LOADER).filter(ydernummer=ydernummer).first() if ydernummer else None
    WaitingResult.objects.using(LOADER).get_or_create(
        received_id=received, patient_number=patient_number, defaults={"organization": practice, "arrived_at": at}
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report whose patient is known now."""

    id: int
    kind: str
    body: bytes
    source_system: str
    received: int
    patient_number: str

    def __repr__(self) -> str:
        return f"Waiting({self.id})"


_KNOWN_NOW = """
SELECT w.id, r.kind, r.body, r.source_system, r.id, w.patient_number
FROM records_waitingresult w JOIN records_received r ON r.id = w.received_id
WHERE w.taken_in_at IS NULL
  AND EXISTS (SELECT FROM people_patient p WHERE w.patient_number IN (p.cpr_number, p.replacement_id))
ORDER BY w.id
"""


def waiting_and_known() -> tuple[Waiting, ...]:
    """Give the reports that waited for somebody who is known now, in the order they came."""
    with connections[LOADER].cursor() as cursor:
        cursor.execute(_KNOWN_NOW)
        return tuple(
            Waiting(pk, kind, zlib.decompress(bytes(body)), source, received, number)
            for pk, kind, body, source, received, number in cursor.fetchall()
        )


def no_longer_waiting(waiting_id: int, *, at: datetime) -> None:
    """Say that a report was taken in."""
    WaitingResult.objects.using(LOADER).filter(pk=waiting_id, taken_in_at=None).update(taken_in_at=at)


def still_waiting() -> tuple[tuple[int, str, datetime], ...]:
    """Give what waits: a number to speak of it by, the practice, and since when. Never who it is about."""
    rows = WaitingResult.objects.using(LOADER).filter(taken_in_at=None).select_related("organization")
    return tuple(
        (row.pk, row.organization.name if row.organization else "", row.arrived_at) for row in rows.order_by("pk")
    )


# --- What was told over the network: the work is done later


def ask_for_results(system_id: int) -> None:
    """Have a record system asked for its new results. Told many times, it is asked once."""
    defer(QUEUE, "fetch_results", {"system_id": system_id}, once=f"results:{system_id}", lock=f"results:{system_id}")


def keep_for_later(body: bytes, *, kind: str, source_system: str, at: datetime) -> int:
    """Keep a report as it came, and have it taken in. The same bytes again are kept once."""
    with transaction.atomic(using=LOADER):
        received = keep_received(body, kind=kind, source_system=source_system, at=at)
        defer(QUEUE, "take_in_report", {"received_id": received}, using=LOADER)
    return received


def get_received(received_id: int) -> tuple[str, bytes, str]:
    """Give what came in: its kind, its bytes, where it came from."""
    row = Received.objects.using(LOADER).get(pk=received_id)
    return row.kind, zlib.decompress(bytes(row.body)), row.source_system
