"""Formulas: every published example comes out, and outside its valid range each says unknown, with the reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from forloeb.guidelines.formulas import FORMULAS, Example, Formula, Input

EXAMPLES = [(formula, example) for formula in FORMULAS.values() for example in formula.examples]


def test_every_formula_has_a_published_example() -> None:
    assert not [name for name, formula in FORMULAS.items() if not formula.examples and name != "difference"]


@pytest.mark.parametrize(("formula", "example"), EXAMPLES, ids=[f"{f.name}-{n}" for n, (f, _) in enumerate(EXAMPLES)])
def test_a_published_example_comes_out(formula: Formula, example: Example) -> None:
    answer = formula.calculate(**example.inputs)
    value = answer.parts[example.part] if example.part else answer.value
    assert value == pytest.approx(example.answer, abs=example.within + 1e-9), example.source


def _limits() -> Iterator[tuple[Formula, Input, float]]:
    for formula in FORMULAS.values():
        for one in formula.inputs:
            if formula.examples and one.low is not None:
                yield formula, one, one.low - 0.001
            if formula.examples and one.high is not None:
                yield formula, one, one.high + 0.001


LIMITS = list(_limits())


@pytest.mark.parametrize(
    ("formula", "one", "outside"), LIMITS, ids=[f"{f.name}-{one.name}-{value:g}" for f, one, value in LIMITS]
)
def test_just_outside_the_valid_range_there_is_a_reason_and_no_number(
    formula: Formula, one: Input, outside: float
) -> None:
    answer = formula.calculate(**{**formula.examples[0].inputs, one.name: outside})
    assert answer.value is None
    assert not answer.parts
    assert answer.reason is not None
    assert answer.reason.da
    assert answer.reason.en


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=lambda formula: formula.name)
def test_a_missing_input_is_named_and_not_an_error(formula: Formula) -> None:
    answer = formula.calculate()
    if all(one.default is not None for one in formula.inputs):
        return
    assert answer.value is None
    assert answer.reason is not None
    assert "mangler" in answer.reason.da


def test_an_input_that_a_formula_does_not_have_is_a_fault_of_the_caller() -> None:
    with pytest.raises(TypeError, match="ckd_epi_2009 has no input shoe_size"):
        FORMULAS["ckd_epi_2009"].calculate(shoe_size=42)
