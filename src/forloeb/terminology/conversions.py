"""From the units and scales that values arrive in, to each measure's own. Nothing is guessed silently: a conversion
that had to judge by size says what it did.

Sources: HbA1c `STENO-LAB` (V); creatinine `RM-EGFR` (V); albumin/creatinine `GPTOOL` (V2); the rest is arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from forloeb.kernel.content import Localized

Converted = tuple[Decimal, Localized | None]


def _scaled(factor: str, da: str = "", en: str = "") -> Callable[[Decimal], Converted]:
    told = Localized(da=da, en=en) if da else None
    return lambda value: (value * Decimal(factor), told)


def _as_reported(value: Decimal) -> Converted:
    return value, None


def _dcct_percent(value: Decimal) -> Converted:
    return Decimal("10.93") * value - Decimal("23.5"), Localized(
        da="Omregnet fra procent (DCCT) til mmol/mol.", en="Converted from per cent (DCCT) to mmol/mol."
    )


def _dcct_fraction(value: Decimal) -> Converted:
    return _dcct_percent(value * 100)


def _dcct_by_size(value: Decimal) -> Converted:
    """Old HbA1c results came as a fraction (0,065) or in per cent (6,5)."""
    return _dcct_fraction(value) if value < 1 else _dcct_percent(value)


def _to_percent_by_size(value: Decimal) -> Converted:
    if value <= Decimal("1.8"):
        return value * 100, Localized(da="Læst som andel og skrevet i procent.", en="Read as a fraction, in per cent.")
    return value, None


def _to_ratio_by_size(value: Decimal) -> Converted:
    if value > 1:
        return value / 100, Localized(
            da="Læst som procent og skrevet som andel.", en="Read as per cent, as a fraction."
        )
    return value, None


def _to_metres_by_size(value: Decimal) -> Converted:
    if value > 3:
        return value / 100, Localized(da="Læst som cm og skrevet i meter.", en="Read as cm, in metres.")
    return value, None


def _uacr(value: Decimal) -> Converted:
    """mg/g and ×10⁻³ are the same number; a very low one may be mg/mmol (`GPTOOL`, V2), which the reader is told."""
    if value < 3:
        return value, Localized(
            da="Under 3: kan være mg/mmol. Er brugt som mg/g.", en="Below 3: may be mg/mmol. Used as mg/g."
        )
    return value, None


CONVERSIONS: Mapping[str, Callable[[Decimal], Converted]] = {
    "same": _as_reported,
    "dcct_percent": _dcct_percent,
    "dcct_fraction": _dcct_fraction,
    "dcct_unknown_scale": _dcct_by_size,
    "uacr_may_be_mg_mmol": _uacr,
    "uacr_mg_mmol": _scaled("8.84", "Omregnet fra mg/mmol til mg/g.", "Converted from mg/mmol to mg/g."),
    "fraction_times_1000": _scaled("1000"),
    "creatinine_mg_dl": _scaled("88.4", "Omregnet fra mg/dL til µmol/L.", "Converted from mg/dL to µmol/L."),
    "haemoglobin_g_dl": _scaled("0.6206", "Omregnet fra g/dL til mmol/L.", "Converted from g/dL to mmol/L."),
    "divide_by_1000": _scaled("0.001"),
    "cm_to_m": _scaled("0.01"),
    "percent_to_ratio": _scaled("0.01"),
    "ratio_to_percent": _scaled("100"),
    "m_or_cm_to_m": _to_metres_by_size,
    "percent_or_ratio_to_ratio": _to_ratio_by_size,
    "ratio_or_percent_to_percent": _to_percent_by_size,
}

_SHARES = frozenset({"%", "{ratio}", "1"})
_LENGTHS = frozenset({"m", "cm"})

READS: Mapping[str, frozenset[str]] = {
    "dcct_unknown_scale": _SHARES,
    "uacr_may_be_mg_mmol": frozenset({"mg/g", "10*-3"}),
    "m_or_cm_to_m": _LENGTHS,
    "percent_or_ratio_to_ratio": _SHARES,
    "ratio_or_percent_to_percent": _SHARES,
}
"""The units under which a code's own conversion applies. Another unit that came along is believed instead."""

# How units are written in Danish data, brought to UCUM. Both `/min` and `1/min` are in use for a rate.
_SPELLINGS = {
    "mmhg": "mm[Hg]",
    "mm hg": "mm[Hg]",
    "mm[hg]": "mm[Hg]",
    "mmol/l": "mmol/L",
    "µmol/l": "umol/L",
    "umol/l": "umol/L",
    "μmol/l": "umol/L",
    "mikromol/l": "umol/L",
    "pmol/l": "pmol/L",
    "g/dl": "g/dL",
    "mg/dl": "mg/dL",
    "u/l": "U/L",
    "kg/m²": "kg/m2",
    "kg/m^2": "kg/m2",
    "procent": "%",
    "1/min": "/min",
    "{beats}/min": "/min",
    "slag/min": "/min",
    "× 1/min": "/min",
    "x 1/min": "/min",
    "/minut": "/min",
    "år": "a",
    "l": "L",
    "ml": "mL",
    "liter": "L",
    "°c": "Cel",
    "c": "Cel",
    "e-3": "10*-3",
    "10^-3": "10*-3",
    "x10^-3": "10*-3",
    "×10^-3": "10*-3",
    "x10⁻³": "10*-3",
    "×10⁻³": "10*-3",
    "10⁻³": "10*-3",
    "×10^9/l": "10*9/L",
    "x10^9/l": "10*9/L",
    "10^9/l": "10*9/L",
    "×10⁹/l": "10*9/L",
    "x10⁹/l": "10*9/L",
    "10⁹/l": "10*9/L",
    "10e9/l": "10*9/L",
    "10*9/l": "10*9/L",
    "10^6/l": "10*6/L",
    "×10^6/l": "10*6/L",
    "×10⁶/l": "10*6/L",
    "10⁶/l": "10*6/L",
    "ml/min": "mL/min",
    "ml/min/1,73 m²": "mL/min/{1.73_m2}",
    "ml/min/1.73m2": "mL/min/{1.73_m2}",
    "ml/min/1,73m2": "mL/min/{1.73_m2}",
    "ml/min/{1.73_m2}": "mL/min/{1.73_m2}",
    "ratio": "{ratio}",
    "{ratio}": "{ratio}",
    "{number}": "{Number}",
    "{score}": "{Number}",
    "score": "{Number}",
    "1": "1",
    "g/wk": "/wk",
    "genstande/uge": "/wk",
    "{genstande}/wk": "/wk",
}


def canonical_unit(unit: str) -> str:
    """Bring a unit as received to UCUM; one we do not know is given back as it is."""
    plain = unit.strip()
    return _SPELLINGS.get(plain.lower().replace("\N{NO-BREAK SPACE}", " "), plain)
