"""The clinical content is sound, closed, and says what its cases expect."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from forloeb.guidelines.cases import run_cases
from forloeb.guidelines.library import Library
from forloeb.kernel.content import ContentError, content_folder
from forloeb.terminology import measures

ROOT = Path(__file__).parents[3]
LDL = Path("guidelines/type2_diabetes/rules/ldl.yaml")


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.load(content_folder(), measures())


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the content, to spoil."""
    return Path(shutil.copytree(content_folder(), tmp_path / "content"))


def faults_after(content: Path, file: Path, old: str, new: str) -> list[str]:
    path = content / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as unsound:
        Library.load(content, measures())
    return list(unsound.value.faults)


def test_every_case_comes_out_and_every_rule_is_reached(library: Library) -> None:
    assert run_cases(library) == []


def test_every_guideline_awaits_sign_off_until_somebody_real_has_signed(library: Library) -> None:
    for guideline in library.guidelines:
        assert guideline.file.sign_off == ()
        assert guideline.file.review.checked_by is None


def test_every_guideline_tells_when_it_is_looked_at_again(library: Library) -> None:
    for guideline in library.guidelines:
        assert guideline.file.review.next_review_on > guideline.file.review.last_confirmed_on
        assert guideline.file.valid_from <= date.today()  # noqa: DTZ011  a day on the calendar, not a moment


def test_an_unknown_key_is_refused_with_file_line_and_a_suggestion(content: Path) -> None:
    (fault,) = faults_after(content, LDL, "reduction_percent: 50", "reduction_procent: 50")
    assert fault.startswith(f"{content / LDL}:")
    assert "unknown key 'reduction_procent'" in fault
    assert "Did you mean 'reduction_percent'?" in fault
    line = int(fault.split(":")[1])
    assert "reduction_procent" in (content / LDL).read_text(encoding="utf-8").splitlines()[line - 1]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("when: ihd\n", "when: ihdd\n", "unknown fact 'ihdd'"),
        ("sources: [DSAM-LDL22]", "sources: [DSAM-LDL23]", "unknown source 'DSAM-LDL23'"),
        ("measures: [ldl]", "measures: [ldll]", "unknown measure 'ldll'. Did you mean 'ldl'?"),
        ("rule: T2D-LDL-2", "rule: T2D-LDL-1", "the rule 'T2D-LDL-1' stands also in"),
        ("{below: 1.4}", "{below: 1.4, abov: 2}", "unknown key 'abov'"),
        ("    sources: [DSAM-LDL22]\n", "", "a statement marked V names the source it was read in"),
    ],
)
def test_a_slip_is_told_with_what_and_where(content: Path, old: str, new: str, says: str) -> None:
    found = faults_after(content, LDL, old, new)
    assert any(says in fault and str(content / LDL) in fault for fault in found), found


def test_a_case_that_does_not_come_out_is_told(content: Path) -> None:
    path = content / "guidelines/type2_diabetes/cases/ldl.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('limits: {ldl: "< 1.4"}', 'limits: {ldl: "< 1.8"}', 1), encoding="utf-8")
    (fault,) = run_cases(Library.load(content, measures()))
    assert "ldl-heart: the goal for ldl is '< 1.4', not '< 1.8' as expected" in fault


def test_a_rule_that_no_case_reaches_is_told(content: Path) -> None:
    (content / "guidelines/copd/cases/classes.yaml").unlink()
    found = run_cases(Library.load(content, measures()))
    assert any("no case reaches the rule 'KOL-FLAG-GOLD4'; write one in copd/cases" in fault for fault in found)


def test_the_reference_pages_say_what_the_content_says() -> None:
    checked = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "write_reference.py"), "--check"], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr
