"""CPR numbers that belong to nobody: right birthday and sex, and a failed control digit (modulus 11).

Numbers of one birthday and sex are handed out in an order of their own, one per block of people. As no two
people of a block share birthday and sex (`pyramid`), every number in the population is different.
"""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np

from forloeb.population.synthesis.days import dates_of
from forloeb.population.synthesis.draws import Bools, Draws, Ints

_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
# Which seventh digits tell which years of birth (the CPR office's table, as in kernel.identifiers).
_SEVENTH_DIGITS = ("0123", "012349", "456789")
_UNTIL_1936, _UNTIL_1999, _UNTIL_2036 = range(3)


@cache
def _endings(century: int, woman: bool, control: int) -> Ints:
    """List the four-digit endings that fail the control where the first six digits weigh `control` (mod 11)."""
    sevenths = np.array([int(digit) * 1000 for digit in _SEVENTH_DIGITS[century]])
    endings = (sevenths[:, None] + np.arange(0 if woman else 1, 1000, 2)).ravel()
    digits = (endings // 1000, endings // 100 % 10, endings // 10 % 10, endings % 10)
    weights = sum((w * d for w, d in zip(_WEIGHTS[6:], digits, strict=True)), np.zeros_like(endings))
    failing: Ints = endings[(control + weights) % 11 != 0]
    return failing


@cache
def blocks_possible() -> int:
    """Give how many blocks of people there are numbers for."""
    kinds = product((_UNTIL_1936, _UNTIL_1999, _UNTIL_2036), (True, False), range(11))
    return min(len(_endings(*kind)) for kind in kinds)


@cache
def _shuffled(draws: Draws, kind: int) -> Ints:
    century, woman, control = kind // 22, bool(kind // 11 % 2), kind % 11
    endings = _endings(century, woman, control)
    return endings[np.argsort(draws.bits(f"cpr/{kind}", np.arange(len(endings))), kind="stable")]


def cpr_numbers(draws: Draws, block: int, women: Bools, births: Ints) -> Ints:
    """Give each person of a block a number, as an integer of up to ten digits (write it with leading zeros)."""
    day, month, year = dates_of(births)
    first_six = day * 10000 + month * 100 + year % 100
    tens = (day // 10, day % 10, month // 10, month % 10, year % 100 // 10, year % 10)
    control = sum((w * d for w, d in zip(_WEIGHTS[:6], tens, strict=True)), np.zeros_like(day)) % 11
    century = np.select([year <= 1936, year <= 1999], [_UNTIL_1936, _UNTIL_1999], _UNTIL_2036)
    # Each birthday and sex has its own start in a shuffled list of endings, so that numbers look unordered.
    start = draws.bits("cpr", births, women.astype(np.int64))
    endings = np.empty_like(births)
    kind = (century * 2 + women) * 11 + control
    for key in np.unique(kind):
        here = kind == key
        table = _shuffled(draws, int(key))
        place = ((start[here] >> np.uint64(16)) + np.uint64(block)) % np.uint64(len(table))
        endings[here] = table[place]
    return first_six * 10000 + endings
