"""What a document's parts are made of: identifiers, codes, times and values, each as it was written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from forloeb.cda import codes

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@dataclass(frozen=True, slots=True)
class Id:
    """An identifier: the root says who gives it out."""

    root: str
    extension: str | None = None

    @property
    def key(self) -> str:
        """The identifier in one word, the same in upper and lower case."""
        return "^".join(part for part in (self.root, self.extension) if part).lower()

    @property
    def mended(self) -> Id:
        """The identifier as it is written: a bare UUID, as documents before 2.0.0 have, under MedCom's root."""
        try:
            bare = self.extension is None and bool(UUID(self.root))
        except ValueError:
            return self
        return Id(codes.MEDCOM, self.root.lower()) if bare else self

    def __repr__(self) -> str:
        return "Id(…)" if self.root in (codes.CPR, codes.X_ECPR) else f"Id({self.key})"


@dataclass(frozen=True, slots=True)
class Code:
    """One code with the name that was written beside it; `null` says why there is none."""

    code: str | None
    system: str | None = None
    name: str | None = None
    null: str | None = None


_STAMP = re.compile(r"(\d{4})(\d\d)?(\d\d)?(?:(\d\d)(\d\d)?(\d\d)?(?:\.\d+)?)?([+-]\d{4})?")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A day or a moment as written (`20210602`, `20210625122938+0200`); `null` says why there is none."""

    text: str | None
    null: str | None = None

    @classmethod
    def of(cls, moment: datetime) -> Stamp:
        """Write a moment to the second, in Danish local time with its offset."""
        return cls(moment.astimezone(COPENHAGEN).strftime("%Y%m%d%H%M%S%z"))

    @classmethod
    def on(cls, day: date) -> Stamp:
        """Write a day."""
        return cls(day.strftime("%Y%m%d"))

    @property
    def moment(self) -> datetime | None:
        """The moment in UTC, where an hour and a zone were written."""
        found = _STAMP.fullmatch(self.text or "")
        if found is None or found[4] is None or found[7] is None:
            return None
        parts = [int(part or 0) for part in found.groups()[:6]]
        try:
            naive = datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  the zone is added below
            return datetime.strptime(f"{naive:%Y-%m-%d %H:%M:%S}{found[7]}", "%Y-%m-%d %H:%M:%S%z").astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    @property
    def day(self) -> date | None:
        """The calendar day as written, whatever the zone; None where no whole day was."""
        found = _STAMP.fullmatch(self.text or "")
        try:
            return date(int(found[1]), int(found[2]), int(found[3])) if found and found[3] else None
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Period:
    """An effectiveTime: one value, or an interval, or both as older documents have it."""

    value: Stamp | None = None
    low: Stamp | None = None
    high: Stamp | None = None

    @property
    def day(self) -> date | None:
        """The day itself, else the day it begins."""
        return next((s.day for s in (self.value, self.low) if s is not None and s.day is not None), None)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written, with its unit as written."""

    text: str
    unit: str | None = None

    @property
    def value(self) -> Decimal | None:
        """The number itself; None for what is none."""
        return _decimal(self.text)


@dataclass(frozen=True, slots=True)
class Interval:
    """A goal's limits as written; a null flavour says why a side is open."""

    low: str | None = None
    low_null: str | None = None
    low_inclusive: bool = True
    high: str | None = None
    high_null: str | None = None
    high_inclusive: bool = True
    unit: str | None = None

    @property
    def limits(self) -> tuple[Decimal | None, Decimal | None]:
        """Both sides as numbers; None for an open side and for what is no number."""
        return _decimal(self.low), _decimal(self.high)


def _decimal(text: str | None) -> Decimal | None:
    try:
        number = Decimal(text or "")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


@dataclass(frozen=True, slots=True)
class Words:
    """A text, or one of a code's answers."""

    text: str


@dataclass(frozen=True, slots=True)
class Coded:
    """A value that is a code."""

    code: Code


@dataclass(frozen=True, slots=True)
class Nothing:
    """No value, and why."""

    null: str


Value: TypeAlias = Number | Interval | Words | Coded | Nothing
