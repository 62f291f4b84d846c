"""What people write is printed as it was written: no markup, no loss, no failure."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forloeb.pdf import plan as pdf
from forloeb.pdf.plan import Agreements, CannotRender, render
from tests.unit.pdf.papers import EMOJI, HOSTILE, VALUE, pages, plan, printed, squeezed


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", ["matters", "own_goal", "resources", "note", "patient", "how", "next"])
def test_markup_is_text(place, text):
    assert squeezed(text) in printed(plan(**{place: text}))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("large_print", [False, True])
def test_markup_is_text_in_values_lists_and_notices(text, large_print):
    value = replace(VALUE, name=text, reason=text, goal=text)
    document = plan(values=(value,), agreements=(Agreements("I do", (text, text)),), reminders=(text,), unknown=(text,))
    assert printed(document, large_print=large_print).count(squeezed(text)) == 7


def test_a_very_long_word_stays_on_the_paper():
    word = "x" * 300
    body = render(plan(matters=word, values=(replace(VALUE, name=word, reason=word),), next=word))
    assert squeezed("".join(pages(body))).count(word) == 4
    assert all(line.count("x") < 120 for page in pages(body) for line in page.splitlines())


def test_a_long_word_gets_no_hyphen_that_was_not_written():
    body = render(plan(matters="x" * 300))
    assert "x-" not in "".join(pages(body))
    assert "\u00ad" not in "".join(pages(body))


def test_a_goal_of_300_characters_is_printed_whole():
    goal = ("At gå til Åen og hjem igen hver eneste dag, også når det regner. " * 5)[:300]
    value = replace(VALUE, goal=goal, reason=goal)
    assert printed(plan(own_goal=goal, values=(value,))).count(squeezed(goal)) == 3


@pytest.mark.parametrize("text", ["שלום עולם", "السلام عليكم"])
def test_a_text_from_right_to_left_is_printed(text):
    found = printed(plan(matters=text))
    assert set(squeezed(text)) <= set(found)


@pytest.mark.parametrize("text", [*EMOJI, "Ærø Ðð Łł Żż Привет Ελλάδα", "½ µ ≥ ≤ → ✓ – “ ” … €"])
def test_emoji_and_other_scripts_are_printed(text):
    assert set(text.replace("\ufe0f", "").replace("\u200d", "")) - set(" ") <= set(printed(plan(matters=text)))


@pytest.mark.parametrize("text", ["中", "中文和很多别的字", "ᚠᚢᚦ", "".join(chr(0x4E00 + n) for n in range(300))])
def test_what_no_font_draws_stands_by_its_number(text):
    found = printed(plan(matters=f"Før {text} efter"))
    for char in text:
        assert f"[U+{ord(char):04X}]" in found
    assert "Før" in found
    assert "efter" in found


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\x85b", "a\ufeffb", "a\ufffeb", "a\ue000b", "a\U000e0001b"])
def test_a_control_character_is_left_out(text):
    assert "ab" in printed(plan(matters=text))


def test_half_a_pair_does_not_stop_the_print():
    assert "ab" in printed(plan(matters="a\ud83db"))


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=300))
def test_no_text_stops_the_print(text):
    assert render(plan(matters=text, note=text, agreements=(Agreements("Det gør jeg", (text,)),)))


def test_sixty_rows_repeat_their_header_and_keep_their_order():
    rows = tuple(replace(VALUE, name=f"Nummer {n:02}") for n in range(60))
    found = pages(render(plan(values=rows)))
    with_rows = [page for page in found if "Nummer" in page]
    assert len(with_rows) > 5
    assert all("<latest>" in page for page in with_rows)
    assert [n for page in found for n in range(60) if f"Nummer {n:02}" in page] == list(range(60))


def test_every_page_tells_its_number_the_day_and_after_the_first_whose_it_is():
    found = pages(render(plan(values=(VALUE,) * 30)))
    for number, page in enumerate(found, 1):
        assert f"<page> {number} <of> {len(found)}" in page
        assert "23. november 2026" in page
        assert "Karen Vestergaard" in page


def test_no_heading_is_left_at_the_foot_of_a_page():
    for count in range(40):
        lines = tuple(f"Linje {n}" for n in range(count))
        groups = (Agreements("Det gør jeg", lines), Agreements("Det gør lægehuset", ("Ringer",)))
        for page in pages(render(plan(values=(), agreements=groups, reminders=("Husk",)))):
            last = page.splitlines()[-2]  # the very last line is the page's number
            assert last not in ("Det gør jeg", "Det gør lægehuset", "<agreed>", "<reminders>", "<next>")


def test_what_is_missing_says_so():
    bare = replace(VALUE, value="", date="", goal="", chart="", chart_alt="")
    found = printed(plan(values=(bare,)))
    for word in ("<nothing>", "<nothing_agreed>", "<unknown>", "<no_date>", "<no_goal>"):
        assert word in found
    assert "<no_values>" in printed(plan(values=()))


def test_a_fixed_word_that_is_missing_is_named():
    with pytest.raises(KeyError, match="because"):
        render(plan(words={word: word for word in pdf.WORDS if word != "because"}))


def test_a_failure_tells_nothing_of_what_people_wrote(monkeypatch):
    class Failing:
        def compile(self, **_: object) -> bytes:
            raise RuntimeError("error near: Karen Vestergaard 120455-4000")

    monkeypatch.setattr(pdf, "_compiler", lambda _name: Failing())
    with pytest.raises(CannotRender) as refused:
        render(plan(cpr="120455-4000"))
    assert "Karen" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_plan_shows_nothing_personal_of_itself():
    shown = repr(plan(cpr="120455-4000", matters="Fred", unknown=("Puls",)))
    for personal in ("Karen", "120455", "1955", "Fred", "58 mmol", "Puls"):
        assert personal not in shown
