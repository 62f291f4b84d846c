"""What each fact can be: a number, yes or no, or one of some answers. Told from where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from forloeb.guidelines.parsing import FactKind
from forloeb.guidelines.schema import ClassificationTable, FactDeclaration
from forloeb.kernel.measures import Measure

NUMBER, YES_NO = FactKind("number"), FactKind("yes_no")
_YES_NO = frozenset(
    {"repeated", "answer", "condition", "medication", "measured_since_change", "at_target", "all_at_target", "when"}
)


def kinds_of(
    facts: Mapping[str, FactDeclaration], measures: Mapping[str, Measure], classes: Iterable[ClassificationTable]
) -> dict[str, FactKind]:
    """Give each fact's kind. A name that does not exist counts as a number here; checking tells of it."""
    tables = tuple(classes)
    return {name: _kind_of(fact, facts, measures, tables) for name, fact in facts.items()}


def _kind_of(
    fact: FactDeclaration,
    facts: Mapping[str, FactDeclaration],
    measures: Mapping[str, Measure],
    classes: tuple[ClassificationTable, ...],
) -> FactKind:
    origin = fact.origin
    if origin.kind in _YES_NO:
        return YES_NO
    if origin.sex:
        return FactKind("choice", frozenset({"female", "male"}))
    if origin.latest is not None:
        return _kind_of_measure(measures.get(origin.latest.measures[0]))
    if origin.classification is not None:
        return _kind_of_class(origin.classification, classes)
    return NUMBER


def _kind_of_measure(measure: Measure | None) -> FactKind:
    if measure is None or measure.kind != "choice":
        return NUMBER
    return FactKind("choice", frozenset(choice.value for choice in measure.choices))


def _kind_of_class(name: str, classes: tuple[ClassificationTable, ...]) -> FactKind:
    values = {row.value for table in classes if table.name == name for row in table.rows}
    if all(isinstance(value, int) for value in values):
        return NUMBER
    return FactKind("choice", frozenset(str(value) for value in values))
