"""The inputs of formulas: how a value is read, and which values a formula can be used with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import inf
from math import nextafter as _next
from typing import Literal

from forloeb.kernel.content import Localized, Status
from forloeb.kernel.identifiers import Sex
from forloeb.kernel.quantities import Quantity

Given = float | Decimal | Quantity | bool | str | Sex | None
Kind = Literal["number", "yes_no", "sex", "choice"]


_SIGNS = {"<": "under {}", "<=": "højst {}", ">=": "mindst {}", ">": "over {}"}
_SIGNS_EN = {"<": "below {}", "<=": "at most {}", ">=": "at least {}", ">": "above {}"}


@dataclass(frozen=True, slots=True)
class Scale:
    """Another unit that people write an input in, told by its size: a height of 178 is in cm."""

    low: float
    high: float
    factor: float
    unit: str


@dataclass(frozen=True, slots=True)
class Limits:
    """The range a formula can be used within, in the input's unit; None is open."""

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None

    @property
    def span(self) -> tuple[float, float]:
        """The lowest and the highest number within."""
        low = max(
            -inf if self.at_least is None else self.at_least, -inf if self.above is None else _next(self.above, inf)
        )
        high = min(
            inf if self.at_most is None else self.at_most, inf if self.below is None else _next(self.below, -inf)
        )
        return low, high

    def text(self, unit: Localized) -> Localized:
        """Write the range in words, with the unit; empty where it is open."""
        signs = ((">=", self.at_least), (">", self.above), ("<=", self.at_most), ("<", self.below))
        given = [(sign, f"{limit:g}") for sign, limit in signs if limit is not None]
        da = " og ".join(_SIGNS[sign].format(limit.replace(".", ",")) for sign, limit in given)
        en = " and ".join(_SIGNS_EN[sign].format(limit) for sign, limit in given)
        return (
            Localized(da=f"{da} {unit.da}".strip(), en=f"{en} {unit.en}".strip()) if given else Localized(da="", en="")
        )


@dataclass(frozen=True, slots=True)
class Input:
    """One input of one formula, with the refusal for values that it cannot be used with.

    `outside` is the sentence that is answered outside the limits, or where a yes/no is not `must_be`.
    """

    name: str
    title: Localized
    kind: Kind
    unit: str
    unit_shown: Localized
    limits: Limits
    span: tuple[float, float]
    range_status: Status
    outside: Localized
    must_be: bool | None = None
    default: bool | str | None = None
    is_optional: bool = False
    choices: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    scales: tuple[Scale, ...] = ()

    def read(self, value: Given) -> float | bool | str | Localized | None:
        """Give the value to calculate with, None where it is missing, or the sentence that says why it is no use."""
        if value is None:
            return None
        if self.kind == "number":
            # A yes or no is no number here, though bool is a kind of int.
            if type(value) is float or type(value) is Decimal or type(value) is int:
                return self._within(value)
            return self._number(value)
        if self.kind == "yes_no":
            return self._yes_no(value)
        word = value.value if isinstance(value, Sex) else value
        return word if isinstance(word, str) and word in self.choices else self.outside

    def _number(self, value: Given) -> float | Localized:
        if isinstance(value, Quantity):
            if value.comparator is not None:
                return self._bound(value)
            if value.unit != self.unit:
                return self._other_unit(value.unit)
            return self._within(value.value)
        if isinstance(value, float):  # a float of another library
            return self._within(value)
        return Localized(da=f"{self.title.da} er ikke et tal.", en=f"{self.title.en} is not a number.")

    def _within(self, value: float | Decimal) -> float | Localized:
        try:
            number = float(value)
        except (OverflowError, ValueError):  # more digits than a float holds; a signalling NaN
            return self.outside
        low, high = self.span
        return number if low <= number <= high else self.outside  # not a number is within no range

    def _yes_no(self, value: Given) -> bool | Localized:
        if not isinstance(value, bool):
            return Localized(da=f"{self.title.da} skal være ja eller nej.", en=f"{self.title.en} must be yes or no.")
        return value if self.must_be is None or value is self.must_be else self.outside

    def _bound(self, value: Quantity) -> Localized:
        assert value.comparator is not None
        sign, number = value.comparator.value, f"{value.value:f}"
        return Localized(
            da=f"{self.title.da} er kun kendt som {sign} {number.replace('.', ',')}, og det kan der ikke regnes med.",
            en=f"{self.title.en} is known only as {sign} {number}, which cannot be calculated with.",
        )

    def _other_unit(self, unit: str) -> Localized:
        return Localized(
            da=f"{self.title.da} er i {unit}, ikke i {self.unit}.",
            en=f"{self.title.en} is in {unit}, not in {self.unit}.",
        )
