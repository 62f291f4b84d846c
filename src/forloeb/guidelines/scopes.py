"""What holds for everybody with the same diseases: which values to look at, and how their goals are merged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from forloeb.guidelines.axes import Keys
from forloeb.guidelines.compiling import Compiled
from forloeb.guidelines.merging import merge
from forloeb.guidelines.results import Clash
from forloeb.guidelines.schema import Conflict, Stale
from forloeb.guidelines.tables import MOST_REMEMBERED, Outcome
from forloeb.guidelines.targets import Said
from forloeb.kernel.measures import Measure


class Goals(NamedTuple):
    """The merged goals for one combination of deciding rows, the alternatives, and the clashes."""

    targets: tuple[Said, ...]
    alternatives: tuple[Said, ...]
    clashes: tuple[Clash, ...]


class Scope:
    """What holds for everybody with the same diseases."""

    def __init__(self, included: tuple[Compiled, ...], measures: Mapping[str, Measure]) -> None:
        self.included = included
        self.values = tuple(_values(included, measures))
        """The measures to look at, in their usual order, each with the name of its goal and when it is too old."""
        self._defaults = tuple(table for compiled in included for table in compiled.defaults)
        self._tables = (*self._defaults, *(table for compiled in included for table in compiled.others))
        self._conflicts = _conflicts(included)
        self._merged: dict[tuple[Outcome, ...], Goals] = {}

    def goals(self, keys: Keys) -> Goals:
        """Merge what all tables say; worked out once for each combination of rows."""
        outcomes = tuple([table.decide(keys) for table in self._tables])
        found = self._merged.get(outcomes)
        if found is None:
            if len(self._merged) >= MOST_REMEMBERED:
                self._merged.clear()
            found = self._merged[outcomes] = self._merge(outcomes)
        return found

    def _merge(self, outcomes: tuple[Outcome, ...]) -> Goals:
        said = [list(table.say(outcome)) for table, outcome in zip(self._tables, outcomes, strict=True)]
        by_target = {id(each.target): each for group in said for each in group}
        count = len(self._defaults)
        targets, alternatives, clashes = merge(
            [each.target for group in said[:count] for each in group],
            [each.target for group in said[count:] for each in group],
            self._conflicts,
        )
        return Goals(
            tuple(by_target[id(target)] for target in targets),
            tuple(by_target[id(target)] for target in alternatives),
            clashes,
        )


def _values(
    included: Iterable[Compiled], measures: Mapping[str, Measure]
) -> Iterator[tuple[Measure, str, Stale | None]]:
    stale = _strictest_stale(included)
    asked = {name for compiled in included for name in compiled.guideline.file.values}
    for name, measure in measures.items():
        if name in asked:
            yield measure, measure.goal or name, stale.get(name)


def _conflicts(included: Iterable[Compiled]) -> dict[tuple[str, str], Conflict]:
    return {(c.guideline.name, conflict.about): conflict for c in included for conflict in c.guideline.file.conflicts}


def _strictest_stale(included: Iterable[Compiled]) -> dict[str, Stale]:
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
