"""One patient, all guidelines, one day: diseases, goals, values, classes, scores, what is due and to consider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from forloeb.guidelines.expressions import And as Both
from forloeb.guidelines.expressions import Expression, Not, Surely, parse
from forloeb.guidelines.history import History
from forloeb.guidelines.library import Guideline, Library
from forloeb.guidelines.merging import merge
from forloeb.guidelines.record import PatientRecord
from forloeb.guidelines.results import (
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
    Target,
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
from forloeb.guidelines.tables import Table
from forloeb.guidelines.targets import CompiledTargets
from forloeb.guidelines.values import assess
from forloeb.kernel.answers import Answer
from forloeb.kernel.periods import months_after

Facts = Mapping[str, FactUsed]


@dataclass(frozen=True, slots=True)
class _Rule:
    """One row that stands alone: a flag or a proposal."""

    row: Row
    table: Table
    source: Source | None


@dataclass(frozen=True, slots=True)
class _Compiled:
    """One guideline, ready to ask."""

    guideline: Guideline
    inclusion: tuple[InclusionTable, Table, tuple[Source | None, ...]]
    defaults: tuple[CompiledTargets, ...]
    others: tuple[CompiledTargets, ...]
    classes: tuple[tuple[ClassificationTable, Table, tuple[Source | None, ...]], ...]
    flags: tuple[_Rule, ...]
    proposals: tuple[_Rule, ...]
    intervals: tuple[tuple[IntervalTable, Table, tuple[Source | None, ...]], ...]
    scores: tuple[tuple[ScoreTable, Table, Source | None], ...]


class Evaluator:
    """The library compiled for the numbers that hold on a day."""

    def __init__(self, library: Library, as_of: date) -> None:
        self._library = library
        self._compiled = tuple(self._compile(guideline, as_of) for guideline in library.guidelines)
        self._order = {name: place for place, name in enumerate(library.measures)}

    def evaluate(self, record: PatientRecord, as_of: date) -> Evaluation:
        """Say all that the guidelines say about one patient on one day."""
        library = self._library
        history = History(record, as_of, library.measures, library.ranks)
        facts, _ = library.fact_layer.compute(history)
        diseases = tuple(self._disease(compiled, facts) for compiled in self._compiled)
        included = [c for c, d in zip(self._compiled, diseases, strict=True) if d.included is Answer.YES]
        targets, alternatives, clashes = merge(
            [t for c in included for table in c.defaults for t in table.targets(facts)],
            [t for c in included for table in c.others for t in table.targets(facts)],
            _conflicts(included),
        )
        values = self._values(included, {t.measure: t for t in targets}, history)
        self._add_outcomes(facts, values)
        return Evaluation(
            as_of,
            diseases,
            targets,
            alternatives,
            values,
            tuple(self._classifications(included, facts)),
            tuple(
                calculate(score, table, source, facts)
                for compiled in included
                for score, table, source in compiled.scores
            ),
            _earliest(due for compiled in included for due in self._due(compiled, facts, history)),
            tuple(flag for compiled in included for flag in _flags(compiled, facts)),
            tuple(_once(p for compiled in included for p in _proposals(compiled, facts))),
            clashes,
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
            tuple(self._alone(guideline, row, as_of) for content in guideline.all(FlagList) for row in content.rows),
            tuple(
                self._alone(guideline, row, as_of) for content in guideline.all(ProposalList) for row in content.rows
            ),
            tuple(
                (content, self._table(guideline, content.rows, as_of), self._sources(content.rows))
                for content in guideline.all(IntervalTable)
            ),
            tuple(
                (content, Table([self._parse(guideline, content.applies, as_of)]), self._library.source(content))
                for content in guideline.all(ScoreTable)
            ),
        )

    def _parse(self, guideline: Guideline, text: str, as_of: date) -> Expression:
        return parse(text, self._library.names(guideline, as_of))

    def _table(self, guideline: Guideline, rows: tuple[Row, ...], as_of: date) -> Table:
        return self._library.compile(guideline, rows, as_of)

    def _sources(self, rows: tuple[Row, ...]) -> tuple[Source | None, ...]:
        return tuple(self._library.source(row) for row in rows)

    def _targets(self, guideline: Guideline, content: TargetTable, as_of: date) -> CompiledTargets:
        return CompiledTargets(
            guideline.name,
            guideline.file.version,
            content,
            self._table(guideline, content.rows, as_of),
            Table([self._parse(guideline, content.applies, as_of)]) if content.applies else None,
            self._sources(content.rows),
            self._library.measures,
            self._library.fact_layer.declared,
        )

    def _alone(self, guideline: Guideline, row: Row, as_of: date) -> _Rule:
        when = self._parse(guideline, row.when or "True", as_of)
        if isinstance(row, ProposalRow | FlagRow) and row.unless:
            when = Both((when, Not(Surely(self._parse(guideline, row.unless, as_of)))))
        return _Rule(row, Table([when]), self._library.source(row))

    # --- asking

    def _disease(self, compiled: _Compiled, facts: Facts) -> Disease:
        content, table, sources = compiled.inclusion
        outcome = table.decide(facts)
        file = compiled.guideline.file
        included = Answer.NO
        because: tuple[Reason, ...] = ()
        if outcome.row is not None:
            row = content.rows[outcome.row]
            included = Answer(row.included)
            because = (_reason(row, sources[outcome.row], table, facts),)
        signed = any(s.version == file.version for s in file.sign_off)
        return Disease(file.guideline, file.version, file.label, file.title, included, because, signed)

    def _values(
        self, included: list[_Compiled], targets: Mapping[str, Target], history: History
    ) -> tuple[EvaluatedValue, ...]:
        measures = self._library.measures
        stale = _strictest_stale(included)
        asked = {name for compiled in included for name in compiled.guideline.file.values}
        return tuple(
            assess(measure, targets.get(measure.goal or name), stale.get(name), history, measures)
            for name in sorted(asked, key=self._order.__getitem__)
            for measure in (measures[name],)
        )

    def _add_outcomes(self, facts: dict[str, FactUsed], values: tuple[EvaluatedValue, ...]) -> None:
        """Add the facts that are known only now: whether values are at their goals."""
        status = {value.measure: _at_target(value) for value in values}
        for fact in self._library.fact_layer.declared.values():
            if fact.origin.at_target is not None:
                facts[fact.id] = FactUsed(fact.id, fact.title, _any_of(status, fact.origin.at_target, self._library))
            elif fact.origin.all_at_target:
                known = [answer for answer in status.values() if answer is not None]
                facts[fact.id] = FactUsed(fact.id, fact.title, all(known) if known else None)

    def _classifications(self, included: list[_Compiled], facts: Facts) -> Iterator[Classification]:
        grouped: dict[str, list[tuple[ClassificationTable, str | int | None, tuple[Reason, ...]]]] = {}
        for compiled in included:
            for content, table, sources in compiled.classes:
                outcome = table.decide(facts)
                # A class with a fact missing on the way is not known: a class is never provisional.
                known = outcome.row is not None and not outcome.missing
                row = content.rows[outcome.row] if outcome.row is not None else None
                value = row.value if row is not None and known else None
                because = () if row is None else (_reason(row, sources[outcome.row or 0], table, facts),)
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

    def _due(self, compiled: _Compiled, facts: Facts, history: History) -> Iterator[Due]:
        for content, table, sources in compiled.intervals:
            outcome = table.decide(facts)
            row = content.rows[outcome.row] if outcome.row is not None else None
            if row is None or row.months is None:
                continue
            last = _last_done(content, history)
            due_on = months_after(last, row.months) if last else history.as_of
            because = (_reason(row, sources[outcome.row or 0], table, facts),)
            yield Due(content.what, content.title, due_on, last, (compiled.guideline.name,), because, content.measures)


def _last_done(content: IntervalTable, history: History) -> date | None:
    if content.what == "annual_review":
        return max((day for day in history.record.reviewed_on if day <= history.as_of), default=None)
    days = [found.measured_on for name in content.measures if (found := history.latest(name))]
    return max(days, default=None)


def _earliest(found: Iterator[Due]) -> tuple[Due, ...]:
    """Keep one of each thing that is due: the earliest, with every guideline that asks for it."""
    by_what: dict[str, list[Due]] = {}
    for due in found:
        by_what.setdefault(due.what, []).append(due)
    kept = []
    for dues in by_what.values():
        first = min(dues, key=lambda d: (d.due_on, d.guidelines))
        guidelines = tuple(sorted(name for due in dues for name in due.guidelines))
        kept.append(
            Due(first.what, first.title, first.due_on, first.last_on, guidelines, first.because, first.measures)
        )
    return tuple(sorted(kept, key=lambda d: (d.due_on, d.what)))


def _flags(compiled: _Compiled, facts: Facts) -> Iterator[Flag]:
    for rule in compiled.flags:
        if rule.table.decide(facts).row is not None:
            row = rule.row
            assert isinstance(row, FlagRow)
            because = (_reason(row, rule.source, rule.table, facts),)
            yield Flag(row.rule, compiled.guideline.name, row.level, row.text, because)


def _proposals(compiled: _Compiled, facts: Facts) -> Iterator[Proposal]:
    for rule in compiled.proposals:
        if rule.table.decide(facts).row is not None:
            row = rule.row
            assert isinstance(row, ProposalRow)
            because = (_reason(row, rule.source, rule.table, facts),)
            yield Proposal(row.rule, compiled.guideline.name, row.kind, row.text, row.patient_text, because)


def _once(proposals: Iterator[Proposal]) -> Iterator[Proposal]:
    """Keep each text once: two diseases may ask for the same."""
    seen: set[str] = set()
    for proposal in proposals:
        if proposal.text.en not in seen:
            seen.add(proposal.text.en)
            yield proposal


def _reason(row: Row, source: Source | None, table: Table, facts: Facts) -> Reason:
    outcome = table.decide(facts)
    used = tuple(facts[name] for name in outcome.used if facts[name].value is not None)
    return Reason(row.rule, row.text, row.status, source, used, outcome.missing)


def _at_target(value: EvaluatedValue) -> bool | None:
    if value.status in ("in_target",):
        return True
    return False if value.status in ("above_target", "below_floor", "confirm_at_home") else None


def _any_of(status: Mapping[str, bool | None], measure: str, library: Library) -> bool | None:
    """Answer for a measure, or for those held against a goal of that name (`sbp`): one off the goal settles it."""
    names = [measure] if measure in library.measures else [m.id for m in library.measures.values() if m.goal == measure]
    answers = [status[name] for name in names if status.get(name) is not None]
    return all(answers) if answers else None


def _conflicts(included: list[_Compiled]) -> dict[tuple[str, str], Conflict]:
    return {(c.guideline.name, conflict.about): conflict for c in included for conflict in c.guideline.file.conflicts}


def _strictest_stale(included: list[_Compiled]) -> dict[str, Stale]:
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
