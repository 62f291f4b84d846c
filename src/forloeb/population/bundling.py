"""The fewest visits in a year within the intervals that the guidelines allow.

Months are counted from now (0). A thing is to be done in its month or before, and again within its interval until the
year is over. Doing something early is allowed and starts its interval anew; doing it late is not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations
from typing import NamedTuple

YEAR = 12


class Task(NamedTuple):
    """One thing: the month it is due, and how many months may then pass. `due` is at most `every`."""

    name: str
    due: int
    every: int


class Bundle(NamedTuple):
    """The months of the visits, and for each task the visits at which it is done."""

    visits: tuple[int, ...]
    done: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def times(self) -> int:
        """How many times something is done."""
        return sum(len(months) for _, months in self.done)


def bundle(tasks: Sequence[Task]) -> Bundle:
    """Give the fewest visits; of those that are as few, the ones with the least to do, and then the latest.

    Raises ValueError for a task that is due later than its interval, or whose interval is no time.
    """
    for task in tasks:
        if not 0 <= task.due <= task.every or task.every < 1:
            raise ValueError(f"'{task.name}' cannot be due in {task.due} months and every {task.every}")
    best: tuple[int, Bundle] | None = None
    # The latest first: of two as good the later is kept.
    for visits in sorted(combinations(range(YEAR), fewest(tasks)), reverse=True):
        done = [(task.name, months) for task in tasks if (months := done_at(task, visits)) is not None]
        if len(done) < len(tasks):
            continue
        found = Bundle(visits, tuple(done))
        if best is None or found.times < best[0]:
            best = found.times, found
    assert best is not None, "so many visits are enough: they are those at which everything is done as late as it may"
    return best[1]


def fewest(tasks: Collection[Task]) -> int:
    """Count the visits that are needed: go as late as the first thing allows, do everything, and so on."""
    visits, next_ = 0, min((task.due for task in tasks), default=YEAR)
    while next_ < YEAR:
        visits += 1
        next_ += min(task.every for task in tasks)
    return visits


def done_at(task: Task, visits: Sequence[int]) -> tuple[int, ...] | None:
    """Give the visits at which a task is done, as few as can be; None where they do not keep its interval."""
    done: list[int] = []
    by = task.due
    while by < YEAR:
        before = [visit for visit in visits if visit <= by and (not done or visit > done[-1])]
        if not before:
            return None
        done.append(before[-1])
        by = before[-1] + task.every
    return tuple(done)
