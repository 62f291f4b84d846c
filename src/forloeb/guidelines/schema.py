"""The closed schema of the clinical content: what an author may write, and nothing else.

`forloeb guidelines check` reads every file against it; docs/reference/content-schema.json is made from it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from forloeb.kernel.content import Closed, Localized, Status


class SourceEntry(Closed):
    """One entry of content/sources.yaml."""

    title: str
    url: str | None = None
    year: int | None = None
    note: str | None = None


class Sources(Closed):
    """content/sources.yaml: every source that content may name."""

    sources: dict[str, SourceEntry]


class Sourced(Closed):
    """What every clinical statement carries: how sure it is, and where it stands."""

    status: Status
    sources: tuple[str, ...] = ()
    section: str | None = None


# --- content/code_lists


class ListedCode(Closed):
    """One code, or every code that begins with a prefix."""

    system: Literal["icpc2", "sks", "snomed", "atc"]
    code: str | None = None
    prefix: str | None = None

    @model_validator(mode="after")
    def _one(self) -> ListedCode:
        if (self.code is None) == (self.prefix is None):
            raise ValueError("give either a code or a prefix")
        return self


class CodeList(Sourced):
    """The codes that mean one disease, one state or one kind of medicine."""

    id: str
    kind: Literal["condition", "medication"]
    name: Localized
    codes: tuple[ListedCode, ...]
    excluding: tuple[ListedCode, ...] = ()
    note: str | None = None


class CodeLists(Closed):
    """A file of content/code_lists."""

    code_lists: tuple[CodeList, ...]


# --- content/facts


class LatestOf(Closed):
    """The newest plausible value of a measure, or of the first of several that has one."""

    measures: tuple[str, ...]
    within_months: int | None = None


class RepeatedValue(Closed):
    """Whether a value was at least so high on so many different days."""

    measure: str
    at_least: Decimal
    days: int


class CountedConditions(Closed):
    """How many entries of a code list began within so many months."""

    code_list: str
    within_months: int


class YearlyFall(Closed):
    """How much a measure fell per year, from the newest value to the one nearest a year before, by the same method."""

    measure: str
    at_least_months: int = 9


class Reduction(Closed):
    """How many per cent a measure has fallen since the last value before a medicine was begun."""

    measure: str
    since: str = Field(description="a code list of medication")


class FromFormula(Closed):
    """A number that a formula gives from other facts."""

    name: str
    inputs: dict[str, str]


class FirstAfter(Closed):
    """The first value about the time when a disease began, within so many months of it."""

    measure: str
    code_list: str
    within_months: int


class YesNoAnswer(Closed):
    """A chosen answer read as yes or no."""

    measure: str
    yes: tuple[str, ...]
    no: tuple[str, ...]


class Origin(Closed):
    """Where a fact comes from: exactly one of these."""

    age_years: bool | None = None
    sex: bool | None = None
    latest: LatestOf | None = None
    repeated: RepeatedValue | None = None
    condition: str | None = None
    years_since: str | None = None
    months_since: str | None = None
    count_conditions: CountedConditions | None = None
    count_medicines: bool | None = None
    medication: str | None = None
    yearly_fall: YearlyFall | None = None
    reduction: Reduction | None = None
    first_after: FirstAfter | None = None
    answer: YesNoAnswer | None = None
    formula: FromFormula | None = None
    at_target: str | None = Field(None, description="a measure: whether its value is at the merged target")
    all_at_target: bool | None = None
    when: str | None = Field(None, description="an expression over other facts")

    @model_validator(mode="after")
    def _one(self) -> Origin:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"a fact comes from exactly one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def kind(self) -> str:
        """The name of the one origin that is given."""
        return next(iter(self.model_fields_set))


class FactDeclaration(Closed):
    """One fact that rules may speak of.

    Diagnoses and medicines that are not on the record answer *no*: the problem list is complete until someone
    says otherwise. Values that are not on the record are *unknown*.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Localized
    unit: str = ""
    origin: Origin = Field(alias="from")
    note: str | None = None


class Facts(Closed):
    """A file of content/facts."""

    facts: tuple[FactDeclaration, ...]


# --- content/guidelines/<name>/


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
    """A disagreement between sources, with the default and why."""

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

    @model_validator(mode="after")
    def _one(self) -> Row:
        if (self.when is None) == (not self.otherwise):
            raise ValueError("a row has either 'when' or 'otherwise: true'")
        return self


class Limits(Closed):
    """A goal: `below`/`at_most` and `above`/`at_least` as the source writes them, or accepted answers."""

    below: Decimal | None = None
    at_most: Decimal | None = None
    above: Decimal | None = None
    at_least: Decimal | None = None
    one_of: tuple[str, ...] = ()
    floor: Decimal | None = None
    accept_up_to: Decimal | None = None


class TargetRow(Row):
    """A row that gives goals. One that `prevails` wins over stricter goals of other diseases (frailty, high age)."""

    targets: dict[str, Limits] = {}
    reduction_percent: Decimal | None = None
    needs_clinician: bool = False
    prevails: bool = False


class TargetTable(Closed):
    """Recommended goals by one profile."""

    kind: Literal["targets"]
    title: Localized
    measures: tuple[str, ...]
    profile: str
    profile_title: Localized | None = None
    default: bool
    applies: str | None = None
    rows: tuple[TargetRow, ...]


