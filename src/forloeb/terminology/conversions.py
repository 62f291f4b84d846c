"""From the units and scales that values arrive in, to each measure's own. Nothing is guessed silently: a conversion
that had to judge by size says what it did.

Sources: HbA1c `STENO-LAB` (V); creatinine `RM-EGFR` (V); albumin/creatinine `GPTOOL` (V2); haemoglobin: 1 mmol/L is
16.114 g/L (U); the rest is arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from forloeb.kernel.content import Localized

Converted = tuple[Decimal, Localized | None]


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a number becomes one in the measure's unit.

    `reads` are the units (UCUM; "" when none came) that a code's own conversion applies to: another unit that
    came along is believed instead.
    """

    convert: Callable[[Decimal], Converted]
    reads: frozenset[str] = frozenset()


def _scaled(factor: str, da: str = "", en: str = "") -> Conversion:
    told = Localized(da=da, en=en) if da else None
    return Conversion(lambda value: (value * Decimal(factor), told))


_FROM_PERCENT = Localized(
    da="Omregnet fra procent (DCCT) til mmol/mol.", en="Converted from per cent (DCCT) to mmol/mol."
)
_WAS_FRACTION = Localized(da="Læst som andel og skrevet i procent.", en="Read as a fraction, written in per cent.")
_WAS_PERCENT = Localized(da="Læst som procent og skrevet som andel.", en="Read as per cent, written as a fraction.")
_WAS_CM = Localized(da="Læst som cm og skrevet i meter.", en="Read as cm, written in metres.")
_MAY_BE_MG_MMOL = Localized(
    da="Under 3: kan være mg/mmol. Er brugt som mg/g.", en="Below 3: may be mg/mmol. Used as mg/g."
)


def _dcct_percent(value: Decimal) -> Converted:
    return Decimal("10.93") * value - Decimal("23.5"), _FROM_PERCENT


def _dcct_fraction(value: Decimal) -> Converted:
    return _dcct_percent(value * 100)


def _dcct_by_size(value: Decimal) -> Converted:
    """Old HbA1c results came as a fraction (0,065) or in per cent (6,5)."""
    return _dcct_fraction(value) if value < 1 else _dcct_percent(value)


def _percent_by_size(value: Decimal) -> Converted:
    """A lung function of 180 % is the highest there is, so what is up to 1.8 is a fraction."""
    return (value * 100, _WAS_FRACTION) if value <= Decimal("1.8") else (value, None)


def _ratio_by_size(value: Decimal) -> Converted:
    return (value / 100, _WAS_PERCENT) if value > 1 else (value, None)


def _metres_by_size(value: Decimal) -> Converted:
    return (value / 100, _WAS_CM) if value > 3 else (value, None)


def _uacr(value: Decimal) -> Converted:
    """mg/g and ×10⁻³ are the same number; a very low one may be mg/mmol, which the reader is told (GPTOOL, V2)."""
    return value, _MAY_BE_MG_MMOL if value < 3 else None


_SHARES = frozenset({"", "%", "{ratio}", "1"})
_LENGTHS = frozenset({"", "m", "cm"})

CONVERSIONS: Mapping[str, Conversion] = {
    "same": Conversion(lambda value: (value, None)),
    "dcct_percent": Conversion(_dcct_percent),
    "dcct_fraction": Conversion(_dcct_fraction),
    "dcct_unknown_scale": Conversion(_dcct_by_size, _SHARES),
    "uacr_may_be_mg_mmol": Conversion(_uacr, frozenset({"", "mg/g", "10*-3"})),
    "uacr_mg_mmol": _scaled("8.84", "Omregnet fra mg/mmol til mg/g.", "Converted from mg/mmol to mg/g."),
    "fraction_times_1000": _scaled("1000", "Omregnet fra andel til mg/g.", "Converted from a fraction to mg/g."),
    "creatinine_mg_dl": _scaled("88.4", "Omregnet fra mg/dL til µmol/L.", "Converted from mg/dL to µmol/L."),
    "haemoglobin_g_dl": _scaled("0.6206", "Omregnet fra g/dL til mmol/L.", "Converted from g/dL to mmol/L."),
    "divide_by_1000": _scaled("0.001", "Omregnet: delt med 1000.", "Converted: divided by 1000."),
    "cm_to_m": _scaled("0.01", "Omregnet fra cm til meter.", "Converted from cm to metres."),
    "percent_to_ratio": _scaled("0.01", "Omregnet fra procent til andel.", "Converted from per cent to a fraction."),
    "ratio_to_percent": _scaled("100", "Omregnet fra andel til procent.", "Converted from a fraction to per cent."),
    "m_or_cm_to_m": Conversion(_metres_by_size, _LENGTHS),
    "percent_or_ratio_to_ratio": Conversion(_ratio_by_size, _SHARES),
    "ratio_or_percent_to_percent": Conversion(_percent_by_size, _SHARES),
}
