"""How units are written in Danish data, brought to UCUM."""

from __future__ import annotations

from functools import lru_cache

from forloeb.kernel.measures import Measure

# Folded spelling: UCUM. What folding already takes care of (case, spaces, ², ⁻³, ×, µ, decimal comma, brackets)
# needs no line of its own.
_SPELLINGS = {
    "mmhg": "mm[Hg]",
    "mmol/mol": "mmol/mol",
    "mmol/l": "mmol/L",
    "umol/l": "umol/L",
    "mikromol/l": "umol/L",
    "pmol/l": "pmol/L",
    "g/dl": "g/dL",
    "mg/dl": "mg/dL",
    "mg/g": "mg/g",
    "mg/mmol": "mg/mmol",
    "u/l": "U/L",
    "iu/l": "U/L",
    "kg": "kg",
    "g": "g",
    "m": "m",
    "cm": "cm",
    "kg/m2": "kg/m2",
    "%": "%",
    "pct": "%",
    "procent": "%",
    "1/min": "/min",
    "/min": "/min",
    "x1/min": "/min",
    "beats/min": "/min",
    "slag/min": "/min",
    "/minut": "/min",
    "slag/minut": "/min",
    "l": "L",
    "liter": "L",
    "ml": "mL",
    "l/min": "L/min",
    "°c": "Cel",
    "c": "Cel",
    "cel": "Cel",
    "10-3": "10*-3",
    "e-3": "10*-3",
    "10e-3": "10*-3",
    "109/l": "10*9/L",
    "e9/l": "10*9/L",
    "10e9/l": "10*9/L",
    "106/l": "10*6/L",
    "e6/l": "10*6/L",
    "10e6/l": "10*6/L",
    "ml/min": "mL/min",
    "ml/min/1.73m2": "mL/min/{1.73_m2}",
    "ratio": "{ratio}",
    "number": "{Number}",
    "score": "{Number}",
    "antal": "{Number}",
    "1": "1",
    "a": "a",
    "år": "a",
    "årstal": "a",
    "pakkeår": "a",
    "/d": "/d",
    "1/d": "/d",
    "/dag": "/d",
    "/wk": "/wk",
    "1/wk": "/wk",
    "/uge": "/wk",
    "genstande/wk": "/wk",
    "genstand/uge": "/wk",
    "genstande/uge": "/wk",
    "h/wk": "h/wk",
    "time/uge": "h/wk",
    "timer/uge": "h/wk",
    "/30s": "/30s",
    "1/30s": "/30s",
}

_FOLD = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−×·,µμ", "0123456789--x*.uu", "{}[]_*^ \N{NO-BREAK SPACE}\t")
_COUNTS = frozenset({"{Number}", "a", "/d", "/wk", "/30s"})


def _fold(unit: str) -> str:
    folded = unit.strip().translate(_FOLD).casefold()
    return folded[1:] if folded.startswith(("x10", "*10", "xe")) else folded


@lru_cache(maxsize=4096)
def canonical_unit(unit: str) -> str:
    """Bring a unit as received to UCUM; one we do not know is given back as it is."""
    return _SPELLINGS.get(_fold(unit), unit.strip())


def is_plain_count(unit: str, measure: Measure) -> bool:
    """Whether a UCUM unit says no more than *a number*, and the measure counts something.

    Seven a week is then read from a bare `7`, never from `7` a day.
    """
    return unit in ("1", "{Number}") and measure.unit in _COUNTS
