"""First-match decision tables, compiled for one patient at a time.

What a table answers depends on the regions of its facts alone (`axes.py`). A table therefore answers each combination
of regions once and remembers it: which row decided, which facts were missing on the way, and which change of a single
fact would lead to another row, found by asking the table with that fact changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import itemgetter
from typing import Any, NamedTuple

from forloeb.guidelines.axes import Axes, Axis, Key, Keys
from forloeb.guidelines.expressions import Atom, Expression, Truth, atoms, doubts, evaluate

MOST_REMEMBERED = 20_000
"""Combinations a table keeps; one that has met more begins anew, so that a nation does not fill the memory."""


KNOWN = "known"
"""How a fact changes when it would be enough to know it, whatever it is."""


class Move(NamedTuple):
    """One fact changed to another region, and the row that then decides. `limit` is the number it would pass."""

    fact: str
    becomes: str
    row: int | None
    limit: Decimal | None


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a table says about one combination of regions. `said` holds what its user made of it, by name.

    A table gives the same outcome for the same combination, so outcomes are told apart by identity.
    """

    row: int | None
    missing: tuple[str, ...]
    used: tuple[str, ...]
    moves: tuple[Move, ...]
    said: dict[str, Any] = field(default_factory=dict)


class Table:
    """A compiled first-match table: rows in order, the first that is yes decides."""

    def __init__(self, rows: Sequence[Expression], axes: Axes) -> None:
        self.rows = tuple(rows)
        self._row_facts = tuple(_facts(atoms(row)) for row in self.rows)
        self._row_doubts = tuple(_facts(doubts(row)) for row in self.rows)
        self.facts = tuple(dict.fromkeys(fact for facts in self._row_facts for fact in facts))
        self._axes = tuple(axes[fact] for fact in self.facts)
        self._place = {fact: place for place, fact in enumerate(self.facts)}
        self._pick = picker(self.facts)
        self._remembered: dict[object, Outcome] = {}
        self._always = None if self.facts else self._outcome(())
        """What a table that looks at no fact says to everybody."""

    def decide(self, keys: Keys) -> Outcome:
        """Say which row decides for a patient's facts, what was missing, and what would change it."""
        if self._always is not None:
            return self._always
        picked = self._pick(keys)
        found = self._remembered.get(picked)
        if found is None:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[picked] = self._outcome(tuple(keys[fact] for fact in self.facts))
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
        moves = [move for place, axis in enumerate(self._axes) for move in self._moves(axis, place, keys, row)]
        return Outcome(row, missing, used, tuple(moves))

    def _moves(self, axis: Axis, place: int, keys: tuple[Key, ...], row: int | None) -> list[Move]:
        """Change one fact alone, step by step in each direction, until another row decides."""

        def then(key: Key) -> int | None:
            return self._first((*keys[:place], key, *keys[place + 1 :]))[0]

        now = keys[place]
        if not axis.thresholds:
            others: tuple[Key, ...] = axis.answers or (True, False)
            changed = [other for other in others if other != now and then(other) != row]
            if now is None and len({then(other) for other in changed}) == 1 and len(changed) == len(others):
                return [Move(axis.fact, KNOWN, then(others[0]), None)]
            return [Move(axis.fact, _said(other), then(other), None) for other in changed]
        last = 2 * len(axis.thresholds)
        if isinstance(now, int):
            up = next((p for p in range(now + 1, last + 1) if then(p) != row), None)
            down = next((p for p in range(now - 1, -1, -1) if then(p) != row), None)
            found = [(up, True), (down, False)]
        elif row not in (rows := {then(place) for place in range(last + 1)}) and len(rows) == 1:
            return [Move(axis.fact, KNOWN, rows.pop(), None)]
        else:
            found = [_from_the_top(then, row, last)]
        return [_move(axis, step, upward=upward, row=then(step)) for step, upward in found if step is not None]


def _facts(found: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(atom.fact for atom in found))


def picker(facts: tuple[str, ...]) -> Callable[[Keys], object]:
    """Give a quick way to take some facts' regions out of a patient's."""
    return itemgetter(*facts) if facts else lambda _: ()


def _from_the_top(then: Callable[[Key], int | None], row: int | None, last: int) -> tuple[int | None, bool]:
    """Where nothing is known: the widest run at the top, or else at the bottom, that would lead to another row."""
    step = next((p for p in range(last, -1, -1) if then(p) != row), None)
    while step and then(step - 1) == then(step):
        step -= 1
    if step == 0:
        return next(p for p in range(last, -1, -1) if then(p) == then(0)), False
    return step, True


def _move(axis: Axis, step: int, *, upward: bool, row: int | None) -> Move:
    limit = axis.thresholds[step // 2] if step % 2 else axis.thresholds[step // 2 - upward]
    sign = (">=" if step % 2 else ">") if upward else ("<=" if step % 2 else "<")
    return Move(axis.fact, f"{sign} {limit}", row, limit)


def _said(answer: Key) -> str:
    return {True: "yes", False: "no"}[answer] if isinstance(answer, bool) else str(answer)
