"""Lungs: predicted values by GLI-2012 and by the Danish 2013 reference, breathlessness scales, pack-years.

Which reference a spirometer uses is local. The measured per cent is kept with its reference's name and is not
calculated anew unless the device gave none.
"""

from __future__ import annotations

from functools import cache
from math import exp, log

from forloeb.guidelines.formulas.formula import SEX, Answer, Example, Formula, Given, Input, age, number, text
from forloeb.kernel.content import Closed, Status, content_folder, read_content

Triple = tuple[float, float, float]


class _Gli(Closed):
    source: str
    status: Status
    coefficients: dict[str, dict[str, tuple[float, float, float, float, float, float, float]]]
    splines: dict[str, dict[str, dict[int, Triple]]]


@cache
def _gli() -> _Gli:
    return read_content(content_folder() / "formulas" / "gli_2012.yaml", _Gli)


def _spline(sex: str, what: str, years: float) -> Triple:
    knots = _gli().splines[sex][what]
    low = min(max(int(years // 5 * 5), 30), 90)
    share = (years - low) / 5
    m, s, skew = (a + (b - a) * share for a, b in zip(knots[low], knots[low + 5], strict=True))
    return m, s, skew


def lms(sex: str, what: str, years: float, height_cm: float) -> Triple:
    """Give L (skewness), M (median, in litres or as a ratio) and S (variation) for `fev1`, `fvc` or `ratio`."""
    a0, a1, a2, p0, p1, q0, q1 = _gli().coefficients[sex][what]
    m_spline, s_spline, l_spline = _spline(sex, what, years)
    median = exp(a0 + a1 * log(height_cm) + a2 * log(years) + m_spline)
    return q0 + q1 * log(years) + l_spline, median, exp(p0 + p1 * log(years) + s_spline)


def gli_2012(age: float, sex: str, height: float, what: str, value: float) -> Answer:
    """Per cent of predicted by GLI-2012, with predicted, lower limit of normal and z-score as parts."""
    skew, median, variation = lms(sex, what, age, height * 100)
    parts = {
        "predicted": median,
        "lower_limit": median * (1 - 1.644854 * skew * variation) ** (1 / skew),
        "percent": 100 * value / median,
        "z": ((value / median) ** skew - 1) / (skew * variation),
    }
    return Answer(parts["percent"], parts=parts)


def danish_2013(age: float, sex: str, height: float, value: float) -> Answer:
    """FEV1 in per cent of predicted by the Danish 2013 reference (Løkke et al.), never-smokers from 20 years."""
    centimetres = height * 100
    if sex == "female":
        predicted = -1.35015 - 0.00024 * age**2 + 0.02923 * centimetres
    else:
        predicted = -2.87615 - 0.00026 * age**2 + 0.04201 * centimetres
    if predicted <= 0:
        return Answer(
            None, text("Formlen gælder ikke for den højde og alder.", "Does not hold for that height and age.")
        )
    return Answer(100 * value / predicted, parts={"predicted": predicted, "percent": 100 * value / predicted})


HEIGHT = number("height", "Højde", "Height", "m", 1.2, 2.2, "hoejde", "højde", "height_m", "height_cm")
FEV1 = number("value", "FEV1", "FEV1", "L", 0.1, 8, "fev1", "measured")
WHAT = Input("what", text("Måling", "Measurement"), kind="choice", choices=("fev1", "fvc", "ratio"), default="fev1")
VALUE = number("value", "Målt værdi", "Measured value", "L", 0.1, 10, "fev1", "fvc", "ratio", "measured", "fev1_fvc")

# sex, age, height; predicted and lower limit of each; predicted by the Danish reference; a measured FEV1 with its
# per cent (GLI), z-score and per cent (Danish).
_VECTORS = (
    ("male", 65, 1.78, {"fev1": (3.409, 2.518), "fvc": (4.457, 3.355), "ratio": (0.767, 0.640)},
     3.503, 2.05, 60.1, -2.46, 58.5),
    ("male", 50, 1.80, {"fev1": (4.040, 3.152), "fvc": (5.139, 4.017), "ratio": (0.789, 0.680)},
     4.036, 2.42, 59.9, -2.93, 60.0),
    ("female", 70, 1.60, {"fev1": (2.136, 1.556), "fvc": (2.749, 2.007), "ratio": (0.783, 0.650)},
     2.151, 1.28, 59.9, -2.40, 59.5),
    ("female", 45, 1.70, {"fev1": (3.181, 2.511), "fvc": (3.958, 3.133), "ratio": (0.809, 0.700)},
     3.133, 1.91, 60.1, -3.07, 61.0),
)  # fmt: skip


def _gli_examples() -> tuple[Example, ...]:
    found = []
    for sex, years, height, predicted, _, measured, percent, z, _ in _VECTORS:
        person: dict[str, Given] = {"sex": sex, "age": years, "height": height}
        for what, (middle, lowest) in predicted.items():
            asked: dict[str, Given] = {**person, "what": what, "value": middle}
            found.append(Example(asked, middle, 0.002 * middle, "C", "RSPIRO", "predicted"))
            found.append(Example(asked, lowest, 0.002 * lowest, "C", "RSPIRO", "lower_limit"))
        found.append(Example({**person, "what": "fev1", "value": measured}, percent, 0.1, "C", "RSPIRO"))
        found.append(Example({**person, "what": "fev1", "value": measured}, z, 0.02, "C", "RSPIRO", "z"))
    return tuple(found)


def _danish_examples() -> tuple[Example, ...]:
    return tuple(
        Example({"sex": sex, "age": years, "height": height, "value": measured}, percent, 0.06, "C", "LOKKE-CODE")
        for sex, years, height, _, _, measured, _, _, percent in _VECTORS
    )


FORMULAS = (
    Formula(
        "gli_2012",
        text("Lungefunktion i % af forventet, GLI-2012", "Lung function, % of predicted, GLI-2012"),
        "%",
        (age(30, 95), SEX, HEIGHT, WHAT, VALUE),
        gli_2012,
        "V",
        ("RSPIRO",),
        _gli_examples(),
    ),
    Formula(
        "danish_2013",
        text("FEV1 i % af forventet, dansk reference 2013", "FEV1, % of predicted, Danish reference 2013"),
        "%",
        (age(20, 110), SEX, HEIGHT, FEV1),
        danish_2013,
        "V2",
        ("LOKKE13", "LOKKE-CODE"),
        _danish_examples(),
    ),
    Formula(
        "mrc_from_mmrc",
        text("MRC fra mMRC", "MRC from mMRC"),
        "{Number}",
        (number("mmrc", "mMRC", "mMRC", "", 0, 4),),
        lambda mmrc: mmrc + 1,
        "C",
        ("MEDICIN-KOL",),
        (Example({"mmrc": 2}, 3, 0, "C", "MEDICIN-KOL"),),
    ),
    Formula(
        "mmrc_from_mrc",
        text("mMRC fra MRC", "mMRC from MRC"),
        "{Number}",
        (number("mrc", "MRC", "MRC", "", 1, 5),),
        lambda mrc: mrc - 1,
        "C",
        ("MEDICIN-KOL",),
        (Example({"mrc": 3}, 2, 0, "C", "MEDICIN-KOL"),),
    ),
    Formula(
        "pack_years",
        text("Pakkeår", "Pack-years"),
        "{pack-years}",
        (
            number(
                "cig_day", "Cigaretter om dagen", "Cigarettes a day", "/d", 0, 100, "cigarettes", "cigarettes_per_day"
            ),
            number("years", "År", "Years", "a", 0, 90, "aar", "år"),
        ),
        lambda cig_day, years: cig_day / 20 * years,
        "V",
        ("FUT-MCS",),
        (Example({"cig_day": 15, "years": 32}, 24.0, 0.001, "C", "FUT-MCS"),),
    ),
    Formula(
        "spo2_percent",
        text("Iltmætning fra andel", "Oxygen saturation from fraction"),
        "%",
        (number("fraction", "Iltmætning", "Oxygen saturation", "", 0.5, 1, "spo2"),),
        lambda fraction: fraction * 100,
        "C",
        (),
        (Example({"fraction": 0.94}, 94, 0.001, "C", "FUT-MCS"),),
    ),
)
