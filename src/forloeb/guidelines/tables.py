"""First-match decision tables, compiled for one patient at a time.

A fact is only ever compared with constants, so each fact's value falls in one *region* between the table's constants
(a point or the open stretch between two), and what the table answers depends on the regions alone. A table therefore
answers each combination of regions once and remembers it: which row decided, which facts were missing on the way,
and which change of a single fact would lead to another row, found by asking the table with that fact changed.

A value with a comparator (`>90`) covers a range of regions; an unknown one covers all of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from forloeb.guidelines.expressions import (
    Atom,
    Compare,
    Expression,
    IsKnown,
    IsYes,
    OneOf,
    Truth,
    atoms,
    compare,
    doubts,
    evaluate,
)
from forloeb.guidelines.results import FactUsed

Key = int | str | tuple[int, int] | bool | None
"""A fact's region: its place for a number, a pair of places for a bounded one, the answer itself, None for unknown."""


class Move(NamedTuple):
    """One fact changed to another region, and the row that then decides. `steps` tells how far it moved."""

    fact: str
    becomes: str
    row: int | None
    steps: int
    limit: Decimal | None


class Outcome(NamedTuple):
    """What a table says about one combination of regions."""

    row: int | None
    missing: tuple[str, ...]
    used: tuple[str, ...]
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class _Axis:
    """One fact and the constants that a table holds it against."""

    fact: str
    thresholds: tuple[Decimal, ...]
    answers: tuple[str, ...]

    def key(self, value: FactUsed | None) -> Key:
        if value is None or value.value is None:
            return None
        number = value.value
        if isinstance(number, bool):
            return number
        if isinstance(number, str):
            return number if number in self.answers else ""
        place = self._place(number)
        match value.comparator:
            case None:
                return place
            case "<":
                return (0, place - 1 if place % 2 else place)
            case "<=":
                return (0, place)
            case ">":
                return (place + 1 if place % 2 else place, 2 * len(self.thresholds))
        return (place, 2 * len(self.thresholds))

    def _place(self, number: Decimal) -> int:
        """Even places are the open stretches, odd places the constants themselves."""
        at = bisect_left(self.thresholds, number)
        on = at < len(self.thresholds) and self.thresholds[at] == number
        return 2 * at + on

    def representative(self, place: int) -> Decimal:
        """Give a number that lies in a region."""
        if place % 2:
            return self.thresholds[place // 2]
        if place == 0:
            return self.thresholds[0] - 1
        if place == 2 * len(self.thresholds):
            return self.thresholds[-1] + 1
        return (self.thresholds[place // 2 - 1] + self.thresholds[place // 2]) / 2

    def truth(self, atom: Atom, key: Key) -> Truth:
        """Answer one comparison for every value the key can stand for; unknown when they do not agree."""
        if isinstance(atom, IsKnown):
            return key is not None
        if key is None:
            return None
        match atom:
            case IsYes():
                return bool(key)
            case OneOf(_, answers):
                return key in answers
            case Compare(_, operator, number):
                places = range(key[0], key[1] + 1) if isinstance(key, tuple) else (key,)
                found = {compare(self.representative(int(p)), operator, number) for p in places}
                return found.pop() if len(found) == 1 else None


class Table:
    """A compiled first-match table: rows in order, the first that is yes decides."""

    def __init__(self, rows: Sequence[Expression]) -> None:
        self.rows = tuple(rows)
        self._row_facts = tuple(tuple(dict.fromkeys(atom.fact for atom in atoms(row))) for row in self.rows)
        self._row_doubts = tuple(tuple(dict.fromkeys(atom.fact for atom in doubts(row))) for row in self.rows)
        self._axes = tuple(_axes(self.rows))
        self._place = {axis.fact: place for place, axis in enumerate(self._axes)}
        self._remembered: dict[tuple[Key, ...], Outcome] = {}

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that the table looks at."""
        return tuple(self._place)

    def decide(self, facts: Mapping[str, FactUsed]) -> Outcome:
        """Say which row decides for a patient's facts, what was missing, and what would change it."""
        keys = tuple([axis.key(facts.get(axis.fact)) for axis in self._axes])
        found = self._remembered.get(keys)
        if found is None:
            found = self._remembered[keys] = self._outcome(keys)
        return found

    def _first(self, keys: tuple[Key, ...]) -> tuple[int | None, tuple[int, ...]]:
        """Give the row that decides, and the rows before it that could not be answered."""
        passed: list[int] = []

        def truth(atom: Atom) -> Truth:
            place = self._place[atom.fact]
            return self._axes[place].truth(atom, keys[place])

        for number, row in enumerate(self.rows):
            answer = evaluate(row, truth)
            if answer:
                return number, tuple(passed)
            if answer is None:
                passed.append(number)
        return None, tuple(passed)

    def _outcome(self, keys: tuple[Key, ...]) -> Outcome:
        row, passed = self._first(keys)
        looked_at = range(len(self.rows) if row is None else row + 1)
        used = tuple(dict.fromkeys(fact for number in looked_at for fact in self._row_facts[number]))
        unsure = dict.fromkeys(fact for number in passed for fact in self._row_facts[number])
        if row is not None:
            unsure |= dict.fromkeys(self._row_doubts[row])
        missing = tuple(f for f in unsure if keys[self._place[f]] is None or isinstance(keys[self._place[f]], tuple))
        return Outcome(row, missing, used, tuple(self._moves(keys, row)))

    def _moves(self, keys: tuple[Key, ...], row: int | None) -> list[Move]:
        moves = []
        for place, axis in enumerate(self._axes):
            moves += self._moves_of(axis, place, keys, row)
        return moves

    def _moves_of(self, axis: _Axis, place: int, keys: tuple[Key, ...], row: int | None) -> list[Move]:
        """Change one fact alone, step by step in each direction, until another row decides."""

        def then(key: Key) -> int | None:
            return self._first((*keys[:place], key, *keys[place + 1 :]))[0]

        now = keys[place]
        if not axis.thresholds:
            others: tuple[Key, ...] = axis.answers or (True, False)
            return [
                Move(axis.fact, _said(other), then(other), 1, None)
                for other in others
                if other != now and then(other) != row
            ]
        last = 2 * len(axis.thresholds)
        if isinstance(now, int):
            runs = (range(now + 1, last + 1), range(now - 1, -1, -1))
        else:
            runs = (range(last, -1, -1), range(0))
        moves = []
        for upward, run in zip((True, False), runs, strict=True):
            step = next((p for p in run if then(p) != row), None)
            if step is not None:
                if now is None or isinstance(now, tuple):
                    upward = True
                    while step > 0 and then(step - 1) == then(step):
                        step -= 1
                    if step == 0:
                        upward, step = False, next(p for p in range(last, -1, -1) if then(p) == then(step))
                moves.append(
                    _move(
                        axis,
                        step,
                        upward=upward,
                        row=then(step),
                        steps=abs(step - (now if isinstance(now, int) else step)),
                    )
                )
        return moves


def _move(axis: _Axis, step: int, *, upward: bool, row: int | None, steps: int) -> Move:
    limit = axis.thresholds[step // 2] if step % 2 else axis.thresholds[step // 2 - upward]
    sign = (">=" if step % 2 else ">") if upward else ("<=" if step % 2 else "<")
    return Move(axis.fact, f"{sign} {limit}", row, steps, limit)


def _said(answer: Key) -> str:
    return {True: "yes", False: "no"}[answer] if isinstance(answer, bool) else str(answer)


def _axes(rows: Sequence[Expression]) -> list[_Axis]:
    numbers: dict[str, set[Decimal]] = {}
    answers: dict[str, set[str]] = {}
    for row in rows:
        for atom in atoms(row):
            numbers.setdefault(atom.fact, set())
            answers.setdefault(atom.fact, set())
            if isinstance(atom, Compare):
                numbers[atom.fact].add(atom.number)
            elif isinstance(atom, OneOf):
                answers[atom.fact] |= atom.answers
    return [_Axis(fact, tuple(sorted(numbers[fact])), tuple(sorted(answers[fact]))) for fact in numbers]
