"""Risk of heart disease and stroke: SCORE2, SCORE2-OP, SCORE2-Diabetes, CHA₂DS₂-VA; LDL.

Coefficients: second-hand, the same in two independent implementations, and they reproduce the published examples
(`RISKSCORES`, `GPTOOL`, `SCORE2-ABS`). Denmark is a low-risk region.
"""

from __future__ import annotations

from math import exp, log

from forloeb.guidelines.formulas.formula import SEX, Answer, Example, Formula, Given, Input, age, number, text, yes_no

SBP = number("sbp", "Systolisk blodtryk", "Systolic blood pressure", "mm[Hg]", 60, 260, "systolic", "bp", "blodtryk")
CHOL = number(
    "chol", "Samlet kolesterol", "Total cholesterol", "mmol/L", 1.5, 20, "cholesterol", "tc", "total_cholesterol"
)
HDL = number("hdl", "HDL-kolesterol", "HDL cholesterol", "mmol/L", 0.2, 5, "hdl_cholesterol")
SMOKER = yes_no("smoker", "Ryger", "Smoker", "smoking", "ryger", "current_smoker")
REGION = Input(
    "region", text("Risikoregion", "Risk region"), kind="choice", choices=("low", "very_high"), default="low"
)

_CALIBRATION = {
    "low": {"male": (-0.5699, 0.7476), "female": (-0.7380, 0.7019)},
    "very_high": {"male": (0.5836, 0.8294), "female": (0.9412, 0.8329)},
}
_BASE = {"male": 0.9605, "female": 0.9776}
_CALIBRATION_OP = {"male": (-0.34, 1.19), "female": (-0.52, 1.01)}


def _calibrated(risk: float, scales: tuple[float, float]) -> float:
    return 100 * (1 - exp(-exp(scales[0] + scales[1] * log(-log(1 - risk)))))


def _stretched(sbp: float, chol: float, hdl: float) -> Answer | None:
    """Say so where the published charts end (systolic 100–179, non-HDL 3.0–6.9): the number is an extrapolation."""
    if 100 <= sbp <= 179 and 3.0 <= chol - hdl <= 6.9:
        return None
    return Answer(
        None, warning=text("Uden for risikokortets område; tallet er strakt.", "Outside the chart; stretched.")
    )


def _answer(value: float, sbp: float, chol: float, hdl: float) -> Answer:
    stretched = _stretched(sbp, chol, hdl)
    return Answer(value, warning=stretched.warning if stretched else None)


def score2(age: float, sex: str, sbp: float, chol: float, hdl: float, smoker: bool, region: str) -> Answer:
    """10-year risk of cardiovascular disease in %, 40–69 years, without diabetes or cardiovascular disease."""
    a, b, c, h, s = (age - 60) / 5, (sbp - 120) / 20, chol - 6, (hdl - 1.3) / 0.5, float(smoker)
    if sex == "male":
        lp = 0.3742 * a + 0.6012 * s + 0.2777 * b + 0.1458 * c - 0.2698 * h
        lp += -0.0755 * a * s - 0.0255 * a * b - 0.0281 * a * c + 0.0426 * a * h
    else:
        lp = 0.4648 * a + 0.7744 * s + 0.3131 * b + 0.1002 * c - 0.2606 * h
        lp += -0.1088 * a * s - 0.0277 * a * b - 0.0226 * a * c + 0.0613 * a * h
    return _answer(_calibrated(1 - _BASE[sex] ** exp(lp), _CALIBRATION[region][sex]), sbp, chol, hdl)


def score2_op(age: float, sex: str, sbp: float, chol: float, hdl: float, smoker: bool, diabetes: bool) -> Answer:
    """10-year risk in %, 70–89 years (calibrated for a low-risk region)."""
    a, b, c, h, s, d = age - 73, sbp - 150, chol - 6, hdl - 1.4, float(smoker), float(diabetes)
    if sex == "male":
        lp = 0.0634 * a + 0.4245 * d + 0.3524 * s + 0.0094 * b + 0.0850 * c - 0.3564 * h
        lp += -0.0174 * a * d - 0.0247 * a * s - 0.0005 * a * b + 0.0073 * a * c + 0.0091 * a * h
        base, mean = 0.7576, 0.0929
    else:
        lp = 0.0789 * a + 0.6010 * d + 0.4921 * s + 0.0102 * b + 0.0605 * c - 0.3040 * h
        lp += -0.0107 * a * d - 0.0255 * a * s - 0.0004 * a * b - 0.0009 * a * c + 0.0154 * a * h
        base, mean = 0.8082, 0.2290
    return _answer(_calibrated(1 - base ** exp(lp - mean), _CALIBRATION_OP[sex]), sbp, chol, hdl)


