"""Risk scores: a formula's answer, or unknown with what is missing or why it may not be used."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from forloeb.guidelines.axes import Keys
from forloeb.guidelines.formulas import FORMULAS
from forloeb.guidelines.results import FactUsed, Reason, Score, Source
from forloeb.guidelines.schema import ScoreTable
from forloeb.guidelines.tables import Table
from forloeb.guidelines.targets import known
from forloeb.kernel.content import Localized


def calculate(
    content: ScoreTable, applies: Table, source: Source | None, keys: Keys, facts: Mapping[str, FactUsed]
) -> Score:
    """Calculate one score for a patient."""
    outcome = applies.decide(keys)
    used = known(outcome.used, facts)
    formula = FORMULAS[content.formula]
    if outcome.row is None:
        text = content.not_used if not outcome.missing else _NOT_KNOWN
        reason = Reason(content.rule, text, content.status, source, used, outcome.missing)
        return Score(content.score, content.title, None, formula.unit, outcome.missing, (reason,))
    inputs = {name: facts[fact] for name, fact in content.inputs.items()}
    # A bound (`>90`) is no number to calculate with, so it counts as missing.
    missing = tuple(fact.fact for fact in inputs.values() if fact.value is None or fact.comparator)
    used += tuple(fact for fact in inputs.values() if fact.value is not None and fact not in used)
    if missing:
        reason = Reason(content.rule, _MISSING, content.status, source, used, missing)
        return Score(content.score, content.title, None, formula.unit, missing, (reason,))
    answer = formula.calculate(**{name: fact.value for name, fact in inputs.items()})
    text = answer.reason or content.title
    reason = Reason(content.rule, text, content.status, source, used, ())
    value = None if answer.value is None else round(Decimal(str(answer.value)), 2)
    return Score(content.score, content.title, value, formula.unit, (), (reason,), _band(content, value))


def _band(content: ScoreTable, value: Decimal | None) -> str | None:
    if value is None:
        return None
    return next((band.name.da for band in content.bands if band.below is None or value < band.below), None)


_MISSING = Localized(
    da="Kan ikke beregnes: der mangler et tal, eller det er kun kendt som en grænse.",
    en="Cannot be calculated: a number is missing, or known only as a bound.",
)
_NOT_KNOWN = Localized(
    da="Det vides ikke, om scoren må bruges for denne patient.",
    en="It is not known whether the score may be used here.",
)
