"""Numbers with a unit and, when the laboratory gave one, a comparator (`>90`, `<9`)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum

from forloeb.kernel.answers import Answer


class Comparator(Enum):
    """How a reported number bounds the true one, written as FHIR writes it."""

    BELOW = "<"
    AT_MOST = "<="
    AT_LEAST = ">="
    ABOVE = ">"


class NotANumber(ValueError):
    """The text is not a number we can read without guessing. The text itself is not repeated: it may be personal."""

    def __init__(self) -> None:
        super().__init__("not a number; write for example 5,3 or >90")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as reported, with its UCUM unit. The comparator is kept, never turned into a made-up number."""

    value: Decimal
    unit: str
    comparator: Comparator | None = None

    def is_below(self, limit: Decimal) -> Answer:
        """Answer whether the true value lies under the limit, without rounding first."""
        match self.comparator:
            case None:
                return Answer.of(self.value < limit)
            case Comparator.BELOW:
                return Answer.YES if self.value <= limit else Answer.UNKNOWN
            case Comparator.AT_MOST:
                return Answer.YES if self.value < limit else Answer.UNKNOWN
            case Comparator.AT_LEAST | Comparator.ABOVE:
                return Answer.NO if self.value >= limit else Answer.UNKNOWN

    def is_above(self, limit: Decimal) -> Answer:
        """Answer whether the true value lies over the limit, without rounding first."""
        match self.comparator:
            case None:
                return Answer.of(self.value > limit)
            case Comparator.ABOVE:
                return Answer.YES if self.value >= limit else Answer.UNKNOWN
            case Comparator.AT_LEAST:
                return Answer.YES if self.value > limit else Answer.UNKNOWN
            case Comparator.AT_MOST | Comparator.BELOW:
                return Answer.NO if self.value <= limit else Answer.UNKNOWN


def read_number(text: str) -> tuple[Comparator | None, Decimal]:
    """Read a number as Danish laboratories and people write it: `5,3`, `5.3`, `>90`, `<0,5`, `≥ 90`.

    Raises NotANumber rather than guess: thousands separators (`1.234,5`) are refused.
    """
    rest = text.strip().replace("\N{NO-BREAK SPACE}", "").replace("\N{MINUS SIGN}", "-")
    comparator = None
    for sign in ("<=", ">=", "≤", "≥", "<", ">"):
        if rest.startswith(sign):
            comparator = Comparator({"≤": "<=", "≥": ">="}.get(sign, sign))
            rest = rest[len(sign) :].strip()
            break
    if rest.count(",") + rest.count(".") > 1 or not rest or rest[0] not in "-+0123456789":
        raise NotANumber
    try:
        number = Decimal(rest.replace(",", "."))
    except InvalidOperation:
        raise NotANumber from None
    if not number.is_finite():
        raise NotANumber
    return comparator, number