def score2_diabetes(
    age: float,
    sex: str,
    sbp: float,
    chol: float,
    hdl: float,
    smoker: bool,
    age_at_diagnosis: float,
    hba1c: float,
    egfr: float,
    region: str,
) -> Answer:
    """10-year risk in %, type 2 diabetes, 40–69 years, without cardiovascular disease or severe organ damage."""
    a, b, c, h, s = (age - 60) / 5, (sbp - 120) / 20, chol - 6, (hdl - 1.3) / 0.5, float(smoker)
    d, g, e = (age_at_diagnosis - 50) / 5, (hba1c - 31) / 9.34, (log(egfr) - 4.5) / 0.15
    if sex == "male":
        lp = 0.5368 * a + 0.4774 * s + 0.1322 * b + 0.6457 + 0.1102 * c - 0.1087 * h
        lp += -0.0672 * a * s - 0.0268 * a * b - 0.0983 * a - 0.0181 * a * c + 0.0095 * a * h
        lp += -0.0998 * d + 0.0955 * g - 0.0591 * e + 0.0058 * e * e - 0.0134 * g * a + 0.0115 * e * a
    else:
        lp = 0.6624 * a + 0.6139 * s + 0.1421 * b + 0.8096 + 0.1127 * c - 0.1568 * h
        lp += -0.1122 * a * s - 0.0167 * a * b - 0.1272 * a - 0.0200 * a * c + 0.0186 * a * h
        lp += -0.1180 * d + 0.1173 * g - 0.0640 * e + 0.0062 * e * e - 0.0196 * g * a + 0.0169 * e * a
    return _answer(_calibrated(1 - _BASE[sex] ** exp(lp), _CALIBRATION[region][sex]), sbp, chol, hdl)


def cha2ds2_va(
    age: float,
    heart_failure: bool,
    hypertension: bool,
    diabetes: bool,
    stroke: bool,
    vascular_disease: bool,
) -> float:
    """Points for risk of stroke in atrial fibrillation, without sex (ESC 2024)."""
    points = 2 * (age >= 75) + (65 <= age < 75) + 2 * stroke
    return float(points + heart_failure + hypertension + diabetes + vascular_disease)


def friedewald(chol: float, hdl: float, tg: float) -> Answer:
    """LDL from the three others (the Danish text's factor 0.45); not to be used when triglycerides are above 4."""
    ldl = chol - hdl - 0.45 * tg
    if ldl <= 0:
        return Answer(
            None, text("Tallene passer ikke sammen: LDL bliver negativ.", "The numbers disagree: LDL is negative.")
        )
    return Answer(ldl)


_SCORE = {"age": 50, "smoker": True, "sbp": 140, "chol": 5.5, "hdl": 1.3}
_DM: dict[str, Given] = {
    "age": 60, "smoker": False, "sbp": 140, "chol": 5.5, "hdl": 1.3, "age_at_diagnosis": 60, "hba1c": 50, "egfr": 90,
}  # fmt: skip


def _examples(
    shared: dict[str, Given], rows: tuple[tuple[dict[str, Given], float, float], ...], status: str, source: str
) -> tuple[Example, ...]:
    return tuple(Example({**shared, **own}, answer, within, status, source) for own, answer, within in rows)  # type: ignore[arg-type]