class InclusionRow(Row):
    """A row that says whether the disease is the patient's."""

    included: Literal["yes", "no", "unknown"]


class InclusionTable(Closed):
    """Who the guideline is for."""

    kind: Literal["inclusion"]
    title: Localized
    rows: tuple[InclusionRow, ...]


class ClassRow(Row):
    """A row that gives a class."""

    value: str | int


class ClassificationTable(Closed):
    """A class by one profile, such as the GOLD group by the 2026 report."""

    kind: Literal["classification"]
    name: str
    title: Localized
    profile: str
    profile_title: Localized | None = Field(None, description="what sets this profile apart, such as GOLD 2026")
    default: bool
    rows: tuple[ClassRow, ...]


class FlagRow(Row):
    """Something to notice; `unless` takes it away."""

    unless: str | None = None
    level: Literal["urgent", "attention", "note"]


class FlagList(Closed):
    """Everything that holds is shown."""

    kind: Literal["flags"]
    title: Localized
    rows: tuple[FlagRow, ...]


class IntervalRow(Row):
    """How often, when the row decides; no months means that nothing is due."""

    months: int | None


class IntervalTable(Closed):
    """When something is due: the newest of its measures, and so many months."""

    kind: Literal["interval"]
    what: str
    title: Localized
    measures: tuple[str, ...] = ()
    rows: tuple[IntervalRow, ...]


class ProposalRow(Row):
    """A prompt to consider; `unless` takes it away."""

    unless: str | None = None
    kind: Literal["medication", "referral", "lifestyle", "measurement", "other"]
    patient_text: Localized | None = None


class ProposalList(Closed):
    """Everything that holds is proposed."""

    kind: Literal["proposals"]
    title: Localized
    rows: tuple[ProposalRow, ...]


class OrderRow(Row):
    """What is said of a medicine while it is ordered. Its facts are the record's, without the order itself."""

    medicine: str = Field(description="a code list of medication")
    level: Literal["urgent", "attention", "note"]
    measure: str | None = Field(None, description="what is suggested to be measured first")
    suggests_removal: bool = Field(False, description="whether to suggest that the order is taken away")


class OrderList(Closed):
    """Everything that holds is shown to whoever orders; whether the guideline's disease is the patient's or not."""

    kind: Literal["orders"]
    title: Localized
    rows: tuple[OrderRow, ...]


class Band(Closed):
    """The name of a score's band below a limit; the last has none."""

    below: Decimal | None = None
    name: Localized


class ScoreTable(Sourced):
    """A risk score: its formula, its inputs, whom it may be used for, and its bands."""

    kind: Literal["score"]
    rule: str
    score: str
    title: Localized
    formula: str
    applies: str
    not_used: Localized = Field(description="why it may not be used where `applies` is no")
    inputs: dict[str, str]
    bands: tuple[Band, ...] = ()


Table = (
    TargetTable
    | InclusionTable
    | ClassificationTable
    | FlagList
    | IntervalTable
    | ProposalList
    | OrderList
    | ScoreTable
)
AnyTable = Annotated[Table, Field(discriminator="kind")]
"""A table by its `kind`, so that a slip is held against that kind alone."""


class RuleFile(Closed):
    """A file of rules/: one or more tables about one subject."""

    tables: tuple[AnyTable, ...]


# --- cases/


class CaseMeasurement(Closed):
    """A value on a case's record, as it would be reported: `51`, `>90`, `ophørt`."""

    measure: str
    on: date
    value: str


class CaseCondition(Closed):
    """A diagnosis on a case's record, by code list or by code."""

    system: Literal["icpc2", "sks", "snomed"]
    code: str
    onset: date | None = None


class CaseMedication(Closed):
    """A medicine on a case's record."""

    atc: str
    start: date | None = None
    stop: date | None = None


class Expected(Closed):
    """What the engine must answer; what is not named is not looked at."""

    included: dict[str, Literal["yes", "no", "unknown"]] = {}
    targets: dict[str, str] = Field({}, description="measure: rule that decides the merged target")
    limits: dict[str, str] = Field({}, description="measure: the merged target as text, such as '< 1.8'")
    alternatives: dict[str, tuple[str, ...]] = {}
    missing: dict[str, tuple[str, ...]] = {}
    values: dict[str, str] = Field({}, description="measure: status")
    classifications: dict[str, str | int | dict[str, str | int | None] | None] = {}
    flags: tuple[str, ...] = ()
    no_flags: tuple[str, ...] = ()
    proposals: tuple[str, ...] = ()
    no_proposals: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    no_orders: tuple[str, ...] = ()
    due: dict[str, date] = {}
    scores: dict[str, Decimal | None] = {}
    clashes: tuple[str, ...] | None = Field(None, description="the measures about which the sources disagree")


class Case(Closed):
    """One patient with the answers that are expected."""

    case: str
    title: str
    as_of: date
    birth_date: date
    sex: Literal["female", "male"] | None = None
    conditions: tuple[CaseCondition, ...] = ()
    medications: tuple[CaseMedication, ...] = ()
    measurements: tuple[CaseMeasurement, ...] = ()
    reviewed_on: tuple[date, ...] = ()
    ordering: tuple[str, ...] = Field((), description="ATC codes of medicines about to be ordered")
    expect: Expected


class Cases(Closed):
    """A file of cases/."""

    cases: tuple[Case, ...]
