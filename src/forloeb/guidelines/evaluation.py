"""One patient, all guidelines, one day: diseases, goals, values, classes, scores, what is due and to consider."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import attrgetter

from forloeb.guidelines.axes import Key, Keys
from forloeb.guidelines.compiling import Compiled, Compiler
from forloeb.guidelines.history import History
from forloeb.guidelines.library import Library
from forloeb.guidelines.record import PatientRecord
from forloeb.guidelines.results import (
    Asked,
    Classification,
    Disease,
    Due,
    EvaluatedValue,
    Evaluation,
    FactUsed,
    Flag,
    OrderFinding,
    Proposal,
    Reason,
    Source,
)
from forloeb.guidelines.rules import Rule
from forloeb.guidelines.schema import ClassificationTable, FlagRow, IntervalTable, OrderRow, ProposalRow, Row
from forloeb.guidelines.scopes import Scope
from forloeb.guidelines.scores import calculate
from forloeb.guidelines.tables import Outcome
from forloeb.guidelines.targets import known
from forloeb.guidelines.values import assess
from forloeb.kernel.answers import Answer
from forloeb.kernel.periods import months_after

Facts = Mapping[str, FactUsed]


class Evaluator:
    """The library compiled for the numbers that hold on a day."""

    def __init__(self, library: Library, as_of: date) -> None:
        self._library = library
        compiler = Compiler(library, as_of)
        self._axes, self._guidelines = compiler.axes, compiler.guidelines
        self._absent = self._axes.keys(library.fact_layer.absent)
        self._outcomes = [
            (fact, _measures_of(fact.origin.at_target, library) if fact.origin.at_target else None)
            for fact in library.fact_layer.declared.values()
            if fact.origin.kind in ("at_target", "all_at_target")
        ]
        """The facts that are known only when the goals are, with the measures each looks at; None for all."""
        self._scopes: dict[tuple[bool, ...], Scope] = {}

    def evaluate(self, record: PatientRecord, as_of: date) -> Evaluation:
        """Say all that the guidelines say about one patient on one day."""
        library = self._library
        history = History(record, as_of, library.measures, library.ranks)
        facts, found = library.fact_layer.compute(history)
        keys = self._absent.copy()
        self._axes.place(keys, found)
        diseases = tuple([self._disease(compiled, keys, facts) for compiled in self._guidelines])
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
            _due(included, keys, facts, history),
            tuple([_flag(rule, held, facts) for c in included for rule, held in c.flags.that_hold(keys)]),
            tuple(_once(_proposal(rule, held, facts) for c in included for rule, held in c.proposals.that_hold(keys))),
            goals.clashes,
        )

    def check_orders(self, record: PatientRecord, ordered: Sequence[str], as_of: date) -> tuple[OrderFinding, ...]:
        """Say what the guidelines say of medicines about to be ordered (ATC codes), on a record without them."""
        facts, found = self._library.fact_layer.compute(
            History(record, as_of, self._library.measures, self._library.ranks)
        )
        keys = self._absent.copy()
        self._axes.place(keys, found)
        book = self._library.fact_layer.book
        return tuple(
            _order(rule, outcome, facts, atc)
            for atc in ordered
            for compiled in self._guidelines
            for rule in compiled.orders
            if isinstance(rule.row, OrderRow) and rule.row.medicine in book.lists_of_medicine(atc)
            for outcome in [rule.table.decide(keys)]
            if outcome.row is not None
        )

    def _disease(self, compiled: Compiled, keys: Keys, facts: Facts) -> Disease:
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

    def _scope(self, which: tuple[bool, ...]) -> Scope:
        scope = self._scopes.get(which)
        if scope is None:
            included = tuple(one for one, wanted in zip(self._guidelines, which, strict=True) if wanted)
            scope = self._scopes[which] = Scope(included, self._library.measures)
        return scope

    def _add_outcomes(
        self, keys: dict[str, Key], facts: dict[str, FactUsed], values: tuple[EvaluatedValue, ...]
    ) -> None:
        """Add the facts that are known only now: whether values are at their goals."""
        status = {value.measure: _AT_TARGET.get(value.status) for value in values}
        changed = []
        for fact, names in self._outcomes:
            judged = [answer for name in names or status if (answer := status.get(name)) is not None]
            changed.append(FactUsed(fact.id, fact.title, all(judged) if judged else None))
            facts[fact.id] = changed[-1]
        self._axes.place(keys, changed)

    def _classifications(self, included: Iterable[Compiled], keys: Keys, facts: Facts) -> Iterator[Classification]:
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


def _due(included: Iterable[Compiled], keys: Keys, facts: Facts, history: History) -> tuple[Due, ...]:
    """Give one of each thing that is due: the earliest, with every guideline that asks for it."""
    kept: dict[str, Due] = {}
    for compiled in included:
        guidelines = (compiled.guideline.name,)
        for content, table, sources in compiled.intervals:
            outcome = table.decide(keys)
            number = outcome.row
            if number is None or (months := content.rows[number].months) is None:
                continue
            last = _last_done(content, history)
            day = months_after(last, months) if last else history.as_of
            because = (_reason(content.rows[number], sources[number], outcome, facts),)
            asked = (Asked(compiled.guideline.name, day, months),)
            due = Due(content.what, content.title, day, last, guidelines, because, content.measures, asked)
            held = kept.get(content.what)
            kept[content.what] = due if held is None else _earlier(held, due)
    return tuple(sorted(kept.values(), key=_BY_DAY))


def _earlier(one: Due, other: Due) -> Due:
    """Give the earlier of two guidelines' days for one thing; the guidelines stand in their usual order."""
    first = one if one.due_on <= other.due_on else other
    return first._replace(guidelines=one.guidelines + other.guidelines, asked=one.asked + other.asked)


_BY_DAY = attrgetter("due_on", "what")


def _last_done(content: IntervalTable, history: History) -> date | None:
    if content.what == "annual_review":
        return max((day for day in history.record.reviewed_on if day <= history.as_of), default=None)
    days = [found.measured_on for name in content.measures if (found := history.latest(name))]
    return max(days, default=None)


def _flag(rule: Rule, outcome: Outcome, facts: Facts) -> Flag:
    row = rule.row
    assert isinstance(row, FlagRow)
    return Flag(row.rule, rule.guideline, row.level, row.text, (_reason(row, rule.source, outcome, facts),))


def _order(rule: Rule, outcome: Outcome, facts: Facts, atc: str) -> OrderFinding:
    row = rule.row
    assert isinstance(row, OrderRow)
    because = (_reason(row, rule.source, outcome, facts),)
    return OrderFinding(row.rule, rule.guideline, atc, row.level, row.text, because, row.measure, row.suggests_removal)


def _proposal(rule: Rule, outcome: Outcome, facts: Facts) -> Proposal:
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


_AT_TARGET = {"in_target": True, "above_target": False, "below_floor": False, "confirm_at_home": False}
"""What a status says of the goal; nothing where it is not among these."""


def _measures_of(goal: str, library: Library) -> list[str]:
    """Give the measures held against a goal: the one of that name, or several (`sbp`)."""
    measures = library.measures
    return [goal] if goal in measures else [found.id for found in measures.values() if found.goal == goal]
