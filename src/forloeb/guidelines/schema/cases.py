"""What a file of cases/ may say: invented patients, and what the engine must answer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from forloeb.guidelines.schema.shared import Three
from forloeb.kernel.content import Closed

Reported = Annotated[str, BeforeValidator(lambda given: given if isinstance(given, str) else str(given))]


class CaseMeasurement(Closed):
    """A value on a case's record in the measure's own unit, as it would be reported: `51`, `">90"`, `ophørt`."""

    measure: str
    on: date
    value: Reported
    code: str | None = Field(
        None, description="the NPU, DNK or MCS code, where it matters; the preferred one otherwise"
    )


class CaseCondition(Closed):
    """A diagnosis on a case's record, by code."""

    system: Literal["icpc2", "sks", "snomed"]
    code: str
    onset: date | None = None
    ended: date | None = None


class CaseMedication(Closed):
    """A medicine on a case's record."""

    atc: str
    start: date | None = None
    stop: date | None = None


class Expected(Closed):
    """What the engine must answer; what is not named is not looked at."""

    included: dict[str, Three] = {}
    targets: dict[str, str] = Field(
        {}, description="measure: rule that decides the merged target; 'none' for no target"
    )
    limits: dict[str, str] = Field({}, description="measure: the merged target as text, such as '< 1.8'")
    alternatives: dict[str, tuple[str, ...]] = Field({}, description="measure: rules not chosen, all of them")
    missing: dict[str, tuple[str, ...]] = Field({}, description="measure: facts that the target misses, all of them")
    would_change: dict[str, dict[str, str]] = Field({}, description="measure: fact: rule that would then decide")
    values: dict[str, str] = Field({}, description="measure: status")
    classifications: dict[str, str | int | dict[str, str | int | None] | None] = {}
    flags: tuple[str, ...] = ()
    no_flags: tuple[str, ...] = ()
    proposals: tuple[str, ...] = ()
    no_proposals: tuple[str, ...] = ()
    clashes: tuple[str, ...] | None = Field(None, description="measures and classes in disagreement, all of them")
    due: dict[str, date | None] = {}
    scores: dict[str, Decimal | None] = {}


class Case(Closed):
    """One patient with the answers that are expected."""

    case: str
    title: str
    as_of: date
    birth_date: date
    sex: Literal["female", "male"]
    conditions: tuple[CaseCondition, ...] = ()
    medications: tuple[CaseMedication, ...] = ()
    measurements: tuple[CaseMeasurement, ...] = ()
    reviewed_on: tuple[date, ...] = ()
    expect: Expected


class Cases(Closed):
    """A file of cases/."""

    cases: tuple[Case, ...]
