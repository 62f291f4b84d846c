"""Code systems and units: which code means which measure, and what a received or typed number is worth."""

from forloeb.terminology.measures import find_measure, measures
from forloeb.terminology.reading import ReadValue, Refusal, read_value
from forloeb.terminology.typing import BadTyped, Typed, check_typed

__all__ = [
    "BadTyped",
    "ReadValue",
    "Refusal",
    "Typed",
    "check_typed",
    "find_measure",
    "measures",
    "read_value",
]
