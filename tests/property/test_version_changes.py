"""Whatever versions come and whatever is answered: no override is lost, and no goal changes that nobody changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from forloeb.careplans.agreed import AgreedGoal
from forloeb.careplans.ranges import GoalRange
from forloeb.careplans.version_changes import accepted, kept, premise_of, version_changes
from forloeb.guidelines.library import Library, read_files
from forloeb.guidelines.record import Condition, Measurement, PatientRecord
from forloeb.guidelines.results import Evaluation
from forloeb.kernel.codes import ICPC2_DK, Coding
from forloeb.kernel.content import content_folder
from forloeb.kernel.quantities import Quantity
from forloeb.terminology import measures

FILES = read_files(content_folder())
RULES = "guidelines/ischaemic_heart_disease/rules/rules.yaml"
LDL = "IHS-LDL, otherwise: true, targets: {ldl: {below: 1.4}}"
BP = "IHS-BP, otherwise: true, targets: {sbp: {below: 130, floor: 120}, dbp: {below: 80, floor: 70}}"
WAIST = "targets: {bmi: {below: 25}, waist: {below: 0.92}}"
VARIANTS = (
    {},
    {LDL: LDL.replace("1.4", "1.2")},
    {LDL: LDL.replace("1.4", "1.8")},
    {LDL: LDL.replace("1.4", "1.2"), BP: BP.replace("130", "125")},
    {BP: "IHS-BP, otherwise: true, targets: {dbp: {below: 80, floor: 70}}"},
    {WAIST: "targets: {waist: {below: 0.90}}"},
)
"""Goals lowered, raised, taken away and put back: what a version may do to a plan."""
RECORD = PatientRecord(
    date(1960, 5, 5),
    None,
    [Measurement("ldl", date(2026, 2, 1), Quantity(measures()["ldl"].hard.low + 2, "mmol/L"))],  # type: ignore[union-attr]
    [Condition(Coding(ICPC2_DK, "K74"), date(2020, 1, 1))],
)
DAY = date(2026, 3, 1)


@cache
def evaluation(variant: int) -> Evaluation:
    text = FILES[RULES]
    for old, new in VARIANTS[variant].items():
        assert old in text
        text = text.replace(old, new)
    return Library.read({**FILES, RULES: text}, measures()).evaluate(RECORD, DAY)


def goals_at_control(variant: int, overrides: frozenset[str]) -> dict[str, AgreedGoal]:
    """The goals as a control on the first day leaves them: as recommended, or agreed to differ."""
    found = {}
    for target in evaluation(variant).targets:
        interval = GoalRange.of(target)
        if interval is None:
            continue
        agreed = interval if target.measure not in overrides else wider(interval)
        found[target.measure] = AgreedGoal(
            target.measure, agreed, "", target.measure in overrides, "why" * (target.measure in overrides),
            DAY, "A", interval, premise_of(target.facts),
        )  # fmt: skip
    return found


def wider(interval: GoalRange) -> GoalRange:
    if interval.high is not None:
        return replace(interval, high=interval.high * 2)
    assert interval.low is not None
    return replace(interval, low=interval.low / 2)


MEASURES = ("ldl", "sbp", "dbp", "bmi", "waist")
STEPS = st.lists(
    st.tuples(st.integers(0, len(VARIANTS) - 1), st.dictionaries(st.sampled_from(MEASURES), st.sampled_from("akub"))),
    min_size=1,
    max_size=6,
)
"""A chain: each version that comes, and what is answered for some goals: accept, keep, or accept and go back."""


@settings(max_examples=1_000)
@given(st.integers(0, len(VARIANTS) - 1), STEPS, st.frozensets(st.sampled_from(MEASURES)))
def test_no_chain_loses_an_override_or_changes_a_goal_silently(
    first: int, steps: list[tuple[int, dict[str, str]]], overridden: frozenset[str]
) -> None:
    held = [(DAY, first)]
    goals = goals_at_control(first, overridden)
    turned_down: set[tuple[str, str]] = set()

    def under(day: date) -> Evaluation | None:
        variant = [v for since, v in held if since <= day][-1]
        return None if variant == held[-1][1] and day >= held[-1][0] else evaluation(variant)

    for serial, (variant, answers) in enumerate(steps, start=1):
        day = DAY + timedelta(days=serial)
        held.append((day, variant))
        before = dict(goals)
        proposed = version_changes(goals, evaluation(variant), under, plans_since=DAY, answered=turned_down)
        # Asking changes nothing.
        assert goals == before
        by_measure = {change.measure: change for change in proposed}
        for measure, answer in answers.items():
            change = by_measure.get(measure)
            if change is None:
                continue
            was = dict(goals)
            settled = (
                kept(change, "stays", said_on=day, said_by_name="B")
                if answer == "k"
                else accepted(change, said_on=day, said_by_name="B")
            )
            goals.pop(measure, None)
            if settled is not None:
                goals[measure] = settled
            if answer in "ub":
                goals = was  # going back: the goals are exactly what they were
                assert change in version_changes(
                    goals, evaluation(variant), under, plans_since=DAY, answered=turned_down
                )
                continue
            if answer == "k" and change.agreed is None:
                turned_down.add((measure, change.to_version))
            if answer == "k" and change.agreed is not None:
                assert goals[measure].range == change.agreed.range
                assert not change.is_override or goals[measure].differs or change.now is None
            after = version_changes(goals, evaluation(variant), under, plans_since=DAY, answered=turned_down)
            assert measure not in {each.measure for each in after}
        untouched = {m for m in before if m not in answers or m not in by_measure}
        # What nobody answered is to the letter what it was: range, reason, premise, day and who.
        assert {m: goals[m] for m in untouched} == {m: before[m] for m in untouched}
        for measure, goal in before.items():
            if goal.differs and answers.get(measure) != "a":
                assert goals[measure].range == goal.range


@given(st.integers(0, len(VARIANTS) - 1), st.integers(0, len(VARIANTS) - 1))
def test_every_goal_that_a_version_would_have_otherwise_is_proposed_and_no_other(first: int, then: int) -> None:
    goals = goals_at_control(first, frozenset())
    was, now = ({t.measure: GoalRange.of(t) for t in evaluation(v).targets} for v in (first, then))
    changes = version_changes(goals, evaluation(then), lambda _day: evaluation(first), plans_since=DAY)
    differing = {m for m in {*was, *now} if was.get(m) != now.get(m)}
    assert {change.measure for change in changes} == differing
    for change in changes:
        assert change.kind == (
            "added" if change.measure not in was else "removed" if not now.get(change.measure) else "changed"
        )
