"""What patients measure at home and send: checked at once, kept as measured at home, seen by the practice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from uuid import UUID, uuid4

from django.utils import timezone

from forloeb.access.queries import OpenPatient, open_own
from forloeb.careplans import queries
from forloeb.careplans.control import Control
from forloeb.careplans.submission import Fault
from forloeb.guidelines.home import Gap, HomeContent, HomeMeasurement, Mean, Reading, gaps, load_home, mean_of
from forloeb.kernel.answers import Answer
from forloeb.kernel.content import Localized, content_folder
from forloeb.kernel.measures import Measure
from forloeb.kernel.quantities import Quantity
from forloeb.people.viewers import Viewer
from forloeb.records import deliveries
from forloeb.records import home as records
from forloeb.records.home import HomeValue, OwnValue, Series
from forloeb.terminology import BadTyped, check_typed, measures


class NotDone(Exception):
    """A series cannot be handed in yet: the protocol's minimum is not met."""


@cache
def home_content() -> HomeContent:
    """Give what may be measured at home. Raises ContentError when the content is not sound."""
    return load_home(content_folder(), measures())


@dataclass(frozen=True, slots=True)
class Offered:
    """One thing the patient may send: the content's words, and the measure."""

    item: HomeMeasurement
    measure: Measure


@dataclass(frozen=True, slots=True)
class HomePage:
    """What the patient's page of measurements shows."""

    offered: tuple[Offered, ...]
    series: Series | None
    sent: tuple[OwnValue, ...]
    """What was sent lately and still holds, the newest first."""
    earliest: date
    today: date

    def can_withdraw(self, value: OwnValue) -> bool:
        """Whether a value was sent today, and so may be taken back."""
        return timezone.localdate(value.recorded_at) == self.today


def get_home_page(*, seen_by: Viewer, as_of: date) -> HomePage:
    """Give what the patient may send and has sent. Raises NotForThisViewer."""
    return _page(open_own(seen_by=seen_by, as_of=as_of, event="own-measurements"), as_of)


def earliest_day(as_of: date) -> date:
    """Give the first day that a measurement may be dated."""
    return as_of - timedelta(days=home_content().most_days_back)


def _page(patient: OpenPatient, as_of: date) -> HomePage:
    earliest = earliest_day(as_of)
    sent = [
        value
        for value in records.own_values(patient.id, as_of=as_of)
        if value.measured_on >= earliest or timezone.localdate(value.recorded_at) == as_of
    ]
    return HomePage(_offered(patient, as_of), records.find_series(patient.id), tuple(sent), earliest, as_of)


def _offered(patient: OpenPatient, as_of: date) -> tuple[Offered, ...]:
    diseases = queries.build_control(patient, as_of=as_of).evaluation.diseases
    theirs = [disease.guideline for disease in diseases if disease.included is Answer.YES]
    return tuple(Offered(item, in_patients_words(item.measure)) for item in home_content().offered(theirs))


def in_patients_words(name: str) -> Measure:
    """Give a measure under the name the patient knows it by, so that what is said of it is plain."""
    measure = measures()[name]
    return measure.model_copy(update={"name": measure.patient_name})


