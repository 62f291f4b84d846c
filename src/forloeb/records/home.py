"""What patients measure themselves at home: sent as facts, corrected by newer ones, and taken back the same day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from forloeb.guidelines.home import Mean, PressureProtocol, Reading
from forloeb.kernel.measures import Measure
from forloeb.kernel.quantities import Quantity
from forloeb.records.models import PATIENTS, HomeReading, HomeSeries, Observation, ObservationStatus
from forloeb.terminology import measures
from forloeb.terminology.measures import SYSTEMS

HOME = "home"


class NothingToWithdraw(Exception):
    """The measurement is not the patient's own, or was not sent today, or has been taken back already."""


@dataclass(frozen=True, slots=True)
class HomeValue:
    """One value on its way in. `name` is its own among the sender's, so that the same form changes nothing twice."""

    name: str
    measure: Measure
    value: Decimal
    measured_on: date
    measured_at: datetime | None = None
    replaces_the_days: bool = True


@dataclass(frozen=True, slots=True)
class OwnValue:
    """One value that the patient has sent. `mean` says what a mean is made of, and why."""

    id: int
    measure: Measure
    quantity: Quantity
    measured_on: date
    measured_at: datetime | None
    recorded_at: datetime
    mean: Mapping[str, Any] | None = None

    @property
    def source(self) -> str:
        """Where it stands in the record, as the engine names it."""
        return f"Observation/{self.id}"


def one_at_a_time(patient_id: int) -> None:
    """Let two savings of one patient follow each other, so that the second sees what the first did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('home', %s))", [patient_id])


def record_home(values: Iterable[HomeValue], *, patient_id: int, by: int, at: datetime) -> list[int]:
    """Keep what a patient measured. Gives the ids of what is new; the same value under the same name is kept once."""
    added = []
    for value in values:
        source_id = f"{patient_id}-{value.name}"
        versions = Observation.objects.filter(source_system=PATIENTS, source_id=source_id, patient_id=patient_id)
        newest = versions.order_by("-version").first()
        if newest is not None and _says(newest, value):
            continue
        versions.filter(superseded_at=None).update(superseded_at=at)
        if value.replaces_the_days:
            _of_the_day(value, patient_id).update(superseded_at=at)
        version = newest.version + 1 if newest else 1
        added.append(_observation(value, source_id, version, patient_id, by, at))
    return [observation.pk for observation in Observation.objects.bulk_create(added)]


def _says(newest: Observation, value: HomeValue) -> bool:
    """Whether the newest version says what is sent. So an old page brings nothing back that was changed since."""
    held = newest.value, newest.measured_on, newest.measured_at
    return held == (value.value, value.measured_on, value.measured_at)


def _of_the_day(value: HomeValue, patient_id: int) -> Any:
    return Observation.objects.filter(
        patient_id=patient_id,
        source_system=PATIENTS,
        measure=value.measure.id,
        measured_on=value.measured_on,
        superseded_at=None,
    )


def _observation(value: HomeValue, source_id: str, version: int, patient_id: int, by: int, at: datetime) -> Observation:
    code = value.measure.write or value.measure.read[0]
    return Observation(
        patient_id=patient_id,
        source_system=PATIENTS,
        source_id=source_id,
        version=version,
        code_system=SYSTEMS[code.system],
        code=code.code,
        measure=value.measure.id,
        value=value.value,
        unit=value.measure.unit,
        setting=HOME,
        measured_on=value.measured_on,
        measured_at=value.measured_at,
        recorded_at=at,
        recorded_by=by,
    )


def withdraw_home(observation_id: int, *, patient_id: int, since: datetime, by: int, at: datetime) -> None:
    """Take back a value sent since a moment; a mean goes with both its numbers. Raises NothingToWithdraw.

    The row is superseded by one that says it was entered in error: nothing is deleted.
    """
    mine = Observation.objects.filter(
        patient_id=patient_id,
        source_system=PATIENTS,
        superseded_at=None,
        status=ObservationStatus.FINAL,
        recorded_at__gte=since,
    )
    found = mine.filter(pk=observation_id).first()
    if found is None:
        raise NothingToWithdraw
    series = _series_id(found.source_id)
    together = list(mine.filter(source_id__contains=f"-series-{series}-") if series else [found])
    mine.filter(pk__in=[row.pk for row in together]).update(superseded_at=at)
    for row in together:
        row.pk, row.version, row.status = None, row.version + 1, ObservationStatus.ENTERED_IN_ERROR
        row.recorded_at, row.recorded_by, row.superseded_at = at, by, None
        row.save(force_insert=True)


_OWN = """
SELECT id, measure, trim_scale(value), unit, measured_on, measured_at, recorded_at, source_id
FROM records_observation
WHERE patient_id = %s AND source_system = %s AND superseded_at IS NULL AND status <> 'entered-in-error'
  AND measured_on <= %s
