"""Lung function against what is predicted for age, height and sex: GLI-2012 and the Danish reference of 2013."""

from __future__ import annotations

from math import exp, log

from pydantic import model_validator

from forloeb.guidelines.formulas.declarations import BySex, Declaration, formula, read
from forloeb.guidelines.formulas.formula import Compute, Formula, Result
from forloeb.kernel.content import Closed

Triple = tuple[float, float, float]

_YEARS_BETWEEN_KNOTS = 5
_LEAST_PREDICTED = 0.5  # litres: below, the straight line of the Danish reference says nothing about an adult


class GliTerms(Closed):
    """The coefficients of GLI's equations, named as there."""

    a0: float
    a1: float
    a2: float
    p0: float
    p1: float
    q0: float
    q1: float


class GliReference(Closed):
    """The reference of one measurement for one sex: the equations, and splines `[m, s, l]` at knots of five years."""

    terms: GliTerms
    splines: dict[int, Triple]

    @model_validator(mode="after")
    def _evenly(self) -> GliReference:
        knots = list(self.splines)
        if knots != list(range(knots[0], knots[-1] + 1, _YEARS_BETWEEN_KNOTS)):
            raise ValueError("the splines stand at every fifth year, in order")
        return self

    def lms(self, age: float, height_cm: float) -> Triple:
        """Give L (skewness), M (median, in litres or as a ratio) and S (coefficient of variation)."""
        m, s, skew = self._spline(age)
        t, years = self.terms, log(age)
        median = exp(t.a0 + t.a1 * log(height_cm) + t.a2 * years + m)
        return t.q0 + t.q1 * years + skew, median, exp(t.p0 + t.p1 * years + s)

    def _spline(self, age: float) -> Triple:
        knot = int(age // _YEARS_BETWEEN_KNOTS * _YEARS_BETWEEN_KNOTS)
        low, high = self.splines[knot], self.splines.get(knot + _YEARS_BETWEEN_KNOTS, self.splines[knot])
        share = (age - knot) / _YEARS_BETWEEN_KNOTS
        return (
            low[0] + (high[0] - low[0]) * share,
            low[1] + (high[1] - low[1]) * share,
            low[2] + (high[2] - low[2]) * share,
        )


class GliBySex(Closed):
    """The three measurements of one sex."""

    fev1: GliReference
    fvc: GliReference
    fev1_fvc: GliReference


class Gli(Closed):
    """GLI-2012, Caucasian group."""

    z_of_lower_limit: float
    male: GliBySex
    female: GliBySex


class Danish(Closed):
    """Predicted FEV1 in litres: `constant + age_squared · age² + height_cm · height in cm`."""

    constant: BySex
    age_squared: BySex
    height_cm: BySex


class Spirometry(Closed):
    """content/formulas/spirometry.yaml."""

    gli_2012: Declaration[Gli]
    danish_2013: Declaration[Danish]


def gli_2012(declared: Declaration[Gli]) -> Compute:
    """FEV1 in per cent of predicted; predicted, lower limit, per cent and z of each as parts. Height in metres."""
    c, refusals = declared.coefficients, declared.refusals
    no_fev1, above = refusals["no_fev1"], refusals["ratio"]
    references = {"male": c.male, "female": c.female}

    def spirometry(
        age: float, sex: str, height: float, fev1: float | None, fvc: float | None, fev1_fvc: float | None
    ) -> Result:
        if fev1 is not None and fvc is not None:
            if fev1 > fvc:
                return Result(None, above)
            fev1_fvc = fev1 / fvc if fev1_fvc is None else fev1_fvc
        by_sex, parts = references[sex], dict[str, float]()
        for name, value in (("fev1", fev1), ("fvc", fvc), ("fev1_fvc", fev1_fvc)):
            lms = getattr(by_sex, name).lms(age, 100 * height)
            parts |= _against(name, value, lms, c.z_of_lower_limit)
        if fev1 is None:
            return Result(None, no_fev1, missing=("fev1",), parts=parts)
        return Result(parts["fev1_percent"], parts=parts)

    return spirometry


def _against(name: str, value: float | None, lms: Triple, z: float) -> dict[str, float]:
    """Hold a measured value, where there is one, against its reference."""
    skew, median, variation = lms
    parts = {f"{name}_predicted": median, f"{name}_lower_limit": median * (1 - z * skew * variation) ** (1 / skew)}
    if value is not None:
        parts[f"{name}_percent"] = 100 * value / median
        parts[f"{name}_z"] = ((value / median) ** skew - 1) / (skew * variation)
    return parts


def danish_2013(declared: Declaration[Danish]) -> Compute:
    """FEV1 in per cent of predicted, with the predicted in litres as a part. Height in metres."""
    c, refusals = declared.coefficients, declared.refusals
    no_fev1, too_small = refusals["no_fev1"], refusals["too_small"]

    def spirometry(age: float, sex: str, height: float, fev1: float | None) -> Result:
        predicted = c.constant.of(sex) + c.age_squared.of(sex) * age**2 + c.height_cm.of(sex) * 100 * height
        if predicted < _LEAST_PREDICTED:
            return Result(None, too_small)
        if fev1 is None:
            return Result(None, no_fev1, missing=("fev1",), parts={"fev1_predicted": predicted})
        percent = 100 * fev1 / predicted
        return Result(percent, parts={"fev1_predicted": predicted, "fev1_percent": percent})

    return spirometry


def formulas() -> tuple[Formula, ...]:
    """Read content/formulas/spirometry.yaml. Raises ContentError."""
    spirometry = read("spirometry", Spirometry)
    return (
        formula("gli_2012", spirometry.gli_2012, gli_2012),
        formula("danish_2013", spirometry.danish_2013, danish_2013),
    )
