"""What the files of one guideline may say: guideline.yaml, parameters/ and rules/."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from forloeb.guidelines.schema.shared import Sourced, Three
from forloeb.kernel.content import Closed, Localized


class Review(Closed):
    """Who wrote and checked the content, and when it is to be looked at again."""

    written_by: str
    checked_by: str | None
    last_confirmed_on: date
    next_review_on: date


class SignedOff(Closed):
    """A clinician who signed a version."""

    name: str
    role: str
    on: date
    version: str


class ConflictSide(Sourced):
    """What one source says."""

    says: Localized


class Conflict(Closed):
    """A disagreement between sources about a measure or a class, with the default and why."""

    about: str
    sides: tuple[ConflictSide, ...]
    default: Localized
    because: Localized


class Stale(Closed):
    """When a value is too old: months, fewer when it was off its goal."""

    months: int
    months_off_target: int | None = None


class GuidelineFile(Closed):
    """guideline.yaml."""

    guideline: str
    version: str
    valid_from: date
    title: Localized
    patient_title: Localized
    label: str = Field(pattern=r"^ALAL\d\d$")
    values: tuple[str, ...] = Field(description="the measures that the yearly control looks at")
    stale: dict[str, Stale] = {}
    review: Review
    sign_off: tuple[SignedOff, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    lifelong: Localized | None = None


class ParameterValue(Sourced):
    """A number that holds from a day on."""

    valid_from: date = Field(alias="from")
    value: Decimal


class Parameter(Closed):
    """A named number that rules may use; a new value is a new line, and the old line stays."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Localized
    unit: str = ""
    values: tuple[ParameterValue, ...] = Field(min_length=1)


class Parameters(Closed):
    """A file of parameters/."""

    parameters: tuple[Parameter, ...]


class Row(Sourced):
    """One row of a table. It holds `when` its condition does; the last may hold `otherwise`."""

    rule: str = Field(pattern=r"^[A-Z0-9][A-Za-z0-9-]*$")
    when: str | None = None
    otherwise: bool = False
    text: Localized
    patient_text: Localized | None = None

    @model_validator(mode="after")
    def _one(self) -> Row:
        if (self.when is None) == (not self.otherwise):
            raise ValueError("a row has either 'when' or 'otherwise: true'")
        return self


Limit = Decimal | Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] | None
"""A number, or the name of a parameter whose value holds on the day asked about."""


class Limits(Closed):
    """A goal: `below`/`at_most` and `above`/`at_least` as the source writes them, or accepted answers.

    Under `floor` a value is too low although it is inside the goal. Up to `accept_up_to` a value that is above the
    goal is not yet off it.
    """

    below: Limit = None
    at_most: Limit = None
    above: Limit = None
    at_least: Limit = None
    one_of: tuple[str, ...] = ()
    floor: Limit = None
    accept_up_to: Limit = None

    @model_validator(mode="after")
    def _one_kind(self) -> Limits:
        if self.below is not None and self.at_most is not None:
            raise ValueError("give either below or at_most")
        if self.above is not None and self.at_least is not None:
            raise ValueError("give either above or at_least")
        return self


class TargetRow(Row):
    """A row that gives goals. One that `prevails` wins over stricter goals of other diseases (frailty, high age).

    A row that `needs_clinician` and gives no goal for a measure of its table says that the goal is individual.
    """

    targets: dict[str, Limits] = {}
    reduction_percent: Decimal | None = None
    needs_clinician: bool = False
    prevails: bool = False


class TargetTable(Closed):
    """Recommended goals by one profile. Each measure has one default profile in a guideline."""

    kind: Literal["targets"]
    title: Localized
    measures: tuple[str, ...]
    profile: str
    default: bool
    applies: str | None = None
    rows: tuple[TargetRow, ...] = Field(min_length=1)


class InclusionRow(Row):
    """A row that says whether the disease is the patient's."""

    included: Three


class InclusionTable(Closed):
    """Who the guideline is for. Where no row decides, the answer is no; unknown if a row could not be answered."""

    kind: Literal["inclusion"]
    title: Localized
    rows: tuple[InclusionRow, ...] = Field(min_length=1)


class ClassRow(Row):
    """A row that gives a class."""

    value: str | int


class ClassificationTable(Closed):
    """A class by one profile (the GOLD group by the 2026 report). Unknown, never provisional, where facts miss."""

    kind: Literal["classification"]
    name: str
    title: Localized
    profile: str
    default: bool
    rows: tuple[ClassRow, ...] = Field(min_length=1)


class FlagRow(Row):
    """Something to notice."""

    level: Literal["urgent", "attention", "note"]


class FlagList(Closed):
    """Everything that holds is shown."""

    kind: Literal["flags"]
    title: Localized
    rows: tuple[FlagRow, ...]


class IntervalRow(Row):
    """How often, when the row decides: `months` or `weeks`; `months: null` means that nothing is due.

    It counts from when the thing was last done; with `after` from the day of a fact, such as the day a medicine
    was changed.
    """

    months: int | None = None
    weeks: int | None = None
    after: str | None = None

    @model_validator(mode="after")
    def _one_length(self) -> IntervalRow:
        if self.months is not None and self.weeks is not None:
            raise ValueError("give either months or weeks")
        if not {"months", "weeks"} & self.model_fields_set:
            raise ValueError("give months or weeks; 'months: null' where nothing is due")
        return self


class IntervalTable(Closed):
    """When something is due: so long after the newest of its measures. `annual_review` counts from the last control."""

    kind: Literal["interval"]
    what: str
    title: Localized
    measures: tuple[str, ...] = ()
    rows: tuple[IntervalRow, ...] = Field(min_length=1)


class ProposalRow(Row):
    """A prompt to consider; `unless` takes it away."""

    unless: str | None = None
    kind: Literal["medication", "referral", "lifestyle", "measurement", "other"]


class ProposalList(Closed):
    """Everything that holds is proposed."""

    kind: Literal["proposals"]
    title: Localized
    rows: tuple[ProposalRow, ...]


class Band(Closed):
    """The name of a score's band below a limit; the last has none. With `when`, only for those it holds for."""

    when: str | None = None
    below: Decimal | None = None
    name: Localized


class ScoreTable(Sourced):
    """A risk score: its formula, its inputs, whom it may be used for, and its bands (the first that fits names it)."""

    kind: Literal["score"]
    rule: str
    score: str
    title: Localized
    formula: str
    applies: str
    not_used: Localized = Field(description="why it may not be used where `applies` is no")
    inputs: dict[str, str]
    bands: tuple[Band, ...] = ()


Table = TargetTable | InclusionTable | ClassificationTable | FlagList | IntervalTable | ProposalList | ScoreTable


class RuleFile(Closed):
    """A file of rules/: one or more tables about one subject."""

    tables: tuple[Annotated[Table, Field(discriminator="kind")], ...]
