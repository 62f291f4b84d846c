"""What an author should see of a decision table: gaps where no row decides, rows never reached, rows that overlap.

A row's answer depends only on the regions between the constants that it compares its facts with (`axes.py`), so a table
is looked at region by region: all of them where they are few enough, else not at all, and that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice, product
from math import prod
from typing import Literal

from forloeb.guidelines.axes import Axes, Axis, Key
from forloeb.guidelines.expressions import Always, Atom, Expression, Truth, atoms, evaluate, parse
from forloeb.guidelines.library import Guideline, Library
from forloeb.guidelines.schema import ClassificationTable, InclusionTable, IntervalTable, TargetTable
from forloeb.guidelines.wording import number_words, unit_words

MOST_COMBINATIONS = 20_000
"""Combinations of regions that are looked at for one question; a table that has more is not examined."""

_Wanted = Callable[[Mapping[int, bool]], bool]
_Truth = Callable[[Atom], Truth]

DecisionTable = InclusionTable | TargetTable | ClassificationTable | IntervalTable
"""The tables of which the first row that holds decides."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a table. `rules` are the rows it is about, `example` a patient of whom it holds, in words."""

    kind: Literal["gap", "unreached", "overlap", "not-examined"]
    rules: tuple[str, ...]
    example: str = ""


def examine(
    library: Library, guideline: Guideline, table: DecisionTable, language: str, *, as_of: date, overlaps: bool = True
) -> tuple[Finding, ...]:
    """Give the gaps, the rows that are never reached, and the pairs that can both hold, each with an example.

    Rows that overlap are no fault: the upper one decides. A gap is none either where a table is meant to be silent.
    `overlaps` may be left out: they take the most time.
    """
    names = library.names(guideline, as_of)
    rows = [Always() if row.when is None else parse(row.when, names) for row in table.rows]
    return tuple(_Examining(library, rows, [row.rule for row in table.rows], language).findings(overlaps=overlaps))


class _Examining:
    def __init__(self, library: Library, rows: Sequence[Expression], rules: Sequence[str], language: str) -> None:
        self._library, self._rows, self._rules = library, rows, rules
        self._language = "en" if language.startswith("en") else "da"
        self._axes = Axes(rows)
        self._facts = [tuple(dict.fromkeys(atom.fact for atom in atoms(row))) for row in rows]

    def findings(self, *, overlaps: bool) -> Iterator[Finding]:
        yield from self._gap()
        for place in range(1, len(self._rows)):
            yield from self._unreached(place)
        for lower in range(1, len(self._rows)) if overlaps else ():
            for upper in range(lower):
                yield from self._overlap(upper, lower)

    def _gap(self) -> Iterator[Finding]:
        if any(isinstance(row, Always) for row in self._rows):
            return
        found = self._first(range(len(self._rows)), lambda answers: not any(answers.values()))
        if found is None:
            yield Finding("not-examined", tuple(self._rules))
        elif found:
            yield Finding("gap", (), self._words(found))

    def _unreached(self, place: int) -> Iterator[Finding]:
        above = range(place + 1)
        found = self._first(above, lambda answers: answers[place] and not any(answers[p] for p in range(place)))
        if found == {}:
            yield Finding("unreached", (self._rules[place],))

    def _overlap(self, upper: int, lower: int) -> Iterator[Finding]:
        if isinstance(self._rows[lower], Always) or isinstance(self._rows[upper], Always):
            return  # what holds for all others overlaps by being that
        found = self._first((upper, lower), lambda answers: answers[upper] and answers[lower])
        if found:
            yield Finding("overlap", (self._rules[upper], self._rules[lower]), self._words(found))

    def _first(self, places: Sequence[int], wanted: _Wanted) -> dict[str, Key] | None:
        """Give the first combination that is wanted; an empty one where there is none; None where there are too many.

        A table whose rows look at no fact has one combination, which is told as wanted by a fact of no name.
        """
        facts = tuple(dict.fromkeys(fact for place in places for fact in self._facts[place]))
        regions = [_regions(self._axes[fact]) for fact in facts]
        if prod(len(each) for each in regions) > MOST_COMBINATIONS:
            return None
        for keys in islice(product(*regions), MOST_COMBINATIONS):
            held = dict(zip(facts, keys, strict=True))
            if wanted({place: bool(evaluate(self._rows[place], self._truth(held))) for place in places}):
                return held or {"": None}
        return {}

    def _truth(self, held: Mapping[str, Key]) -> _Truth:
        def truth(atom: Atom) -> Truth:
            return self._axes[atom.fact].truth(atom, held[atom.fact])

        return truth

    def _words(self, held: Mapping[str, Key]) -> str:
        return ", ".join(self._fact(fact, key) for fact, key in held.items() if fact)

    def _fact(self, fact: str, key: Key) -> str:
        declared = self._library.fact_layer.declared[fact]
        title = declared.title.in_language(self._language)
        axis = self._axes[fact]
        if isinstance(key, bool):
            return f"{title}: {_YES[key][self._language]}"
        if isinstance(key, int):
            number = number_words(_likely(axis, key), self._language)
            return f"{title} {number} {unit_words(declared.unit, self._language)}".rstrip()
        return f"{title}: {key or '–'}"


def _regions(axis: Axis) -> Sequence[Key]:
    """Give every answer of a known fact that a row can tell apart."""
    if axis.thresholds:
        return range(2 * len(axis.thresholds) + 1)
    return (*axis.answers, "") if axis.answers else (True, False)


def _likely(axis: Axis, place: int) -> str:
    """Give a number of a region that could be a patient's: below the first limit, half of it."""
    first = axis.thresholds[0]
    return f"{first / 2 if place == 0 and first > 0 else axis.representative(place):f}"


_YES = {True: {"da": "ja", "en": "yes"}, False: {"da": "nej", "en": "no"}}
