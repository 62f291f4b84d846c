"""What changed from one version of a plan to the next, as facts that a page turns into words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from forloeb.careplans.ranges import GoalRange
from forloeb.careplans.snapshots import read_goals


@dataclass(frozen=True, slots=True)
class Difference:
    """One change. `about` is a measure, a kind of statement, or the agreement's own text.

    None is nothing before or after.
    """

    kind: Literal["goal", "value", "statement", "agreement-added", "agreement-ended", "next-review", "guideline"]
    about: str
    before: str | None
    after: str | None
    reason: str = ""


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Compare two versions' content; the first version (`before` None) has nothing to differ from."""
    if before is None:
        return ()
    return (
        *_goals(before, after),
        *_values(before, after),
        *_statements(before, after),
        *_agreements(before, after),
        *_plain(before, after),
    )


def _goals(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    was, now = read_goals(before), read_goals(after)
    for measure in sorted({*was, *now}):
        old, new = was.get(measure, (None, "", "")), now.get(measure, (None, "", ""))
        if _goal_text(old) != _goal_text(new):
            yield Difference("goal", measure, _goal_text(old), _goal_text(new), new[2])


def _goal_text(goal: tuple[GoalRange | None, str, str]) -> str | None:
    return goal[0].text() if goal[0] else goal[1] or None


def _values(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    was = {value["measure"]: value for value in before["values"]}
    for value in after["values"]:
        old = was.get(value["measure"])
        if old and value["measured_on"] != old["measured_on"] and value["value"] and old["value"]:
            yield Difference("value", value["measure"], _number(old), _number(value))


def _number(value: Mapping[str, Any]) -> str:
    return f"{value['comparator'] or ''}{Decimal(value['value']).normalize():f}".replace(".", ",")


def _statements(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for kind in sorted({*before["statements"], *after["statements"]}):
        old, new = before["statements"].get(kind), after["statements"].get(kind)
        if old != new:
            yield Difference("statement", kind, old, new)


def _agreements(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    was, now = ({a["text"] for a in version["agreements"]} for version in (before, after))
    for text in sorted(now - was):
        yield Difference("agreement-added", text, None, text)
    for text in sorted(was - now):
        yield Difference("agreement-ended", text, text, None)


def _plain(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    if before["next_review_on"] != after["next_review_on"]:
        yield Difference("next-review", "", before["next_review_on"], after["next_review_on"])
    # A version that was received follows no guideline of ours.
    versions = before["guideline_version"], after["guideline_version"]
    if all(versions) and versions[0] != versions[1]:
        yield Difference("guideline", after["guideline"], before["guideline_version"], after["guideline_version"])


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """One version of one plan, and what changed from the one before."""

    guideline: str
    number: int
    saved_on: date
    saved_by_name: str
    is_new: bool
    changes: tuple[Difference, ...]
    source: str = ""
    """Where it was received from; nothing for one saved here."""
