"""The figures of the synthetic population: each with a status, and a source where it was read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from forloeb.jobs.generating import read_figures
from forloeb.kernel.content import ContentError, content_folder
from forloeb.population.synthesis.figure_kinds import Curve, Figure, Number, Shares
from forloeb.population.synthesis.measured import PLACE
from forloeb.population.synthesis.prevalence import prevalence_of
from tests.support.synthetic import figures


def _figures_in(value: object) -> Iterator[Figure]:
    if isinstance(value, Figure):
        yield value
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _figures_in(getattr(value, name))
    if isinstance(value, tuple):
        for item in value:
            yield from _figures_in(item)


def test_every_source_that_a_figure_names_is_in_the_register() -> None:
    named = {source for figure in _figures_in(figures()) for source in figure.sources}
    assert named
    assert named <= set(figures().sources.sources)


def test_every_source_in_the_register_is_used() -> None:
    named = {source for figure in _figures_in(figures()) for source in figure.sources}
    assert set(figures().sources.sources) <= named | {"DDF22", "HJF"}


def test_a_figure_that_was_read_names_where() -> None:
    with pytest.raises(ValidationError, match="names its source"):
        Number(value=1, status="V")


def test_shares_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValidationError, match="add up to 1"):
        Shares(shares={"a": 0.5, "b": 0.4}, status="A")


def test_a_curve_that_falls_back_is_refused() -> None:
    with pytest.raises(ValidationError, match="rising order"):
        Curve(points=((0.5, 1), (0.2, 2)), status="A")


def test_an_unknown_key_is_refused_with_its_file_and_line(tmp_path: Path) -> None:
    for file in (content_folder() / "population").glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text())
    people = tmp_path / "people.yaml"
    people.write_text(people.read_text() + "sise_of_denmark: 3\n")
    with pytest.raises(ContentError, match=r"people\.yaml:\d+: unknown key 'sise_of_denmark'.*size_of_denmark"):
        read_figures(tmp_path)


def test_groups_that_have_more_of_a_disease_than_its_share_are_refused() -> None:
    diseases = figures().diseases
    ihd = next(disease for disease in diseases.diseases if disease.id == "ihd")
    rare = ihd.model_copy(update={"share": ihd.share.model_copy(update={"value": 0.001})})
    contradicting = tuple(rare if disease.id == "ihd" else disease for disease in diseases.diseases)
    broken = figures().model_copy(update={"diseases": diseases.model_copy(update={"diseases": contradicting})})
    with pytest.raises(ValueError, match="ihd: the groups alone have more"):
        prevalence_of(broken)


def test_every_disease_that_a_group_speaks_of_exists() -> None:
    known = {disease.id for disease in figures().diseases.diseases} | {"future_type2_diabetes"}
    everything = figures()
    groups = [
        *(group for disease in everything.diseases.diseases for group in disease.among),
        *(group for drug in everything.medication.drugs for group in drug.groups),
        *(curve for measure in everything.values.values for curve in measure.curves),
        *everything.values.smoking.groups,
        *everything.controls.control_last_year,
    ]
    assert {name for group in groups for name in group.named} <= known


def test_curves_and_drugs_speak_of_measures_that_are_written() -> None:
    measures = {curve.measure for curve in figures().values.values}
    followed = {drug.follows.measure for drug in figures().medication.drugs if drug.follows}
    assert measures <= set(PLACE)
    assert followed <= measures
