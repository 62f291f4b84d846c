"""Every published example comes out as it was printed, and none is missing from the content."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forloeb.guidelines.formulas import FORMULAS, Example, Formula, check_formulas
from forloeb.guidelines.formulas.checking import check_formula
from forloeb.guidelines.schema import Sources
from forloeb.kernel.content import content_folder, read_content

EXAMPLES = [(formula, example) for formula in FORMULAS.values() for example in formula.examples]


def name(formula: Formula, number: int) -> str:
    return f"{formula.name}-{number}"


@pytest.mark.parametrize(
    ("formula", "example"), EXAMPLES, ids=[name(formula, n) for n, (formula, _) in enumerate(EXAMPLES)]
)
def test_a_published_example_comes_out_as_printed(formula: Formula, example: Example) -> None:
    answer = formula.calculate(**example.inputs)
    value = answer.part(example.part) if example.part else answer.value
    assert value == pytest.approx(example.answer, abs=example.within + 1e-9)


def test_the_content_is_sound() -> None:
    sources = read_content(content_folder() / "sources.yaml", Sources).sources
    assert check_formulas(sources) == []


@pytest.mark.parametrize(
    ("name", "inputs", "answer"),
    [
        # Written here again, apart from the content, so that a slip in both formula and example is seen.
        ("ckd_epi_2009", {"crea": 106.08, "age": 55, "sex": "male"}, 67.67),
        ("ckd_epi_2021", {"crea": 106.08, "age": 55, "sex": "male"}, 71.42),
        ("score2", {"age": 50, "sex": "male", "smoker": True, "sbp": 140, "chol": 5.5, "hdl": 1.3}, 5.91),
        ("score2", {"age": 50, "sex": "female", "smoker": True, "sbp": 140, "chol": 5.5, "hdl": 1.3}, 4.22),
        ("score2_op", {"age": 75, "sex": "male", "smoker": True, "sbp": 140, "chol": 5.5, "hdl": 1.3}, 18.56),
        ("kfre", {"age": 70, "sex": "male", "egfr": 35, "uacr": 300}, 10.20),
        ("friedewald", {"chol": 5.2, "hdl": 1.3, "tg": 1.8}, 3.09),
        ("hba1c_ifcc", {"hba1c_percent": 7.0}, 53.01),
        ("hba1c_dcct", {"hba1c": 48}, 6.54),
        ("bmi", {"weight": 92, "height": 1.78}, 29.04),
        ("pack_years", {"cig_day": 15, "years": 32}, 24.0),
        ("uacr_mg_g", {"uacr_mg_mmol": 3}, 26.52),
        ("ldl_reduction", {"ldl_before": 3.9, "ldl": 1.7}, 56.41),
        ("cockcroft_gault", {"age": 60, "sex": "male", "weight": 80, "crea": 100}, 78.72),
        ("danish_2013", {"age": 65, "sex": "male", "height": 1.78, "fev1": 2.05}, 58.52),
        ("gli_2012", {"age": 65, "sex": "male", "height": 1.78, "fev1": 2.05}, 60.14),
    ],
)
def test_a_well_known_number(name: str, inputs: dict[str, float | bool | str], answer: float) -> None:
    assert FORMULAS[name].calculate(**inputs).value == pytest.approx(answer, abs=0.006)


def test_an_example_that_does_not_come_out_is_a_fault_that_says_both_numbers() -> None:
    formula = FORMULAS["bmi"]
    wrong = _with_example(formula, Example({"weight": 92, "height": 1.78}, 31.0, 0.005, "C", "FUT-UCUM"))
    assert list(check_formula(wrong, frozenset({"FUT-UCUM"}))) == [
        "content/formulas: bmi: the example {'weight': 92, 'height': 1.78} gives 29.0367; FUT-UCUM says 31"
    ]


def test_an_example_outside_the_range_is_a_fault_with_the_reason() -> None:
    wrong = _with_example(FORMULAS["bmi"], Example({"weight": 92, "height": 178}, 29.0, 0.1, "C", "FUT-UCUM"))
    (fault,) = check_formula(wrong, frozenset({"FUT-UCUM"}))
    assert "gives no number: Height must be at least 0.5 and at most 2.5 m." in fault


def test_a_source_that_does_not_exist_is_a_fault_with_a_suggestion() -> None:
    (fault, *_) = check_formula(FORMULAS["kfre"], frozenset({"GPTOOLS"}))
    assert fault == "content/formulas: kfre: unknown source 'GPTOOL'. Did you mean 'GPTOOLS'?"


def _with_example(formula: Formula, example: Example) -> Formula:
    return replace(formula, examples=(example,))
