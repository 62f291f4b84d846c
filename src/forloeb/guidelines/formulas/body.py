"""Body: BMI, and oxygen saturation in per cent."""

from __future__ import annotations

from forloeb.guidelines.formulas.declarations import Declaration, NoCoefficients, formula, read
from forloeb.guidelines.formulas.formula import Compute, Formula
from forloeb.kernel.content import Closed


class Body(Closed):
    """content/formulas/body.yaml."""

    bmi: Declaration[NoCoefficients]
    spo2_percent: Declaration[NoCoefficients]


def bmi(_: Declaration[NoCoefficients]) -> Compute:
    """Weight over height squared, in kg/m²."""
    return lambda weight, height: weight / height**2


def spo2_percent(_: Declaration[NoCoefficients]) -> Compute:
    """A saturation sent as a fraction, in per cent."""
    return lambda spo2: 100 * spo2


def formulas() -> tuple[Formula, ...]:
    """Read content/formulas/body.yaml. Raises ContentError."""
    body = read("body", Body)
    return (
        formula("bmi", body.bmi, bmi),
        formula("spo2_percent", body.spo2_percent, spo2_percent),
    )
