"""What the engine answers: an evaluated plan in which every number carries its reason.

`Evaluation.to_json` is the contract of `forloeb evaluate` (docs/reference/evaluated-plan.schema.json).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from forloeb.kernel.answers import Answer
from forloeb.kernel.content import Localized, Status
from forloeb.kernel.quantities import Quantity

ValueStatusName = Literal[
    "in_target",
    "above_target",
    "below_floor",
    "missing",
    "stale",
    "implausible",
    "not_applicable",
    "conflict",
    "confirm_at_home",
]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number stands."""

    document: str
    title: str
    section: str | None
    url: str | None
    year: int | None


class FactUsed(NamedTuple):
    """One fact an answer rests on. `value` is a number, text or yes/no; None when it is not known."""

    fact: str
    title: Localized
    value: Decimal | str | bool | None
    comparator: str | None = None
    unit: str | None = None
    on: date | None = None
    source: str | None = None


class Change(NamedTuple):
    """One fact that would change the answer, the nearest first; `leads_to` was found by evaluating it."""

    fact: str
    title: Localized
    becomes: str
    """The fact's new value in words of the expression language, such as `>= 30` or `yes`."""
    leads_to: str
    """The rule that would then decide."""
    result: str
    """What that rule says, such as `< 1.8`."""


class Reason(NamedTuple):
    """One step of an explanation: the rule, what it says, and the facts it used."""

    rule: str
    text: Localized
    status: Status
    source: Source | None
    facts: tuple[FactUsed, ...] = ()
    missing: tuple[str, ...] = ()


class Target(NamedTuple):
    """A recommended goal: an interval in the measure's unit, with the rule that gave it and why.

    A limit of None is open. With `needs_clinician` the number is a starting point, not a recommendation.
    """

    measure: str
    low: Decimal | None
    low_inclusive: bool
    high: Decimal | None
    high_inclusive: bool
    unit: str
    guideline: str
    guideline_version: str
    profile: str
    rule: str
    text: Localized
    status: Status
    source: Source | None
    accepted: tuple[str, ...] = ()
    """For what is chosen, not measured (smoking): the answers that reach the goal."""
    prevails: bool = False
    """Whether it wins over stricter goals of other diseases, because of frailty or high age."""
    floor: Decimal | None = None
    """Below this the value is too low (`below_floor`), whatever the interval says."""
    accept_up_to: Decimal | None = None
    reduction_percent: Decimal | None = None
    """The fall from the untreated value that the source asks for besides the interval."""
    needs_clinician: bool = False
    says: str = ""
    """The goal with a point for decimals: `< 1.4`, `53-58`, `ophørt / aldrig røget`, `individual`."""
    facts: tuple[FactUsed, ...] = ()
    missing: tuple[FactUsed, ...] = ()
    would_change: tuple[Change, ...] = ()

    @property
    def is_provisional(self) -> bool:
        """Whether a fact is missing that could have led to another goal."""
        return bool(self.missing)


class ClashSide(NamedTuple):
    """One side of a disagreement between guidelines, profiles or diseases."""

    guideline: str
    profile: str
    rule: str
    says: str
    status: Status
    source: Source | None


class Clash(NamedTuple):
    """A disagreement, with the choice that was made and why."""

    measure: str
    sides: tuple[ClashSide, ...]
    chosen: str
    because: Localized


class Disease(NamedTuple):
    """Whether a guideline's disease is this patient's."""

    guideline: str
    version: str
    label: str
    title: Localized
    included: Answer
    because: tuple[Reason, ...]
    is_signed_off: bool


class EvaluatedValue(NamedTuple):
    """The newest value of a measure, held against the merged target; None for its parts when missing."""

    measure: str
    setting: str
    status: ValueStatusName
    quantity: Quantity | None
    answer: str | None
    measured_on: date | None
    source: str | None
    because: tuple[Reason, ...]


class Classification(NamedTuple):
    """A class such as the GOLD grade: one value per profile; `value` is None when unknown."""

    name: str
    title: Localized
    values: dict[str, str | int | None]
    chosen: str
    """The profile that is the default."""
    because: tuple[Reason, ...]


class Score(NamedTuple):
    """A risk score, in `unit`, or unknown with what is missing or why it may not be used."""

    score: str
    title: Localized
    value: Decimal | None
    unit: str
    missing: tuple[str, ...]
    because: tuple[Reason, ...]
    band: str | None = None


class Asked(NamedTuple):
    """What one guideline asks: the day it would have the thing done by, and then how often."""

    guideline: str
    due_on: date
    months: int


class Due(NamedTuple):
    """Something that is to be done by a day. `due_on` is the as-of day itself when it has never been done."""

    what: str
    title: Localized
    due_on: date
    last_on: date | None
    guidelines: tuple[str, ...]
    because: tuple[Reason, ...]
    measures: tuple[str, ...] = ()
    """What is to be measured or asked; empty for the control itself."""
    asked: tuple[Asked, ...] = ()
    """What each of the guidelines asks, in their order."""


class Flag(NamedTuple):
    """Something to notice: too low, needs a clinician, confirm with home measurement."""

    flag: str
    guideline: str
    level: Literal["urgent", "attention", "note"]
    text: Localized
    because: tuple[Reason, ...]


class OrderFinding(NamedTuple):
    """What a guideline says of a medicine that is about to be ordered, told by its ATC code."""

    rule: str
    guideline: str
    atc: str
    level: Literal["urgent", "attention", "note"]
    text: Localized
    because: tuple[Reason, ...]
    measure: str | None
    """What the guideline would have measured first."""
    suggests_removal: bool


class Proposal(NamedTuple):
    """A prompt, not an order: something to consider with the patient."""

    rule: str
    guideline: str
    kind: Literal["medication", "referral", "lifestyle", "measurement", "other"]
    text: Localized
    patient_text: Localized | None
    because: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that the guidelines say about one patient on one day."""

    as_of: date
    diseases: tuple[Disease, ...]
    targets: tuple[Target, ...]
    alternatives: tuple[Target, ...]
    """Targets of other profiles and diseases that were not chosen."""
    values: tuple[EvaluatedValue, ...]
    classifications: tuple[Classification, ...]
    scores: tuple[Score, ...]
    due: tuple[Due, ...]
    flags: tuple[Flag, ...]
    proposals: tuple[Proposal, ...]
    clashes: tuple[Clash, ...]
