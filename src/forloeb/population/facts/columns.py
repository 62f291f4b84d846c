"""The columns of the facts relation, made from the declarations in content/facts: no fact is named here.

A number has three columns: its value, the comparator it was reported with (`>90`; none where it is exact) and its day.
An answer and a yes/no have two. What is not known is null. A fact that another declares by an expression (`when`) has
no column, for its expression is put in its place; nor has one that is known only when the goals are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from forloeb.guidelines.facts import ENGINE_GIVES
from forloeb.guidelines.schema import FactDeclaration
from forloeb.kernel.measures import Measure


class Kind(Enum):
    """What a fact is told as."""

    NUMBER = "number"
    ANSWER = "answer"
    YES_NO = "yes or no"


@dataclass(frozen=True, slots=True)
class FactColumn:
    """One fact of the relation, with the names of its columns."""

    fact: str
    kind: Kind

    @property
    def comparator(self) -> str:
        """The column of a number's comparator."""
        return f"{self.fact}__comparator"

    @property
    def day(self) -> str:
        """The column of the day that the fact is from."""
        return f"{self.fact}__day"


_KINDS = {
    "sex": Kind.ANSWER,
    "repeated": Kind.YES_NO,
    "condition": Kind.YES_NO,
    "medication": Kind.YES_NO,
    "answer": Kind.YES_NO,
}
"""Every other origin gives a number, but for `latest` and `first_after`, which give what their measure is."""

DECIDED_BY_ENGINE = frozenset({"when", *ENGINE_GIVES})


def fact_columns(declared: Mapping[str, FactDeclaration], measures: Mapping[str, Measure]) -> Mapping[str, FactColumn]:
    """Give the relation's facts by name, in the order in which they are declared."""
    return {
        name: FactColumn(name, _kind(fact, measures))
        for name, fact in declared.items()
        if fact.origin.kind not in DECIDED_BY_ENGINE
    }


def _kind(fact: FactDeclaration, measures: Mapping[str, Measure]) -> Kind:
    if any(measures[name].choices for name in _measures_of(fact)):
        return Kind.ANSWER
    return _KINDS.get(fact.origin.kind, Kind.NUMBER)


def _measures_of(fact: FactDeclaration) -> Iterator[str]:
    if fact.origin.latest:
        yield from fact.origin.latest.measures
    if fact.origin.first_after:
        yield fact.origin.first_after.measure
