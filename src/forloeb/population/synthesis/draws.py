"""Random numbers by counting, and the arithmetic on them.

A draw is a function of the seed, its purpose and whom it is for: nobody's life depends on who else is drawn,
and batches may be drawn anywhere in any order. Only additions, multiplications and look-ups in rounded tables
are used, so that every machine gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_TABLE_DIGITS = 9  # tables are rounded so that a last-bit difference between machines' libraries cannot show


@dataclass(frozen=True)
class Draws:
    """All the draws of one population."""

    seed: int

    def bits(self, purpose: str, *counters: Ints) -> Bits:
        """Draw 64 bits for each place in the counters (broadcast together)."""
        bits: Bits = np.array([_key(self.seed, purpose)], dtype=np.uint64)
        for counter in counters:
            bits = mixed(bits ^ (counter.astype(np.uint64) * _GOLDEN))
        return bits

    def uniform(self, purpose: str, *counters: Ints) -> Floats:
        """Draw numbers from 0 up to but not including 1."""
        return (self.bits(purpose, *counters) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def normal(self, purpose: str, *counters: Ints) -> Floats:
        """Draw standard normal numbers (65,536 levels, none beyond 4.4)."""
        levels: Floats = _normal_levels()[self.bits(purpose, *counters) >> np.uint64(48)]
        return levels

    def sixteenths(self, purpose: str, how_many: int, *counters: Ints) -> Floats:
        """Draw several coarse numbers from 0 to 1 (65,536 levels) for each place: shape (places, how_many)."""
        words = [self.bits(f"{purpose}/{word}", *counters) for word in range((how_many + 3) // 4)]
        lanes = np.stack(words, axis=1).astype("<u8").view("<u2")[:, :how_many]
        return (lanes.astype(np.float64) + 0.5) * 2.0**-16


@cache
def _key(seed: int, purpose: str) -> int:
    return int.from_bytes(blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest(), "little")


def mixed(bits: Bits) -> Bits:
    """Mix 64 bits as one step of SplitMix64 does (Steele, Lea and Flood 2014)."""
    bits = bits + _GOLDEN
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return bits ^ (bits >> np.uint64(31))


@cache
def _normal_levels() -> Floats:
    normal = NormalDist()
    lower = [round(normal.inv_cdf((level + 0.5) / 65536), _TABLE_DIGITS) for level in range(32768)]
    return np.array(lower + [-level for level in reversed(lower)])


_CELLS = 512
_REACH = 6


@cache
def _normal_shares() -> Floats:
    cells = range(-_REACH * _CELLS, _REACH * _CELLS + 2)
    return np.array([round(0.5 * (1 + math.erf(cell / _CELLS / math.sqrt(2))), _TABLE_DIGITS) for cell in cells])


def share_below(normal: Floats) -> Floats:
    """Give the share of a standard normal below each number (straight lines between cells of 1/512)."""
    table = _normal_shares()
    place = (np.clip(normal, -_REACH, _REACH) + _REACH) * _CELLS
    cell = place.astype(np.int64)
    low = table[cell]
    return low + (table[cell + 1] - low) * (place - cell)


def together(own: float, patient: Floats, visit: Floats) -> Floats:
    """Mix a patient's own level with the visit's, so that the mix is standard normal again."""
    return math.sqrt(own) * patient + math.sqrt(1 - own) * visit


class Line:
    """A curve through points with straight lines between, level outside them."""

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        xs, ys = (np.array(column, dtype=np.float64) for column in zip(*points, strict=True))
        widths = np.maximum(np.diff(xs), 1e-12)
        self._xs, self._ys = xs, ys
        self._slopes = np.diff(ys) / widths

    def __call__(self, at: Floats) -> Floats:
        inside = np.clip(at, self._xs[0], self._xs[-1])
        cell = np.clip(np.searchsorted(self._xs, inside, side="right") - 1, 0, len(self._slopes) - 1)
        return self._ys[cell] + (inside - self._xs[cell]) * self._slopes[cell]


class Choice:
    """Picks among a few by their shares."""

    def __init__(self, shares: dict[str, float]) -> None:
        self.keys = tuple(shares)
        self._limits = np.round(np.cumsum(list(shares.values())), _TABLE_DIGITS)[:-1]

    def __call__(self, uniform: Floats) -> Ints:
        """Give the place in `keys` for each draw."""
        return np.searchsorted(self._limits, uniform, side="right").astype(np.int64)
