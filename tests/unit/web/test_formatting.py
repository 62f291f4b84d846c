"""Dates, numbers, goals and CPR numbers are written as people in Denmark write them, and as English readers do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from forloeb.careplans.ranges import GoalRange
from forloeb.kernel.quantities import Comparator, Quantity
from forloeb.web import formatting

D = Decimal


def test_a_day_is_short_in_a_table_and_long_in_a_sentence() -> None:
    day = date(2026, 3, 2)
    assert formatting.format_date(day) == "02.03.2026"
    assert formatting.format_long_date(day) == "2. marts 2026"
    with translation.override("en"):
        assert formatting.format_date(day) == "2 Mar 2026"
        assert formatting.format_long_date(day) == "2 March 2026"


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 1, 31, 23, 30, tzinfo=UTC), "01.02.2026 kl. 00.30"),
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "29.03.2026 kl. 01.59"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "29.03.2026 kl. 03.00"),
        (datetime(2026, 10, 25, 1, 0, tzinfo=UTC), "25.10.2026 kl. 02.00"),
    ],
)
def test_a_moment_is_told_in_danish_time_also_when_the_clocks_change(moment: datetime, written: str) -> None:
    assert formatting.format_moment(moment) == written


@pytest.mark.parametrize(
    ("day", "danish", "english"),
    [
        (date(2026, 3, 1), "i dag", "today"),
        (date(2026, 2, 28), "for 1 dag siden", "1 day ago"),
        (date(2026, 2, 1), "for 28 dage siden", "28 days ago"),
        (date(2025, 12, 1), "for 3 måneder siden", "3 months ago"),
        (date(2025, 3, 2), "for 11 måneder siden", "11 months ago"),
        (date(2024, 2, 29), "for 2 år siden", "2 years ago"),
        (date(2026, 3, 2), "02.03.2026", "2 Mar 2026"),
    ],
)
def test_how_long_ago_a_day_was(day: date, danish: str, english: str) -> None:
    as_of = date(2026, 3, 1)
    assert formatting.format_since(day, as_of) == danish
    with translation.override("en"):
        assert formatting.format_since(day, as_of) == english


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (D("2.5"), 0, "3"),
        (D("0.05"), 1, "0,1"),
        (D("-0.25"), 1, "−0,3"),
        (12.5, 1, "12,5"),
        (7, 1, "7,0"),
        (D("4E+2"), 0, "400"),
    ],
)
def test_what_we_calculate_is_rounded_half_away_from_zero(
    value: Decimal | float | int, decimals: int, written: str
) -> None:
    assert formatting.format_number(value, decimals) == written


@pytest.mark.parametrize(
    ("quantity", "decimals", "written"),
    [
        (Quantity(D("53.2"), "mmol/mol"), 0, "53,2"),
        (Quantity(D("5"), "mmol/L"), 1, "5,0"),
        (Quantity(D("4E+2"), "mg/L"), 0, "400"),
        (Quantity(D("90"), "mL/min", Comparator.ABOVE), 0, ">\u202f90"),
        (Quantity(D("9"), "mg/g", Comparator.BELOW), 0, "<\u202f9"),
        (Quantity(D("0.5"), "mmol/L", Comparator.AT_MOST), 1, "≤\u202f0,5"),
    ],
)
def test_what_was_measured_keeps_every_digit_and_its_comparator(
    quantity: Quantity, decimals: int, written: str
) -> None:
    assert formatting.format_quantity(quantity, decimals) == written


GOALS = [
    (GoalRange(high=D("1.4")), "<\u202f1,4", "under 1,4"),
    (GoalRange(high=D("48"), high_inclusive=True), "≤\u202f48", "højst 48"),
    (GoalRange(low=D("92"), low_inclusive=False), ">\u202f92", "over 92"),
    (GoalRange(low=D("60")), "≥\u202f60", "mindst 60"),
    (GoalRange(D("53"), True, D("58"), True), "53–58", "mellem 53 og 58"),
]


@pytest.mark.parametrize(("goal", "sign", "words"), GOALS)
def test_a_goal_is_written_in_signs_for_staff_and_in_words_for_the_patient(
    goal: GoalRange, sign: str, words: str
) -> None:
    assert formatting.format_goal(goal) == sign
    assert formatting.format_goal_words(goal) == words


def test_a_goal_is_never_rounded_to_another_goal() -> None:
    assert formatting.format_goal(GoalRange(high=D("1.45")), 1) == "<\u202f1,45"
    assert formatting.format_goal(GoalRange(high=D("2")), 1) == "<\u202f2,0"


def test_an_english_reader_gets_a_decimal_point(english: None) -> None:
    assert formatting.format_goal(GoalRange(high=D("1.4"))) == "<\u202f1.4"
    assert formatting.format_count(12345) == "12,345"


def test_a_cpr_number_can_be_copied_as_it_is_written() -> None:
    assert formatting.format_cpr("0201900001") == "020190-0001"


def test_large_counts_have_the_danish_mark() -> None:
    assert formatting.format_count(244916) == "244.916"


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    assert formatting.with_unit("5,3", "mmol/l") == "5,3\u00a0mmol/l"
    assert formatting.with_unit("5,3", "") == "5,3"
