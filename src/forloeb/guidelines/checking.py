"""What the schema cannot see: names that do not exist, expressions that cannot be read, rules that stand twice."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from forloeb.guidelines.expressions import ExpressionError, parse
from forloeb.guidelines.formulas import FORMULAS
from forloeb.guidelines.library import Guideline, Library, rows_of
from forloeb.guidelines.schema import (
    FlagRow,
    InclusionTable,
    IntervalTable,
    OrderRow,
    ProposalRow,
    ScoreTable,
    Sourced,
    TargetTable,
)

_ANY_DAY = date(2026, 1, 1)


def cross_check(library: Library) -> list[str]:
    """Give every fault that shows only when the files are held together."""
    faults = [*_facts(library), *_lists(library)]
    rules: dict[str, str] = {}
    for guideline in library.guidelines:
        faults += _guideline(library, guideline)
        for path, table in guideline.tables:
            for row in rows_of(table):
                where = f"{guideline.name}/{path.name}"
                if row.rule in rules:
                    faults.append(f"{path}: the rule '{row.rule}' stands also in {rules[row.rule]}")
                rules[row.rule] = where
    return faults


def _suggest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


def _facts(library: Library) -> Iterator[str]:
    lists = {found.id for found in library.code_lists}
    for fact in library.fact_layer.declared.values():
        origin = fact.origin
        for name in (origin.condition, origin.years_since, origin.months_since, origin.medication):
            if name is not None and name not in lists:
                yield f"content/facts: '{fact.id}': unknown code list '{name}'.{_suggest(name, lists)}"
        if origin.latest:
            for name in origin.latest.measures:
                if name not in library.measures:
                    yield f"content/facts: '{fact.id}': unknown measure '{name}'.{_suggest(name, library.measures)}"
        if origin.when is not None:
            try:
                parse(fact.id, library.names(library.guidelines[0], _ANY_DAY)) if library.guidelines else None
            except ExpressionError as error:
                yield f"content/facts: '{fact.id}': {error}"


def _lists(library: Library) -> Iterator[str]:
    for found in library.code_lists:
        yield from _sources(library, found, f"content/code_lists: '{found.id}'")


def _sources(library: Library, item: Sourced, where: str) -> Iterator[str]:
    for key in item.sources:
        if key not in library.sources:
            yield f"{where}: unknown source '{key}'.{_suggest(key, library.sources)}"
    if not item.sources and item.status in ("V", "V2"):
        yield f"{where}: a statement marked {item.status} names the source it was read in"


def _guideline(library: Library, guideline: Guideline) -> Iterator[str]:
    where = f"content/guidelines/{guideline.name}/guideline.yaml"
    for name in (*guideline.file.values, *guideline.file.stale):
        if name not in library.measures:
            yield f"{where}: unknown measure '{name}'.{_suggest(name, library.measures)}"
    if len(list(guideline.all(InclusionTable))) != 1:
        yield f"{where}: a guideline has exactly one inclusion table"
    for conflict in guideline.file.conflicts:
        for side in conflict.sides:
            yield from _sources(library, side, f"{where}: conflict about {conflict.about}")
    names = library.names(guideline, _ANY_DAY)
    for path, table in guideline.tables:
        for row in rows_of(table):
            yield from _sources(library, row, f"{path}: {row.rule}")
            for text in (row.when, row.unless if isinstance(row, ProposalRow | FlagRow) else None):
                yield from _expression(text, names, f"{path}: {row.rule}")
            if isinstance(row, OrderRow):
                yield from _order(library, row, path)
        if isinstance(table, TargetTable):
            yield from _targets(library, table, path)
            yield from _expression(table.applies, names, f"{path}: {table.profile}")
        if isinstance(table, IntervalTable):
            for name in table.measures:
                if name not in library.measures:
                    yield f"{path}: unknown measure '{name}'.{_suggest(name, library.measures)}"
        if isinstance(table, ScoreTable):
            yield from _score(library, table, path)
            yield from _expression(table.applies, names, f"{path}: {table.rule}")


def _order(library: Library, row: OrderRow, path: Path) -> Iterator[str]:
    lists = {found.id for found in library.code_lists if found.kind == "medication"}
    if row.medicine not in lists:
        yield f"{path}: {row.rule}: unknown code list '{row.medicine}' of medication.{_suggest(row.medicine, lists)}"
    if row.measure is not None and row.measure not in library.measures:
        yield f"{path}: {row.rule}: unknown measure '{row.measure}'.{_suggest(row.measure, library.measures)}"


def _expression(text: str | None, names: object, where: str) -> Iterator[str]:
    if text is None:
        return
    try:
        parse(text, names)  # type: ignore[arg-type]
    except ExpressionError as error:
        yield f"{where}: {error}"


def _targets(library: Library, table: TargetTable, path: Path) -> Iterator[str]:
    known = {*library.measures, *(m.goal for m in library.measures.values() if m.goal)}
    for name in (*table.measures, *(name for row in table.rows for name in row.targets)):
        if name not in known:
            yield f"{path}: unknown measure '{name}'.{_suggest(name, known)}"
    for row in table.rows:
        for name in row.targets:
            if name not in table.measures:
                yield f"{path}: {row.rule}: '{name}' is not among the table's measures"


def _score(library: Library, table: ScoreTable, path: Path) -> Iterator[str]:
    yield from _sources(library, table, f"{path}: {table.rule}")
    if table.formula not in FORMULAS:
        yield f"{path}: unknown formula '{table.formula}'.{_suggest(table.formula, FORMULAS)}"
    for fact in table.inputs.values():
        if fact not in library.fact_layer.declared:
            yield f"{path}: unknown fact '{fact}'.{_suggest(fact, library.fact_layer.declared)}"


def check_reviews(library: Library, as_of: date) -> list[str]:
    """Give the guidelines whose review is overdue on a day."""
    return [
        f"content/guidelines/{g.name}/guideline.yaml: was to be reviewed on {g.file.review.next_review_on}; confirm it"
        for g in library.guidelines
        if g.file.review.next_review_on < as_of
    ]
