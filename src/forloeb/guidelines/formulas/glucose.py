"""Blood sugar: HbA1c in both units, the average glucose it stands for, and the duration of diabetes."""

from __future__ import annotations

from forloeb.guidelines.formulas.declarations import Declaration, NoCoefficients, formula, read
from forloeb.guidelines.formulas.formula import Compute, Formula, Result
from forloeb.kernel.content import Closed


class Line(Closed):
    """A straight line: `slope · value + intercept`."""

    slope: float
    intercept: float

    def at(self, value: float) -> float:
        """Give the line's height at a value."""
        return self.slope * value + self.intercept


class AverageGlucose(Closed):
    """Glucose from HbA1c in per cent, and per cent from mmol/mol."""

    glucose: Line
    percent: Line


class Glucose(Closed):
    """content/formulas/glucose.yaml."""

    hba1c_ifcc: Declaration[Line]
    hba1c_dcct: Declaration[Line]
    eag: Declaration[AverageGlucose]
    diabetes_duration: Declaration[NoCoefficients]


def _line(declared: Declaration[Line]) -> Compute:
    line = declared.coefficients
    return lambda **value: line.at(next(iter(value.values())))


def eag(declared: Declaration[AverageGlucose]) -> Compute:
    """Average glucose in mmol/L from HbA1c in either unit."""
    c, refusals = declared.coefficients, declared.refusals
    missing, both = refusals["missing"], refusals["both"]

    def glucose(hba1c: float | None, hba1c_percent: float | None) -> Result:
        if hba1c is not None and hba1c_percent is not None:
            return Result(None, both)
        if hba1c is not None:
            return Result(c.glucose.at(c.percent.at(hba1c)))
        if hba1c_percent is not None:
            return Result(c.glucose.at(hba1c_percent))
        return Result(None, missing, missing=("hba1c",))

    return glucose


def diabetes_duration(declared: Declaration[NoCoefficients]) -> Compute:
    """Years since the year of diagnosis."""
    before = declared.refusals["before"]

    def duration(as_of_year: float, dm_debut_year: float) -> Result:
        years = as_of_year - dm_debut_year
        return Result(years) if years >= 0 else Result(None, before)

    return duration


def formulas() -> tuple[Formula, ...]:
    """Read content/formulas/glucose.yaml. Raises ContentError."""
    glucose = read("glucose", Glucose)
    return (
        formula("hba1c_ifcc", glucose.hba1c_ifcc, _line),
        formula("hba1c_dcct", glucose.hba1c_dcct, _line),
        formula("eag", glucose.eag, eag),
        formula("diabetes_duration", glucose.diabetes_duration, diabetes_duration),
    )
