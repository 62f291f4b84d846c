"""The mean of blood pressure at home: which measurements count, and that too few give none."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forloeb.guidelines.home import PressureProtocol, Reading, gaps, load_home, mean_of
from forloeb.kernel.content import ContentError, content_folder
from forloeb.terminology import measures

PROTOCOL: PressureProtocol = load_home(content_folder(), measures()).pressure
SLOTS = [(day, time, place) for day in (1, 2, 3) for time, place in PROTOCOL.slots()]


def series(*, first_day: int = 160, later: int = 130) -> list[Reading]:
    """Give a whole series: 18 measurements, the first day's higher than the rest."""
    return [Reading(day, time, place, first_day if day == 1 else later, 80) for day, time, place in SLOTS]


@st.composite
def some_readings(draw: st.DrawFn) -> list[Reading]:
    slots = draw(st.lists(st.sampled_from(SLOTS), unique=True))
    numbers = st.integers(90, 200), st.integers(40, 89)
    return [Reading(*slot, draw(numbers[0]), draw(numbers[1])) for slot in slots]


def test_the_first_day_does_not_count() -> None:
    mean = mean_of(PROTOCOL, series())
    assert mean is not None
    assert (mean.systolic, mean.diastolic, mean.counted, mean.of) == (130, 80, 12, 18)


def test_half_a_millimetre_is_rounded_up() -> None:
    readings = series()
    readings[6:12] = [reading._replace(systolic=131) for reading in readings[6:12]]
    mean = mean_of(PROTOCOL, readings)
    assert mean is not None
    assert mean.systolic == 131


def test_a_measurement_short_on_a_day_that_counts_gives_no_mean_and_says_where() -> None:
    readings = series()[:-1]
    assert mean_of(PROTOCOL, readings) is None
    assert [(gap.day, gap.missing, gap.is_needed) for gap in gaps(PROTOCOL, readings)] == [(3, 1, True)]


def test_the_first_day_may_be_short_but_not_left_out() -> None:
    readings = series()
    short = mean_of(PROTOCOL, readings[3:])
    assert short is not None
    assert (short.counted, short.of) == (12, 15)
    assert not gaps(PROTOCOL, readings[3:])[0].is_needed
    assert mean_of(PROTOCOL, readings[6:]) is None
    assert gaps(PROTOCOL, readings[6:])[0].is_needed


@given(some_readings())
def test_there_is_never_a_mean_of_fewer_than_the_minimum(readings: list[Reading]) -> None:
    counted = sum(reading.day in PROTOCOL.counted.days for reading in readings)
    mean = mean_of(PROTOCOL, readings)
    if counted < PROTOCOL.counted.at_least:
        assert mean is None
    if mean is not None:
        assert mean.counted >= PROTOCOL.counted.at_least


@given(st.lists(st.tuples(st.integers(90, 200), st.integers(40, 89)), min_size=18, max_size=18), st.randoms())
def test_the_order_in_which_they_are_typed_does_not_matter(
    numbers: list[tuple[int, int]], chance: random.Random
) -> None:
    readings = [Reading(*slot, *pair) for slot, pair in zip(SLOTS, numbers, strict=True)]
    shuffled = list(readings)
    chance.shuffle(shuffled)
    mean = mean_of(PROTOCOL, readings)
    assert mean is not None
    assert mean_of(PROTOCOL, shuffled) == mean
    counted = [r.systolic for r in readings if r.day > 1]
    assert min(counted) <= mean.systolic <= max(counted)


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("at_least: 12", "at_least: 13", "at_least is more than the 12 measurements"),
        ("days: [2, 3]", "days: [2, 4]", "counted days lie between 1 and 3"),
        ("systolic: sbp_home", "systolic: sbp_hom", "unknown measure 'sbp_hom'"),
        ("sources: [DAHS15]", "sources: [DAHS16]", "unknown source 'DAHS16'"),
        ("within_days:", "within_day:", "unknown key 'within_day'"),
    ],
)
def test_a_slip_in_the_content_is_named(tmp_path: Path, was: str, becomes: str, said: str) -> None:
    content = shutil.copytree(content_folder(), tmp_path / "content")
    path = content / "home" / "blood_pressure.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(ContentError) as refusal:
        load_home(content, measures())
    assert said in str(refusal.value)
    assert "blood_pressure.yaml" in str(refusal.value)
