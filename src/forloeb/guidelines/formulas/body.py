"""Body and blood sugar: BMI, HbA1c in both units, the average glucose it stands for."""

from __future__ import annotations

from forloeb.guidelines.formulas.formula import Example, Formula, number, text

FORMULAS = (
    Formula(
        "bmi",
        text("BMI", "BMI"),
        "kg/m2",
        (
            number("weight", "Vægt", "Weight", "kg", 20, 400, "kg", "vaegt", "vægt"),
            number("height", "Højde", "Height", "m", 0.5, 2.5, "hoejde", "højde", "height_m", "height_cm"),
        ),
        lambda weight, height: weight / height**2,
        "C",
        (),
        (Example({"weight": 92, "height": 1.78}, 29.04, 0.005, "C", "FUT-UCUM"),),
    ),
    Formula(
        "difference",
        text("Forskel", "Difference"),
        "a",
        (number("from", "Fra", "From", "a", 0, 130), number("take", "Træk fra", "Take away", "a", 0, 130)),
        lambda **years: years["from"] - years["take"],
        "C",
        (),
        (Example({"from": 60, "take": 12}, 48, 0, "C", "FUT-MCS"),),
    ),
    Formula(
        "hba1c_ifcc",
        text("HbA1c fra procent til mmol/mol", "HbA1c from per cent to mmol/mol"),
        "mmol/mol",
        (number("percent", "HbA1c (DCCT)", "HbA1c (DCCT)", "%", 3.5, 20.5, "dcct", "hba1c"),),
        lambda percent: 10.93 * percent - 23.5,
        "V",
        ("STENO-LAB",),
        (Example({"percent": 7.0}, 53.0, 0.05, "C", "STENO-LAB"),),
    ),
    Formula(
        "hba1c_dcct",
        text("HbA1c fra mmol/mol til procent", "HbA1c from mmol/mol to per cent"),
        "%",
        (number("hba1c", "HbA1c", "HbA1c", "mmol/mol", 15, 200, "ifcc", "mmol_mol"),),
        lambda hba1c: 0.09148 * hba1c + 2.152,
        "V2",
        ("A1CREPO",),
        (
            Example({"hba1c": 48}, 6.54, 0.005, "V2", "A1CREPO"),
            Example({"hba1c": 53}, 7.00, 0.005, "V2", "A1CREPO"),
        ),
    ),
    Formula(
        "eag",
        text("Gennemsnitligt blodsukker (eAG)", "Estimated average glucose (eAG)"),
        "mmol/L",
        (number("percent", "HbA1c (DCCT)", "HbA1c (DCCT)", "%", 3.5, 20.5, "dcct", "hba1c_percent"),),
        lambda percent: 1.5944 * percent - 2.594,
        "U",
        (),
        (
            Example({"percent": 6.54304}, 7.8, 0.05, "U", "LABPDF"),
            Example({"percent": 7.00044}, 8.6, 0.05, "U", "LABPDF"),
        ),
    ),
)
