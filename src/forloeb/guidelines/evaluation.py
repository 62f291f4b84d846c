"""One patient, all guidelines, one day: diseases, goals, values, classes, scores, what is due and to consider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from forloeb.guidelines.board import Board, PatientFacts
from forloeb.guidelines.classes import as_fact, class_clashes, classifications
from forloeb.guidelines.code_lists import Coded
from forloeb.guidelines.compiling import CompiledGuideline, Programme
from forloeb.guidelines.content import Shared
from forloeb.guidelines.counterfactuals import nearest_first
from forloeb.guidelines.due import earliest
from forloeb.guidelines.flags import once, raised
from forloeb.guidelines.goals import Candidate, Chosen
from forloeb.guidelines.history import CodeRanks, History
from forloeb.guidelines.merging import Conflicts, Disagreement, disagree
from forloeb.guidelines.record import PatientRecord
from forloeb.guidelines.results import (
    Clash,
    Disease,
    EvaluatedValue,
    Evaluation,
    FactUsed,
    Flag,
    Reason,
    Target,
)
from forloeb.guidelines.schema import FactDeclaration, Stale
from forloeb.guidelines.values import Judge, Settings
from forloeb.kernel.answers import Answer
from forloeb.kernel.measures import Measure

_AT_GOAL: Mapping[str, bool] = {
    "in_target": True,
    "above_target": False,
    "below_floor": False,
    "confirm_at_home": False,
}


class Evaluator:
    """The library compiled for days with the same numbers. Holds nothing about any patient but regions of facts."""

    def __init__(self, shared: Shared, programme: Programme, ranks: CodeRanks) -> None:
        self._shared = shared
        self._programme = programme
        self._ranks = ranks
        self._settings = Settings(shared.measures)
        self._goal_of = {m.id: m.goal or m.id for m in shared.measures.values()}
        self._plans: dict[tuple[str, ...], _Together] = {}
        declared = shared.facts.declared.values()
        self._reductions = {f.origin.reduction.measure: f.id for f in declared if f.origin.reduction}
        self._classes = [fact for fact in declared if fact.origin.classification]
        self._outcomes = [fact for fact in declared if fact.origin.at_target or fact.origin.all_at_target]

    def evaluate(self, record: PatientRecord, as_of: date) -> Evaluation:
        """Say all that the guidelines say about one patient on one day."""
        return _Patient(self, record, as_of).evaluation()


class _Together:
    """What the guidelines of one set of diseases look at together."""

    def __init__(self, included: Sequence[CompiledGuideline], measures: Mapping[str, Measure]) -> None:
        self.guidelines = tuple(included)
        order_of = {name: place for place, name in enumerate(measures)}
        asked = {name: g.file.guideline for g in reversed(self.guidelines) for name in g.file.values}
        self.values = tuple(measures[name] for name in sorted(asked, key=order_of.__getitem__))
        self.guideline_of = asked
        self.needs = tuple(dict.fromkeys(name for g in self.guidelines for name in g.needs))
        self.classes = tuple(table for g in self.guidelines for table in g.classes)
        self.measures = tuple(sorted({m for g in self.guidelines for t in g.default_goals for m in t.measures}))
        self.stale = _strictest_stale(self.guidelines)
        self.conflicts: Conflicts = {(g.file.guideline, c.about): c for g in self.guidelines for c in g.file.conflicts}
        self.disagreements: dict[tuple[object, ...], Disagreement] = {}


class _Patient:
    """One evaluation under way."""

    def __init__(self, evaluator: Evaluator, record: PatientRecord, as_of: date) -> None:
        self._is = evaluator
        self._as_of = as_of
        self._layer = evaluator._shared.facts
        self._history = History(record, as_of, evaluator._ranks)
        self._coded = Coded(record, as_of, self._layer.book)
        programme = evaluator._programme
        self._board = Board(self._layer.blank, programme.blank_places, programme.layout)
        self._facts = PatientFacts(self._layer.index, self._board)

    def evaluation(self) -> Evaluation:
        self._layer.fill(self._board, self._history, self._coded)
        diseases, together = self._diseases()
        self._work_out(together.needs)
        classes = classifications(together.classes, self._board)
        self._lay_down((fact, as_fact(fact, classes)) for fact in self._is._classes)
        targets, alternatives, clashes = self._targets(together)
        by_measure = {target.measure: target for target in targets}
        values = self._values(together, by_measure)
        self._lay_down_outcomes(values)
        board, facts, history = self._board, self._facts, self._history
        guidelines = together.guidelines
        return Evaluation(
            self._as_of,
            diseases,
            targets,
            alternatives,
            values,
            classes,
            tuple(score.score(board, facts) for g in guidelines for score in g.scores),
            earliest(due for g in guidelines for rule in g.intervals if (due := rule.due(board, facts, history))),
            self._flags(together, values, by_measure),
            tuple(once(found for g in guidelines for rule in g.proposals if (found := rule.proposal(board)))),
            (*clashes, *class_clashes(classes, together.classes, together.conflicts)),
        )

    def _work_out(self, names: Iterable[str]) -> None:
        self._layer.work_out(names, self._board, self._facts, self._history, self._coded)

    def _lay_down(self, found: Iterable[tuple[FactDeclaration, FactUsed]]) -> None:
        for fact, value in found:
            self._board.put(self._layer.index[fact.id], value)

    def _diseases(self) -> tuple[tuple[Disease, ...], _Together]:
        diseases, included = [], []
        for guideline in self._is._programme.guidelines:
            self._work_out(guideline.inclusion_needs)
            disease = self._disease(guideline)
            diseases.append(disease)
            if disease.included is Answer.YES:
                included.append(guideline)
        key = tuple(guideline.file.guideline for guideline in included)
        together = self._is._plans.get(key)
        if together is None:
            together = self._is._plans[key] = _Together(included, self._is._shared.measures)
        return tuple(diseases), together

    def _disease(self, guideline: CompiledGuideline) -> Disease:
        outcome = guideline.inclusion_table.ask(self._board)
        file = guideline.file
        if outcome.row is None:
            included = Answer.UNKNOWN if outcome.missing_names else Answer.NO
            because: tuple[Reason, ...] = ()
        else:
            row = guideline.inclusion.rows[outcome.row]
            included = Answer(row.included)
            source = guideline.inclusion_sources[outcome.row]
            facts = outcome.facts(self._board.values)
            because = (Reason(row.rule, row.text, row.status, source, facts, outcome.missing_names),)
        return Disease(file.guideline, file.version, file.label, file.title, included, because, guideline.is_signed_off)

    def _targets(self, together: _Together) -> tuple[tuple[Target, ...], tuple[Target, ...], tuple[Clash, ...]]:
        others = [table.candidates(self._board) for g in together.guidelines for table in g.other_goals]
        targets: list[Target] = []
        alternatives: list[Target] = []
        clashes: list[Clash] = []
        for measure in together.measures:
            found = self._is._programme.goals[measure].ask(self._board)
            if found.chosen is None:
                continue
            beside = [*found.unchosen, *(of[measure] for of in others if measure in of)]
            changes = nearest_first(found.moves, self._board.values)
            targets.append(found.chosen.of(self._board)._replace(would_change=changes))
            disagreement = self._disagreement(together, found, beside)
            alternatives += [beside[place].of(self._board) for place in disagreement.differing]
            if disagreement.clash is not None:
                clashes.append(disagreement.clash)
        return tuple(targets), tuple(alternatives), tuple(clashes)

    def _disagreement(self, together: _Together, found: Chosen, beside: list[Candidate]) -> Disagreement:
        assert found.chosen is not None
        chosen = found.chosen.goal
        key = (chosen.measure, chosen.rule, len(found.unchosen), *(candidate.goal.rule for candidate in beside))
        disagreement = together.disagreements.get(key)
        if disagreement is None:
            unchosen = [candidate.goal for candidate in found.unchosen]
            rest = [candidate.goal for candidate in beside[len(unchosen) :]]
            disagreement = disagree(chosen, unchosen, rest, together.conflicts)
            together.disagreements[key] = disagreement
        return disagreement

    def _values(self, together: _Together, targets: Mapping[str, Target]) -> tuple[EvaluatedValue, ...]:
        judge = Judge(self._history, self._is._settings, targets, together.stale)
        reductions = self._is._reductions
        return tuple(
            judge.value(measure, self._facts[reductions[measure.id]] if measure.id in reductions else None)
            for measure in together.values
        )

    def _lay_down_outcomes(self, values: Sequence[EvaluatedValue]) -> None:
        """Lay down the facts that are known only now: whether values are at their goals."""
        by_goal: dict[str, list[bool]] = {}
        for value in values:
            at_goal = _AT_GOAL.get(value.status)
            if at_goal is not None:
                for name in {value.measure, self._is._goal_of[value.measure]}:
                    by_goal.setdefault(name, []).append(at_goal)
        everything = [answer for answers in by_goal.values() for answer in answers]
        for fact in self._is._outcomes:
            answers = by_goal.get(fact.origin.at_target, []) if fact.origin.at_target else everything
            self._board.put(
                self._layer.index[fact.id], FactUsed(fact.id, fact.title, all(answers) if answers else None)
            )

    def _flags(
        self, together: _Together, values: Sequence[EvaluatedValue], targets: Mapping[str, Target]
    ) -> tuple[Flag, ...]:
        own = [found for g in together.guidelines for rule in g.flags if (found := rule.flag(self._board))]
        return (*own, *raised(values, targets, self._is._goal_of, together.guideline_of))


def _strictest_stale(guidelines: Iterable[CompiledGuideline]) -> dict[str, Stale]:
    """Give for each measure the shortest time before a value is too old."""
    strictest: dict[str, Stale] = {}
    for guideline in guidelines:
        for name, stale in guideline.file.stale.items():
            held = strictest.get(name)
            if held is None or _shortness(stale) < _shortness(held):
                strictest[name] = stale
    return strictest


def _shortness(stale: Stale) -> tuple[int, int]:
    return (stale.months, stale.months_off_target or stale.months)
