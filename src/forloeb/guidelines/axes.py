"""Each fact held once against all constants that any rule compares it with.

A fact is only ever compared with constants, so its value falls in one *region* between them: a constant itself, or the
open stretch between two. What any table answers depends on the regions alone, so a patient's facts are placed once and
every table is asked with the places.

A value with a comparator (`>90`) covers a run of regions; an unknown one covers all of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

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
)
from forloeb.guidelines.results import FactUsed

Key = int | str | tuple[int, int] | bool | None
"""A fact's region: its place for a number, a pair of places for a bounded one, the answer itself, None for unknown."""

Keys = Mapping[str, Key]


@dataclass(frozen=True, slots=True)
class Axis:
    """One fact and the constants that rules hold it against, in order."""

    fact: str
    thresholds: tuple[Decimal, ...]
    answers: tuple[str, ...]

    def key(self, value: FactUsed | None) -> Key:
        """Place a fact's value among the constants."""
        if value is None or value.value is None:
            return None
        number = value.value
        if isinstance(number, bool):
            return number
        if isinstance(number, str):
            return number if number in self.answers else ""
        # Even places are the open stretches, odd places the constants themselves.
        at = bisect_left(self.thresholds, number)
        place = 2 * at + (at < len(self.thresholds) and self.thresholds[at] == number)
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


class Axes:
    """The axes of every fact that some expressions speak of."""

    def __init__(self, expressions: Iterable[Expression]) -> None:
        numbers: dict[str, set[Decimal]] = {}
        answers: dict[str, set[str]] = {}
        for expression in expressions:
            for atom in atoms(expression):
                numbers.setdefault(atom.fact, set())
                answers.setdefault(atom.fact, set())
                if isinstance(atom, Compare):
                    numbers[atom.fact].add(atom.number)
                elif isinstance(atom, OneOf):
                    answers[atom.fact] |= atom.answers
        self._axes = {fact: Axis(fact, tuple(sorted(numbers[fact])), tuple(sorted(answers[fact]))) for fact in numbers}

    def __getitem__(self, fact: str) -> Axis:
        return self._axes[fact]

    def keys(self, facts: Mapping[str, FactUsed]) -> dict[str, Key]:
        """Place all facts of a patient."""
        return {name: axis.key(facts.get(name)) for name, axis in self._axes.items()}

    def place(self, keys: dict[str, Key], changed: Iterable[FactUsed]) -> None:
        """Place some facts anew."""
        for fact in changed:
            axis = self._axes.get(fact.fact)
            if axis is not None:
                keys[fact.fact] = axis.key(fact)
