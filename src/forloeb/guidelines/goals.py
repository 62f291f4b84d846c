"""Recommended goals: which row of which guideline decides for a measure, what is missing, and what would change it.

Which goal is chosen for a measure depends on the regions of the facts alone, so it is worked out once for each
combination: with the diseases that the patient has, the merging of several, and every single fact whose change would
lead to another goal, found by asking again with that fact changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from forloeb.guidelines.board import Board, Layout, Remembered, picker
from forloeb.guidelines.context import Context
from forloeb.guidelines.counterfactuals import Move, moves
from forloeb.guidelines.expressions import And, Atom, Expression, atoms
from forloeb.guidelines.intervals import interval
from forloeb.guidelines.logic import closure
from forloeb.guidelines.merging import choose
from forloeb.guidelines.regions import Region
from forloeb.guidelines.results import FactUsed, Target
from forloeb.guidelines.schema import FactDeclaration, InclusionTable, Limits, TargetRow, TargetTable
from forloeb.guidelines.tables import Outcome, Table, explained

Pick = Callable[[Sequence[FactUsed]], tuple[FactUsed, ...]]


class GoalTable:
    """A table of goals by one profile: its rows' conditions, and the goals each row gives, by measure."""

    def __init__(self, content: TargetTable, context: Context) -> None:
        applies = context.expression(content.applies)
        rows = [context.expression(row.when) for row in content.rows]
        self.guideline = context.guideline
        self.measures = content.measures
        self.is_default = content.default
        self.rows: tuple[Expression, ...] = tuple(
            row if content.applies is None else And((applies, row)) for row in rows
        )
        self.goals = tuple(dict(_goals_of(row, content, context)) for row in content.rows)


def _goals_of(row: TargetRow, content: TargetTable, context: Context) -> Iterator[tuple[str, Target]]:
    for measure in content.measures:
        limits = row.targets.get(measure)
        if limits is not None:
            yield measure, _goal(measure, limits, row, content, context)
        elif row.needs_clinician:
            yield measure, _goal(measure, Limits(), row, content, context)


def _goal(measure: str, limits: Limits, row: TargetRow, content: TargetTable, context: Context) -> Target:
    number = context.number
    below, at_most = number(limits.below), number(limits.at_most)
    above, at_least = number(limits.above), number(limits.at_least)
    return Target(
        measure=measure,
        low=above if above is not None else at_least,
        low_inclusive=above is None,
        high=below if below is not None else at_most,
        high_inclusive=at_most is not None,
        unit=context.unit_of(measure),
        guideline=context.guideline,
        guideline_version=context.version,
        profile=content.profile,
        rule=row.rule,
        text=row.text,
        status=row.status,
        source=context.source(row),
        accepted=limits.one_of,
        prevails=row.prevails,
        floor=number(limits.floor),
        accept_up_to=number(limits.accept_up_to),
        reduction_percent=row.reduction_percent,
        needs_clinician=row.needs_clinician,
        patient_text=row.patient_text,
    )


class Candidate(NamedTuple):
    """A goal with the facts that settle it and those that are missing."""

    goal: Target
    facts: Pick
    missing: Pick
    missing_names: tuple[str, ...]

    def of(self, board: Board) -> Target:
        """Give the goal with a patient's own facts."""
        return self.goal._replace(facts=self.facts(board.values), missing=self.missing(board.values))


class Chosen(NamedTuple):
    """What the default profiles of a patient's diseases say of one measure, and which goal is chosen."""

    chosen: Candidate | None
    unchosen: tuple[Candidate, ...]
    moves: tuple[Move, ...]


class Member(NamedTuple):
    """A guideline's part in a measure's goal: whom it is for, and its default table."""

    inclusion: InclusionTable
    inclusion_rows: tuple[Expression, ...]
    table: GoalTable

    def atoms(self) -> Iterator[Atom]:
        """Give everything that is asked of the facts."""
        for row in (*self.inclusion_rows, *self.table.rows):
            yield from atoms(row)


