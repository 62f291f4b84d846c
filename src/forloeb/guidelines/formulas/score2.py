"""The 10-year risk of cardiovascular disease: SCORE2, SCORE2-OP and SCORE2-Diabetes.

Each is a sum of coefficients times variables, a baseline survival, and a calibration for the risk region. The source
writes p = 1 − baseline^exp(sum − mean) and then ln(−ln(1 − p)); that is ln(−ln baseline) + sum − mean, which is how
it is calculated here: the same number, and no logarithm of zero when p comes near 1.
"""

from __future__ import annotations

from math import exp, log
from typing import Generic, TypeVar

from forloeb.guidelines.formulas.declarations import BySex, Declaration, formula, read
from forloeb.guidelines.formulas.formula import Compute, Formula, Result
from forloeb.kernel.content import Closed, Localized


class Terms(Closed):
    """SCORE2's coefficients, of the variables and of their products with age."""

    age: float
    smoker: float
    sbp: float
    chol: float
    hdl: float
    age_smoker: float
    age_sbp: float
    age_chol: float
    age_hdl: float


class TermsWithDiabetes(Terms):
    """The same with diabetes."""

    diabetes: float
    age_diabetes: float


class TermsOfDiabetes(TermsWithDiabetes):
    """The same with what only a person with diabetes has."""

    diagnosis: float
    hba1c: float
    egfr: float
    egfr_squared: float
    age_hba1c: float
    age_egfr: float


class Variables(Closed):
    """A number for each of the shared variables."""

    age: float
    sbp: float
    chol: float
    hdl: float


class Scaling(Closed):
    """How one variable is centred: `(value − centre) / step`."""

    centre: float
    step: float

    def of(self, value: float) -> float:
        """Give the variable for a value."""
        return (value - self.centre) / self.step


class CalibrationBySex(Closed):
    """A region's two numbers, scale1 and scale2, for each sex."""

    female: tuple[float, float]
    male: tuple[float, float]


class Calibration(Closed):
    """The four risk regions of Europe."""

    low: CalibrationBySex
    moderate: CalibrationBySex
    high: CalibrationBySex
    very_high: CalibrationBySex


class Chart(Closed):
    """What the published charts cover: systolic pressure in mmHg and non-HDL cholesterol in mmol/L."""

    sbp: tuple[float, float]
    non_hdl: tuple[float, float]

    def covers(self, sbp: float, non_hdl: float) -> bool:
        """Whether the charts have a field for these."""
        # 8.3 - 1.4 is a little over 6.9 in binary
        return self.sbp[0] <= sbp <= self.sbp[1] and self.non_hdl[0] <= round(non_hdl, 6) <= self.non_hdl[1]


T = TypeVar("T", bound=Terms)


class Score2Coefficients(Closed, Generic[T]):
    """What the three scores share."""

    centre: Variables
    step: Variables
    female: T
    male: T
    baseline: BySex
    mean: BySex
    calibration: Calibration
    chart: Chart


class Score2DiabetesCoefficients(Score2Coefficients[TermsOfDiabetes]):
    """SCORE2's, with how the diabetes variables are centred."""

    diagnosis: Scaling
    hba1c: Scaling
    ln_egfr: Scaling


class Score2(Closed):
    """content/formulas/score2.yaml."""

    score2: Declaration[Score2Coefficients[Terms]]
    score2_op: Declaration[Score2Coefficients[TermsWithDiabetes]]
    score2_diabetes: Declaration[Score2DiabetesCoefficients]


