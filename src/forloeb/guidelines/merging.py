"""Several diseases and several sources, one goal per measure; every disagreement told, with the choice and why.

Each disease speaks by its default profile. The strictest that applies is chosen, except where a goal *prevails*
(frailty, high age): then the most lenient of those that do. Source: the evaluation semantics in
docs/reference/clinical-content.md. The order of diseases never matters: candidates are ordered by what they say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from forloeb.guidelines.results import Clash, ClashSide, Target
from forloeb.guidelines.schema import Conflict
from forloeb.kernel.content import Localized

_INFINITE = Decimal("Infinity")


def merge(
    defaults: Iterable[Target], others: Iterable[Target], conflicts: Mapping[tuple[str, str], Conflict]
) -> tuple[tuple[Target, ...], tuple[Target, ...], tuple[Clash, ...]]:
    """Give the merged targets, the alternatives that were not chosen, and the clashes, each by measure.

    `conflicts` holds the guidelines' own words on a disagreement, by guideline and measure.
    """
    by_measure: dict[str, list[Target]] = {}
    for target in defaults:
        by_measure.setdefault(target.measure, []).append(target)
    of_others: dict[str, list[Target]] = {}
    for target in others:
        of_others.setdefault(target.measure, []).append(target)
    merged, alternatives, clashes = [], [], []
    for measure in sorted({*by_measure, *of_others}):
        candidates = _ordered(by_measure.get(measure))
        rest = _ordered(of_others.get(measure))
        if not candidates:
            alternatives += rest
            continue
        chosen = candidates[0] if len(candidates) == 1 else _choose(candidates)
        merged.append(chosen)
        if len(candidates) == 1 and not rest:
            continue
        unchosen = [t for t in candidates if t is not chosen]
        others = [t for t in (*unchosen, *rest) if t.says != chosen.says]
        if others:
            alternatives += others
            clashes.append(_clash(chosen, unchosen, rest, conflicts))
    return tuple(merged), tuple(alternatives), tuple(clashes)


def _ordered(targets: list[Target] | None) -> list[Target]:
    if targets is None or len(targets) < 2:
        return targets or []
    return sorted(targets, key=_order)


def _choose(candidates: list[Target]) -> Target:
    prevailing = [t for t in candidates if t.prevails]
    if prevailing:
        return max(prevailing, key=_lenience)
    return min(candidates, key=_lenience)


def _lenience(target: Target) -> tuple[bool, Decimal, bool, Decimal]:
    """Order goals from strict to lenient; one without a number is the most lenient."""
    high = _INFINITE if target.high is None else target.high
    low = -_INFINITE if target.low is None else target.low
    has_none = target.high is None and target.low is None and not target.accepted
    return (has_none, high, target.high_inclusive, -low)


def _order(target: Target) -> tuple[object, ...]:
    return (*_lenience(target), target.guideline, target.profile, target.rule)


def _clash(
    chosen: Target, unchosen: list[Target], rest: list[Target], conflicts: Mapping[tuple[str, str], Conflict]
) -> Clash:
    sides = tuple(_side(target) for target in (chosen, *unchosen, *rest))
    differing = [t for t in unchosen if t.says != chosen.says]
    conflict = conflicts.get((chosen.guideline, chosen.measure))
    if differing and chosen.prevails:
        because = _PREVAILS
    elif differing:
        because = _STRICTEST
    elif conflict is not None:
        because = conflict.because
    else:
        because = _DEFAULT
    return Clash(chosen.measure, sides, chosen.rule, because)


def _side(target: Target) -> ClashSide:
    return ClashSide(target.guideline, target.profile, target.rule, target.says, target.status, target.source)


def interval_text(target: Target) -> str:
    """Write a goal with a point for decimals: `< 1.4`, `<= 48`, `53-58`, `ophørt / aldrig røget`."""
    if target.accepted:
        return " / ".join(target.accepted)
    if target.low is not None and target.high is not None:
        return f"{target.low}-{'' if target.high_inclusive else '<'}{target.high}"
    if target.high is not None:
        return f"{'<=' if target.high_inclusive else '<'} {target.high}"
    if target.low is not None:
        return f"{'>=' if target.low_inclusive else '>'} {target.low}"
    return "individual"


_STRICTEST = Localized(
    da="Flere sygdomme har hver sit mål; det strengeste, der gælder for patienten, er valgt.",
    en="Several diseases have goals of their own; the strictest that applies to the patient is chosen.",
)
_PREVAILS = Localized(
    da="Skrøbelighed eller høj alder går forud for strengere mål fra andre sygdomme.",
    en="Frailty or high age goes before stricter goals of other diseases.",
)
_DEFAULT = Localized(
    da="Kilderne er ikke enige; standardprofilen for denne retningslinje er valgt.",
    en="The sources disagree; this guideline's default profile is chosen.",
)
