"""What a goal says, in words and for comparing."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from forloeb.guidelines.results import Target


def interval(target: Target) -> tuple[object, ...]:
    """Give what a goal says, for comparing: an open side has no strictness."""
    return (
        target.low,
        target.low is not None and target.low_inclusive,
        target.high,
        target.high is not None and target.high_inclusive,
        target.accepted,
    )


def interval_text(target: Target | None) -> str:
    """Write a goal with a point for decimals: `< 1.4`, `<= 48`, `53-58`, `ophørt / aldrig røget`; `none` for none."""
    if target is None:
        return "none"
    return _text(target.low, target.low_inclusive, target.high, target.high_inclusive, target.accepted)


@lru_cache(maxsize=4096)
def _text(
    low: Decimal | None, low_inclusive: bool, high: Decimal | None, high_inclusive: bool, accepted: tuple[str, ...]
) -> str:
    if accepted:
        return " / ".join(accepted)
    if low is not None and high is not None:
        return f"{'' if low_inclusive else '>'}{low}-{'' if high_inclusive else '<'}{high}"
    if high is not None:
        return f"{'<=' if high_inclusive else '<'} {high}"
    if low is not None:
        return f"{'>=' if low_inclusive else '>'} {low}"
    return "individual"
