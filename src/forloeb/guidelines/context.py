"""What a guideline's tables are compiled in: its names, the numbers that hold on a day, and the board's layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from forloeb.guidelines.board import Layout
from forloeb.guidelines.expressions import Always, Expression
from forloeb.guidelines.parsing import Names, parse
from forloeb.guidelines.results import Source
from forloeb.guidelines.schema import FactDeclaration, Sourced
from forloeb.kernel.measures import Measure


@dataclass(frozen=True)
class Context:
    """One guideline on days with the same numbers."""

    guideline: str
    version: str
    names: Names
    layout: Layout
    sources: Mapping[str, Source]
    measures: Mapping[str, Measure]
    declared: Mapping[str, FactDeclaration]
    _read: dict[str, Expression] = field(default_factory=dict)

    def expression(self, text: str | None) -> Expression:
        """Read an expression; none at all holds for everybody."""
        if text is None:
            return Always()
        if text not in self._read:
            self._read[text] = parse(text, self.names)
        return self._read[text]

    def number(self, limit: Decimal | str | None) -> Decimal | None:
        """Give a limit's number: a parameter's name stands for its value."""
        return self.names.numbers[limit] if isinstance(limit, str) else limit

    def source(self, item: Sourced) -> Source | None:
        """Give the first source that a piece of content names, with its section."""
        if not item.sources:
            return None
        return self.sources[item.sources[0]]._replace(section=item.section)

    def unit_of(self, measure: str) -> str:
        """Give a goal's unit: that of the measures held against it."""
        if measure in self.measures:
            return self.measures[measure].unit
        return next(m.unit for m in self.measures.values() if m.goal == measure)
