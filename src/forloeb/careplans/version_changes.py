"""What a new version of a guideline proposes for a plan that runs: pure, and never more than a proposal.

A goal was agreed under the versions that held that day. The patient is evaluated under those and under today's, on
today's facts: what differs is what the new version makes different, and nothing else is said to be its doing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from forloeb.careplans.agreed import AgreedGoal
from forloeb.careplans.ranges import GoalRange
from forloeb.guidelines.results import Evaluation, FactUsed, Target


@dataclass(frozen=True, slots=True)
class VersionChange:
    """One goal that a new version would have otherwise. `agreed` is the goal in force until it is answered.

    `was` is what the earlier versions recommend for the patient as they are today, and `now` what today's do.
    """

    measure: str
    kind: Literal["changed", "added", "removed"]
    agreed: AgreedGoal | None
    was: Target | None
    now: Target | None

    @property
    def is_override(self) -> bool:
        """Whether the goal in force was agreed to differ: it is never taken over together with others."""
        return self.agreed is not None and self.agreed.differs

    @property
    def guideline(self) -> str:
        """The guideline that recommends the goal now, or did."""
        return (self.now or self._was).guideline

    @property
    def to_version(self) -> str:
        """The version that proposes; empty where no version recommends the goal any longer."""
        return self.now.guideline_version if self.now else ""

    @property
    def from_version(self) -> str:
        """The version that the goal was agreed under; empty where there was no goal."""
        return self.was.guideline_version if self.was else ""

    @property
    def _was(self) -> Target:
        assert self.was is not None
        return self.was


Under = Callable[[date], Evaluation | None]
"""The patient today under the versions that held on a day; None where they are today's."""


def version_changes(
    goals: Mapping[str, AgreedGoal],
    now: Evaluation,
    under: Under,
    *,
    plans_since: date | None,
    answered: Iterable[tuple[str, str]] = (),
) -> tuple[VersionChange, ...]:
    """Give what today's versions would have otherwise in the goals of running plans.

    `plans_since` is the day of the last control, None where there is no plan; `answered` holds the goals that were
    turned down where there was none before, by measure and version.
    """
    targets = {target.measure: target for target in now.targets}
    found = [change for goal in goals.values() if (change := _change(goal, targets.get(goal.measure), under))]
    turned_down = set(answered)
    if plans_since is not None and (before := under(plans_since)) is not None:
        had = {target.measure for target in before.targets}
        found += [
            VersionChange(measure, "added", None, None, target)
            for measure, target in targets.items()
            if measure not in goals
            and measure not in had
            and (measure, target.guideline_version) not in turned_down
            and GoalRange.of(target) is not None
        ]
    return tuple(sorted(found, key=lambda change: change.measure))


def _change(goal: AgreedGoal, now: Target | None, under: Under) -> VersionChange | None:
    if goal.answer:
        return None  # what is chosen, not measured, is agreed by its answer
    before = under(goal.said_on)
    if before is None:
        return None
    was = next((target for target in before.targets if target.measure == goal.measure), None)
    old, new = GoalRange.of(was) if was else None, GoalRange.of(now) if now else None
    if was is None or old is None or old.same_as(new) or (goal.range is not None and goal.range.same_as(new)):
        return None
    return VersionChange(goal.measure, "changed" if new else "removed", goal, was, now)


def accepted(change: VersionChange, *, said_on: date, said_by_name: str) -> AgreedGoal | None:
    """Give the goal that holds when the proposal is taken over; None where the goal falls away."""
    interval = GoalRange.of(change.now) if change.now else None
    if change.now is None or interval is None:
        return None
    return AgreedGoal(
        change.measure, interval, "", False, "", said_on, said_by_name, interval, premise_of(change.now.facts)
    )


def kept(change: VersionChange, reason: str, *, said_on: date, said_by_name: str) -> AgreedGoal | None:
    """Give the goal that holds when what was agreed is kept: it differs from now on, for a reason; None where none was.

    Its premise is today's, so that it asks again when that changes.
    """
    if change.agreed is None:
        return None
    interval = GoalRange.of(change.now) if change.now else None
    return replace(
        change.agreed,
        differs=interval is not None,
        reason=reason if interval is not None else change.agreed.reason,
        said_on=said_on,
        said_by_name=said_by_name,
        recommended_then=interval,
        premise=premise_of(change.now.facts) if change.now else change.agreed.premise,
        source="",
    )


def premise_of(facts: Iterable[FactUsed]) -> tuple[tuple[str, str], ...]:
    """Give the facts an answer rested on in a form that can be stored and compared later."""
    return tuple(sorted((fact.fact, fact_text(fact)) for fact in facts))


def fact_text(fact: FactUsed) -> str:
    """Write a fact's value as a premise holds it."""
    if isinstance(fact.value, bool) or fact.value is None:
        return {True: "yes", False: "no", None: "unknown"}[fact.value]
    return f"{fact.comparator or ''}{fact.value}"
