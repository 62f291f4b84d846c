"""A forløbsplan as CPD-DK says it: plain data, with every number, time and null flavour as it was written.

Two documents are equal when they say the same. Identifiers of the document and its entries may differ, and are not
compared; the tables for eyes neither, for they are made from the entries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from forloeb.cda import codes
from forloeb.cda.values import Code, Coded, Id, Period, Stamp, Value, Words


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
