"""Goals are read as people write them, and survive being written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forloeb.careplans.ranges import GoalRange, NotARange

NUMBERS = st.decimals(min_value=0, max_value=300, places=1)


@st.composite
def ranges(draw: st.DrawFn) -> GoalRange:
    low, high = sorted((draw(NUMBERS), draw(NUMBERS)))
    return draw(
        st.sampled_from(
            [
                GoalRange(high=high, high_inclusive=True),
                GoalRange(high=high),
                GoalRange(low=low),
                GoalRange(low=low, low_inclusive=False),
                GoalRange(low=low, high=high, high_inclusive=True),
            ]
        )
    )


@given(ranges())
def test_a_goal_survives_being_written_and_read(goal):
    assert GoalRange.read(goal.text()).same_as(goal)
    assert GoalRange.from_json(goal.to_json()).same_as(goal)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("<1,8", GoalRange(high=Decimal("1.8"))),
        ("≤ 48", GoalRange(high=Decimal(48), high_inclusive=True)),
        ("53-58", GoalRange(Decimal(53), True, Decimal(58), True)),
        ("53 til 58", GoalRange(Decimal(53), True, Decimal(58), True)),
        (">92", GoalRange(low=Decimal(92), low_inclusive=False)),
        ("1,8", GoalRange(high=Decimal("1.8"))),
    ],
)
def test_goals_are_read_as_clinicians_type_them(typed, meant):
    assert GoalRange.read(typed).same_as(meant)


def test_a_bare_number_is_as_strict_as_the_goal_it_replaces():
    at_most = GoalRange(high=Decimal(48), high_inclusive=True)
    assert GoalRange.read("50", like=at_most).high_inclusive
    assert GoalRange.read("90", like=GoalRange(low=Decimal(92))).low == 90


@pytest.mark.parametrize("typed", ["", "lav", "<", "58-53", "1.234,5", "<1,8>", "NaN", "1e5x"])
def test_what_cannot_be_read_without_guessing_is_refused(typed):
    with pytest.raises(NotARange):
        GoalRange.read(typed)