# --- One value at a time


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a form: how many values are new, or the faults that kept all of it back."""

    new: int
    faults: tuple[Fault, ...] = ()


def send(fields: Mapping[str, str], *, by: Viewer, at: datetime, as_of: date) -> Sent:
    """Keep what a patient typed, all of it or nothing. The same form again changes nothing. Raises NotForThisViewer."""
    patient = open_own(seen_by=by, as_of=as_of, event="own-measurement", action="write")
    records.one_at_a_time(patient.id)
    faults: list[Fault] = []
    values = list(_values(fields, _offered(patient, as_of), as_of, faults))
    if not values and not faults:
        faults.append(Fault("value.weight", _NOTHING))
    if faults:
        return Sent(0, tuple(faults))
    new = len(records.record_home(values, patient_id=patient.id, by=by.login_id, at=at))
    deliveries.follow(patient.id, at=at)
    return Sent(new)


def _values(
    fields: Mapping[str, str], offered: tuple[Offered, ...], as_of: date, faults: list[Fault]
) -> Iterator[HomeValue]:
    form = _form(fields)
    day = read_day(fields, as_of, faults)
    for one in offered:
        name = one.measure.id
        quantity = read_value(f"value.{name}", one.measure, fields, faults)
        clock = _clock(fields, f"time.{name}", faults) if one.item.many_a_day else None
        if quantity is None or day is None:
            continue
        moment = timezone.make_aware(datetime.combine(day, clock)) if clock else None
        yield HomeValue(f"{form}-{name}", one.measure, quantity.value, day, moment, not one.item.many_a_day)


def _form(fields: Mapping[str, str]) -> UUID:
    """Give the mark that tells a form sent twice; a form without one is a new one."""
    try:
        return UUID(fields.get("form", ""))
    except ValueError:
        return uuid4()


def read_value(field: str, measure: Measure, fields: Mapping[str, str], faults: list[Fault]) -> Quantity | None:
    """Read one typed number; None where nothing was typed or it is at fault. An unlikely one is to be confirmed."""
    text = fields.get(field, "").strip()
    if not text:
        return None
    try:
        typed = check_typed(measure, text)
    except BadTyped as bad:
        faults.append(Fault(field, bad.text))
        return None
    if typed.quantity is None or typed.quantity.comparator is not None:
        faults.append(Fault(field, _ONLY_THE_NUMBER))
        return None
    if typed.warnings and fields.get(f"confirm.{field}") != text:
        faults.append(Fault(field, typed.warnings[0], can_confirm=True))
    return typed.quantity


def read_day(fields: Mapping[str, str], as_of: date, faults: list[Fault]) -> date | None:
    """Read the day of a measurement: today or up to so many days back, never ahead."""
    text = fields.get("measured_on", "").strip()
    if written := re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text):
        text = f"{written[3]}-{int(written[2]):02}-{int(written[1]):02}"
    try:
        day = date.fromisoformat(text)
    except ValueError:
        faults.append(Fault("measured_on", _NOT_A_DAY))
        return None
    if day > as_of:
        faults.append(Fault("measured_on", _AHEAD))
    elif day < earliest_day(as_of):
        faults.append(Fault("measured_on", _TOO_OLD.filled(days=str(home_content().most_days_back))))
    else:
        return day
    return None


def _clock(fields: Mapping[str, str], name: str, faults: list[Fault]) -> time | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    written = re.fullmatch(r"(\d{1,2})[.:](\d{2})(?::\d{2})?", text)
    if written and int(written[1]) < 24 and int(written[2]) < 60:
        return time(int(written[1]), int(written[2]))
    faults.append(Fault(name, _NOT_A_TIME))
    return None


def withdraw(observation_id: int, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Take back what was sent today, and typed wrongly. Raises NotForThisViewer, NothingToWithdraw."""
    patient = open_own(seen_by=by, as_of=as_of, event="own-measurement-withdrawn", action="write")
    records.one_at_a_time(patient.id)
    midnight = timezone.make_aware(datetime.combine(as_of, time()))
    records.withdraw_home(observation_id, patient_id=patient.id, since=midnight, by=by.login_id, at=at)
    deliveries.follow(patient.id, at=at)


# --- Blood pressure, day by day


@dataclass(frozen=True, slots=True)
class PressurePage:
    """A series as it stands: which day is next, the mean when there can be one, and what is missing when not."""

    series: Series | None
    day: int
    mean: Mean | None
    gaps: tuple[Gap, ...]
    today: date

    def measured_on(self, day: int) -> date:
        """Give the day that a day of the series was; today for one that has not been."""
        return self.series.days.get(day, self.today) if self.series else self.today

    def readings(self, day: int) -> dict[tuple[str, int], Reading]:
        """Give a day's measurements by their place."""
        return {(r.time, r.place): r for r in self.series.readings if r.day == day} if self.series else {}


