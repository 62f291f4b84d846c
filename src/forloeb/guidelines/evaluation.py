"""One patient, all guidelines, one day: diseases, goals, values, classes, scores, what is due and to consider."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from forloeb.guidelines.axes import Axes, Key, Keys
from forloeb.guidelines.expressions import Always, Expression, Not, Surely, parse
from forloeb.guidelines.expressions import And as Both
from forloeb.guidelines.history import History
from forloeb.guidelines.library import Guideline, Library, rows_of
from forloeb.guidelines.merging import merge
from forloeb.guidelines.record import PatientRecord
from forloeb.guidelines.results import (
    Clash,
    Classification,
    Disease,
    Due,
    EvaluatedValue,
    Evaluation,
    FactUsed,
    Flag,
    Proposal,
    Reason,
    Source,
)
from forloeb.guidelines.schema import (
    ClassificationTable,
    Conflict,
    FlagList,
    FlagRow,
    InclusionTable,
    IntervalTable,
    ProposalList,
    ProposalRow,
    Row,
    ScoreTable,
    Stale,
    TargetTable,
)
from forloeb.guidelines.scores import calculate
from forloeb.guidelines.tables import MOST_REMEMBERED, Outcome, Table, picker
from forloeb.guidelines.targets import CompiledTargets, Said, known
from forloeb.guidelines.values import assess
from forloeb.kernel.answers import Answer
from forloeb.kernel.measures import Measure
from forloeb.kernel.periods import months_after

Facts = Mapping[str, FactUsed]


@dataclass(frozen=True, slots=True)
class _Rule:
    """One row that stands alone: a flag or a proposal."""

    row: Row
    guideline: str
    table: Table
    source: Source | None


class _Rules:
    """Rules that each hold or not; which of them hold is remembered for each combination of regions."""

    def __init__(self, rules: Iterable[_Rule]) -> None:
        self._rules = tuple(rules)
        self._pick = picker(tuple(dict.fromkeys(fact for rule in self._rules for fact in rule.table.facts)))
        self._remembered: dict[object, tuple[tuple[_Rule, Outcome], ...]] = {}

    def that_hold(self, keys: Keys) -> tuple[tuple[_Rule, Outcome], ...]:
        """Give the rules that hold, with what each rests on."""
        picked = self._pick(keys)
        found = self._remembered.get(picked)
        if found is None:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            asked = ((rule, rule.table.decide(keys)) for rule in self._rules)
            found = self._remembered[picked] = tuple(pair for pair in asked if pair[1].row is not None)
        return found


@dataclass(frozen=True, slots=True)
class _Compiled:
    """One guideline, ready to ask."""

    guideline: Guideline
    inclusion: tuple[InclusionTable, Table, tuple[Source | None, ...]]
    defaults: tuple[CompiledTargets, ...]
    others: tuple[CompiledTargets, ...]
    classes: tuple[tuple[ClassificationTable, Table, tuple[Source | None, ...]], ...]
    flags: _Rules
    proposals: _Rules
    intervals: tuple[tuple[IntervalTable, Table, tuple[Source | None, ...]], ...]
    scores: tuple[tuple[ScoreTable, Table, Source | None], ...]


class _Goals(NamedTuple):
    """The merged goals for one combination of deciding rows, the alternatives, and the clashes."""

    targets: tuple[Said, ...]
    alternatives: tuple[Said, ...]
    clashes: tuple[Clash, ...]


class _Scope:
    """What holds for everybody with the same diseases."""

    def __init__(self, included: tuple[_Compiled, ...], values: tuple[tuple[Measure, str, Stale | None], ...]) -> None:
        self.included = included
        self.values = values
        """The measures to look at, each with the name of its goal and when it is too old."""
        self._defaults = tuple(table for compiled in included for table in compiled.defaults)
        self._tables = (*self._defaults, *(table for compiled in included for table in compiled.others))
        self._conflicts = _conflicts(included)
        self._merged: dict[tuple[Outcome, ...], _Goals] = {}

    def goals(self, keys: Keys) -> _Goals:
        """Merge what all tables say; worked out once for each combination of rows."""
        outcomes = tuple([table.decide(keys) for table in self._tables])
        found = self._merged.get(outcomes)
        if found is None:
            if len(self._merged) >= MOST_REMEMBERED:
                self._merged.clear()
            found = self._merged[outcomes] = self._merge(outcomes)
        return found

    def _merge(self, outcomes: tuple[Outcome, ...]) -> _Goals:
        said = [list(table.say(outcome)) for table, outcome in zip(self._tables, outcomes, strict=True)]
        by_target = {id(each.target): each for group in said for each in group}
        count = len(self._defaults)
        targets, alternatives, clashes = merge(
            [each.target for group in said[:count] for each in group],
            [each.target for group in said[count:] for each in group],
            self._conflicts,
        )
        return _Goals(
            tuple(by_target[id(target)] for target in targets),
            tuple(by_target[id(target)] for target in alternatives),
            clashes,
        )


class Evaluator:
    """The library compiled for the numbers that hold on a day."""

    def __init__(self, library: Library, as_of: date) -> None:
        self._library = library
        self._axes = Axes(self._expressions(as_of))
        self._absent = self._axes.keys(library.fact_layer.absent)
        self._outcomes = [
            fact for fact in library.fact_layer.declared.values() if fact.origin.kind in ("at_target", "all_at_target")
        ]
        self._compiled = tuple(self._compile(guideline, as_of) for guideline in library.guidelines)
        self._scopes: dict[tuple[bool, ...], _Scope] = {}
        self._order = {name: place for place, name in enumerate(library.measures)}

    def evaluate(self, record: PatientRecord, as_of: date) -> Evaluation:
        """Say all that the guidelines say about one patient on one day."""
        library = self._library
        history = History(record, as_of, library.measures, library.ranks)
        facts, found = library.fact_layer.compute(history)
        keys = self._absent.copy()
        self._axes.place(keys, found)
        diseases = tuple([self._disease(compiled, keys, facts) for compiled in self._compiled])
        scope = self._scope(tuple([disease.included is Answer.YES for disease in diseases]))
        included, goals = scope.included, scope.goals(keys)
        targets = tuple([said.to(facts) for said in goals.targets])
        by_measure = {t.measure: t for t in targets}
        values = tuple([assess(measure, by_measure.get(goal), stale, history) for measure, goal, stale in scope.values])
        self._add_outcomes(keys, facts, values)
        return Evaluation(
            as_of,
            diseases,
            targets,
            tuple([said.to(facts) for said in goals.alternatives]),
            values,
            tuple(self._classifications(included, keys, facts)),
            tuple(
                [
                    calculate(score, table, source, keys, facts)
                    for compiled in included
                    for score, table, source in compiled.scores
                ]
            ),
            _earliest(due for compiled in included for due in self._due(compiled, keys, facts, history)),
            tuple([_flag(rule, held, facts) for c in included for rule, held in c.flags.that_hold(keys)]),
            tuple(_once(_proposal(rule, held, facts) for c in included for rule, held in c.proposals.that_hold(keys))),
            goals.clashes,
        )

    # --- compiling

    def _compile(self, guideline: Guideline, as_of: date) -> _Compiled:
        inclusion = next(guideline.all(InclusionTable))
        targets = [self._targets(guideline, content, as_of) for content in guideline.all(TargetTable)]
        return _Compiled(
            guideline,
            (inclusion, self._table(guideline, inclusion.rows, as_of), self._sources(inclusion.rows)),
            tuple(t for t in targets if t.content.default),
            tuple(t for t in targets if not t.content.default),
            tuple(
                (content, self._table(guideline, content.rows, as_of), self._sources(content.rows))
                for content in guideline.all(ClassificationTable)
            ),
            _Rules(self._alone(guideline, row, as_of) for content in guideline.all(FlagList) for row in content.rows),
            _Rules(
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
        return Table([self._when(guideline, row, as_of) for row in rows], self._axes)

    def _single(self, guideline: Guideline, text: str, as_of: date) -> Table:
        return Table([self._parse(guideline, text, as_of)], self._axes)

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

    def _alone(self, guideline: Guideline, row: Row, as_of: date) -> _Rule:
        return _Rule(row, guideline.name, self._table(guideline, (row,), as_of), self._library.source(row))

    # --- asking

    def _disease(self, compiled: _Compiled, keys: Keys, facts: Facts) -> Disease:
        content, table, sources = compiled.inclusion
        outcome = table.decide(keys)
        file = compiled.guideline.file
        included = Answer.NO
        because: tuple[Reason, ...] = ()
        if outcome.row is not None:
            row = content.rows[outcome.row]
            included = Answer(row.included)
            because = (_reason(row, sources[outcome.row], outcome, facts),)
        signed = any(s.version == file.version for s in file.sign_off)
        return Disease(file.guideline, file.version, file.label, file.title, included, because, signed)

    def _scope(self, which: tuple[bool, ...]) -> _Scope:
        """Give what holds for everybody with the same diseases."""
        scope = self._scopes.get(which)
        if scope is None:
            included = tuple(c for c, wanted in zip(self._compiled, which, strict=True) if wanted)
            stale = _strictest_stale(included)
            asked = {name for compiled in included for name in compiled.guideline.file.values}
            measures = [self._library.measures[name] for name in sorted(asked, key=self._order.__getitem__)]
            values = tuple((measure, measure.goal or measure.id, stale.get(measure.id)) for measure in measures)
            scope = self._scopes[which] = _Scope(included, values)
        return scope

    def _add_outcomes(
        self, keys: dict[str, Key], facts: dict[str, FactUsed], values: tuple[EvaluatedValue, ...]
    ) -> None:
        """Add the facts that are known only now: whether values are at their goals."""
        status = {value.measure: _at_target(value) for value in values}
        for fact in self._outcomes:
            if fact.origin.at_target is not None:
                answer = _any_of(status, fact.origin.at_target, self._library)
            else:
                judged = [each for each in status.values() if each is not None]
                answer = all(judged) if judged else None
            facts[fact.id] = FactUsed(fact.id, fact.title, answer)
        self._axes.place(keys, [facts[fact.id] for fact in self._outcomes])

    def _classifications(self, included: Iterable[_Compiled], keys: Keys, facts: Facts) -> Iterator[Classification]:
        grouped: dict[str, list[tuple[ClassificationTable, str | int | None, tuple[Reason, ...]]]] = {}
        for compiled in included:
            for content, table, sources in compiled.classes:
                outcome = table.decide(keys)
                # A class with a fact missing on the way is not known: a class is never provisional.
                known = outcome.row is not None and not outcome.missing
                row = content.rows[outcome.row] if outcome.row is not None else None
                value = row.value if row is not None and known else None
                because = () if row is None else (_reason(row, sources[outcome.row or 0], outcome, facts),)
                grouped.setdefault(content.name, []).append((content, value, because))
        for name, found in grouped.items():
            default = next((c for c, _, _ in found if c.default), found[0][0])
            yield Classification(
                name,
                default.title,
                {content.profile: value for content, value, _ in found},
                default.profile,
                tuple(reason for _, _, because in found for reason in because),
            )

    def _due(self, compiled: _Compiled, keys: Keys, facts: Facts, history: History) -> Iterator[Due]:
        for content, table, sources in compiled.intervals:
            outcome = table.decide(keys)
            row = content.rows[outcome.row] if outcome.row is not None else None
            if row is None or row.months is None:
                continue
            last = _last_done(content, history)
            due_on = months_after(last, row.months) if last else history.as_of
            because = (_reason(row, sources[outcome.row or 0], outcome, facts),)
            yield Due(content.what, content.title, due_on, last, (compiled.guideline.name,), because, content.measures)


def _last_done(content: IntervalTable, history: History) -> date | None:
    if content.what == "annual_review":
        return max((day for day in history.record.reviewed_on if day <= history.as_of), default=None)
    days = [found.measured_on for name in content.measures if (found := history.latest(name))]
    return max(days, default=None)


def _earliest(found: Iterator[Due]) -> tuple[Due, ...]:
    """Keep one of each thing that is due: the earliest, with every guideline that asks for it."""
    kept: dict[str, Due] = {}
    for due in found:
        held = kept.get(due.what)
        if held is not None:
            first = due if (due.due_on, due.guidelines) < (held.due_on, held.guidelines) else held
            due = first._replace(guidelines=tuple(sorted((*held.guidelines, *due.guidelines))))
        kept[due.what] = due
    return tuple(sorted(kept.values(), key=_BY_DAY))


_BY_DAY = attrgetter("due_on", "what")


def _flag(rule: _Rule, outcome: Outcome, facts: Facts) -> Flag:
    row = rule.row
    assert isinstance(row, FlagRow)
    return Flag(row.rule, rule.guideline, row.level, row.text, (_reason(row, rule.source, outcome, facts),))


def _proposal(rule: _Rule, outcome: Outcome, facts: Facts) -> Proposal:
    row = rule.row
    assert isinstance(row, ProposalRow)
    because = (_reason(row, rule.source, outcome, facts),)
    return Proposal(row.rule, rule.guideline, row.kind, row.text, row.patient_text, because)


def _once(proposals: Iterator[Proposal]) -> Iterator[Proposal]:
    """Keep each text once: two diseases may ask for the same."""
    seen: set[str] = set()
    for proposal in proposals:
        if proposal.text.en not in seen:
            seen.add(proposal.text.en)
            yield proposal


def _reason(row: Row, source: Source | None, outcome: Outcome, facts: Facts) -> Reason:
    if outcome.used:
        return Reason(row.rule, row.text, row.status, source, known(outcome.used, facts), outcome.missing)
    # What rests on no fact is the same for everybody.
    held: Reason | None = outcome.said.get("reason")
    if held is None:
        held = outcome.said["reason"] = Reason(row.rule, row.text, row.status, source)
    return held


def _at_target(value: EvaluatedValue) -> bool | None:
    if value.status in ("in_target",):
        return True
    return False if value.status in ("above_target", "below_floor", "confirm_at_home") else None


def _any_of(status: Mapping[str, bool | None], measure: str, library: Library) -> bool | None:
    """Answer for a measure, or for those held against a goal of that name (`sbp`): one off the goal settles it."""
    names = [measure] if measure in library.measures else [m.id for m in library.measures.values() if m.goal == measure]
    answers = [status[name] for name in names if status.get(name) is not None]
    return all(answers) if answers else None


def _conflicts(included: Iterable[_Compiled]) -> dict[tuple[str, str], Conflict]:
    return {(c.guideline.name, conflict.about): conflict for c in included for conflict in c.guideline.file.conflicts}


def _strictest_stale(included: Iterable[_Compiled]) -> dict[str, Stale]:
    strictest: dict[str, Stale] = {}
    for compiled in included:
        for name, stale in compiled.guideline.file.stale.items():
            held = strictest.get(name)
            if held is None or (stale.months, stale.months_off_target or 0) < (
                held.months,
                held.months_off_target or 0,
            ):
                strictest[name] = stale
    return strictest
