"""What the engine is told about one patient, by whoever holds the data: a FHIR bundle, the records room, a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from forloeb.kernel.codes import Coding
from forloeb.kernel.identifiers import Sex
from forloeb.kernel.quantities import Quantity


@dataclass(frozen=True, slots=True)
class Measurement:
    """One value of one measure: a quantity in the measure's own unit, or a chosen answer (`dagligt`)."""

    measure: str
    measured_on: date
    quantity: Quantity | None = None
    answer: str | None = None
    coding: Coding | None = None
    source: str | None = None
    """Where it stands in the record, such as `Observation/123`; never a name or a CPR number."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One diagnosis on the record. `ended_on` is the first day it no longer holds."""

    coding: Coding
    onset_on: date | None = None
    ended_on: date | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Medication:
    """One medicine, from the first day to the day it stops; still taken where `stopped_on` is None."""

    atc: str
    started_on: date | None = None
    stopped_on: date | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """Everything the engine may look at. Order does not matter; duplicates of a day are settled by code order."""

    birth_date: date
    sex: Sex | None
    measurements: Sequence[Measurement] = field(default=(), repr=False)
    conditions: Sequence[Condition] = field(default=(), repr=False)
    medications: Sequence[Medication] = field(default=(), repr=False)
    reviewed_on: Sequence[date] = ()
    """The days of finished yearly controls."""
