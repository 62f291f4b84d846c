"""The risk of stroke in atrial fibrillation: CHA₂DS₂-VA."""

from __future__ import annotations

from forloeb.guidelines.formulas.declarations import Declaration, formula, read
from forloeb.guidelines.formulas.formula import Compute, Formula
from forloeb.kernel.content import Closed


class Points(Closed):
    """The points of each answer; of the two ages only the higher counts."""

    heart_failure: float
    hypertension: float
    age_75: float
    age_65: float
    diabetes: float
    stroke: float
    vascular_disease: float


class Stroke(Closed):
    """content/formulas/stroke.yaml."""

    cha2ds2_va: Declaration[Points]


def cha2ds2_va(declared: Declaration[Points]) -> Compute:
    """The sum of the points."""
    p = declared.coefficients

    def points(
        age: float, heart_failure: bool, hypertension: bool, diabetes: bool, stroke: bool, vascular_disease: bool
    ) -> float:
        by_age = p.age_75 if age >= 75 else p.age_65 if age >= 65 else 0
        return (
            by_age
            + p.heart_failure * heart_failure
            + p.hypertension * hypertension
            + p.diabetes * diabetes
            + p.stroke * stroke
            + p.vascular_disease * vascular_disease
        )

    return points


def formulas() -> tuple[Formula, ...]:
    """Read content/formulas/stroke.yaml. Raises ContentError."""
    return (formula("cha2ds2_va", read("stroke", Stroke).cha2ds2_va, cha2ds2_va),)
