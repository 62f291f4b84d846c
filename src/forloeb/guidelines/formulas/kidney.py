"""Kidney function: eGFR by three equations, creatinine clearance, units of creatinine and albumin/creatinine."""

from __future__ import annotations

from forloeb.guidelines.formulas.declarations import BySex, Declaration, formula, read
from forloeb.guidelines.formulas.formula import Compute, Formula
from forloeb.kernel.content import Closed


class CkdEpi(Closed):
    """`factor · min(Cr/creatinine, 1)^below · max(Cr/creatinine, 1)^above · per_year^age · sex`; Cr in µmol/L."""

    factor: float
    creatinine: BySex
    below: BySex
    above: float
    per_year: float
    sex: BySex


class Mdrd(Closed):
    """`factor · (Cr/creatinine)^power · age^age_power · sex`, creatinine in µmol/L."""

    factor: float
    creatinine: float
    power: float
    age_power: float
    sex: BySex


class CockcroftGault(Closed):
    """`(years − age) · weight · sex / Cr`, creatinine in µmol/L."""

    years: float
    sex: BySex


class Factor(Closed):
    """What one unit is multiplied by to give the other."""

    factor: float


class Kidney(Closed):
    """content/formulas/kidney.yaml."""

    ckd_epi_2009: Declaration[CkdEpi]
    ckd_epi_2021: Declaration[CkdEpi]
    mdrd: Declaration[Mdrd]
    cockcroft_gault: Declaration[CockcroftGault]
    uacr_mg_g: Declaration[Factor]
    creatinine_umol: Declaration[Factor]


def ckd_epi(declared: Declaration[CkdEpi]) -> Compute:
    """Both CKD-EPI equations: the same shape, other numbers."""
    c = declared.coefficients

    def egfr(crea: float, age: float, sex: str) -> float:
        ratio = crea / c.creatinine.of(sex)
        power = c.below.of(sex) if ratio < 1 else c.above
        return float(c.factor * ratio**power * c.per_year**age * c.sex.of(sex))

    return egfr


def mdrd(declared: Declaration[Mdrd]) -> Compute:
    """The equation that laboratories used before CKD-EPI."""
    c = declared.coefficients

    def egfr(crea: float, age: float, sex: str) -> float:
        return float(c.factor * (crea / c.creatinine) ** c.power * age**c.age_power * c.sex.of(sex))

    return egfr


def cockcroft_gault(declared: Declaration[CockcroftGault]) -> Compute:
    """Creatinine clearance in mL/min."""
    c = declared.coefficients

    def clearance(age: float, sex: str, weight: float, crea: float) -> float:
        return (c.years - age) * weight * c.sex.of(sex) / crea

    return clearance


def _factor(declared: Declaration[Factor]) -> Compute:
    factor = declared.coefficients.factor
    return lambda **value: factor * next(iter(value.values()))


def formulas() -> tuple[Formula, ...]:
    """Read content/formulas/kidney.yaml. Raises ContentError."""
    kidney = read("kidney", Kidney)
    return (
        formula("ckd_epi_2009", kidney.ckd_epi_2009, ckd_epi),
        formula("ckd_epi_2021", kidney.ckd_epi_2021, ckd_epi),
        formula("mdrd", kidney.mdrd, mdrd),
        formula("cockcroft_gault", kidney.cockcroft_gault, cockcroft_gault),
        formula("uacr_mg_g", kidney.uacr_mg_g, _factor),
        formula("creatinine_umol", kidney.creatinine_umol, _factor),
    )
