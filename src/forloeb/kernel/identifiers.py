"""Identifiers of people and organizations, as they are written in Denmark."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum

CPR = "urn:oid:1.2.208.176.1.2"
X_ECPR = "urn:oid:1.2.208.176.1.6.1.1"
D_ECPR = "urn:oid:1.2.208.176.1.6.1.3"
SOR = "urn:oid:1.2.208.176.1.1"
YDERNUMMER = "urn:oid:1.2.208.176.1.4"
CVR = "http://cvr.dk"
AUTHORIZATION_ID = "https://autregweb.sst.dk"


class Sex(Enum):
    """Administrative sex, written as FHIR writes it."""

    FEMALE = "female"
    MALE = "male"


class NotACprNumber(ValueError):
    """The text is not a CPR number. The text itself is never repeated."""

    def __init__(self) -> None:
        super().__init__("a CPR number is ten digits that begin with a day and a month, such as 010190-1234")


_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


@dataclass(frozen=True, slots=True)
class CprNumber:
    """A Danish personal number: ten digits, the first six a real day, no modulus-11 check (as the CPR office says).

    Its `repr` and `str` hide it, so that it reaches no log or exception text. `digits` is the number.
    """

    digits: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{10}", self.digits):
            raise NotACprNumber
        try:
            self.birth_date  # noqa: B018  the property checks the day
        except ValueError:
            raise NotACprNumber from None

    @classmethod
    def read(cls, text: str) -> CprNumber:
        """Read a number as people write it, with or without the hyphen. Raises NotACprNumber."""
        return cls(re.sub(r"[\s\-–]", "", text))

    @classmethod
    def synthetic(cls, birth_date: date, sex: Sex, *, seventh: int) -> CprNumber:
        """Make a number that can belong to nobody, for a birthday, a sex and a seventh digit that tells the century.

        Raises ValueError where there is none: on 1 January, or with a digit of another century.
        """
        start = f"{birth_date:%d%m%y}{seventh}"
        for rest in range(sex is Sex.MALE, 1000, 2):
            number = cls(f"{start}{rest:03}")
            if number.is_synthetic and number.birth_date == birth_date:
                return number
        raise ValueError("no synthetic number for that day and digit")

    @property
    def birth_date(self) -> date:
        """The day of birth; the seventh digit tells the century (the CPR office's table)."""
        day, month, year = int(self.digits[:2]), int(self.digits[2:4]), int(self.digits[4:6])
        seventh = int(self.digits[6])
        if seventh <= 3 or (seventh in (4, 9) and year >= 37):
            century = 1900
        elif seventh in (4, 9) or year <= 57:
            century = 2000
        else:
            century = 1800
        return date(century + year, month, day)

    @property
    def sex(self) -> Sex:
        """The last digit is odd for men and even for women."""
        return Sex.MALE if int(self.digits[9]) % 2 else Sex.FEMALE

    @property
    def is_synthetic(self) -> bool:
        """Whether the number cannot belong to anyone real.

        A number that fails the modulus-11 control was only ever given out for certain days (most on
        1 January), so one that fails it on another day belongs to nobody. Our generated people all do.
        """
        fails_control = sum(w * int(d) for w, d in zip(_WEIGHTS, self.digits, strict=True)) % 11 != 0
        return fails_control and self.digits[:4] != "0101"

    def __repr__(self) -> str:
        return "CprNumber(…)"
