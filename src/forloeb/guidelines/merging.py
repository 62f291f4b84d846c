"""Several diseases and several sources, one goal per measure; every disagreement told, with the choice and why.

Each disease speaks by its default profile. The strictest that applies is chosen, except where a goal *prevails*
(frailty, high age): then the most lenient of those that do. The order of diseases never matters: goals are ordered
by what they say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from forloeb.guidelines.intervals import interval, interval_text
from forloeb.guidelines.results import Clash, ClashSide, Target
from forloeb.guidelines.schema import Conflict
from forloeb.kernel.content import Localized

Conflicts = Mapping[tuple[str, str], Conflict]
"""The guidelines' own words on a disagreement, by guideline and by measure or class."""

_INFINITE = Decimal("Infinity")


def choose(candidates: Iterable[Target]) -> Target | None:
    """Choose among the goals of several diseases for one measure; none where there are none."""
    ordered = sorted(candidates, key=order)
    prevailing = [target for target in ordered if target.prevails]
    if prevailing:
        return max(prevailing, key=_lenience)
    return ordered[0] if ordered else None


def _lenience(target: Target) -> tuple[bool, Decimal, bool, Decimal]:
    """Order goals from strict to lenient; one without a number is the most lenient."""
    high = _INFINITE if target.high is None else target.high
    low = -_INFINITE if target.low is None else target.low
    has_none = target.high is None and target.low is None and not target.accepted
    return (has_none, high, target.high_inclusive, -low)


def order(target: Target) -> tuple[object, ...]:
    """Order goals by what they say, the strictest first, and by name where they say the same."""
    return (*_lenience(target), target.guideline, target.profile, target.rule)


class Disagreement(NamedTuple):
    """Goals that say something else than the chosen one (places in what was given), and the clash to show."""

    differing: tuple[int, ...]
    clash: Clash | None


def disagree(
    chosen: Target, unchosen: Sequence[Target], of_other_profiles: Sequence[Target], conflicts: Conflicts
) -> Disagreement:
    """Compare the chosen goal with those of other diseases and with those of other profiles."""
    rest = (*unchosen, *of_other_profiles)
    differing = tuple(place for place, other in enumerate(rest) if interval(other) != interval(chosen))
    if not differing:
        return Disagreement((), None)
    diseases_differ = any(place < len(unchosen) for place in differing)
    sides = tuple(map(_side, (chosen, *unchosen, *of_other_profiles)))
    because = _because(chosen, conflicts, diseases_differ=diseases_differ)
    return Disagreement(differing, Clash(chosen.measure, sides, chosen.rule, because))


def _because(chosen: Target, conflicts: Conflicts, *, diseases_differ: bool) -> Localized:
    if diseases_differ:
        return _PREVAILS if chosen.prevails else _STRICTEST
    conflict = conflicts.get((chosen.guideline, chosen.measure))
    return conflict.because if conflict else _DEFAULT


def _side(target: Target) -> ClashSide:
    says = interval_text(target)
    return ClashSide(target.guideline, target.profile, target.rule, says, target.status, target.source)


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