FORMULAS = (
    Formula(
        "score2",
        text("SCORE2: 10-års risiko", "SCORE2: 10-year risk"),
        "%",
        (age(40, 69), SEX, SBP, CHOL, HDL, SMOKER, REGION),
        score2,
        "V2",
        ("RISKSCORES", "SCORE2-ABS"),
        (
            *_examples(
                _SCORE,  # type: ignore[arg-type]
                (
                    ({"sex": "male"}, 5.9, 0.05),
                    ({"sex": "female"}, 4.2, 0.05),
                    ({"sex": "male", "region": "very_high"}, 14.0, 0.06),
                    ({"sex": "female", "region": "very_high"}, 13.7, 0.05),
                ),
                "V",
                "SCORE2-ABS",
            ),
            Example(
                {"sex": "male", "age": 55, "smoker": False, "sbp": 130, "chol": 5.0, "hdl": 1.2},
                3.92,
                0.006,
                "C",
                "RISKSCORES",
            ),
        ),
    ),
    Formula(
        "score2_op",
        text("SCORE2-OP: 10-års risiko fra 70 år", "SCORE2-OP: 10-year risk from 70"),
        "%",
        (age(70, 89), SEX, SBP, CHOL, HDL, SMOKER, yes_no("diabetes", "Diabetes", "Diabetes", "dm")),
        score2_op,
        "V2",
        ("RISKSCORES",),
        _examples(
            {"age": 75, "smoker": True, "sbp": 140, "chol": 5.5, "hdl": 1.3, "diabetes": False},
            (({"sex": "male"}, 18.56, 0.006), ({"sex": "female"}, 15.16, 0.006)),
            "C",
            "RISKSCORES",
        ),
    ),
    Formula(
        "score2_diabetes",
        text("SCORE2-Diabetes: 10-års risiko", "SCORE2-Diabetes: 10-year risk"),
        "%",
        (
            age(40, 69),
            SEX,
            SBP,
            CHOL,
            HDL,
            SMOKER,
            number(
                "age_at_diagnosis", "Alder ved diagnosen", "Age at diagnosis", "a", 10, 69, "dm_age", "diagnosis_age"
            ),
            number("hba1c", "HbA1c", "HbA1c", "mmol/mol", 15, 200, "a1c"),
            number("egfr", "eGFR", "eGFR", "mL/min/{1.73_m2}", 2, 200, "gfr"),
            REGION,
        ),
        score2_diabetes,
        "V2",
        ("RISKSCORES",),
        _examples(
            _DM,
            (
                ({"sex": "male"}, 8.4, 0.05),
                ({"sex": "female"}, 6.1, 0.05),
                ({"sex": "male", "smoker": True}, 11.8, 0.05),
                ({"sex": "female", "smoker": True}, 9.2, 0.05),
            ),
            "V",
            "RISKSCORES",
        ),
    ),
    Formula(
        "cha2ds2_va",
        text("CHA₂DS₂-VA", "CHA₂DS₂-VA"),
        "{points}",
        (
            age(18, 120),
            yes_no("heart_failure", "Hjertesvigt", "Heart failure", "hf", default=False),
            yes_no("hypertension", "Forhøjet blodtryk", "Hypertension", "ht", default=False),
            yes_no("diabetes", "Diabetes", "Diabetes", "dm", default=False),
            yes_no("stroke", "Apopleksi, TCI eller emboli", "Stroke, TIA or embolism", "tia", default=False),
            yes_no("vascular_disease", "Karsygdom", "Vascular disease", "vascular", "ami", "pad", default=False),
        ),
        cha2ds2_va,
        "V",
        ("CHADSVA",),
        (Example({"age": 76, "hypertension": True, "diabetes": True, "vascular_disease": True}, 5, 0, "C", "CHADSVA"),),
    ),
    Formula(
        "friedewald",
        text("LDL efter Friedewald", "LDL by Friedewald"),
        "mmol/L",
        (CHOL, HDL, number("tg", "Triglycerid", "Triglycerides", "mmol/L", 0.2, 4, "triglycerides", "triglycerid")),
        friedewald,
        "V",
        ("LHB-LIP",),
        (Example({"chol": 5.2, "hdl": 1.3, "tg": 1.8}, 3.09, 0.005, "C", "LHB-LIP"),),
    ),
    Formula(
        "non_hdl",
        text("Non-HDL-kolesterol", "Non-HDL cholesterol"),
        "mmol/L",
        (CHOL, HDL),
        lambda chol, hdl: (
            chol - hdl if chol > hdl else Answer(None, text("HDL er over det samlede.", "HDL exceeds the total."))
        ),
        "C",
        (),
        (Example({"chol": 5.2, "hdl": 1.3}, 3.9, 0.001, "C", "LHB-LIP"),),
    ),
    Formula(
        "ldl_reduction",
        text("Fald i LDL", "Fall in LDL"),
        "%",
        (
            number("baseline", "LDL før behandling", "LDL before treatment", "mmol/L", 0.2, 15, "before", "from"),
            number("now", "LDL nu", "LDL now", "mmol/L", 0.2, 15, "ldl", "after", "to"),
        ),
        lambda baseline, now: 100 * (baseline - now) / baseline,
        "C",
        (),
        (Example({"baseline": 3.9, "now": 1.7}, 56.4, 0.05, "C", "LHB-LIP"),),
    ),
)