class DefaultGoals(Remembered[Chosen]):
    """The merged goal for one measure, over the guidelines that have one."""

    def __init__(
        self, measure: str, members: Sequence[Member], layout: Layout, declared: Mapping[str, FactDeclaration]
    ) -> None:
        super().__init__((atom for member in members for atom in member.atoms()), layout)
        self.measure = measure
        self.members = tuple(members)
        self._layout = layout
        self._declared = declared
        self._inclusion = [[closure(row, self.atom_closure) for row in m.inclusion_rows] for m in members]
        self._rows = [[closure(row, self.atom_closure) for row in m.table.rows] for m in members]

    def work_out(self, keys: tuple[Region, ...]) -> Chosen:
        """Choose the goal for one combination of regions."""
        found = [(number, row, self._goal(number, row)) for number, row in self._decisions(keys)]
        target = choose(goal for _, _, goal in found if goal is not None)
        if target is None:
            return Chosen(None, (), ())
        candidates = [
            Candidate(goal, *self._explained(number, row, keys)[1:]) for number, row, goal in found if goal is not None
        ]
        changes = moves(self.axes, keys, self._chosen_for, self._declared, self._layout.index)
        chosen = next(candidate for candidate in candidates if candidate.goal is target)
        unchosen = tuple(candidate for candidate in candidates if candidate.goal is not target)
        return Chosen(self._with_missing_of_others(chosen, unchosen, changes), unchosen, changes)

    def _with_missing_of_others(
        self, chosen: Candidate, unchosen: Sequence[Candidate], changes: Sequence[Move]
    ) -> Candidate:
        """Add what another disease misses, where knowing it could lead to another goal."""
        matters = {move.change.fact for move in changes}
        more = [name for other in unchosen for name in other.missing_names if name in matters]
        names = tuple(dict.fromkeys((*chosen.missing_names, *more)))
        if names == chosen.missing_names:
            return chosen
        places = [self._layout.index[name] for name in names]
        return chosen._replace(missing_names=names, missing=picker(places))

    def _decisions(self, keys: Sequence[Region]) -> Iterator[tuple[int, int]]:
        """Give the row that decides for each disease that the patient has."""
        for number, member in enumerate(self.members):
            included = _first(self._inclusion[number], keys)
            if included is not None and member.inclusion.rows[included].included == "yes":
                row = _first(self._rows[number], keys)
                if row is not None:
                    yield number, row

    def _goal(self, number: int, row: int) -> Target | None:
        return self.members[number].table.goals[row].get(self.measure)

    def _chosen_for(self, keys: Sequence[Region]) -> tuple[object, Target | None]:
        """Give what the chosen goal says, to compare, and the goal."""
        goals = [goal for number, row in self._decisions(keys) if (goal := self._goal(number, row)) is not None]
        chosen = choose(goals)
        return (None if chosen is None else (*interval(chosen), chosen.needs_clinician)), chosen

    def _explained(self, number: int, row: int, keys: Sequence[Region]) -> Outcome:
        rows = self.members[number].table.rows
        passed = [place for place in range(row) if self._rows[number][place](keys) is None]
        return explained(rows, row, passed, self.asker(keys), self._layout.index.__getitem__)


def _first(rows: Sequence[Callable[[Sequence[Region]], bool | None]], keys: Sequence[Region]) -> int | None:
    return next((place for place, row in enumerate(rows) if row(keys)), None)


class OtherGoals:
    """The goals of a profile that is not the default, shown beside the chosen ones."""

    def __init__(self, table: GoalTable, layout: Layout) -> None:
        self.goals = table
        self.table = Table(table.rows, layout)

    def candidates(self, board: Board) -> Mapping[str, Candidate]:
        """Give the goals of the row that decides, by measure."""
        outcome = self.table.ask(board)
        if outcome.row is None:
            return {}
        return {measure: Candidate(goal, *outcome[1:]) for measure, goal in self.goals.goals[outcome.row].items()}
