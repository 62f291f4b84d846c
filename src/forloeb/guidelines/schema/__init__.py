"""The closed schema of the clinical content: what an author may write, and nothing else.

`forloeb guidelines check` reads every file against it. `facts` holds code lists and facts, `rules` the files of one
guideline, `cases` its tests.
"""

from forloeb.guidelines.schema.cases import (
    Case,
    CaseCondition,
    CaseMeasurement,
    CaseMedication,
    Cases,
    Expected,
)
from forloeb.guidelines.schema.facts import (
    ChangeOf,
    ChosenAnswer,
    CodeList,
    CodeLists,
    CountedConditions,
    FactDeclaration,
    Facts,
    FirstAfter,
    FromFormula,
    LatestOf,
    ListedCode,
    MeasuredSinceChange,
    Origin,
    Reduction,
    RepeatedValue,
    YearlyFall,
)
from forloeb.guidelines.schema.rules import (
    Band,
    ClassificationTable,
    ClassRow,
    Conflict,
    ConflictSide,
    FlagList,
    FlagRow,
    GuidelineFile,
    InclusionRow,
    InclusionTable,
    IntervalRow,
    IntervalTable,
    Limits,
    Parameter,
    Parameters,
    ParameterValue,
    ProposalList,
    ProposalRow,
    Review,
    Row,
    RuleFile,
    ScoreTable,
    SignedOff,
    Stale,
    Table,
    TargetRow,
    TargetTable,
)
from forloeb.guidelines.schema.shared import Sourced, SourceEntry, Sources, Three

__all__ = [
    "Band", "Case", "CaseCondition", "CaseMeasurement", "CaseMedication", "Cases", "ChangeOf", "ChosenAnswer",
    "ClassRow", "ClassificationTable", "CodeList", "CodeLists", "Conflict", "ConflictSide", "CountedConditions",
    "Expected", "FactDeclaration", "Facts", "FirstAfter", "FlagList", "FlagRow", "FromFormula", "GuidelineFile",
    "InclusionRow", "InclusionTable", "IntervalRow", "IntervalTable", "LatestOf", "Limits", "ListedCode",
    "MeasuredSinceChange", "Origin", "Parameter", "ParameterValue", "Parameters", "ProposalList", "ProposalRow",
    "Reduction", "RepeatedValue", "Review", "Row", "RuleFile", "ScoreTable", "SignedOff", "SourceEntry", "Sourced",
    "Sources", "Stale", "Table", "TargetRow", "TargetTable", "Three", "YearlyFall",
]  # fmt: skip