ORDER BY measured_on DESC, measured_at DESC NULLS LAST, id DESC
"""


def own_values(patient_id: int, *, as_of: date) -> tuple[OwnValue, ...]:
    """Give what a patient has sent that still holds, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(_OWN, [patient_id, PATIENTS, as_of])
        rows = cursor.fetchall()
    series = [found for row in rows if (found := _series_id(row[7]))]
    means = dict(HomeSeries.objects.filter(patient_id=patient_id, pk__in=series).values_list("pk", "result"))
    known = measures()
    return tuple(
        OwnValue(pk, known[name], Quantity(value, unit), day, moment, sent, means.get(_series_id(source_id) or 0))
        for pk, name, value, unit, day, moment, sent, source_id in rows
        if name in known
    )


def _series_id(source_id: str) -> int | None:
    found = re.search(r"-series-(\d+)-", source_id)
    return int(found[1]) if found else None


# --- The series of blood pressure


@dataclass(frozen=True, slots=True)
class Series:
    """A series in progress: its readings, and the day that each of its days was."""

    id: int
    readings: tuple[Reading, ...]
    days: Mapping[int, date]


def find_series(patient_id: int) -> Series | None:
    """Find the series that a patient is in the middle of."""
    found = HomeSeries.objects.filter(patient_id=patient_id, ended_at=None).first()
    if found is None:
        return None
    rows = list(HomeReading.objects.filter(series=found, superseded_at=None).order_by("day", "-time", "place"))
    readings = tuple(Reading(r.day, r.time, r.place, r.systolic, r.diastolic) for r in rows)
    return Series(found.pk, readings, {row.day: row.measured_on for row in rows})


def save_readings(
    readings: Sequence[Reading],
    *,
    day: int,
    measured_on: date,
    protocol: PressureProtocol,
    patient_id: int,
    by: int,
    at: datetime,
) -> bool:
    """Keep one day of a series, beginning the series where there is none. Gives whether anything changed.

    What was kept of the day before is superseded where it differs; what is the same stays.
    """
    series = HomeSeries.objects.filter(patient_id=patient_id, ended_at=None).first()
    if series is None:
        if not readings:
            return False
        series = HomeSeries.objects.create(patient_id=patient_id, protocol=protocol.label, begun_at=at, begun_by=by)
    held = {
        (Reading(r.day, r.time, r.place, r.systolic, r.diastolic), r.measured_on): r.pk
        for r in HomeReading.objects.filter(series=series, day=day, superseded_at=None)
    }
    wanted = {(reading, measured_on) for reading in readings}
    gone = [pk for key, pk in held.items() if key not in wanted]
    HomeReading.objects.filter(pk__in=gone).update(superseded_at=at)
    new = [reading for reading, _ in sorted(wanted - held.keys())]
    HomeReading.objects.bulk_create(
        HomeReading(
            patient_id=patient_id,
            series=series,
            measured_on=measured_on,
            recorded_at=at,
            recorded_by=by,
            **reading._asdict(),
        )
        for reading in new
    )
    return bool(gone or new)


def end_series(
    series: Series,
    mean: Mean | None,
    *,
    protocol: PressureProtocol,
    patient_id: int,
    by: int,
    at: datetime,
) -> list[int]:
    """Hand a series in with its mean, or put it aside where there is none. Gives the ids of the mean's two values."""
    mine = HomeSeries.objects.filter(pk=series.id, patient_id=patient_id, ended_at=None)
    if mean is None:
        mine.update(ended_at=at)
        return []
    counted = protocol.counted
    mine.update(
        ended_at=at,
        result={
            **mean._asdict(),
            "days": list(counted.days),
            "protocol": protocol.label,
            "because": counted.because.model_dump(),
            "sources": list(counted.sources),
        },
    )
    last = max(series.days[day] for day in counted.days)
    return record_home(
        [
            HomeValue(f"series-{series.id}-{name}", measures()[name], Decimal(number), last)
            for name, number in ((protocol.systolic, mean.systolic), (protocol.diastolic, mean.diastolic))
        ],
        patient_id=patient_id,
        by=by,
        at=at,
    )
