"""A forløbsplan as CPD-DK says it: plain data, with every number, time and null flavour as it was written.

Two documents are equal when they say the same. Identifiers of the document and its entries may differ, and are not
compared; the tables for eyes neither, for they are made from the entries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias
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


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name; `null` where the document says that there is no person."""

    given: tuple[str, ...] = ()
    family: str | None = None
    prefix: tuple[str, ...] = ()
    null: str | None = None

    @property
    def spoken(self) -> str:
        """The whole name, as it is spoken."""
        return " ".join((*self.prefix, *self.given, *([self.family] if self.family else [])))

    def __repr__(self) -> str:
        return "Name(…)"


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody lives or works."""

    use: str | None = None
    lines: tuple[str, ...] = ()
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None

    def __repr__(self) -> str:
        return "Address(…)"


@dataclass(frozen=True, slots=True)
class Telecom:
    """A telephone number or the like."""

    value: str
    use: str | None = None

    def __repr__(self) -> str:
        return "Telecom(…)"


@dataclass(frozen=True, slots=True)
class Patient:
    """Whose plan it is."""

    id: Id
    name: Name
    sex: Code | None
    birth: Stamp | None
    addresses: tuple[Address, ...] = ()
    telecoms: tuple[Telecom, ...] = ()


@dataclass(frozen=True, slots=True)
class Organization:
    """A practice, a department, or who keeps the document."""

    id: Id | None
    name: str | None
    telecoms: tuple[Telecom, ...] = ()
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote, or who is responsible, for which organization, when."""

    at: Stamp | None
    id: Id | None
    person: Name | None = None
    organization: Organization | None = None
    addresses: tuple[Address, ...] = ()
    telecoms: tuple[Telecom, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """What a sub-section is called, where it says more than the plan's usual ones."""

    title: str | None = None
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One diagnosis. `followed` is since when it is followed, `present` from when it was found until it ended."""

    code: Code | None
    followed: Period | None = None
    present: Period | None = None
    kind: Code | None = None
    status: str | None = None
    author: Author | None = None
    text: str | None = None
    group: Group | None = None
    id: Id | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Observed:
    """A goal or a result: a code, a value, a day."""

    code: Code | None
    value: Value | None
    when: Period | None = None
    status: str | None = None
    text: str | None = None
    group: Group | None = None
    id: Id | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Detail:
    """What an activity is about."""

    code: Code | None
    when: Period | None = None
    value: Value | None = None
    id: Id | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Activity:
    """Something to remember (planned, INT), or a service that was given (done, EVN)."""

    mood: Literal["INT", "EVN"]
    kind: Code | None = None
    status: str | None = None
    when: Period | None = None
    text: str | None = None
    details: tuple[Detail, ...] = ()
    group: Group | None = None
    id: Id | None = field(default=None, compare=False)

    @property
    def is_service(self) -> bool:
        """Whether it is a completed service: told by its code and its mood, not by its template."""
        coded = [detail.value.code for detail in self.details if isinstance(detail.value, Coded)]
        is_contact = any(detail.code and detail.code.code == codes.CONTACT for detail in self.details)
        return self.mood == "EVN" or is_contact or any(code.system == codes.RLTN for code in coded)

    @property
    def words(self) -> str:
        """What it says, in words."""
        said = [detail.value.text for detail in self.details if isinstance(detail.value, Words)]
        named = [d.value.code.name or "" for d in self.details if isinstance(d.value, Coded)]
        return " ".join(part for part in (*said, *named) if part) or self.text or ""

    @property
    def day(self) -> date | None:
        """The day of the activity itself, else that of what it is about."""
        periods = (self.when, *(detail.when for detail in self.details))
        return next((p.day for p in periods if p is not None and p.day is not None), None)


Place = Literal["header", "diagnoses", "goals", "results", "activities", "body", "inside"]
"""Where an unknown part stands: among the header's, a section's entries, the body's sections, or inside a known one."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A part we do not know, as it was."""

    place: Place
    xml: str
    path: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Related:
    """An earlier document, and what this one does to it: replaces it (RPLC), adds to it (APND)."""

    kind: str
    ids: tuple[Id, ...]
    set_id: Id | None = None
    version_number: int | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """Who, when, and which plan."""

    patient: Patient
    made: Stamp
    title: str | None = None
    practice: Organization | None = None
    authors: tuple[Author, ...] = ()
    custodian: Organization | None = None
    valid: Period | None = None
    label: Code | None = None
    confidentiality: str | None = "N"
    language: str | None = "da-DK"
    id: Id | None = field(default=None, compare=False)
    set_id: Id | None = field(default=None, compare=False)
    version_number: int | None = field(default=None, compare=False)
    related: tuple[Related, ...] = field(default=(), compare=False)
    profile: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Document:
    """One plan for one disease, as it was on one day.

    `unknown` is written again where it stood. `remainders` stood inside what we know: kept and shown, not written.
    """

    header: Header
    diagnoses: tuple[Diagnosis, ...] = ()
    goals: tuple[Observed, ...] = ()
    results: tuple[Observed, ...] = ()
    reminders: tuple[Activity, ...] = ()
    services: tuple[Activity, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    remainders: tuple[Unknown, ...] = field(default=(), compare=False)
    narratives: tuple[tuple[codes.Part, str], ...] = field(default=(), compare=False)
