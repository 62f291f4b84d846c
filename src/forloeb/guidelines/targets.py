"""From a table's row to a recommended goal, with its reason and what would change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple

from forloeb.guidelines.axes import Keys
from forloeb.guidelines.merging import interval_text
from forloeb.guidelines.results import Change, FactUsed, Source, Target
from forloeb.guidelines.schema import FactDeclaration, Limits, TargetRow, TargetTable
from forloeb.guidelines.tables import Outcome, Table
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


class Said(NamedTuple):
    """What a row says about one measure for all patients whom it decides for: the goal, and what would change it."""

    target: Target
    outcome: Outcome
    changes: tuple[tuple[float | None, Change], ...]

    def to(self, facts: Mapping[str, FactUsed]) -> Target:
        """Say it to one patient: with the facts it rests on, and what would change it, the nearest first."""
        used, missing = known(self.outcome.used, facts), self.outcome.missing
        lacking = tuple([facts[name] for name in missing]) if missing else ()
        return Target._make((*self.target[:-3], used, lacking, _nearest(self.changes, facts)))


_NOT_FOR_THIS_PATIENT = Outcome(None, (), (), ())


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

    def decide(self, keys: Keys) -> Outcome:
        """Give the outcome; one without a row where the table is not for this patient."""
        if self.applies is not None and self.applies.decide(keys).row is None:
            return _NOT_FOR_THIS_PATIENT
        return self.table.decide(keys)

    def say(self, outcome: Outcome) -> Iterator[Said]:
        """Give what the row that decided says about each measure."""
        if outcome.row is None:
            return
        row = self.content.rows[outcome.row]
        for measure in self.content.measures:
            limits = row.targets.get(measure)
            if limits is not None or row.needs_clinician:
                target = self._target(measure, limits or Limits(), row, self.sources[outcome.row])
                yield Said(target, outcome, tuple(self._changes(measure, limits or Limits(), outcome)))

    def _target(self, measure: str, limits: Limits, row: TargetRow, source: Source | None) -> Target:
        target = Target(
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
            source=source,
            accepted=limits.one_of,
            prevails=row.prevails,
            floor=limits.floor,
            accept_up_to=limits.accept_up_to,
            reduction_percent=row.reduction_percent,
            needs_clinician=row.needs_clinician,
        )
        return target._replace(says=interval_text(target))

    def unit_of(self, measure: str) -> str:
        """Give the goal's unit: that of the measures held against it."""
        if measure in self.measures:
            return self.measures[measure].unit
        return next(m.unit for m in self.measures.values() if m.goal == measure)

    def _changes(self, measure: str, limits: Limits, outcome: Outcome) -> Iterator[tuple[float | None, Change]]:
        """Give the single facts that would lead to another goal for this measure, with the number each would pass."""
        now = limits_text(limits)
        for move in outcome.moves:
            row = self.content.rows[move.row] if move.row is not None else None
            result = limits_text(row.targets.get(measure)) if row else "none"
            if result != now:
                limit = None if move.limit is None else float(move.limit)
                title = self.declared[move.fact].title
                yield limit, Change(move.fact, title, move.becomes, row.rule if row else "", result)


def known(names: Iterable[str], facts: Mapping[str, FactUsed]) -> tuple[FactUsed, ...]:
    """Give those of some facts that are known."""
    return tuple([fact for name in names if (fact := facts[name])[2] is not None])


def _nearest(changes: tuple[tuple[float | None, Change], ...], facts: Mapping[str, FactUsed]) -> tuple[Change, ...]:
    """Order changes by how far the patient's fact would have to move."""
    if len(changes) < 2:
        return tuple([change for _, change in changes])
    ordered = [(_distance(limit, facts[change[0]][2]), change[0], change[2], change) for limit, change in changes]
    ordered.sort(key=_DISTANCE)
    return tuple([each[3] for each in ordered])


_DISTANCE = itemgetter(0, 1, 2)


def _distance(limit: float | None, now: Decimal | str | bool | None) -> float:
    """How far a fact would have to move: a number by its share, an unknown half a step, yes or no a whole one."""
    if now is None:
        return 0.5
    if limit is None or not isinstance(now, Decimal):
        return 1.0
    value = float(now)
    return abs(limit - value) / max(abs(value), 1.0)
