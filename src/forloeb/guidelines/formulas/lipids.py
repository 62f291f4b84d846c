"""Lipids: LDL by Friedewald, non-HDL cholesterol, and how far LDL has fallen."""

from __future__ import annotations

from forloeb.guidelines.formulas.declarations import Declaration, NoCoefficients, formula, read
from forloeb.guidelines.formulas.formula import Compute, Formula, Result
from forloeb.kernel.content import Closed


class FriedewaldFactor(Closed):
    """The share of triglycerides (mmol/L) that is cholesterol in VLDL."""

    triglycerides: float


class Lipids(Closed):
    """content/formulas/lipids.yaml."""

    friedewald: Declaration[FriedewaldFactor]
    non_hdl: Declaration[NoCoefficients]
    ldl_reduction: Declaration[NoCoefficients]


def friedewald(declared: Declaration[FriedewaldFactor]) -> Compute:
    """LDL in mmol/L from the three that were measured."""
    factor, negative = declared.coefficients.triglycerides, declared.refusals["negative"]

    def ldl(chol: float, hdl: float, tg: float) -> Result:
        value = chol - hdl - factor * tg
        return Result(value) if value > 0 else Result(None, negative)

    return ldl


def non_hdl(declared: Declaration[NoCoefficients]) -> Compute:
    """All cholesterol but HDL, in mmol/L."""
    negative = declared.refusals["negative"]

    def rest(chol: float, hdl: float) -> Result:
        return Result(chol - hdl) if chol > hdl else Result(None, negative)

    return rest


def ldl_reduction(_: Declaration[NoCoefficients]) -> Compute:
    """The fall in per cent of the value before treatment; negative for a rise."""
    return lambda ldl_before, ldl: 100 * (ldl_before - ldl) / ldl_before


def formulas() -> tuple[Formula, ...]:
    """Read content/formulas/lipids.yaml. Raises ContentError."""
    lipids = read("lipids", Lipids)
    return (
        formula("friedewald", lipids.friedewald, friedewald),
        formula("non_hdl", lipids.non_hdl, non_hdl),
        formula("ldl_reduction", lipids.ldl_reduction, ldl_reduction),
    )
