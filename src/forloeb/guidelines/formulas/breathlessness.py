"""Breathlessness: the MRC scale (1–5) and the mMRC scale (0–4) have the same five answers."""

from __future__ import annotations

from forloeb.guidelines.formulas.declarations import Declaration, formula, read
from forloeb.guidelines.formulas.formula import Compute, Formula, Result
from forloeb.kernel.content import Closed


class Offset(Closed):
    """What is added to one scale to give the other."""

    offset: float


class Breathlessness(Closed):
    """content/formulas/breathlessness.yaml."""

    mrc_from_mmrc: Declaration[Offset]
    mmrc_from_mrc: Declaration[Offset]


def shifted(declared: Declaration[Offset]) -> Compute:
    """The same answer on the other scale; only whole numbers are answers."""
    offset, whole = declared.coefficients.offset, declared.refusals["whole"]

    def other(**scale: float) -> Result:
        value = next(iter(scale.values()))
        return Result(value + offset) if value.is_integer() else Result(None, whole)

    return other


def formulas() -> tuple[Formula, ...]:
    """Read content/formulas/breathlessness.yaml. Raises ContentError."""
    scales = read("breathlessness", Breathlessness)
    return (
        formula("mrc_from_mmrc", scales.mrc_from_mmrc, shifted),
        formula("mmrc_from_mrc", scales.mmrc_from_mrc, shifted),
    )
