"""Risk scores: a formula's answer, or unknown with what is missing or why it may not be used."""

from __future__ import annotations

from decimal import Decimal

from forloeb.guidelines.board import Board, PatientFacts
from forloeb.guidelines.context import Context
from forloeb.guidelines.expressions import Always
from forloeb.guidelines.formulas import FORMULAS
from forloeb.guidelines.origins import plain
from forloeb.guidelines.results import FactUsed, Reason, Score
from forloeb.guidelines.schema import ScoreTable
from forloeb.guidelines.tables import Table
from forloeb.kernel.content import Localized


class ScoreRule:
    """A risk score, compiled."""

    def __init__(self, content: ScoreTable, context: Context) -> None:
        self.content = content
        self._applies = Table([context.expression(content.applies)], context.layout)
        self._source = context.source(content)
        bands = [context.expression(band.when) for band in content.bands]
        self._bands = [None if isinstance(when, Always) else Table([when], context.layout) for when in bands]
        self._unit = FORMULAS[content.formula].unit

    def score(self, board: Board, facts: PatientFacts) -> Score:
        """Calculate the score for a patient."""
        outcome = self._applies.ask(board)
        used = outcome.facts(board.values)
        if outcome.row is None:
            text = self.content.not_used if not outcome.missing_names else _NOT_KNOWN
            return self._unknown(text, used, outcome.missing_names)
        inputs = self.content.inputs
        used += tuple(fact for name in inputs.values() if (fact := facts[name]).value is not None and fact not in used)
        missing = facts.missing_for(inputs)
        if missing:
            return self._unknown(_MISSING, used, missing)
        answer = facts.calculate(self.content.formula, inputs)
        if answer.value is None:
            return self._unknown(answer.reason or _MISSING, used, ())
        value = plain(round(Decimal(str(answer.value)), 2))
        reason = self._reason(answer.warning or self.content.title, used, ())
        return Score(self.content.score, self.content.title, value, self._unit, (), (reason,), self._band(value, board))

    def _unknown(self, text: Localized, used: tuple[FactUsed, ...], missing: tuple[str, ...]) -> Score:
        reason = self._reason(text, used, missing)
        return Score(self.content.score, self.content.title, None, self._unit, missing, (reason,))

    def _reason(self, text: Localized, used: tuple[FactUsed, ...], missing: tuple[str, ...]) -> Reason:
        return Reason(self.content.rule, text, self.content.status, self._source, used, missing)

    def _band(self, value: Decimal, board: Board) -> Localized | None:
        for band, when in zip(self.content.bands, self._bands, strict=True):
            if (band.below is None or value < band.below) and (when is None or when.holds(board)):
                return band.name
        return None


_MISSING = Localized(
    da="Kan ikke beregnes: der mangler et tal, eller det er kun kendt som en grænse.",
    en="Cannot be calculated: a number is missing, or known only as a bound.",
)
_NOT_KNOWN = Localized(
    da="Det vides ikke, om scoren må bruges for denne patient.",
    en="It is not known whether the score may be used here.",
)
