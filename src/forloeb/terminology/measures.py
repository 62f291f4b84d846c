"""Every measure of `content/measures`, by id and by code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from forloeb.kernel.codes import LOINC, MCS, NPU, Coding
from forloeb.kernel.content import Closed, ContentError, content_folder, read_content
from forloeb.kernel.measures import Measure, MeasureCode
from forloeb.terminology.conversions import CONVERSIONS

SYSTEMS = {"NPU": NPU, "MCS": MCS}

# What international apps and devices write; FHIR's vital-signs profiles ask for these. Clinic unless said to be home.
LOINC_CODES = {
    "8480-6": "sbp_clinic",
    "8462-4": "dbp_clinic",
    "8867-4": "pulse",
    "29463-7": "weight",
    "8302-2": "height",
    "39156-5": "bmi",
    "59408-5": "spo2",
    "2708-6": "spo2",
    "9279-1": "resp_rate",
    "8310-5": "temp",
}


class MeasureFile(Closed):
    """One file of `content/measures`."""

    measures: tuple[Measure, ...]


@cache
def measures() -> Mapping[str, Measure]:
    """Give every measure by its id. Raises ContentError when the content is not sound."""
    return load(content_folder() / "measures")


def load(folder: Path) -> Mapping[str, Measure]:
    """Read a folder of measures. Raises ContentError with every fault: also an id or a code that stands twice."""
    found: dict[str, Measure] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            for measure in read_content(path, MeasureFile).measures:
                if measure.id in found:
                    faults.append(f"{path}: the measure '{measure.id}' stands twice")
                found[measure.id] = measure
                faults += [f"{path}: {measure.id}: {fault}" for fault in _faults(measure)]
        except ContentError as unsound:
            faults += unsound.faults
    faults += [f"{folder}: {fault}" for fault in _clashes(found)]
    if faults:
        raise ContentError(faults)
    return MappingProxyType(found)


def _faults(measure: Measure) -> Iterator[str]:
    """Name what one measure gets wrong by itself."""
    named = [code.convert for code in measure.read if code.convert] + list(measure.unit_conversions.values())
    if measure.kind != "choice":
        for name in sorted(set(named) - CONVERSIONS.keys()):
            yield f"there is no conversion '{name}'. There are {', '.join(sorted(CONVERSIONS))}"
    if (measure.kind == "choice") != bool(measure.choices):
        yield "a choice has choices, and a number has none"
    if measure.hard and measure.soft and not (measure.soft.low in measure.hard and measure.soft.high in measure.hard):
        yield "the soft range must lie within the hard one"
    if measure.write and measure.read and measure.write.code not in {code.code for code in measure.read}:
        yield f"{measure.write.code} is written and never read"


def _clashes(found: Mapping[str, Measure]) -> Iterator[str]:
    """Name the codes that would be read as two things: as two measures, or as a goal and a measurement."""
    readers: dict[Coding, str] = {}
    goals = goal_codes_of(found)
    for measure in found.values():
        for code in measure.read:
            other = readers.setdefault(_coding(code), measure.id)
            if other != measure.id:
                yield f"{code.code} is read as '{other}' and as '{measure.id}'"
            if _coding(code) in goals:
                yield f"{code.code} is a goal and cannot be read as '{measure.id}'"


def _coding(code: MeasureCode) -> Coding:
    return Coding(SYSTEMS[code.system], code.code)


@cache
def _by_code() -> Mapping[Coding, tuple[Measure, MeasureCode | None]]:
    known: dict[Coding, tuple[Measure, MeasureCode | None]] = {
        _coding(code): (measure, code) for measure in measures().values() for code in measure.read
    }
    known |= {Coding(LOINC, code): (measures()[name], None) for code, name in LOINC_CODES.items()}
    return known


def find_measure(coding: Coding) -> tuple[Measure, MeasureCode | None] | None:
    """Find the measure that a code is read as, and how; None for a code we do not read."""
    return _by_code().get(at_home(coding))


def is_goal(coding: Coding) -> bool:
    """Whether the code says what is aimed at, not what was measured."""
    return at_home(coding) in goal_codes()


def at_home(coding: Coding) -> Coding:
    """Give the code under its own system: today's plans (CPD-DK) write MCS codes under NPU's number."""
    if coding.system == NPU and coding.code.startswith(("MCS", "DIB")):
        return Coding(MCS, coding.code)
    if coding.system == MCS and coding.code.startswith(("NPU", "DNK")):
        return Coding(NPU, coding.code)
    return coding


@cache
def goal_codes() -> frozenset[Coding]:
    """Give the codes of goals: they are never read as measurements."""
    return goal_codes_of(measures())


def goal_codes_of(found: Mapping[str, Measure]) -> frozenset[Coding]:
    """Give the codes of the goals of some measures."""
    codes = (code for m in found.values() for code in (m.recommended_goal_code, m.agreed_goal_code))
    return frozenset(Coding(MCS, code) for code in codes if code is not None)
