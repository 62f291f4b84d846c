"""Where a fact's value lies between the constants that rules hold it against.

A fact is only ever compared with constants, so all values between two neighbouring constants answer alike. A number's
*region* is its place: even places are the open stretches, odd places the constants themselves. A bounded number
(`>90`) covers a range of places, an unknown fact all of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from forloeb.guidelines.expressions import Atom, Compare, IsKnown, IsYes, OneOf, compare
from forloeb.guidelines.logic import Closure
from forloeb.guidelines.results import FactUsed

Region = int | tuple[int, int] | str | bool | None
"""A place, a range of places, an answer, yes or no; None is unknown. An answer that no rule names is ''."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One fact and the constants that rules hold it against."""

    fact: str
    thresholds: tuple[Decimal, ...] = ()
    answers: frozenset[str] = frozenset()
    is_yes_no: bool = False

    def region(self, fact: FactUsed) -> Region:
        """Give the region that a fact's value lies in."""
        value = fact.value
        if value is None or value is True or value is False:
            return value
        if isinstance(value, str):
            return value if value in self.answers else ""
        place = self.place(value)
        comparator = fact.comparator
        if comparator is None:
            return place
        last = 2 * len(self.thresholds)
        match comparator:
            case "<":
                low, high = 0, place - 1 if place % 2 else place
            case "<=":
                low, high = 0, place
            case ">":
                low, high = place + 1 if place % 2 else place, last
            case _:
                low, high = place, last
        return low if low == high else (low, high)

    def place(self, number: Decimal) -> int:
        """Give a number's place: odd where it is a constant, even between two."""
        at = bisect_left(self.thresholds, number)
        return 2 * at + (at < len(self.thresholds) and self.thresholds[at] == number)

    def representative(self, place: int) -> Decimal:
        """Give a number that lies in a place."""
        if place % 2:
            return self.thresholds[place // 2]
        if not self.thresholds:
            return Decimal(0)
        if place == 0:
            return self.thresholds[0] - 1
        if place == 2 * len(self.thresholds):
            return self.thresholds[-1] + 1
        return (self.thresholds[place // 2 - 1] + self.thresholds[place // 2]) / 2

    def regions(self) -> tuple[Region, ...]:
        """Give every single region the fact can be in, numbers from low to high."""
        if self.thresholds:
            return tuple(range(2 * len(self.thresholds) + 1))
        if self.answers:
            return tuple(sorted(self.answers))
        return (True, False) if self.is_yes_no else ("",)

    def closure(self, atom: Atom, at: int) -> Closure:
        """Compile one comparison of this fact to a function of the regions, this fact's standing `at` a place."""
        match atom:
            case IsKnown():
                return lambda keys: keys[at] is not None
            case IsYes():
                return lambda keys: keys[at]
            case OneOf(_, answers):
                return lambda keys: None if (key := keys[at]) is None else key in answers
            case Compare(_, operator, number):
                places = range(2 * len(self.thresholds) + 1)
                truths = tuple(compare(self.representative(place), operator, number) for place in places)
                return _compared(truths, at)


def _compared(truths: tuple[bool, ...], at: int) -> Closure:
    def compared(keys: object) -> bool | None:
        key = keys[at]  # type: ignore[index]
        if key is None:
            return None
        if key.__class__ is int:
            return truths[key]
        low, high = key
        first = truths[low]
        return first if all(truth is first for truth in truths[low : high + 1]) else None

    return compared


def axes_of(atoms: Iterable[Atom]) -> Iterator[Axis]:
    """Give one axis for each fact, with every constant that the atoms hold it against."""
    numbers: dict[str, set[Decimal]] = {}
    answers: dict[str, set[str]] = {}
    yes_no: set[str] = set()
    for atom in atoms:
        numbers.setdefault(atom.fact, set())
        answers.setdefault(atom.fact, set())
        if isinstance(atom, Compare):
            numbers[atom.fact].add(atom.number)
        elif isinstance(atom, OneOf):
            answers[atom.fact] |= atom.answers
        elif isinstance(atom, IsYes):
            yes_no.add(atom.fact)
    for fact, constants in numbers.items():
        yield Axis(fact, tuple(sorted(constants)), frozenset(answers[fact]), fact in yes_no)
