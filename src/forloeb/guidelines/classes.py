"""Classes such as the GOLD group: by every profile, shown side by side, a disagreement told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from forloeb.guidelines.board import Board
from forloeb.guidelines.context import Context
from forloeb.guidelines.merging import Conflicts
from forloeb.guidelines.results import Clash, ClashSide, Classification, FactUsed, Reason
from forloeb.guidelines.schema import ClassificationTable, FactDeclaration
from forloeb.guidelines.tables import Table
from forloeb.kernel.content import Localized


class ClassTable:
    """A class by one profile, compiled."""

    def __init__(self, content: ClassificationTable, context: Context) -> None:
        self.content = content
        self.guideline = context.guideline
        self.sources = tuple(context.source(row) for row in content.rows)
        self.table = Table([context.expression(row.when) for row in content.rows], context.layout)

    def classify(self, board: Board) -> tuple[str | int | None, Reason | None]:
        """Give the class and why. It is never provisional: with a fact missing on the way it is unknown."""
        outcome = self.table.ask(board)
        if outcome.row is None:
            return None, None
        row = self.content.rows[outcome.row]
        facts = outcome.facts(board.values)
        reason = Reason(row.rule, row.text, row.status, self.sources[outcome.row], facts, outcome.missing_names)
        return (None if outcome.missing_names else row.value), reason


def classifications(tables: Sequence[ClassTable], board: Board) -> tuple[Classification, ...]:
    """Give the classes by name, each with its value by every profile."""
    by_name: dict[str, list[ClassTable]] = {}
    for table in tables:
        by_name.setdefault(table.content.name, []).append(table)
    return tuple(_classification(name, found, board) for name, found in by_name.items())


def _classification(name: str, tables: Sequence[ClassTable], board: Board) -> Classification:
    default = next((table for table in tables if table.content.default), tables[0])
    found = {table.content.profile: table.classify(board) for table in tables}
    values = {profile: value for profile, (value, _) in found.items()}
    because = tuple(reason for _, reason in found.values() if reason is not None)
    return Classification(name, default.content.title, values, default.content.profile, because)


def as_fact(fact: FactDeclaration, found: Sequence[Classification]) -> FactUsed:
    """Give a class by its default profile as a fact that rules may speak of."""
    value = next((each.values[each.chosen] for each in found if each.name == fact.origin.classification), None)
    if isinstance(value, int):
        return FactUsed(fact.id, fact.title, Decimal(value))
    return FactUsed(fact.id, fact.title, value)


def class_clashes(
    found: Sequence[Classification], tables: Sequence[ClassTable], conflicts: Conflicts
) -> tuple[Clash, ...]:
    """Tell of each class whose profiles differ for the patient."""
    clashes = []
    for each in found:
        known = {value for value in each.values.values() if value is not None}
        if len(known) > 1:
            clashes.append(
                _clash(each, {t.content.profile: t for t in tables if t.content.name == each.name}, conflicts)
            )
    return tuple(clashes)


def _clash(found: Classification, tables: Mapping[str, ClassTable], conflicts: Conflicts) -> Clash:
    by_rule = {reason.rule: reason for reason in found.because}
    sides, chosen, because = [], "", _DEFAULT
    for profile, table in tables.items():
        reason = next(by_rule[row.rule] for row in table.content.rows if row.rule in by_rule)
        says = str(found.values[profile])
        sides.append(ClashSide(table.guideline, profile, reason.rule, says, reason.status, reason.source))
        if profile == found.chosen:
            chosen = reason.rule
            conflict = conflicts.get((table.guideline, found.name))
            because = conflict.because if conflict else _DEFAULT
    return Clash(found.name, tuple(sides), chosen, because)


_DEFAULT = Localized(
    da="Kilderne er ikke enige; standardprofilen for denne retningslinje er valgt.",
    en="The sources disagree; this guideline's default profile is chosen.",
)
