"""Rules that stand alone, each of which holds or not: flags and proposals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from forloeb.guidelines.axes import Keys
from forloeb.guidelines.results import Source
from forloeb.guidelines.schema import Row
from forloeb.guidelines.tables import MOST_REMEMBERED, Outcome, Table, picker


@dataclass(frozen=True, slots=True)
class Rule:
    """One row that stands alone: a flag or a proposal."""

    row: Row
    guideline: str
    table: Table
    source: Source | None


class Rules:
    """Rules that each hold or not; which of them hold is remembered for each combination of regions."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._pick = picker(tuple(dict.fromkeys(fact for rule in self._rules for fact in rule.table.facts)))
        self._remembered: dict[object, tuple[tuple[Rule, Outcome], ...]] = {}

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)

    def that_hold(self, keys: Keys) -> tuple[tuple[Rule, Outcome], ...]:
        """Give the rules that hold, with what each rests on."""
        picked = self._pick(keys)
        found = self._remembered.get(picked)
        if found is None:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            asked = ((rule, rule.table.decide(keys)) for rule in self._rules)
            found = self._remembered[picked] = tuple(pair for pair in asked if pair[1].row is not None)
        return found