class _Model(Generic[T]):
    """One score's numbers, ready to calculate with."""

    def __init__(self, coefficients: Score2Coefficients[T], warning: Localized) -> None:
        self._chart, self._warning = coefficients.chart, warning
        self._centre, self._step = coefficients.centre, coefficients.step
        self.terms: dict[str, T] = {"female": coefficients.female, "male": coefficients.male}
        self._calibration = {
            (region, sex): getattr(getattr(coefficients.calibration, region), sex)
            for region in Calibration.model_fields
            for sex in ("female", "male")
        }
        self._baseline = {
            sex: log(-log(coefficients.baseline.of(sex))) - coefficients.mean.of(sex) for sex in ("female", "male")
        }

    def years(self, age: float) -> float:
        """Give the variable for an age."""
        return (age - self._centre.age) / self._step.age

    def shared(self, terms: Terms, a: float, smoker: bool, sbp: float, chol: float, hdl: float) -> float:
        """Give the sum of the terms that all three scores have; `a` is the age as a variable."""
        centre, step = self._centre, self._step
        b, c, h = (sbp - centre.sbp) / step.sbp, (chol - centre.chol) / step.chol, (hdl - centre.hdl) / step.hdl
        straight = terms.age * a + terms.smoker * smoker + terms.sbp * b + terms.chol * c + terms.hdl * h
        with_age = terms.age_smoker * smoker + terms.age_sbp * b + terms.age_chol * c + terms.age_hdl * h
        return straight + a * with_age

    def risk(self, total: float, sex: str, region: str, sbp: float, non_hdl: float) -> Result:
        """Give the calibrated risk in per cent, with a warning outside the published charts."""
        scale1, scale2 = self._calibration[region, sex]
        risk = 100 * (1 - exp(-exp(scale1 + scale2 * (self._baseline[sex] + total))))
        return Result(risk, warning=None if self._chart.covers(sbp, non_hdl) else self._warning)


def score2(declared: Declaration[Score2Coefficients[Terms]]) -> Compute:
    """40–69 years without diabetes."""
    model = _Model(declared.coefficients, declared.warnings["chart"])
    disagree = declared.refusals["lipids"]

    def risk(
        *, age: float, sex: str, smoker: bool, sbp: float, chol: float, hdl: float, region: str, **_: object
    ) -> Result:
        if chol <= hdl:
            return Result(None, disagree)
        total = model.shared(model.terms[sex], model.years(age), smoker, sbp, chol, hdl)
        return model.risk(total, sex, region, sbp, chol - hdl)

    return risk


def score2_op(declared: Declaration[Score2Coefficients[TermsWithDiabetes]]) -> Compute:
    """70–89 years."""
    model = _Model(declared.coefficients, declared.warnings["chart"])
    disagree = declared.refusals["lipids"]

    def risk(
        *,
        age: float,
        sex: str,
        smoker: bool,
        sbp: float,
        chol: float,
        hdl: float,
        diabetes: bool,
        region: str,
        **_: object,
    ) -> Result:
        if chol <= hdl:
            return Result(None, disagree)
        terms, a = model.terms[sex], model.years(age)
        total = model.shared(terms, a, smoker, sbp, chol, hdl) + diabetes * (terms.diabetes + terms.age_diabetes * a)
        return model.risk(total, sex, region, sbp, chol - hdl)

    return risk


def score2_diabetes(declared: Declaration[Score2DiabetesCoefficients]) -> Compute:
    """40–69 years with type 2 diabetes."""
    scaled = declared.coefficients
    model = _Model(scaled, declared.warnings["chart"])
    disagree, later = declared.refusals["lipids"], declared.refusals["diagnosis"]

    def of_diabetes(terms: TermsOfDiabetes, a: float, age_at_diagnosis: float, hba1c: float, egfr: float) -> float:
        d, g, e = scaled.diagnosis.of(age_at_diagnosis), scaled.hba1c.of(hba1c), scaled.ln_egfr.of(log(egfr))
        straight = terms.diabetes + terms.diagnosis * d + terms.hba1c * g + terms.egfr * e + terms.egfr_squared * e * e
        return straight + a * (terms.age_diabetes + terms.age_hba1c * g + terms.age_egfr * e)

    def risk(
        *,
        age: float,
        sex: str,
        smoker: bool,
        sbp: float,
        chol: float,
        hdl: float,
        age_at_diagnosis: float,
        hba1c: float,
        egfr: float,
        region: str,
        **_: object,
    ) -> Result:
        if chol <= hdl:
            return Result(None, disagree)
        if age_at_diagnosis > age:
            return Result(None, later)
        terms, a = model.terms[sex], model.years(age)
        total = model.shared(terms, a, smoker, sbp, chol, hdl) + of_diabetes(terms, a, age_at_diagnosis, hba1c, egfr)
        return model.risk(total, sex, region, sbp, chol - hdl)

    return risk


def formulas() -> tuple[Formula, ...]:
    """Read content/formulas/score2.yaml. Raises ContentError."""
    scores = read("score2", Score2)
    return (
        formula("score2", scores.score2, score2),
        formula("score2_op", scores.score2_op, score2_op),
        formula("score2_diabetes", scores.score2_diabetes, score2_diabetes),
    )
