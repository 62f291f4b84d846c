"""A chart says what it shows, also to those who cannot see it, and says nothing that was not measured."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from forloeb.careplans.ranges import GoalRange
from forloeb.guidelines.record import Measurement
from forloeb.kernel.content import Localized
from forloeb.kernel.measures import Measure
from forloeb.kernel.quantities import Comparator, Quantity
from forloeb.web.charts import SIZES, trend

AS_OF = date(2026, 3, 1)
SVG = "{http://www.w3.org/2000/svg}"
HBA1C = Measure(
    id="hba1c",
    name=Localized(da="HbA1c", en="HbA1c"),
    patient_name=Localized(da="Langtidsblodsukker", en="Long-term blood sugar"),
    setting="laboratory",
    unit="mmol/mol",
    unit_shown="mmol/mol",
    status="V",
)
BELOW_53 = GoalRange(high=Decimal(53))


def measured(day: str, value: str, comparator: Comparator | None = None) -> Measurement:
    return Measurement("hba1c", date.fromisoformat(day), Quantity(Decimal(value), "mmol/mol", comparator))


HISTORY = (measured("2024-02-20", "66"), measured("2025-02-18", "54"), measured("2026-01-10", "49"))


def drawn(*history: Measurement, goal: GoalRange | None = BELOW_53, size: str = "sparkline") -> ElementTree.Element:
    return ElementTree.fromstring(str(trend(HBA1C, history, goal, as_of=AS_OF, size=size)))


def test_its_title_tells_the_newest_value_how_many_there_are_and_the_goal() -> None:
    title = drawn(*HISTORY).findtext(f"{SVG}title")
    assert title == (
        "HbA1c. Senest 49\u00a0mmol/mol den 10. januar 2026. 3 værdier siden 20. februar 2024."
        " Mål: under 53\u00a0mmol/mol."
    )


def test_it_is_one_picture_to_a_screen_reader() -> None:
    picture = drawn(*HISTORY, size="card")
    assert picture.get("role") == "img"
    assert all(text.get("aria-hidden") == "true" for text in picture.iter(f"{SVG}text"))


@pytest.mark.parametrize("size", list(SIZES))
def test_it_needs_no_style_and_no_script(size: str) -> None:
    picture = drawn(*HISTORY, size=size)
    assert all("style" not in element.attrib for element in picture.iter())
    assert not [element.tag for element in picture.iter() if element.tag in (f"{SVG}style", f"{SVG}script")]


def test_nothing_is_drawn_where_nothing_was_measured() -> None:
    assert trend(HBA1C, (), BELOW_53, as_of=AS_OF) == ""
    answered = Measurement("smoking", date(2026, 1, 1), answer="dagligt")
    assert trend(HBA1C, (answered,), None, as_of=AS_OF) == ""


def test_what_is_older_than_five_years_or_later_than_the_day_is_left_out() -> None:
    picture = drawn(measured("2021-02-28", "80"), measured("2021-03-01", "70"), measured("2026-03-02", "40"))
    assert len(picture.findall(f"{SVG}circle")) == 1


def test_a_bound_is_an_open_arrow_that_points_where_the_truth_lies() -> None:
    picture = drawn(measured("2025-02-18", "90", Comparator.ABOVE), measured("2026-01-10", "9", Comparator.BELOW))
    assert not picture.findall(f"{SVG}circle")
    above, below = picture.findall(f"{SVG}path[@class='chart-bound']")
    assert _tip(above) < _base(above)
    assert _tip(below) > _base(below)


def test_a_line_that_ends_early_says_that_nothing_was_measured_since() -> None:
    old = drawn(measured("2022-01-10", "60"), measured("2023-01-10", "58"))
    fresh = drawn(measured("2022-01-10", "60"), measured("2026-03-01", "58"))
    right = SIZES["sparkline"].width - SIZES["sparkline"].right
    assert _last_x(fresh) == right
    assert _last_x(old) < right * 0.5


@pytest.mark.parametrize(
    "goal",
    [BELOW_53, GoalRange(low=Decimal(60)), GoalRange(Decimal(48), True, Decimal(53), True), None],
    ids=["below", "above", "between", "none"],
)
@pytest.mark.parametrize("size", list(SIZES))
def test_everything_lies_on_the_paper(goal: GoalRange | None, size: str) -> None:
    picture = drawn(*HISTORY, goal=goal, size=size)
    paper = SIZES[size]
    assert len(picture.findall(f"{SVG}path[@class='chart-limit']")) == sum(
        limit is not None for limit in ((goal.low, goal.high) if goal else ())
    )
    for band in picture.findall(f"{SVG}rect"):
        assert 0 <= float(band.attrib["y"]) <= float(band.attrib["y"]) + float(band.attrib["height"]) <= paper.height
    for dot in picture.findall(f"{SVG}circle"):
        assert 0 <= float(dot.attrib["cx"]) <= paper.width
        assert 0 <= float(dot.attrib["cy"]) <= paper.height


def test_a_single_value_equal_to_its_goal_can_be_drawn() -> None:
    assert drawn(measured("2026-01-10", "0"), goal=GoalRange(high=Decimal(0), high_inclusive=True)) is not None


def test_words_are_escaped() -> None:
    named = trend(HBA1C, HISTORY, BELOW_53, as_of=AS_OF, name="<b>&")
    assert "&lt;b&gt;&amp;" in named


def _numbers(path: ElementTree.Element) -> list[float]:
    return [float(n) for n in re.findall(r"-?[0-9.]+", path.attrib["d"])]


def _tip(path: ElementTree.Element) -> float:
    return _numbers(path)[3]


def _base(path: ElementTree.Element) -> float:
    return _numbers(path)[1]


def _last_x(picture: ElementTree.Element) -> float:
    return float(picture.findall(f"{SVG}circle")[-1].attrib["cx"])
