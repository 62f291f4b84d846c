"""What the schema cannot see: names that do not exist, expressions that cannot be read, rules that stand twice."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from forloeb.guidelines.content import Guideline, Location, Shared, conditions_of, rows_of
from forloeb.guidelines.facts_checking import fact_faults
from forloeb.guidelines.formulas import FORMULAS
from forloeb.guidelines.parsing import ExpressionError, parse
from forloeb.guidelines.schema import (
    ClassificationTable,
    InclusionTable,
    IntervalTable,
    Limits,
    ScoreTable,
    Sourced,
    Stale,
    TargetTable,
)
from forloeb.kernel.content import line_of

_ANY_DAY = date(2026, 1, 1)


def cross_check(shared: Shared, guidelines: Sequence[Guideline]) -> list[str]:
    """Give every fault that shows only when the files are held together: `file:line: what. What to do`."""
    faults = [*fact_faults(shared), *_lists(shared), *_rules_twice(guidelines)]
    if faults:
        return faults
    for guideline in guidelines:
        faults += _Checking(shared, guideline).faults()
    return faults


def suggest(name: str, known: Iterable[str]) -> str:
    """Give a sentence with the nearest name there is, or nothing."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


def _lists(shared: Shared) -> Iterator[str]:
    for found in shared.code_lists:
        for key in found.sources:
            if key not in shared.sources:
                yield f"content/code_lists: '{found.id}': unknown source '{key}'.{suggest(key, shared.sources)}"


def _rules_twice(guidelines: Sequence[Guideline]) -> Iterator[str]:
    first: dict[str, str] = {}
    for guideline in guidelines:
        for table, (path, place) in zip(guideline.tables, guideline.files, strict=True):
            names = [row.rule for row in rows_of(table)]
            if isinstance(table, ScoreTable):
                names.append(table.rule)
            for name in names:
                where = f"{path}: table {place + 1}"
                if name in first:
                    yield f"{where}: the rule '{name}' stands also in {first[name]}"
                first.setdefault(name, where)


