"""Answers have three values; numbers keep their comparator; CPR numbers hide themselves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from forloeb.kernel.answers import Answer, all_of, any_of, not_
from forloeb.kernel.codes import MCS, NPU, Coding
from forloeb.kernel.identifiers import CprNumber, NotACprNumber, Sex
from forloeb.kernel.periods import Period, months_after, months_before, whole_years
from forloeb.kernel.quantities import Comparator, NotANumber, Quantity, read_number

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN


@pytest.mark.parametrize(
    ("parts", "both", "either"),
    [
        ([YES, YES], YES, YES),
        ([YES, NO], NO, YES),
        ([YES, UNKNOWN], UNKNOWN, YES),
        ([NO, UNKNOWN], NO, UNKNOWN),
        ([UNKNOWN, UNKNOWN], UNKNOWN, UNKNOWN),
        ([], YES, NO),
    ],
)
def test_unknown_stays_open_unless_the_rest_settles_it(parts, both, either):
    assert (all_of(parts), any_of(parts)) == (both, either)
    assert not_(all_of(parts)) is any_of(not_(part) for part in parts)


def test_an_answer_is_never_used_as_if_it_had_two_values():
    with pytest.raises(TypeError):
        bool(UNKNOWN)


@pytest.mark.parametrize(
    ("text", "limit", "below", "above"),
    [
        ("52,9", "53", YES, NO),
        ("53", "53", NO, NO),
        (">90", "60", NO, YES),
        (">90", "90", NO, YES),
        (">90", "95", UNKNOWN, UNKNOWN),
        ("<9", "30", YES, NO),
        ("<9", "9", YES, NO),
        ("<9", "5", UNKNOWN, UNKNOWN),
        ("≥90", "90", NO, UNKNOWN),
        ("≤9", "9", UNKNOWN, NO),
    ],
)
def test_a_comparator_is_compared_as_what_it_says(text, limit, below, above):
    comparator, number = read_number(text)
    quantity = Quantity(number, "1", comparator)
    assert (quantity.is_below(Decimal(limit)), quantity.is_above(Decimal(limit))) == (below, above)


@pytest.mark.parametrize("text", ["", "abc", "1.234,5", "1,2,3", "<", "NaN", "inf", "5 mmol", "--5"])
def test_what_is_not_a_number_is_refused(text):
    with pytest.raises(NotANumber) as refusal:
        read_number(text)
    assert text not in str(refusal.value) or not text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("5,3", (None, "5.3")),
        (" > 90 ", (Comparator.ABOVE, "90")),
        ("≤0,5", (Comparator.AT_MOST, "0.5")),
        ("-1", (None, "-1")),
    ],
)
def test_numbers_are_read_as_they_are_written_in_denmark(text, read):
    comparator, number = read_number(text)
    assert (comparator, str(number)) == read


def test_both_addresses_of_a_code_system_are_one():
    assert Coding.of("urn:oid:1.2.208.176.2.1", "NPU27300") == Coding(NPU, "NPU27300")
    assert Coding.of("urn:oid:1.2.208.184.100.8", "MCS88019") == Coding(MCS, "MCS88019")


@pytest.mark.parametrize(
    ("digits", "born"),
    [
        ("0107361234", date(1936, 7, 1)),
        ("0107364234", date(2036, 7, 1)),
        ("0107374234", date(1937, 7, 1)),
        ("0107575234", date(2057, 7, 1)),
        ("0107585234", date(1858, 7, 1)),
        ("2902005234", date(2000, 2, 29)),
    ],
)
def test_the_seventh_digit_tells_the_century(digits, born):
    assert CprNumber(digits).birth_date == born


@pytest.mark.parametrize("text", ["", "123", "3002501234", "29020112345", "a107361234", "0013501234"])
def test_what_is_not_a_cpr_number_is_refused_without_repeating_it(text):
    with pytest.raises(NotACprNumber) as refusal:
        CprNumber.read(text)
    assert "a107361234" not in str(refusal.value)


def test_a_cpr_number_shows_itself_nowhere():
    number = CprNumber.read("120455-4002")
    assert (repr(number), str(number), f"{number}") == ("CprNumber(…)",) * 3


@pytest.mark.parametrize(("born", "sex"), [(date(1955, 4, 12), Sex.FEMALE), (date(1980, 2, 29), Sex.MALE)])
def test_synthetic_numbers_have_the_right_day_and_sex_and_belong_to_nobody(born, sex):
    number = CprNumber.synthetic(born, sex, seventh=4)
    assert (number.birth_date, number.sex, number.is_synthetic) == (born, sex, True)


def test_a_number_given_out_without_control_digit_is_not_taken_for_synthetic():
    assert not CprNumber("0101650001").is_synthetic


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
    ],
)
def test_months_end_on_the_last_day_there_is(day, months, after):
    assert months_after(day, months) == after
    assert months_before(day, -months) == after


def test_someone_born_on_29_february_turns_a_year_on_1_march():
    assert whole_years(date(2000, 2, 29), date(2026, 2, 28)) == 25
    assert whole_years(date(2000, 2, 29), date(2026, 3, 1)) == 26


def test_a_period_leaves_its_end_out():
    period = Period(date(2026, 1, 1), date(2026, 2, 1))
    assert date(2026, 1, 1) in period
    assert date(2026, 2, 1) not in period
    with pytest.raises(ValueError, match="ends on or after"):
        Period(date(2026, 2, 1), date(2026, 1, 1))
