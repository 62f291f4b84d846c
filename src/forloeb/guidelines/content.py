"""The clinical content as it was read: what the guidelines share, and each guideline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from forloeb.guidelines.expressions import Expression
from forloeb.guidelines.facts import FactLayer
from forloeb.guidelines.parsing import ExpressionError, FactKind, Names, parse
from forloeb.guidelines.results import Source
from forloeb.guidelines.schema import (
    Case,
    CodeList,
    GuidelineFile,
    Parameter,
    ProposalRow,
    Row,
    ScoreTable,
    Table,
    TargetTable,
)
from forloeb.kernel.measures import Measure

T = TypeVar("T")
Location = tuple[str | int, ...]
"""The way to a place in a YAML file: keys and list places."""


@dataclass(frozen=True, slots=True)
class Guideline:
    """One guideline's content. `files` gives each table's file and its place in it."""

    folder: Path
    file: GuidelineFile
    tables: tuple[Table, ...]
    files: tuple[tuple[Path, int], ...]
    parameters: tuple[Parameter, ...]
    cases: tuple[tuple[Path, int, Case], ...]
    changelog: str
    is_signed_off: bool

    @property
    def name(self) -> str:
        """The guideline's name, such as `type2_diabetes`."""
        return self.file.guideline

    def all(self, kind: type[T]) -> Iterator[T]:
        """Give the tables of one kind."""
        return (table for table in self.tables if isinstance(table, kind))


@dataclass(frozen=True)
class Shared:
    """What all guidelines share."""

    measures: Mapping[str, Measure]
    sources: Mapping[str, Source]
    code_lists: tuple[CodeList, ...]
    facts: FactLayer
    kinds: Mapping[str, FactKind]

    def names(self, guideline: Guideline, as_of: date) -> Names:
        """Give what a guideline's expressions may speak of, with the parameters' values of a day."""
        return names_of(self.facts, self.kinds, {p.id: value_on(p, as_of) for p in guideline.parameters})


def value_on(parameter: Parameter, as_of: date) -> Decimal:
    """Give a parameter's value on a day; the first one also for days before it."""
    holding = [value for value in parameter.values if value.valid_from <= as_of]
    if not holding:
        return min(parameter.values, key=lambda value: value.valid_from).value
    return max(holding, key=lambda value: value.valid_from).value


def names_of(layer: FactLayer, kinds: Mapping[str, FactKind], numbers: Mapping[str, Decimal]) -> Names:
    """Give names in which a fact declared by an expression is read in its place. Raises on one that names itself."""
    being_read: list[str] = []
    known: dict[str, Expression] = {}

    def derived(name: str) -> Expression | None:
        fact = layer.declared.get(name)
        if fact is None or fact.origin.when is None:
            return None
        if name in known:
            return known[name]
        if name in being_read:
            circle = " → ".join([*being_read[being_read.index(name) :], name])
            raise ExpressionError(f"the fact '{name}' is declared by way of itself: {circle}.")
        being_read.append(name)
        try:
            known[name] = parse(fact.origin.when, names)
        finally:
            being_read.pop()
        return known[name]

    names = Names(kinds, numbers, derived)
    return names


def rows_of(table: Table) -> tuple[Row, ...]:
    """Give a table's rows; a score has none."""
    return () if isinstance(table, ScoreTable) else table.rows


def conditions_of(guideline: Guideline) -> Iterator[tuple[tuple[Path, Location], str]]:
    """Give every expression of a guideline with where it stands."""
    for table, (path, place) in zip(guideline.tables, guideline.files, strict=True):
        for location, text in _conditions_of(table):
            yield (path, ("tables", place, *location)), text


def _conditions_of(table: Table) -> Iterator[tuple[Location, str]]:
    for number, row in enumerate(rows_of(table)):
        if row.when is not None:
            yield ("rows", number, "when"), row.when
        if isinstance(row, ProposalRow) and row.unless is not None:
            yield ("rows", number, "unless"), row.unless
    if isinstance(table, TargetTable | ScoreTable) and table.applies is not None:
        yield ("applies",), table.applies
    if isinstance(table, ScoreTable):
        for number, band in enumerate(table.bands):
            if band.when is not None:
                yield ("bands", number, "when"), band.when
