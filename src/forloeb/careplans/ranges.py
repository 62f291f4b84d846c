"""Goals as intervals: `< 1,8`, `≤ 48`, `53–58`, `120–130`; read as people type them and compared without rounding."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

from forloeb.guidelines.results import Target
from forloeb.kernel.answers import Answer, not_
from forloeb.kernel.quantities import Comparator, NotANumber, Quantity, read_number


class RangeJson(TypedDict):
    """An interval as it is stored: numbers as text, so that no digit is lost."""

    low: str | None
    low_inclusive: bool
    high: str | None
    high_inclusive: bool


class NotARange(ValueError):
    """The text is not a goal we can read without guessing. The text is not repeated: it may be personal."""

    def __init__(self) -> None:
        super().__init__("not a goal; write for example < 1,8 or 53-58")


@dataclass(frozen=True, slots=True)
class GoalRange:
    """An interval in a measure's unit; a limit of None is open."""

    low: Decimal | None = None
    low_inclusive: bool = True
    high: Decimal | None = None
    high_inclusive: bool = False

    def __post_init__(self) -> None:
        if self.low is None and self.high is None:
            raise NotARange
        if self.low is not None and self.high is not None and self.low > self.high:
            raise NotARange

    @classmethod
    def of(cls, target: Target) -> GoalRange | None:
        """Give a recommended target's interval; None where the guideline gives no number."""
        if target.low is None and target.high is None:
            return None
        return cls(target.low, target.low_inclusive, target.high, target.high_inclusive)

    @classmethod
    def read(cls, text: str, *, like: GoalRange | None = None) -> GoalRange:
        """Read a goal as typed. A bare number is a limit on the side, and as strict, as the goal it is `like`.

        Raises NotARange.
        """
        text = text.strip()
        try:
            if between := re.fullmatch(r"([0-9.,]+)\s*(?:-|–|til|to)\s*([0-9.,]+)", text):
                return cls(read_number(between[1])[1], True, read_number(between[2])[1], True)
            comparator, number = read_number(text)
        except NotANumber:
            raise NotARange from None
        match comparator:
            case Comparator.BELOW | Comparator.AT_MOST:
                return cls(high=number, high_inclusive=comparator is Comparator.AT_MOST)
            case Comparator.ABOVE | Comparator.AT_LEAST:
                return cls(low=number, low_inclusive=comparator is Comparator.AT_LEAST)
        if like is not None and like.high is None:
            return cls(low=number, low_inclusive=like.low_inclusive)
        return cls(high=number, high_inclusive=like.high_inclusive if like else False)

    @classmethod
    def from_json(cls, stored: RangeJson) -> GoalRange:
        """Read what `to_json` wrote."""
        return cls(
            None if stored["low"] is None else Decimal(stored["low"]),
            stored["low_inclusive"],
            None if stored["high"] is None else Decimal(stored["high"]),
            stored["high_inclusive"],
        )

    def to_json(self) -> RangeJson:
        """Give the interval as it is stored."""
        return {
            "low": None if self.low is None else str(self.low),
            "low_inclusive": self.low_inclusive,
            "high": None if self.high is None else str(self.high),
            "high_inclusive": self.high_inclusive,
        }

    def same_as(self, other: GoalRange | None) -> bool:
        """Whether two goals say the same; an open side has no strictness to differ in."""
        if other is None:
            return False
        sides = (
            (self.low, self.low_inclusive, other.low, other.low_inclusive),
            (self.high, self.high_inclusive, other.high, other.high_inclusive),
        )
        return all(a == b and (a is None or ai == bi) for a, ai, b, bi in sides)

    def keeps_high(self, quantity: Quantity) -> Answer:
        """Answer whether a value keeps the goal's upper limit; a bounded value may not tell."""
        if self.high is None:
            return Answer.YES
        if not self.high_inclusive:
            return quantity.is_below(self.high)
        return not_(quantity.is_above(self.high))

    def keeps_low(self, quantity: Quantity) -> Answer:
        """Answer whether a value keeps the goal's lower limit; a bounded value may not tell."""
        if self.low is None:
            return Answer.YES
        if not self.low_inclusive:
            return quantity.is_above(self.low)
        return not_(quantity.is_below(self.low))

    def text(self, decimal_mark: str = ",") -> str:
        """Write the interval as a clinician does: `< 1,8`, `≤ 48`, `53–58`, `> 92`."""

        def number(value: Decimal) -> str:
            return f"{value.normalize():f}".replace(".", decimal_mark)

        if self.low is None:
            assert self.high is not None
            return f"{'≤' if self.high_inclusive else '<'} {number(self.high)}"
        if self.high is None:
            return f"{'≥' if self.low_inclusive else '>'} {number(self.low)}"
        return f"{number(self.low)}–{number(self.high)}"