class _Checking:
    """Checks one guideline."""

    def __init__(self, shared: Shared, guideline: Guideline) -> None:
        self._shared = shared
        self._guideline = guideline
        self._names = shared.names(guideline, _ANY_DAY)
        self._goals = {*shared.measures, *(m.goal for m in shared.measures.values() if m.goal)}
        self._head = guideline.folder / "guideline.yaml"

    def faults(self) -> Iterator[str]:
        yield from self._head_faults()
        for (path, location), text in conditions_of(self._guideline):
            try:
                parse(text, self._names)
            except ExpressionError as error:
                yield f"{path}:{line_of(path, location)}: {error}"
        for table, (path, place) in zip(self._guideline.tables, self._guideline.files, strict=True):
            for number, row in enumerate(rows_of(table)):
                yield from self._sourced(row, path, ("tables", place, "rows", number))
            match table:
                case TargetTable():
                    yield from self._targets(table, path, place)
                case IntervalTable():
                    yield from self._interval(table, path, place)
                case ScoreTable():
                    yield from self._score(table, path, place)
        yield from self._defaults()

    def _name(self, name: str, known: Collection[str], what: str, path: Path, location: Location) -> Iterator[str]:
        if name not in known:
            yield f"{path}:{line_of(path, location)}: unknown {what} '{name}'.{suggest(name, known)}"

    def _head_faults(self) -> Iterator[str]:
        file = self._guideline.file
        measures = self._shared.measures
        if file.guideline != self._guideline.folder.name:
            yield f"{self._head}:1: the guideline '{file.guideline}' stands in the folder of another name"
        for place, name in enumerate(file.values):
            yield from self._name(name, measures, "measure", self._head, ("values", place))
        for name, stale in file.stale.items():
            yield from self._name(name, measures, "measure", self._head, ("stale", name))
            yield from self._stale(name, stale)
        if len(list(self._guideline.all(InclusionTable))) != 1:
            yield f"{self._head}:1: a guideline has exactly one inclusion table"
        for number, conflict in enumerate(file.conflicts):
            for place, side in enumerate(conflict.sides):
                yield from self._sourced(side, self._head, ("conflicts", number, "sides", place))
        for parameter in self._guideline.parameters:
            for value in parameter.values:
                for key in value.sources:
                    if key not in self._shared.sources:
                        where = f"{self._guideline.folder / 'parameters'}: '{parameter.id}'"
                        yield f"{where}: unknown source '{key}'.{suggest(key, self._shared.sources)}"

    def _stale(self, name: str, stale: Stale) -> Iterator[str]:
        if stale.months_off_target is not None and stale.months_off_target > stale.months:
            line = line_of(self._head, ("stale", name))
            yield f"{self._head}:{line}: off its goal a value is not good for longer than at its goal"

    def _sourced(self, item: Sourced, path: Path, location: Location) -> Iterator[str]:
        for key in item.sources:
            yield from self._name(key, self._shared.sources, "source", path, (*location, "sources"))
        if not item.sources and item.status in ("V", "V2"):
            line = line_of(path, (*location, "status"))
            yield f"{path}:{line}: a statement marked {item.status} names the source it was read in"

    def _targets(self, table: TargetTable, path: Path, place: int) -> Iterator[str]:
        for number, name in enumerate(table.measures):
            yield from self._name(name, self._goals, "measure", path, ("tables", place, "measures", number))
        for number, row in enumerate(table.rows):
            where: Location = ("tables", place, "rows", number)
            for name, limits in row.targets.items():
                yield from self._name(name, table.measures, "measure of this table", path, (*where, "targets", name))
                yield from self._limits(name, limits, path, (*where, "targets", name))
            if row.reduction_percent is not None and len(row.targets) != 1:
                line = line_of(path, (*where, "reduction_percent"))
                yield f"{path}:{line}: a reduction is asked for in a row with one goal"

    def _limits(self, name: str, limits: Limits, path: Path, location: Location) -> Iterator[str]:
        for limit in limits.model_dump(exclude={"one_of"}).values():
            if isinstance(limit, str):
                yield from self._name(limit, self._names.numbers, "parameter", path, location)
        measure = self._shared.measures.get(name)
        choices = [choice.value for choice in measure.choices] if measure else []
        for answer in limits.one_of:
            yield from self._name(answer, choices, "answer", path, location)

    def _interval(self, table: IntervalTable, path: Path, place: int) -> Iterator[str]:
        for number, name in enumerate(table.measures):
            where: Location = ("tables", place, "measures", number)
            yield from self._name(name, self._shared.measures, "measure", path, where)
        for number, row in enumerate(table.rows):
            if row.after is not None:
                where = ("tables", place, "rows", number, "after")
                yield from self._name(row.after, self._shared.facts.index, "fact", path, where)

    def _score(self, table: ScoreTable, path: Path, place: int) -> Iterator[str]:
        yield from self._sourced(table, path, ("tables", place))
        formula = FORMULAS.get(table.formula)
        yield from self._name(table.formula, FORMULAS, "formula", path, ("tables", place, "formula"))
        for name, fact in table.inputs.items():
            where: Location = ("tables", place, "inputs", name)
            yield from self._name(fact, self._shared.facts.index, "fact", path, where)
            if formula is not None:
                yield from self._name(name, [one.name for one in formula.inputs], "input", path, where)

    def _defaults(self) -> Iterator[str]:
        """One profile is the default for each goal and each class of a guideline."""
        goals = [(m, t.default) for t in self._guideline.all(TargetTable) for m in t.measures]
        classes = [(t.name, t.default) for t in self._guideline.all(ClassificationTable)]
        for found in (goals, classes):
            for name in sorted({name for name, _ in found}):
                defaults = sum(default for other, default in found if other == name)
                if defaults != 1:
                    yield f"{self._guideline.folder / 'rules'}: '{name}' has {defaults} default profiles; it has one"


def check_reviews(guidelines: Sequence[Guideline], as_of: date) -> list[str]:
    """Give the guidelines whose review is overdue on a day."""
    faults = []
    for guideline in guidelines:
        review = guideline.file.review
        if review.next_review_on < as_of:
            path = guideline.folder / "guideline.yaml"
            line = line_of(path, ("review", "next_review_on"))
            faults.append(
                f"{path}:{line}: was to be reviewed on {review.next_review_on}; read the sources and confirm it"
            )
    return faults
