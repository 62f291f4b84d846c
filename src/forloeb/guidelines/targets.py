"""From a table's row to a recommended goal, with its reason and what would change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from forloeb.guidelines.results import Change, FactUsed, Source, Target
from forloeb.guidelines.schema import FactDeclaration, Limits, TargetRow, TargetTable
from forloeb.guidelines.tables import Move, Outcome, Table
from forloeb.kernel.measures import Measure


def limits_text(limits: Limits | None) -> str:
    """Write a goal with a point for decimals: `< 1.4`, `<= 48`, `53-58`, `120-<130`, or the accepted answers."""
    if limits is None:
        return "individual"
    if limits.one_of:
        return " / ".join(limits.one_of)
    high = f"< {limits.below}" if limits.below is not None else None
    high = f"<= {limits.at_most}" if limits.at_most is not None else high
    low = f"> {limits.above}" if limits.above is not None else None
    low = f">= {limits.at_least}" if limits.at_least is not None else low
    if high and low:
        strict = "<" if limits.below is not None else ""
        return f"{low.split()[1]}-{strict}{high.split()[1]}"
    return high or low or "individual"


@dataclass(frozen=True, slots=True)
class CompiledTargets:
    """A table of goals, ready to ask."""

    guideline: str
    version: str
    content: TargetTable
    table: Table
    applies: Table | None
    sources: tuple[Source | None, ...]
    measures: Mapping[str, Measure]
    declared: Mapping[str, FactDeclaration]

    def targets(self, facts: Mapping[str, FactUsed]) -> list[Target]:
        """Give the goals of the row that decides; none where the table is not for this patient."""
        if self.applies is not None and self.applies.decide(facts).row is None:
            return []
        outcome = self.table.decide(facts)
        if outcome.row is None:
            return []
        row = self.content.rows[outcome.row]
        used = tuple(facts[name] for name in outcome.used if facts[name].value is not None)
        missing = tuple(facts[name] for name in outcome.missing)
        found = []
        for measure in self.content.measures:
            limits = row.targets.get(measure)
            if limits is None and not row.needs_clinician:
                continue
            found.append(self._target(measure, limits or Limits(), row, outcome, used, missing, facts))
        return found

    def _target(
        self,
        measure: str,
        limits: Limits,
        row: TargetRow,
        outcome: Outcome,
        used: tuple[FactUsed, ...],
        missing: tuple[FactUsed, ...],
        facts: Mapping[str, FactUsed],
    ) -> Target:
        assert outcome.row is not None
        return Target(
            measure=measure,
            low=limits.above if limits.above is not None else limits.at_least,
            low_inclusive=limits.above is None,
            high=limits.below if limits.below is not None else limits.at_most,
            high_inclusive=limits.at_most is not None,
            unit=self.unit_of(measure),
            guideline=self.guideline,
            guideline_version=self.version,
            profile=self.content.profile,
            rule=row.rule,
            text=row.text,
            status=row.status,
            source=self.sources[outcome.row],
            accepted=limits.one_of,
            prevails=row.prevails,
            floor=limits.floor,
            accept_up_to=limits.accept_up_to,
            reduction_percent=row.reduction_percent,
            facts=used,
            missing=missing,
            needs_clinician=row.needs_clinician,
            would_change=self._changes(measure, limits, outcome, facts),
        )

    def unit_of(self, measure: str) -> str:
        """Give the goal's unit: that of the measures held against it."""
        if measure in self.measures:
            return self.measures[measure].unit
        return next(m.unit for m in self.measures.values() if m.goal == measure)

    def _changes(
        self, measure: str, limits: Limits, outcome: Outcome, facts: Mapping[str, FactUsed]
    ) -> tuple[Change, ...]:
        """Give the single facts that would lead to another goal for this measure, the nearest first."""
        now = limits_text(limits)
        found = []
        for move in outcome.moves:
            row = self.content.rows[move.row] if move.row is not None else None
            result = limits_text(row.targets.get(measure)) if row else "none"
            if result != now:
                change = Change(
                    move.fact, self.declared[move.fact].title, move.becomes, row.rule if row else "", result
                )
                found.append((_distance(move, facts[move.fact]), change))
        found.sort(key=lambda pair: (pair[0], pair[1].fact, pair[1].becomes))
        return tuple(change for _, change in found)


def _distance(move: Move, now: FactUsed) -> float:
    """How far a fact would have to move: a number by its share, an unknown half a step, yes or no a whole one."""
    if now.value is None:
        return 0.5
    if move.limit is None or not isinstance(now.value, Decimal):
        return 1.0
    return float(abs(move.limit - now.value) / max(abs(now.value), Decimal(1)))