def get_pressure_page(day: int | None = None, *, seen_by: Viewer, as_of: date) -> PressurePage:
    """Give a patient's series, at a day of it or at the day to go on with. Raises NotForThisViewer."""
    patient = open_own(seen_by=seen_by, as_of=as_of, event="own-measurements")
    return _pressure(records.find_series(patient.id), as_of, day)


def _pressure(series: Series | None, as_of: date, day: int | None = None) -> PressurePage:
    protocol = home_content().pressure
    readings = series.readings if series else ()
    mean = mean_of(protocol, readings)
    next_day = _next_day(series, as_of)
    reachable = max(series.days, default=0) + 1 if series else 1
    chosen = day if day is not None and 1 <= day <= min(reachable, protocol.days.value) else next_day
    return PressurePage(series, chosen, mean, gaps(protocol, readings), as_of)


def _next_day(series: Series | None, as_of: date) -> int:
    """Give the day to go on with: today's where it is begun, else the one after the last."""
    if series is None or not series.days:
        return 1
    last = max(series.days)
    return last if series.days[last] >= as_of else min(last + 1, home_content().pressure.days.value)


def save_day(
    day: int, fields: Mapping[str, str], *, by: Viewer, at: datetime, as_of: date
) -> tuple[PressurePage, tuple[Fault, ...]]:
    """Keep a day's measurements, those there are. The same again changes nothing. Raises NotForThisViewer."""
    patient = open_own(seen_by=by, as_of=as_of, event="own-measurement", action="write")
    records.one_at_a_time(patient.id)
    page = _pressure(records.find_series(patient.id), as_of, day)
    faults: list[Fault] = []
    measured_on = read_day(fields, as_of, faults)
    if measured_on is not None:
        faults += _out_of_step(page, measured_on)
    readings = [*_readings(page.day, fields, faults), *_written_meanwhile(page, fields)]
    if not readings and not faults:
        faults.append(Fault(slot_name(*next(home_content().pressure.slots())) + ".sbp", _NOTHING))
    if faults or measured_on is None:
        return page, tuple(faults)
    records.save_readings(
        readings,
        day=page.day,
        measured_on=measured_on,
        protocol=home_content().pressure,
        patient_id=patient.id,
        by=by.login_id,
        at=at,
    )
    return _pressure(records.find_series(patient.id), as_of, page.day), ()


def slot_name(time: str, place: int) -> str:
    """Name the fields of one measurement."""
    return f"{time}-{place}"


def _readings(day: int, fields: Mapping[str, str], faults: list[Fault]) -> list[Reading]:
    protocol = home_content().pressure
    upper = measures()[protocol.systolic].model_copy(update={"name": _UPPER})
    lower = measures()[protocol.diastolic].model_copy(update={"name": _LOWER})
    found = []
    for time_of_day, place in protocol.slots():
        name = slot_name(time_of_day, place)
        before = len(faults)
        systolic = read_value(f"{name}.sbp", upper, fields, faults)
        diastolic = read_value(f"{name}.dbp", lower, fields, faults)
        if len(faults) > before or (systolic is None and diastolic is None):
            continue
        if systolic is None or diastolic is None:
            faults.append(Fault(f"{name}.{'sbp' if systolic is None else 'dbp'}", _BOTH))
        elif systolic.value <= diastolic.value:
            faults.append(Fault(f"{name}.sbp", _UPPER_IS_LARGER))
        else:
            found.append(Reading(day, time_of_day, place, int(systolic.value), int(diastolic.value)))
    return found


def _written_meanwhile(page: PressurePage, fields: Mapping[str, str]) -> Iterator[Reading]:
    """Give what was saved from another page since this one was opened: an empty field there does not take it away."""
    for place, reading in page.readings(page.day).items():
        name = slot_name(*place)
        was_shown = name in fields.get("shown", "").split()
        if not was_shown and not fields.get(f"{name}.sbp", "").strip() and not fields.get(f"{name}.dbp", "").strip():
            yield reading


