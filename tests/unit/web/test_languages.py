"""Languages are data. What a language has no words for is said in Danish, and what people wrote is left as it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import RequestFactory
from django.utils.translation import gettext, ngettext, override

from forloeb.careplans.ranges import GoalRange
from forloeb.kernel.content import Localized
from forloeb.kernel.languages import ARABIC, DANISH, ENGLISH, find_language
from forloeb.terminology import BadTyped, check_typed, measures
from forloeb.web import formatting, speaking, translated

LEFT, RIGHT = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
"""What keeps a number's order on a page that is read from the right."""


@pytest.mark.parametrize(
    ("code", "language"), [("ar", ARABIC), ("en-GB", ENGLISH), ("da", DANISH), ("tlh", DANISH), ("", DANISH)]
)
def test_a_language_we_do_not_speak_is_danish(code: str, language: object) -> None:
    assert find_language(code) is language


def test_a_patient_can_choose_all_languages_and_staff_those_that_are_for_them() -> None:
    with override("da"):
        assert speaking.other_languages() == [ENGLISH, ARABIC]
        assert speaking.other_languages(for_staff=True) == [ENGLISH]
    with override("ar"):
        assert speaking.other_languages() == [DANISH, ENGLISH]


@pytest.mark.parametrize(("chosen", "spoken"), [("ar", "da"), ("en", "en"), ("da", "da")])
def test_staff_are_spoken_to_in_danish_where_their_choice_has_no_words_for_them(chosen: str, spoken: str) -> None:
    request = RequestFactory().get("/")
    with override(chosen):
        speaking.speak_to_staff(request)
        assert speaking.spoken().code == spoken


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "نعمل على رقم واحد."),
        (2, "نعمل على رقمين."),
        (3, "نعمل على 3 أرقام."),
        (10, "نعمل على 10 أرقام."),
        (11, "نعمل على 11 رقمًا."),
        (99, "نعمل على 99 رقمًا."),
        (100, "نعمل على 100 رقم."),
        (103, "نعمل على 103 أرقام."),
    ],
)
def test_arabic_counts_in_six_ways(count: int, said: str) -> None:
    with override("ar"):
        words = ngettext("We work on %(count)d number.", "We work on %(count)d numbers.", count)
    assert words % {"count": count} == said


def test_a_text_for_staff_is_danish_where_arabic_was_chosen() -> None:
    with override("ar"):
        assert gettext("Controls today") == "Dagens kontroller"


def test_the_contents_texts_are_said_in_arabic_and_in_danish_where_nobody_has_translated_them() -> None:
    with override("ar"):
        assert translated.local(measures()["weight"].patient_name) == "الوزن"
        assert translated.local(Localized(da="Noget nyt", en="Something quite new")) == "Noget nyt"


def test_a_text_with_blanks_is_translated_with_what_fills_them() -> None:
    with pytest.raises(BadTyped) as refused:
        check_typed(measures()["weight"], "tung")
    assert refused.value.text.da.startswith("Vægt skal være et tal, for eksempel ")
    with override("ar"):
        said = translated.local(refused.value.text)
    assert f"{LEFT}الوزن{RIGHT}: يجب أن يكون رقمًا" in said
    assert "{" not in said


def test_what_must_mean_the_same_to_both_is_left_in_danish_and_marked() -> None:
    question = Localized(da="Ja & nej", en="Yes & no")
    with override("ar"):
        assert translated.in_danish(question) == '<span lang="da" dir="ltr">Ja &amp; nej</span>'
    with override("en"):
        assert translated.in_danish(question) == "Yes & no"


@pytest.mark.parametrize(
    ("text", "language"),
    [("At gå tur", "da"), ("30 minutter", "da"), ("", "da"), ("أريد أن أمشي", ""), ("1. أمشي", "")],
)
def test_what_people_wrote_is_danish_unless_its_letters_are_read_from_the_right(text: str, language: str) -> None:
    assert translated.as_written(text) == f' lang="{language}" dir="auto"'


def test_what_people_wrote_stands_for_itself_in_a_sentence_and_is_escaped() -> None:
    assert translated.written("<b>hej</b>") == '<bdi lang="da" dir="auto">&lt;b&gt;hej&lt;/b&gt;</bdi>'


def test_days_and_numbers_are_written_as_in_denmark_with_arabic_months() -> None:
    with override("ar"):
        assert formatting.format_long_date(date(2026, 11, 23)) == "23 نوفمبر 2026"
        assert formatting.format_date(date(2026, 11, 23)) == f"{LEFT}23.11.2026{RIGHT}"
        assert formatting.format_number(Decimal("7.25")) == "7,25"
        assert formatting.format_time(datetime(2026, 11, 23, 13, 5, tzinfo=UTC)) == "14:05"


def test_a_sign_and_a_unit_keep_their_place_beside_their_number() -> None:
    goal = GoalRange(high=Decimal("1.4"))
    with override("ar"):
        assert formatting.format_goal(goal, 1) == f"{LEFT}<\N{NARROW NO-BREAK SPACE}1,4{RIGHT}"
        assert formatting.with_unit("1,4", "mmol/L") == f"{LEFT}1,4\N{NO-BREAK SPACE}mmol/L{RIGHT}"
    with override("da"):
        assert formatting.with_unit("1,4", "mmol/L") == "1,4\N{NO-BREAK SPACE}mmol/L"
