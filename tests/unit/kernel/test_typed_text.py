"""What people type is kept as they meant it, and never stops a page."""

from __future__ import annotations

from forloeb.kernel.typed_text import typed_line, typed_text


def test_lines_stay_and_what_cannot_be_kept_goes() -> None:
    assert typed_text(" Gå en tur\r\nhver dag\0 \r\n") == "Gå en tur\nhver dag"


def test_a_line_is_words_with_one_space_between() -> None:
    assert typed_line(" Min \r\n datter\0\tKirsten ") == "Min datter Kirsten"
