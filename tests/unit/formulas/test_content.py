"""The formulas' content is closed: what cannot be used is refused with file, line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from forloeb.guidelines.formulas import breathlessness
from forloeb.guidelines.formulas.body import Body
from forloeb.guidelines.formulas.spirometry import Spirometry
from forloeb.kernel.content import ContentError, content_folder, read_content

FORMULAS = content_folder() / "formulas"


def faults_of(tmp_path: Path, file: str, old: str, new: str, schema: type) -> tuple[str, ...]:
    text = (FORMULAS / file).read_text(encoding="utf-8")
    assert old in text
    changed = tmp_path / file
    changed.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as refused:
        read_content(changed, schema)
    return refused.value.faults


def test_an_unknown_key_is_refused_with_its_line_and_a_suggestion(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, "body.yaml", "equation:", "equations:", Body)[-1:]
    assert "body.yaml:4: unknown key 'equations'" in fault
    assert "Did you mean 'equation'?" in fault


def test_a_coefficient_that_is_missing_is_refused(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, "spirometry.yaml", "terms: {a0: -10.3420, ", "terms: {", Spirometry)
    assert "gli_2012.coefficients.male.fev1.terms.a0: Field required" in fault


def test_a_knot_that_is_missing_is_refused(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, "spirometry.yaml", "          60: [-0.1143, 0.0671, 0]\n", "", Spirometry)
    assert "the splines stand at every fifth year" in fault


def test_an_input_that_does_not_exist_is_refused_with_a_suggestion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "formulas"
    folder.mkdir()
    for file in ("inputs.yaml", "breathlessness.yaml"):
        text = (FORMULAS / file).read_text(encoding="utf-8")
        (folder / file).write_text(text.replace("inputs: {mmrc:", "inputs: {mmcr:"), encoding="utf-8")
    monkeypatch.setattr("forloeb.guidelines.formulas.declarations.content_folder", lambda: tmp_path)
    with pytest.raises(ContentError, match=r"unknown input 'mmcr'\. Did you mean 'mmrc'"):
        breathlessness.formulas()
