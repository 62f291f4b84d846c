"""The risk that the kidneys fail within two and five years (KFRE, four variables, outside North America)."""

from __future__ import annotations

from math import exp, log

from forloeb.guidelines.formulas.declarations import Declaration, formula, read
from forloeb.guidelines.formulas.formula import Compute, Formula, Result
from forloeb.kernel.content import Closed


class Term(Closed):
    """One term of a sum: `weight · (value / divisor − centre)`."""

    weight: float
    divisor: float
    centre: float

    def of(self, value: float) -> float:
        """Give the term for a value."""
        return self.weight * (value / self.divisor - self.centre)


class Kfre(Closed):
    """The terms, and the share without kidney failure after two and five years where their sum is zero."""

    age: Term
    male: Term
    egfr: Term
    ln_uacr: Term
    two_years: float
    five_years: float


class KidneyFailure(Closed):
    """content/formulas/kidney_failure.yaml."""

    kfre: Declaration[Kfre]


def kfre(declared: Declaration[Kfre]) -> Compute:
    """Risk in per cent: within five years as the answer, within two as a part. UACR in mg/g."""
    c = declared.coefficients

    def risk(age: float, sex: str, egfr: float, uacr: float) -> Result:
        hazard = exp(c.age.of(age) + c.male.of(sex == "male") + c.egfr.of(egfr) + c.ln_uacr.of(log(uacr)))
        two, five = (100 * (1 - base**hazard) for base in (c.two_years, c.five_years))
        return Result(five, parts={"two_years": two, "five_years": five})

    return risk


def formulas() -> tuple[Formula, ...]:
    """Read content/formulas/kidney_failure.yaml. Raises ContentError."""
    return (formula("kfre", read("kidney_failure", KidneyFailure).kfre, kfre),)
