"""From the library's content to tables that can be asked: everything parsed once, each fact with one axis for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from forloeb.guidelines.axes import Axes
from forloeb.guidelines.expressions import Always, Expression, Not, Surely, parse
from forloeb.guidelines.expressions import And as Both
from forloeb.guidelines.library import Guideline, Library, rows_of
from forloeb.guidelines.results import Source
from forloeb.guidelines.rules import Rule, Rules
from forloeb.guidelines.schema import (
    ClassificationTable,
    FlagList,
    FlagRow,
    InclusionTable,
    IntervalTable,
    OrderList,
    ProposalList,
    ProposalRow,
    Row,
    ScoreTable,
    TargetTable,
)
from forloeb.guidelines.tables import Table
from forloeb.guidelines.targets import CompiledTargets


@dataclass(frozen=True, slots=True)
class Compiled:
    """One guideline, ready to ask."""

    guideline: Guideline
    inclusion: tuple[InclusionTable, Table, tuple[Source | None, ...]]
    defaults: tuple[CompiledTargets, ...]
    others: tuple[CompiledTargets, ...]
    classes: tuple[tuple[ClassificationTable, Table, tuple[Source | None, ...]], ...]
    flags: Rules
    proposals: Rules
    intervals: tuple[tuple[IntervalTable, Table, tuple[Source | None, ...]], ...]
    scores: tuple[tuple[ScoreTable, Table, Source | None], ...]
    orders: tuple[Rule, ...]


class Compiler:
    """Compiles a library for the numbers that hold on a day. Raises ExpressionError."""

    def __init__(self, library: Library, as_of: date) -> None:
        self._library = library
        self.axes = Axes(self._expressions(as_of))
        self.guidelines = tuple(self._compile(guideline, as_of) for guideline in library.guidelines)

    def _compile(self, guideline: Guideline, as_of: date) -> Compiled:
        inclusion = next(guideline.all(InclusionTable))
        targets = [self._targets(guideline, content, as_of) for content in guideline.all(TargetTable)]
        return Compiled(
            guideline,
            (inclusion, self._table(guideline, inclusion.rows, as_of), self._sources(inclusion.rows)),
            tuple(t for t in targets if t.content.default),
            tuple(t for t in targets if not t.content.default),
            tuple(
                (content, self._table(guideline, content.rows, as_of), self._sources(content.rows))
                for content in guideline.all(ClassificationTable)
            ),
            Rules(self._alone(guideline, row, as_of) for content in guideline.all(FlagList) for row in content.rows),
            Rules(
                self._alone(guideline, row, as_of) for content in guideline.all(ProposalList) for row in content.rows
            ),
            tuple(
                (content, self._table(guideline, content.rows, as_of), self._sources(content.rows))
                for content in guideline.all(IntervalTable)
            ),
            tuple(
                (content, self._single(guideline, content.applies, as_of), self._library.source(content))
                for content in guideline.all(ScoreTable)
            ),
            tuple(self._alone(guideline, row, as_of) for content in guideline.all(OrderList) for row in content.rows),
        )

    def _parse(self, guideline: Guideline, text: str, as_of: date) -> Expression:
        return parse(text, self._library.names(guideline, as_of))

    def _expressions(self, as_of: date) -> Iterator[Expression]:
        """Give everything that any rule asks, so that each fact has one axis for all of them."""
        for guideline in self._library.guidelines:
            for _path, table in guideline.tables:
                for row in rows_of(table):
                    yield self._when(guideline, row, as_of)
                if isinstance(table, TargetTable | ScoreTable) and table.applies:
                    yield self._parse(guideline, table.applies, as_of)

    def _when(self, guideline: Guideline, row: Row, as_of: date) -> Expression:
        when = Always() if row.when is None else self._parse(guideline, row.when, as_of)
        if isinstance(row, ProposalRow | FlagRow) and row.unless:
            when = Both((when, Not(Surely(self._parse(guideline, row.unless, as_of)))))
        return when

    def _table(self, guideline: Guideline, rows: tuple[Row, ...], as_of: date) -> Table:
        return Table([self._when(guideline, row, as_of) for row in rows], self.axes)

    def _single(self, guideline: Guideline, text: str, as_of: date) -> Table:
        return Table([self._parse(guideline, text, as_of)], self.axes)

    def _sources(self, rows: tuple[Row, ...]) -> tuple[Source | None, ...]:
        return tuple(self._library.source(row) for row in rows)

    def _targets(self, guideline: Guideline, content: TargetTable, as_of: date) -> CompiledTargets:
        return CompiledTargets(
            guideline.name,
            guideline.file.version,
            content,
            self._table(guideline, content.rows, as_of),
            self._single(guideline, content.applies, as_of) if content.applies else None,
            self._sources(content.rows),
            self._library.measures,
            self._library.fact_layer.declared,
        )

    def _alone(self, guideline: Guideline, row: Row, as_of: date) -> Rule:
        return Rule(row, guideline.name, self._table(guideline, (row,), as_of), self._library.source(row))
