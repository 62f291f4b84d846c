"""What to notice: the guidelines' own flags, and those that the engine raises on values and goals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from forloeb.guidelines import wording
from forloeb.guidelines.board import Board
from forloeb.guidelines.context import Context
from forloeb.guidelines.expressions import And, Expression, Not
from forloeb.guidelines.results import EvaluatedValue, Flag, Proposal, Reason, Target
from forloeb.guidelines.schema import FlagRow, ProposalRow, Row
from forloeb.guidelines.tables import Table

_RAISED = {
    "below_floor": "too_low",
    "confirm_at_home": "confirm_at_home",
    "stale": "stale",
    "missing": "missing",
    "implausible": "implausible",
    "conflict": "conflict",
}


class _Rule:
    """One row that stands alone, compiled."""

    def __init__(self, row: Row, when: Expression, context: Context) -> None:
        self._row = row
        self._table = Table([when], context.layout)
        self._source = context.source(row)
        self.guideline = context.guideline

    def because(self, board: Board) -> Reason | None:
        """Give why it holds; None where it does not, or is not known to."""
        outcome = self._table.ask(board)
        if outcome.row is None:
            return None
        row = self._row
        return Reason(row.rule, row.text, row.status, self._source, outcome.facts(board.values))


class FlagRule(_Rule):
    """A guideline's flag."""

    def __init__(self, row: FlagRow, context: Context) -> None:
        super().__init__(row, context.expression(row.when), context)
        self.row = row

    def flag(self, board: Board) -> Flag | None:
        """Raise the flag, where it holds."""
        because = self.because(board)
        if because is None:
            return None
        return Flag(self.row.rule, self.guideline, self.row.level, self.row.text, (because,))


class ProposalRule(_Rule):
    """A guideline's proposal."""

    def __init__(self, row: ProposalRow, context: Context) -> None:
        when = context.expression(row.when)
        if row.unless is not None:
            when = And((when, Not(context.expression(row.unless))))
        super().__init__(row, when, context)
        self.row = row

    def proposal(self, board: Board) -> Proposal | None:
        """Propose, where it holds."""
        because = self.because(board)
        if because is None:
            return None
        row = self.row
        return Proposal(row.rule, self.guideline, row.kind, row.text, row.patient_text, (because,))


def once(proposals: Iterable[Proposal]) -> Iterator[Proposal]:
    """Keep each text once: two diseases may ask for the same."""
    seen: set[str] = set()
    for proposal in proposals:
        if proposal.text.en not in seen:
            seen.add(proposal.text.en)
            yield proposal


def raised(
    values: Iterable[EvaluatedValue],
    targets: Mapping[str, Target],
    goals: Mapping[str, str],
    guideline_of: Mapping[str, str],
) -> Iterator[Flag]:
    """Raise the engine's own flags. `goals` gives a measure's goal, `guideline_of` who asks for it."""
    for value in values:
        name = _RAISED.get(value.status)
        if name is not None:
            target = targets.get(goals[value.measure])
            guideline = target.guideline if target else guideline_of[value.measure]
            yield Flag(name, guideline, "note", value.because[0].text, value.because[:1], value.measure)
    for target in targets.values():
        if target.needs_clinician:
            reason = Reason(target.rule, target.text, target.status, target.source, target.facts)
            yield Flag("needs_clinician", target.guideline, "note", wording.NEEDS_CLINICIAN, (reason,), target.measure)
