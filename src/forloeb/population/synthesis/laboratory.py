"""Values from the laboratory: long-term blood sugar, lipids, kidneys, urine albumin, eosinophils."""

from __future__ import annotations

from functools import cache

import numpy as np

from forloeb.population.synthesis.days import NEVER
from forloeb.population.synthesis.draws import Floats, Ints
from forloeb.population.synthesis.measured import ABOVE, BELOW, NO_COMPARATOR, Column, Moments, Patients


def long_term_sugar(patients: Patients, at: Moments) -> list[Column]:
    """HbA1c in mmol/mol: high at diagnosis, lower on treatment, then slowly up."""
    earlier = patients.figures.values.before_treatment
    years = patients.years_with("type2_diabetes", at)
    at_diagnosis = np.clip(1 - 2 * years, 0, 1) * earlier.hba1c_at_diagnosis.value
    since = at_diagnosis - earlier.hba1c_yearly_rise.value * patients.years_before_now(at)
    values = patients.values("hba1c", at) + np.where(years >= 0, since, 0.0)
    return [at.column("hba1c", np.maximum(values, 22.0))]


def lipids(patients: Patients, at: Moments) -> list[Column]:
    """LDL, HDL, total cholesterol and triglycerides in mmol/L. Total is their sum by Friedewald (TG × 0.45)."""
    ldl = np.minimum(patients.values("ldl", at) * _statin_factor(patients, at), 9.0)
    hdl, tg = patients.values("hdl", at), patients.values("tg", at)
    total = ldl + hdl + np.minimum(tg, 4.5) * 0.45
    low = ldl < 0.5
    return [
        at.column("ldl", np.where(low, 0.5, ldl), np.where(low, BELOW, NO_COMPARATOR)),
        at.column("hdl", hdl),
        at.column("chol", total),
        at.column("tg", tg),
    ]


def _statin_factor(patients: Patients, at: Moments) -> Floats:
    """Give what to multiply LDL by: only the curves of heart disease and diabetes are of treated patients."""
    began = patients.began["statin"][at.person]
    had = patients.had(at)
    curve_is_treated = had["ihd"] | had["type2_diabetes"]
    before_statin = (at.day < began) & (began < NEVER)
    factor = patients.figures.values.before_treatment.ldl_without_statin.value
    raised = np.where(curve_is_treated & before_statin, factor, 1.0)
    return np.where(~curve_is_treated & (at.day >= began), 1 / factor, raised)


def kidneys(patients: Patients, at: Moments) -> list[Column]:
    """Creatinine, the eGFR a laboratory computes from it (CKD-EPI 2009, ">90" above 90), and potassium."""
    figures = patients.figures.values.kidney_function
    day = patients.draws.normal("day/egfr", patients.people.numbers[at.person], at.day)
    wanted = kidney_level(patients, at) + figures.visit_spread.value * day
    women = patients.people.women[at.person].astype(np.int64)
    ages = patients.ages(at).astype(np.int64)
    creatinine = _creatinine_for(np.clip(wanted, 5, 130), women, ages)
    egfr = _ckd_epi_2009(creatinine, women, ages)
    limit = figures.shown_above.value
    high = np.rint(egfr) > limit
    return [
        at.column("crea", creatinine.astype(np.float64)),
        at.column("egfr", np.where(high, limit, egfr), np.where(high, ABOVE, NO_COMPARATOR)),
        at.column("potassium", patients.values("potassium", at)),
    ]


def kidney_level(patients: Patients, at: Moments) -> Floats:
    """Give each patient's lasting eGFR at the moments: a straight line over age around which visits vary."""
    figures = patients.figures.values.kidney_function
    own = patients.draws.normal("level/egfr", patients.people.numbers)[at.person]
    past_forty = np.maximum(patients.ages(at) - 40, 0.0)
    level = figures.at_forty.value + figures.spread.value * own - figures.yearly_fall.value * past_forty
    diabetic = patients.health.has["type2_diabetes"][at.person]
    return np.clip(level + np.where(diabetic, figures.with_type2_diabetes.value, 0.0), 5, 130)


def urine_albumin(patients: Patients, at: Moments) -> list[Column]:
    """Urine albumin/creatinine in mg/g, written "<9" and the like by laboratories that do so."""
    values = np.rint(patients.values("uacr", at))
    limit = patients.albumin_limit[at.person]
    low = values < limit
    return [at.column("uacr", np.where(low, limit, values), np.where(low, BELOW, NO_COMPARATOR))]


def eosinophils(patients: Patients, at: Moments) -> list[Column]:
    """Eosinophils in 10⁹/L."""
    return [at.column("eos", patients.values("eos", at))]


_MOST_CREATININE = 1200
_CREATININE = np.arange(_MOST_CREATININE + 1)


@cache
def _creatinine_factors() -> Floats:
    """Give 141 · min(Cr/k, 1)^a · max(Cr/k, 1)^-1.209 (· 1.018 for women) by [woman, µmol/L]; CKD-EPI 2009."""
    rows = []
    for k, a, constant in ((0.9 * 88.4, -0.411, 141.0), (0.7 * 88.4, -0.329, 141.0 * 1.018)):
        rows.append(
            [constant * min(max(c, 1) / k, 1) ** a * max(c / k, 1) ** -1.209 for c in range(_MOST_CREATININE + 1)]
        )
    factors: Floats = np.array([[round(factor, 9) for factor in row] for row in rows], dtype=np.float64)
    return factors


@cache
def _age_factors() -> Floats:
    return np.array([round(0.993**age, 9) for age in range(121)], dtype=np.float64)


def _ckd_epi_2009(creatinine: Ints, women: Ints, ages: Ints) -> Floats:
    egfr: Floats = _creatinine_factors()[women, creatinine] * _age_factors()[ages]
    return egfr


def _creatinine_for(egfr: Floats, women: Ints, ages: Ints) -> Ints:
    """Find the whole creatinine (µmol/L) whose eGFR is nearest below the one wanted."""
    wanted = egfr / _age_factors()[ages]
    found = np.empty(len(egfr), dtype=np.int64)
    for woman, factors in enumerate(_creatinine_factors()):
        mine = women == woman
        found[mine] = np.searchsorted(-factors, -wanted[mine])
    return np.clip(found, 1, _MOST_CREATININE)