def _out_of_step(page: PressurePage, measured_on: date) -> Iterator[Fault]:
    """Each day of a series is its own, the days follow each other, and they lie close together."""
    days = {day: held for day, held in (page.series.days if page.series else {}).items() if day != page.day}
    if any((held >= measured_on) if day < page.day else (held <= measured_on) for day, held in days.items()):
        yield Fault("measured_on", _NOT_IN_ORDER)
    elif days and abs((measured_on - min(days.values())).days) >= home_content().pressure.within_days.value:
        yield Fault("measured_on", _TOO_FAR_APART)


def hand_in(*, by: Viewer, at: datetime, as_of: date) -> Mean | None:
    """Send the mean of a finished series to the practice. None where there is no series: it was sent already.

    Raises NotForThisViewer, NotDone.
    """
    patient = open_own(seen_by=by, as_of=as_of, event="own-measurement", action="write")
    records.one_at_a_time(patient.id)
    series = records.find_series(patient.id)
    if series is None:
        return None
    protocol = home_content().pressure
    mean = mean_of(protocol, series.readings)
    if mean is None:
        raise NotDone
    records.end_series(series, mean, protocol=protocol, patient_id=patient.id, by=by.login_id, at=at)
    return mean


def put_aside(*, by: Viewer, at: datetime, as_of: date) -> None:
    """Begin anew: the series is kept as it is, and no mean is made of it. Raises NotForThisViewer."""
    patient = open_own(seen_by=by, as_of=as_of, event="own-measurement", action="write")
    records.one_at_a_time(patient.id)
    if series := records.find_series(patient.id):
        protocol = home_content().pressure
        records.end_series(series, None, protocol=protocol, patient_id=patient.id, by=by.login_id, at=at)


# --- What the practice sees


@dataclass(frozen=True, slots=True)
class SentHome:
    """What a patient has sent since the last control: for the practice to read."""

    by_source: Mapping[str, OwnValue]
    """Each value by where it stands in the record: the table's rows say which is the patient's own."""
    values: tuple[OwnValue, ...]


def sent_by_patient(control: Control) -> SentHome:
    """Give what the patient has measured at home, for a control that has been opened."""
    values = records.own_values(control.patient.id, as_of=control.as_of)
    # What a control was held on stays in sight the day it is finished.
    since = max((r.reviewed_on for r in control.reviews if r.reviewed_on < control.as_of), default=date.min)
    return SentHome({v.source: v for v in values}, tuple(v for v in values if v.measured_on >= since))


_UPPER = Localized(da="Øverste tal", en="Upper number")
_LOWER = Localized(da="Nederste tal", en="Lower number")
_NOTHING = Localized(da="Skriv mindst ét tal.", en="Write at least one number.")
_ONLY_THE_NUMBER = Localized(da="Skriv kun tallet, for eksempel 7,2.", en="Write the number only, for example 7.2.")
_NOT_A_DAY = Localized(da="Vælg den dag, du målte.", en="Choose the day you measured.")
_AHEAD = Localized(
    da="Dagen er ikke kommet endnu. Vælg den dag, du målte.",
    en="That day is still to come. Choose the day you measured.",
)
_NOT_A_TIME = Localized(da="Skriv klokken som 7.30.", en="Write the time as 7:30.")
_BOTH = Localized(da="Skriv begge tal.", en="Write both numbers.")
_UPPER_IS_LARGER = Localized(
    da="Det øverste tal skal være større end det nederste. Er de byttet om?",
    en="The upper number must be larger than the lower. Did they change places?",
)
_NOT_IN_ORDER = Localized(
    da="Dagene skal følge efter hinanden. Vælg en anden dag.", en="The days must follow each other. Choose another day."
)
_TOO_FAR_APART = Localized(
    da="Der er gået for lang tid siden dag 1. Begynd forfra.", en="Day 1 is too long ago. Begin anew."
)


_TOO_OLD = Localized(
    da="Det er for længe siden. Vælg en dag inden for de sidste {days} dage.",
    en="That is too long ago. Choose a day within the last {days} days.",
)
