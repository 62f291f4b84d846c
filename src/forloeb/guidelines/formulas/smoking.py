"""Smoking: pack-years."""

from __future__ import annotations

from forloeb.guidelines.formulas.declarations import Declaration, formula, read
from forloeb.guidelines.formulas.formula import Compute, Formula
from forloeb.kernel.content import Closed


class Pack(Closed):
    """How many cigarettes a pack holds."""

    cigarettes_in_a_pack: float


class Smoking(Closed):
    """content/formulas/smoking.yaml."""

    pack_years: Declaration[Pack]


def pack_years(declared: Declaration[Pack]) -> Compute:
    """Packs a day times years."""
    pack = declared.coefficients.cigarettes_in_a_pack
    return lambda cig_day, years: cig_day / pack * years


def formulas() -> tuple[Formula, ...]:
    """Read content/formulas/smoking.yaml. Raises ContentError."""
    return (formula("pack_years", read("smoking", Smoking).pack_years, pack_years),)
