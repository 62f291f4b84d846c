"""Quality figures are counted as the content says, a practice's own beside its region's, and show nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.utils import ProgrammingError
from hypothesis import given
from hypothesis import strategies as st

from forloeb.careplans.quality_models import QualityFigure
from forloeb.kernel.content import ContentError, content_folder
from forloeb.kernel.periods import months_before
from forloeb.people.models import Organization
from forloeb.people.viewers import looking
from forloeb.population.quality import (
    HIDDEN,
    Share,
    Standard,
    beside_own,
    count_quality,
    get_quality,
    months_to_count,
    read_indicators,
    shown,
)
from tests.integration.test_access import signed_in
from tests.support.personas import Cast

SMALLEST = 5


@pytest.fixture
def counted(cast: Cast) -> dict[str, tuple[int, int]]:
    """Count new people with diabetes beside the cast: 8 measured, 5 of them below 59 and 3 at 75 or more."""
    Organization.objects.using("loader").filter(pk=cast.demo.practice.pk).update(practice_type="80", region="R")
    month = months_before(cast.as_of, 1).replace(day=1)
    before = figures(cast, month)
    for number in range(12):
        patient = cast.new_patient()
        if number < 8:
            cast.give_values(patient, 2, hba1c="50" if number < 5 else "80")
    other = cast.new_patient(conditions=("T90", "T89"))
    cast.give_values(other, 2, hba1c="50")
    old = cast.new_patient()
    cast.give_values(old, 20, hba1c="50", uacr="5")
    after = figures(cast, month)
    return {name: (whole - before[name][0], part - before[name][1]) for name, (whole, part) in after.items()}


def figures(cast: Cast, month) -> dict[str, tuple[int, int]]:
    count_quality(month, at=cast.at, using="loader")
    rows = QualityFigure.objects.using("loader").filter(organization_id=cast.demo.practice.pk)
    return {row.indicator: (row.whole, row.part) for row in rows.order_by("day")}


def test_each_indicator_counts_what_the_content_says(counted: dict[str, tuple[int, int]]):
    assert counted["hba1c-below-59"] == (8, 5)
    assert counted["hba1c-75-or-more"] == (8, 3)
    assert counted["albuminuria"] == (13, 1)
    assert counted["pressure-yearly"] == (13, 0)
    assert counted["copd-mrc"] == (0, 0)


def test_a_practice_sees_its_own_figures_and_no_other_practices(cast: Cast, counted: dict[str, tuple[int, int]]):
    holm, lund = cast.staff("holm"), cast.staff("lund")
    with looking(holm):
        assert set(QualityFigure.objects.values_list("organization_id", flat=True)) == {None, holm.organization_id}
    with looking(lund):
        assert holm.organization_id not in set(QualityFigure.objects.values_list("organization_id", flat=True))
    with looking(holm):
        line = next(one for one in get_quality(seen_by=holm).lines if one.indicator.id == "hba1c-below-59")
    assert line.own[-1].share is not None
    assert line.region[-1] == HIDDEN or line.region[-1].whole == line.own[-1].whole


def test_the_application_writes_no_figures(cast: Cast):
    with pytest.raises(ProgrammingError, match="permission denied"), looking(cast.staff("holm")):
        QualityFigure.objects.create(day=cast.as_of, indicator="x", whole=1, part=1, counted_at=cast.at)


def test_the_page_says_standard_source_and_what_is_hidden(cast: Cast, counted: dict[str, tuple[int, int]]):
    page = signed_in(cast, "holm").get("/quality/").content.decode()
    assert "mindst 95 %" in page
    assert "skal bekræftes af en kliniker" in page
    assert "skjult: for få" in page
    assert signed_in(cast, "nygaard").get("/quality/").status_code == 403


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_nobody_can_be_worked_out_by_taking_the_own_from_the_region(own_part, own_rest, other_part, other_rest):
    own, others = (own_part + own_rest, own_part), (other_part + other_rest, other_part)
    region = (own[0] + others[0], own[1] + others[1])
    seen = beside_own(region, own)
    if any(0 < count < SMALLEST for count in (others[0], others[1], others[0] - others[1])):
        assert seen == HIDDEN
    if not seen.is_hidden:
        assert (seen.whole, seen.part) == region
    mine = shown(*own)
    assert mine.is_hidden == any(0 < count < SMALLEST for count in (own[0], own[1], own[0] - own[1]))


def test_a_standard_is_met_on_its_own_side():
    assert Standard(at_least_percent=95).is_met(0.95)
    assert not Standard(above_percent=40).is_met(0.40)
    assert Standard(below_percent=20).is_met(0.19)
    assert not Standard(below_percent=20).is_met(0.2)
    with pytest.raises(ValueError, match="a standard is one of"):
        Standard(at_least_percent=1, below_percent=2)


def test_whole_quarters_are_counted(cast: Cast):
    months = months_to_count(cast.as_of, 4)
    assert all(month.month % 3 == 0 for month in months)
    assert months == tuple(sorted(months))
    assert months[-1] < cast.as_of - timedelta(days=cast.as_of.day)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("[uacr]", "[aucr]", "unknown measure"),
        ("[DSBD]", "[X]", "unknown source"),
        ("copd\n", "cold\n", "no guideline"),
    ],
)
def test_content_that_names_what_is_not_there_is_refused(tmp_path, right: str, wrong: str, said: str):
    whole = (content_folder() / "quality" / "indicators.yaml").read_text(encoding="utf-8")
    (tmp_path / "quality").mkdir()
    (tmp_path / "quality" / "indicators.yaml").write_text(whole.replace(right, wrong), encoding="utf-8")
    with pytest.raises(ContentError, match=said):
        read_indicators(tmp_path)


def test_a_share_of_nobody_is_no_share():
    assert Share(0, 0).share is None
