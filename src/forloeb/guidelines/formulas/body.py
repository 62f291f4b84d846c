"""Body: BMI, oxygen saturation in per cent, and the difference between two ages."""

from __future__ import annotations

from forloeb.guidelines.formulas.declarations import Declaration, NoCoefficients, formula, read
from forloeb.guidelines.formulas.formula import Compute, Formula, Result
from forloeb.kernel.content import Closed


class Body(Closed):
    """content/formulas/body.yaml."""

    bmi: Declaration[NoCoefficients]
    spo2_percent: Declaration[NoCoefficients]
    difference: Declaration[NoCoefficients]


def bmi(_: Declaration[NoCoefficients]) -> Compute:
    """Weight over height squared, in kg/m²."""
    return lambda weight, height: weight / height**2


def spo2_percent(_: Declaration[NoCoefficients]) -> Compute:
    """A saturation sent as a fraction, in per cent."""
    return lambda spo2: 100 * spo2


def difference(declared: Declaration[NoCoefficients]) -> Compute:
    """Years from one age to another."""
    negative = declared.refusals["negative"]

    def years(**ages: float) -> Result:
        between = ages["from"] - ages["take"]
        return Result(between) if between >= 0 else Result(None, negative)

    return years


def formulas() -> tuple[Formula, ...]:
    """Read content/formulas/body.yaml. Raises ContentError."""
    body = read("body", Body)
    return (
        formula("bmi", body.bmi, bmi),
        formula("spo2_percent", body.spo2_percent, spo2_percent),
        formula("difference", body.difference, difference),
    )
