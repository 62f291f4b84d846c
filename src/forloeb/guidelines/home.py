"""What patients measure at home: the protocol for blood pressure with its mean, and the other measurements. Content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import Field, model_validator

from forloeb.guidelines.schema import Conflict, Sourced, Sources
from forloeb.kernel.content import Closed, ContentError, Localized, read_content
from forloeb.kernel.measures import Measure


class Number(Sourced):
    """A number of a protocol, with where it stands."""

    value: int = Field(gt=0)
    note: str | None = None


class TimeOfDay(Closed):
    """One of the day's times for measuring."""

    id: str = Field(pattern="^[a-z]+$")
    title: Localized


class Times(Sourced):
    """The times of a day, in order."""

    value: tuple[TimeOfDay, ...] = Field(min_length=1)


class Counted(Sourced):
    """Which days the mean is made of, the fewest measurements it may rest on, and why."""

    days: tuple[int, ...] = Field(min_length=1)
    at_least: int = Field(gt=0)
    because: Localized


class PressureProtocol(Closed):
    """content/home/blood_pressure.yaml: how blood pressure is measured at home, day by day."""

    protocol: str
    version: str
    title: Localized
    systolic: str = Field(description="the measure that the mean of the upper numbers is stored as")
    diastolic: str
    days: Number
    times: Times
    each_time: Number
    within_days: Number
    counted: Counted
    conflicts: tuple[Conflict, ...] = ()
    how: tuple[Localized, ...]

    @model_validator(mode="after")
    def _can_be_met(self) -> PressureProtocol:
        if not all(1 <= day <= self.days.value for day in self.counted.days):
            raise ValueError(f"counted days lie between 1 and {self.days.value}")
        most = len(set(self.counted.days)) * len(self.times.value) * self.each_time.value
        if self.counted.at_least > most:
            raise ValueError(f"at_least is more than the {most} measurements of the counted days")
        return self

    @property
    def label(self) -> str:
        """The protocol with its version, as it is kept beside a series."""
        return f"{self.protocol} {self.version}"

    def slots(self) -> Iterator[tuple[str, int]]:
        """Give the places of one day's measurements: the time, and which of that time."""
        for time in self.times.value:
            for place in range(1, self.each_time.value + 1):
                yield time.id, place


class Step(Closed):
    """One answer of a scale, in plain words of our own."""

    value: int
    text: Localized


class HomeMeasurement(Sourced):
    """One thing that may be measured or answered at home."""

    measure: str
    guidelines: tuple[str, ...] = ()
    many_a_day: bool = False
    how: Localized
    choices: tuple[Step, ...] = ()
    note: str | None = None


class HomeMeasurements(Closed):
    """content/home/measurements.yaml."""

    most_days_back: Number
    measurements: tuple[HomeMeasurement, ...]


@dataclass(frozen=True, slots=True)
class HomeContent:
    """What may be measured at home."""

    pressure: PressureProtocol
    most_days_back: int
    measurements: tuple[HomeMeasurement, ...]

    def offered(self, guidelines: Sequence[str]) -> tuple[HomeMeasurement, ...]:
        """Give what someone with these diseases is asked for."""
        return tuple(m for m in self.measurements if not m.guidelines or set(m.guidelines) & set(guidelines))


M = TypeVar("M", bound=Closed)


def load_home(content: Path, measures: Mapping[str, Measure]) -> HomeContent:
    """Read content/home. Raises ContentError with every fault: file, line, what, and what to do."""
    faults: list[str] = []

    def read(name: str, schema: type[M]) -> M | None:
        try:
            return read_content(content / name, schema)
        except ContentError as unsound:
            faults.extend(unsound.faults)
            return None

    pressure = read("home/blood_pressure.yaml", PressureProtocol)
    others = read("home/measurements.yaml", HomeMeasurements)
    sources = read("sources.yaml", Sources)
    if pressure and others and sources:
        guidelines = {path.name for path in (content / "guidelines").iterdir() if path.is_dir()}
        faults += _unknown(content, pressure, others, sources, set(measures), guidelines)
    if faults or pressure is None or others is None:
        raise ContentError(faults)
    return HomeContent(pressure, others.most_days_back.value, others.measurements)


def _unknown(
    content: Path,
    pressure: PressureProtocol,
    others: HomeMeasurements,
    sources: Sources,
    measures: set[str],
    guidelines: set[str],
) -> Iterator[str]:
    """Give each name that leads nowhere."""
    here, there = content / "home/blood_pressure.yaml", content / "home/measurements.yaml"
    parts: list[tuple[Path, Sourced]] = [
        (here, part) for part in (pressure.days, pressure.times, pressure.each_time, pressure.within_days)
    ]
    parts += [(here, pressure.counted), (there, others.most_days_back)]
    parts += [(there, item) for item in others.measurements]
    for path, part in parts:
        yield from (f"{path}: unknown source '{key}'" for key in part.sources if key not in sources.sources)
        if part.status in ("V", "V2") and not part.sources:
            yield f"{path}: a statement marked {part.status} names the source it was read in"
    named = [(here, pressure.systolic), (here, pressure.diastolic)]
    named += [(there, item.measure) for item in others.measurements]
    yield from (f"{path}: unknown measure '{name}'" for path, name in named if name not in measures)
    for item in others.measurements:
        yield from (f"{there}: unknown guideline '{name}'" for name in item.guidelines if name not in guidelines)


class Reading(NamedTuple):
    """One measurement of a series, in whole mmHg."""

    day: int
    time: str
    place: int
    systolic: int
    diastolic: int


class Mean(NamedTuple):
    """The mean of a series, and what it is the mean of."""

    systolic: int
    diastolic: int
    counted: int
    of: int


class Gap(NamedTuple):
    """Measurements that a day still lacks. `is_needed` where there is no mean without them."""

    day: int
    missing: int
    is_needed: bool


def mean_of(protocol: PressureProtocol, readings: Sequence[Reading]) -> Mean | None:
    """Give the mean of the counted days; None while a day is not begun or there are too few to count."""
    held = {(r.day, r.time, r.place): r for r in readings if (r.time, r.place) in set(protocol.slots())}
    counted = [reading for reading in held.values() if reading.day in protocol.counted.days]
    days = {reading.day for reading in held.values()}
    if len(counted) < protocol.counted.at_least or days != set(range(1, protocol.days.value + 1)):
        return None
    return Mean(_mean([r.systolic for r in counted]), _mean([r.diastolic for r in counted]), len(counted), len(held))


def _mean(numbers: Sequence[int]) -> int:
    return int((Decimal(sum(numbers)) / len(numbers)).quantize(Decimal(1), ROUND_HALF_UP))


def gaps(protocol: PressureProtocol, readings: Sequence[Reading]) -> tuple[Gap, ...]:
    """Say what each day lacks."""
    a_day = len(list(protocol.slots()))
    found = []
    for day in range(1, protocol.days.value + 1):
        held = sum(reading.day == day for reading in readings)
        if held < a_day:
            found.append(Gap(day, a_day - held, is_needed=held == 0 or day in protocol.counted.days))
    return tuple(found)
