"""Which single fact would change an answer: found by asking again with that fact changed, the nearest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from forloeb.guidelines.intervals import interval_text
from forloeb.guidelines.regions import Axis, Region
from forloeb.guidelines.results import Change, FactUsed, Target
from forloeb.guidelines.schema import FactDeclaration

Answered = Callable[[Sequence[Region]], tuple[object, Target | None]]
"""What the answer is for some regions, to compare, and the goal that it is."""

_FIXED = frozenset({"sex", "age_at"})
_GROWING = frozenset({"age_years", "years_since"})
_LAST = float("inf")


class Move(NamedTuple):
    """A change of one fact that leads to another answer. A number moves to a limit; other facts have none."""

    place: int
    limit: Decimal | None
    change: Change


def moves(
    axes: Sequence[Axis],
    keys: tuple[Region, ...],
    answered: Answered,
    declared: Mapping[str, FactDeclaration],
    index: Mapping[str, int],
) -> tuple[Move, ...]:
    """Give the changes of a single fact that lead to another answer, each found by asking with that fact changed.

    What cannot happen is left out: sex and the age at onset are as they are, age and duration only grow.
    """
    now = answered(keys)[0]
    found = []
    for at, axis in enumerate(axes):
        fact = declared[axis.fact]
        if fact.origin.kind in _FIXED:
            continue
        then = _Asked(keys, at, answered)
        for becomes, limit, goal in _changes(axis, keys[at], now, then, only_up=fact.origin.kind in _GROWING):
            change = Change(axis.fact, fact.title, becomes, goal.rule if goal else "", interval_text(goal))
            found.append(Move(index[axis.fact], limit, change))
    return tuple(found)


class _Asked:
    """The answer with one fact in another region; each is asked once."""

    def __init__(self, keys: tuple[Region, ...], at: int, answered: Answered) -> None:
        self._before, self._after = keys[:at], keys[at + 1 :]
        self._answered = answered
        self._known: dict[Region, tuple[object, Target | None]] = {}

    def __call__(self, region: Region) -> tuple[object, Target | None]:
        if region not in self._known:
            self._known[region] = self._answered((*self._before, region, *self._after))
        return self._known[region]


_Found = Iterator[tuple[str, Decimal | None, Target | None]]


def _changes(axis: Axis, region: Region, now: object, then: _Asked, *, only_up: bool) -> _Found:
    if not axis.thresholds:
        for other in axis.regions():
            if other != region and then(other)[0] != now:
                yield _said(other), None, then(other)[1]
    elif isinstance(region, int):
        yield from _steps(axis, region, now, then, only_up=only_up)
    else:
        yield from _stretches(axis, now, then)


def _steps(axis: Axis, place: int, now: object, then: _Asked, *, only_up: bool) -> _Found:
    """Move a known number up, and down, until the answer is another."""
    last = 2 * len(axis.thresholds)
    up = next((p for p in range(place + 1, last + 1) if then(p)[0] != now), None)
    if up is not None:
        limit = axis.thresholds[(up - 1) // 2]
        yield f"{'>=' if up % 2 else '>'} {limit}", limit, then(up)[1]
    down = None if only_up else next((p for p in range(place - 1, -1, -1) if then(p)[0] != now), None)
    if down is not None:
        limit = axis.thresholds[down // 2]
        yield f"{'<=' if down % 2 else '<'} {limit}", limit, then(down)[1]


def _stretches(axis: Axis, now: object, then: _Asked) -> _Found:
    """Give every stretch in which a number that is not known would lead to another answer."""
    last = 2 * len(axis.thresholds)
    start = 0
    while start <= last:
        end = start
        while end < last and then(end + 1) == then(start):
            end += 1
        if then(start)[0] != now:
            yield _stretch(axis, start, end), None, then(start)[1]
        start = end + 1


def _stretch(axis: Axis, start: int, end: int) -> str:
    low = f"{'>=' if start % 2 else '>'} {axis.thresholds[(start - 1) // 2]}" if start else ""
    last = 2 * len(axis.thresholds)
    high = f"{'<=' if end % 2 else '<'} {axis.thresholds[end // 2]}" if end < last else ""
    return " and ".join(part for part in (low, high) if part) or "known"


def _said(region: Region) -> str:
    if isinstance(region, bool):
        return "yes" if region else "no"
    return str(region) or "known"


def nearest_first(found: Iterable[Move], values: Sequence[FactUsed]) -> tuple[Change, ...]:
    """Order changes for a patient: a number by the share it would move, an unknown half a step, yes or no a whole.

    A change that leaves no goal at all, such as a diagnosis that proves wrong, comes last.
    """
    ordered = sorted(
        found, key=lambda move: (_distance(move, values[move.place]), move.change.fact, move.change.becomes)
    )
    return tuple([move.change for move in ordered])


def _distance(move: Move, now: FactUsed) -> float:
    if not move.change.leads_to:
        return _LAST
    value = now.value
    if value is None or now.comparator:
        return 0.5
    if move.limit is None or not isinstance(value, Decimal):
        return 1.0
    number = float(value)
    return abs(float(move.limit) - number) / max(abs(number), 1.0)
