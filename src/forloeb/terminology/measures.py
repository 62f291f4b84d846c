"""Every measure of `content/measures`, by id and by code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from forloeb.kernel.codes import LOINC, MCS, NPU, Coding
from forloeb.kernel.content import Closed, ContentError, content_folder, read_content
from forloeb.kernel.measures import Measure, MeasureCode

SYSTEMS = {"NPU": NPU, "MCS": MCS}

# What international apps and devices write; FHIR's vital-signs profiles ask for these. Clinic unless said to be home.
LOINC_CODES = {
    "8480-6": "sbp_clinic",
    "8462-4": "dbp_clinic",
    "8867-4": "pulse",
    "29463-7": "weight",
    "39156-5": "bmi",
    "59408-5": "spo2",
    "9279-1": "resp_rate",
    "8310-5": "temp",
}


class _File(Closed):
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
            for measure in read_content(path, _File).measures:
                if measure.id in found:
                    faults.append(f"{path}: the measure '{measure.id}' stands twice")
                found[measure.id] = measure
        except ContentError as unsound:
            faults += unsound.faults
    readers: dict[Coding, str] = {}
    for measure in found.values():
        for code in measure.read:
            other = readers.setdefault(_coding(code), measure.id)
            if other != measure.id:
                faults.append(f"{folder}: {code.code} is read as '{other}' and as '{measure.id}'")
    if faults:
        raise ContentError(faults)
    return MappingProxyType(found)


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
    return _by_code().get(coding)


@cache
def goal_codes() -> frozenset[Coding]:
    """Give the codes of goals: they are never read as measurements."""
    codes = {
        code
        for measure in measures().values()
        for code in (measure.recommended_goal_code, measure.agreed_goal_code)
        if code is not None
    }
    return frozenset(Coding(MCS, code) for code in codes)
