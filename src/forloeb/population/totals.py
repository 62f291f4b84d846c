"""How many are on the lists. One person may stand on several, and is counted once in the whole.

Each person has one *first* list, the most pressing; the first ones add up to the people, and the first ones and the
others (`also`) of a list to all who are on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from forloeb.population.lists import WorkList, work_lists
from forloeb.population.worklist import Entry


@dataclass(frozen=True, slots=True)
class Line:
    """One list: the people for whom it presses most, and those who stand on it beside a more pressing one."""

    list: WorkList
    first: int
    also: int

    @property
    def people(self) -> int:
        """Everybody on the list."""
        return self.first + self.also


@dataclass(frozen=True, slots=True)
class Totals:
    """The lists, and the people on them, each once."""

    people: int
    lines: tuple[Line, ...]

    @property
    def reasons(self) -> int:
        """How many times somebody stands on a list."""
        return sum(line.people for line in self.lines)


def add_up(entries: Sequence[Entry]) -> Totals:
    """Count the entries by list. One whose control is today counts by what it is for; with no list, not at all."""
    first: Counter[str] = Counter()
    on: Counter[str] = Counter()
    for entry in entries:
        kinds = list(dict.fromkeys(reason.kind for reason in entry.reasons if reason.list is not None))
        first.update(kinds[:1])
        on.update(kinds)
    lines = tuple(Line(one, first[one.id], on[one.id] - first[one.id]) for one in work_lists().lists)
    return Totals(first.total(), lines)
