"""What a fact file and a code list may say: where each fact that rules speak of comes from.

Diagnoses and medicines that are not on the record answer *no*: the problem list is complete until someone says
otherwise. Values that are not on the record are *unknown*.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, model_validator

from forloeb.guidelines.schema.shared import Sourced
from forloeb.kernel.content import Closed, Localized


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


class LatestOf(Closed):
    """The newest plausible value of a measure, or of the first of several that has one (home before clinic)."""

    measures: tuple[str, ...] = Field(min_length=1)
    within_months: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_one(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("measure"), str) and "measures" not in given:
            return {**{k: v for k, v in given.items() if k != "measure"}, "measures": [given["measure"]]}
        return given


class RepeatedValue(Closed):
    """Whether a value was at least (or below) a limit on so many days. A bounded value counts if it must be."""

    measure: str
    at_least: Decimal | None = None
    below: Decimal | None = None
    days: int
    within_months: int | None = None

    @model_validator(mode="after")
    def _one(self) -> RepeatedValue:
        if (self.at_least is None) == (self.below is None):
            raise ValueError("give either at_least or below")
        return self


class CountedConditions(Closed):
    """How many entries of a code list began within so many months; entries of one day count once."""

    code_list: str
    within_months: int


class YearlyFall(Closed):
    """How much a measure fell per year, from the newest value to the one nearest a year before, by the same method."""

    measure: str
    at_least_months: int = 9


class ChangeOf(Closed):
    """How much a measure changed: the newest value less an earlier one by the same method; risen is above 0.

    The earlier one is the previous day's value; with `about_months` the value nearest so many months before the
    newest, but not nearer than half of them and not farther than double.
    """

    measure: str
    expressed: Literal["difference", "percent"] = "difference"
    about_months: int | None = None


class FirstAfter(Closed):
    """The first value of a measure from half a year before the earliest onset to so many months after it."""

    measure: str
    code_list: str
    within_months: int


class ChosenAnswer(Closed):
    """A yes/no from what was chosen: which answers mean yes, which no; any other is unknown."""

    measure: str
    yes: tuple[str, ...]
    no: tuple[str, ...]


class Reduction(Closed):
    """How many per cent a measure has fallen since the last value before a medicine was first begun."""

    measure: str
    since: str = Field(description="a code list of medication")


class MeasuredSinceChange(Closed):
    """Whether one of the measures was taken at least so many weeks after the newest start or stop of a medicine."""

    measures: tuple[str, ...]
    medication: str
    at_least_weeks: int = 0


class FromFormula(Closed):
    """A number that a formula gives from other facts. Unknown where an input is, or is only a bound (`>90`)."""

    name: str
    inputs: dict[str, str]


class Origin(Closed):
    """Where a fact comes from: exactly one of these."""

    age_years: bool | None = None
    sex: bool | None = None
    latest: LatestOf | None = None
    repeated: RepeatedValue | None = None
    change: ChangeOf | None = None
    yearly_fall: YearlyFall | None = None
    first_after: FirstAfter | None = None
    answer: ChosenAnswer | None = None
    reduction: Reduction | None = None
    condition: str | None = Field(None, description="a code list: whether it holds")
    years_since: str | None = Field(None, description="a code list: whole years since the earliest onset")
    age_at: str | None = Field(None, description="a code list: the age at the earliest onset")
    months_since: str | None = Field(None, description="a code list: whole months since the newest onset")
    months_since_value: str | None = Field(None, description="a measure: whole months since the newest value")
    months_since_change: str | None = Field(
        None, description="a code list of medication: since its newest start or stop"
    )
    measured_since_change: MeasuredSinceChange | None = None
    count_conditions: CountedConditions | None = None
    count_medicines: bool | None = None
    medication: str | None = Field(None, description="a code list: whether it is taken")
    formula: FromFormula | None = None
    first_of: tuple[str, ...] | None = Field(
        None, description="facts: the first that is known exactly, without a bound"
    )
    classification: str | None = Field(None, description="a classification: its value by the default profile")
    at_target: str | None = Field(None, description="a measure: whether its value is at the merged target")
    all_at_target: bool | None = Field(None, description="whether every value that has a target and is known is at it")
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

    `debut_year` names a measure that holds the year of onset, where `years_since` and `age_at` find no dated entry.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Localized
    unit: str = ""
    origin: Origin = Field(alias="from")
    debut_year: str | None = None
    note: str | None = None


class Facts(Closed):
    """A file of content/facts."""

    facts: tuple[FactDeclaration, ...]
