"""`forloeb formula`: what people type, and what they and their programs read."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from forloeb.config.cli import main
from forloeb.guidelines.formulas import FORMULAS
from forloeb.jobs import formula

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "formulas.md"


def lines_of(command: str) -> list[str]:
    name, *arguments = command.split()
    out = StringIO()
    assert formula.run(name, arguments, out) == 0
    return out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("command", "first"),
    [
        ("ckd_epi_2009 crea=106.08 age=55 sex=male", "ckd_epi_2009 = 67.67 mL/min/{1.73_m2}"),
        ("CKD-EPI-2009 Creatinine=106,08 alder=55 køn=mand", "ckd_epi_2009 = 67.67 mL/min/{1.73_m2}"),
        ("mdrd_old cr=106,08 age=55 sex=m", "mdrd = 62.86 mL/min/{1.73_m2}"),
        ("kfre age=70 sex=m egfr=35 uacr=300", "kfre = 10.20 %"),
        ("score2 age=50 sex=f smoker=1 systolic=140 cholesterol=5.5 hdl=1.3", "score2 = 4.22 %"),
        ("score2 age=50 sex=k ryger=ja sbp=140 tc=5,5 hdl=1,3 region=very-high", "score2 = 13.70 %"),
        ("score2_op age=75 sex=kvinde smoker=true sbp=140 total_cholesterol=5.5 hdl=1.3", "score2_op = 15.16 %"),
        ("gli_2012 sex=male age=65 height=178 fev1=2.05", "gli_2012 = 60.1 %"),
        ("gli_2012 sex=male age=65 height=1,78", "gli_2012.fev1_predicted = 3.409 L"),
        ("danish_2013 sex=male age=65 height=1.78 fev1=2.05", "danish_2013 = 58.5 %"),
        ("cha2ds2-va age=76 hypertension=yes diabetes=yes ami=yes", "cha2ds2_va = 5 {points}"),
        ("hba1c_ifcc percent=7", "hba1c_ifcc = 53.0 mmol/mol"),
        ("hba1c_dcct hba1c=48", "hba1c_dcct = 6.54 %"),
        ("eag hba1c=48", "eag = 7.8 mmol/L"),
        ("bmi weight=92 height=178", "bmi = 29.04 kg/m2"),
        ("spo2_percent spo2=0,94", "spo2_percent = 94.0 %"),
        ("spo2_percent spo2=94", "spo2_percent = 94.0 %"),
        ("ldl_reduction baseline=3.9 now=1.7", "ldl_reduction = 56.4 %"),
        ("pack_years cigarettes=15 years=32", "pack_years = 24.0 {pack-years}"),
        ("uacr_mg_g mg_mmol=3", "uacr_mg_g = 26.52 mg/g"),
        ("creatinine_umol creatinine=1.2", "creatinine_umol = 106.08 umol/L"),
        ("ckd_epi_2009 crea=75 age=17 sex=f", "unknown: Age must be at least 18 and at most 120 years."),
        ("ckd_epi_2009 crea=>90 age=50 sex=f", "unknown: Creatinine is known only as > 90, which cannot be calculated with."),  # noqa: E501
        ("bmi weight=92", "unknown: Missing: Height."),
    ],
)  # fmt: skip
def test_the_first_line_is_the_answer_with_its_unit_or_why_there_is_none(command: str, first: str) -> None:
    assert lines_of(command)[0] == first


def test_the_numbers_beside_the_answer_follow_then_status_and_source() -> None:
    lines = lines_of("kfre age=70 sex=m egfr=35 uacr=300")
    assert lines[1:4] == ["kfre.two_years = 2.74 %", "kfre.five_years = 10.20 %", "band: refer (Referral recommended)"]
    assert lines[-2].endswith("status V2, second-hand, needs a clinician's confirmation")
    assert lines[-1].startswith("source: GPTOOL: ")


def test_what_was_assumed_and_how_a_number_was_read_is_told() -> None:
    lines = lines_of("score2 age=50 sex=m smoker=no sbp=185 chol=5.5 hdl=1.3 region=high")
    assert "assumed: cvd=no, diabetes=no, ckd=no, familial_hypercholesterolaemia=no" in lines
    assert any(line.startswith("warning: Outside the risk chart") for line in lines)
    assert "read: height as 178 cm, fev1_fvc as 62 %" in lines_of("gli_2012 age=65 sex=m height=178 ratio=62")


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("scor2 age=50", "unknown formula 'scor2'. Did you mean 'score2'?"),
        ("bmi wieght=92 height=1.78", "bmi has no input 'wieght'. Did you mean 'weight'?"),
        ("bmi weight=heavy height=1.78", "weight: not a number; write for example 5,3 or >90"),
        ("bmi weight=1.234,5 height=1.78", "weight: not a number; write for example 5,3 or >90"),
        ("bmi weight=nan height=1.78", "weight: not a number; write for example 5,3 or >90"),
        ("bmi weight height=1.78", "'weight' has no value; write it as key=value, such as age=55"),
        ("bmi weight=92 kg=92 height=1.78", "'weight' is given twice"),
        ("score2 sex=x", "sex: write female or male"),
        ("score2 smoker=perhaps", "smoker: write yes or no"),
        ("score2 region=mars", "region: write low or moderate or high or very_high"),
    ],
)
def test_what_is_not_understood_ends_with_two_and_a_line_that_says_what_to_do(
    command: str, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *arguments = command.split()
    out = StringIO()
    assert formula.run(name, arguments, out) == 2
    assert out.getvalue() == ""
    assert f"forloeb formula: {fault}\n" in capsys.readouterr().err


def test_all_faults_are_told_at_once_with_the_inputs_and_their_units(capsys: pytest.CaptureFixture[str]) -> None:
    assert formula.run("bmi", ["weight=x", "hieght=2"], StringIO()) == 2
    assert capsys.readouterr().err.splitlines() == [
        "forloeb formula: weight: not a number; write for example 5,3 or >90",
        "forloeb formula: bmi has no input 'hieght'. Did you mean 'height'?",
        "forloeb formula: bmi takes weight (kg); height (m)",
    ]


@pytest.mark.parametrize("arguments", [["formula"], ["formula", "--list"], ["formula", "bmi", "--list"]])
def test_without_a_name_all_formulas_are_listed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    listed = capsys.readouterr().out
    for name in FORMULAS:
        assert f"\n{name}: " in f"\n{listed}"
    assert "    age (years): at least 40 and below 70 years\n" in listed


def test_the_reference_page_is_made_of_the_content() -> None:
    out = StringIO()
    formula.write_page(out)
    assert out.getvalue() == PAGE.read_text(encoding="utf-8"), (
        "run: forloeb formula --markdown > docs/reference/formulas.md"
    )
