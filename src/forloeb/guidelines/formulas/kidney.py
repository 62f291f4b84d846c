"""Kidney function: eGFR by three equations, kidney failure risk, creatinine clearance, albumin/creatinine units."""

from __future__ import annotations

from math import exp, log

from forloeb.guidelines.formulas.formula import SEX, Answer, Example, Formula, age, number, text

CREA = number("crea", "Kreatinin", "Creatinine", "umol/L", 15, 2500, "creatinine", "cr", "scr", "kreatinin")
_EGFR_UNIT = "mL/min/{1.73_m2}"


def ckd_epi_2009(crea: float, age: float, sex: str) -> float:
    """CKD-EPI 2009 without the race term: what Danish laboratories report as DNK35302 (`RSJ-EGFR`)."""
    female = sex == "female"
    ratio = crea / (0.7 * 88.4 if female else 0.9 * 88.4)
    low = min(ratio, 1) ** (-0.329 if female else -0.411)
    return float(141 * low * max(ratio, 1) ** -1.209 * 0.993**age * (1.018 if female else 1))


def ckd_epi_2021(crea: float, age: float, sex: str) -> float:
    """CKD-EPI 2021: informative only, not the Danish laboratories' default (`NKF`)."""
    female = sex == "female"
    ratio = crea / 88.4 / (0.7 if female else 0.9)
    low = min(ratio, 1) ** (-0.241 if female else -0.302)
    return float(142 * low * max(ratio, 1) ** -1.200 * 0.9938**age * (1.012 if female else 1))


def kfre(age: float, sex: str, egfr: float, uacr: float) -> Answer:
    """Kidney failure risk, four variables, outside North America: 5 years, and 2 years as a part."""
    if egfr >= 60:
        return Answer(None, text("Formlen gælder kun, når eGFR er under 60.", "Holds only when eGFR is below 60."))
    x = (
        -0.2201 * (age / 10 - 7.036)
        + 0.2467 * ((sex == "male") - 0.5642)
        - 0.5567 * (egfr / 5 - 7.222)
        + 0.4510 * (log(uacr) - 5.137)
    )
    two, five = (100 * (1 - base ** exp(x)) for base in (0.9832, 0.9365))
    return Answer(five, parts={"two_years": two, "five_years": five})


def cockcroft_gault(age: float, sex: str, weight: float, crea: float) -> float:
    """Creatinine clearance in mL/min, for doses."""
    return (140 - age) * weight * (1.23 if sex == "male" else 1.04) / crea


def _egfr_examples(column: int) -> tuple[Example, ...]:
    rows = (
        (106.08, 55, "male", 67.67, 71.42),
        (50, 40, "male", 128.85, 127.40),
        (60, 40, "female", 109.48, 112.89),
        (75, 55, "female", 77.31, 81.04),
        (100, 65, "female", 50.89, 53.92),
        (150, 80, "female", 28.05, 30.20),
        (300, 60, "male", 18.59, 19.88),
    )
    return tuple(
        Example(
            {"crea": crea, "age": years, "sex": sex}, answers[column], 0.006, "C", "EGFRTEST" if column else "RSJ-EGFR"
        )
        for crea, years, sex, *answers in rows
    )


FORMULAS = (
    Formula(
        "ckd_epi_2009",
        text("eGFR, CKD-EPI 2009", "eGFR, CKD-EPI 2009"),
        _EGFR_UNIT,
        (CREA, age(18, 120), SEX),
        ckd_epi_2009,
        "V",
        ("RSJ-EGFR", "RM-EGFR"),
        _egfr_examples(0),
        text("Laboratoriets egen formel i Danmark.", "The laboratories' own in Denmark."),
    ),
    Formula(
        "ckd_epi_2021",
        text("eGFR, CKD-EPI 2021", "eGFR, CKD-EPI 2021"),
        _EGFR_UNIT,
        (CREA, age(18, 120), SEX),
        ckd_epi_2021,
        "V",
        ("NKF",),
        _egfr_examples(1),
        text("Kun til orientering; må ikke blandes med 2009.", "Informative only; not to be mixed with 2009."),
    ),
    Formula(
        "kfre",
        text("Risiko for nyresvigt inden 5 år (KFRE)", "Kidney failure risk within 5 years (KFRE)"),
        "%",
        (
            age(18, 110),
            SEX,
            number("egfr", "eGFR", "eGFR", _EGFR_UNIT, 2, 60, "gfr"),
            number("uacr", "Albumin/kreatinin-ratio", "Albumin/creatinine ratio", "mg/g", 0.1, 20000, "acr"),
        ),
        kfre,
        "V2",
        ("GPTOOL",),
        (
            Example({"age": 70, "sex": "male", "egfr": 35, "uacr": 300}, 10.20, 0.006, "C", "GPTOOL"),
            Example({"age": 70, "sex": "male", "egfr": 35, "uacr": 300}, 2.74, 0.006, "C", "GPTOOL", "two_years"),
        ),
    ),
    Formula(
        "cockcroft_gault",
        text("Kreatininclearance (Cockcroft-Gault)", "Creatinine clearance (Cockcroft-Gault)"),
        "mL/min",
        (age(18, 120), SEX, number("weight", "Vægt", "Weight", "kg", 20, 400, "kg", "vaegt"), CREA),
        cockcroft_gault,
        "V2",
        ("MEDCALC",),
        (Example({"age": 60, "sex": "male", "weight": 80, "crea": 100}, 78.72, 0.006, "C", "MEDCALC"),),
    ),
    Formula(
        "uacr_mg_g",
        text("Albumin/kreatinin-ratio fra mg/mmol", "Albumin/creatinine ratio from mg/mmol"),
        "mg/g",
        (number("mg_mmol", "Albumin/kreatinin-ratio", "Albumin/creatinine ratio", "mg/mmol", 0, 3000, "uacr", "acr"),),
        lambda mg_mmol: mg_mmol * 8.84,
        "V2",
        ("GPTOOL",),
        (Example({"mg_mmol": 3}, 26.5, 0.05, "V2", "GPTOOL"),),
    ),
    Formula(
        "creatinine_umol",
        text("Kreatinin fra mg/dL", "Creatinine from mg/dL"),
        "umol/L",
        (number("mg_dl", "Kreatinin", "Creatinine", "mg/dL", 0.1, 30, "creatinine", "crea"),),
        lambda mg_dl: mg_dl * 88.4,
        "V",
        ("RM-EGFR",),
        (Example({"mg_dl": 1.2}, 106.08, 0.005, "C", "RM-EGFR"),),
    ),
)
