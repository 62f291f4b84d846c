"""Columns are as high as their numbers, and what is written is escaped."""

from __future__ import annotations

import re

import pytest

from forloeb.web.statistics_charts import Column, columns


def heights(drawn: str) -> list[float]:
    return [
        float(height) for height in re.findall(r'height="([\d.]+)" fill="#\w+" stroke="#0b5563" stroke-width', drawn)
    ]


def test_columns_are_as_high_as_their_numbers_and_stand_on_each_other() -> None:
    low, upper, high = heights(columns("Plans", [Column("mar", (10, 20)), Column("apr", (40, 0))], ("new", "old")))
    assert upper == pytest.approx(2 * low, abs=0.2)
    assert high == pytest.approx(4 * low, abs=0.3)


@pytest.mark.parametrize(("most", "top"), [(0, "4"), (3, "4"), (9, "10"), (1184, "1.200"), (244_916, "300.000")])
def test_the_axis_ends_at_a_round_number_above_the_highest(most: int, top: str) -> None:
    from django.utils import translation

    with translation.override("da"):
        assert f">{top}</text>" in columns("Plans", [Column("mar", (most,))])


def test_what_is_written_is_escaped() -> None:
    assert "<5" not in columns("A < B", [Column("<5", (1,))], ("<b>",)).replace("&lt;5", "")


def test_many_months_are_labelled_now_and_then() -> None:
    drawn = columns("Plans", [Column(f"m{number}", (1,)) for number in range(36)])
    assert len(re.findall(r">m\d+</text>", drawn)) == 12
