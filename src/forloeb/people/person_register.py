"""The port to the person register (CPR): what it tells of people since we last asked, and how we take it in.

The register's word goes before what a source's import says of the same person. Whom we do not know is left alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from django.db import connections, transaction

from forloeb.people import intake
from forloeb.people.intake import LOADER, MembershipIn, PatientIn

NAME = "cpr"
SOURCE = "urn:forloeb:cpr"


class NoAnswer(Exception):
    """The register was not reached, or said what nobody can understand. `fault` is a code of ours."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True, repr=False)
class Listing:
    """The practice whose list a person is on, and since when; no ydernummer says that they have left all lists."""

    ydernummer: str | None
    since: date


@dataclass(frozen=True, slots=True, repr=False)
class PersonChange:
    """One person as the register has them now. No `listing` says that it does not know of a practice."""

    cpr_number: str
    given_name: str
    family_name: str
    is_protected: bool
    deceased_on: date | None
    listing: Listing | None
    said: Mapping[str, Any] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Page:
    """Some changes in the order in which they happened; `unreadable` counts those that nobody can use."""

    changes: tuple[PersonChange, ...]
    unreadable: int
    cursor: str
    is_last: bool


class PersonRegister(Protocol):
    """A register of people."""

    def changes_after(self, cursor: str | None) -> Page:
        """Give what changed after a place in its list; None for all of it. Raises NoAnswer."""


class Taken(NamedTuple):
    """What became of a page: the changes about people we know, and how many of them could not be used."""

    known: tuple[PersonChange, ...]
    refused: int


class _Known(NamedTuple):
    id: int
    cpr_number: str
    source_system: str
    source_id: str
    replacement_id: str | None
    birth_date: date
    sex: str | None


_KNOWN = """
SELECT id, cpr_number, source_system, source_id, replacement_id, birth_date, sex
FROM people_patient WHERE cpr_number = ANY(%s)
"""
_ON_A_LIST = """
SELECT o.ydernummer, m.valid_from
FROM people_practicemembership m JOIN people_organization o ON o.id = m.organization_id
WHERE m.patient_id = %s AND (m.valid_until IS NULL OR m.valid_until > %s)
ORDER BY m.valid_from DESC LIMIT 1
"""


def take_in(changes: Sequence[PersonChange], *, at: datetime) -> Taken:
    """Take changes in, the last of each person; the rest of the product then sees them as it sees an import.

    What is known already changes nothing. Somebody who would have died before they were born is refused.
    """
    newest = {change.cpr_number: change for change in changes}
    with transaction.atomic(using=LOADER):
        known = {person.cpr_number: person for person in _known(list(newest))}
        told = [(known[number], change) for number, change in newest.items() if number in known]
        sound = [(person, change) for person, change in told if _is_possible(person, change)]
        by_source: dict[str, list[PatientIn]] = defaultdict(list)
        for place, (person, change) in enumerate(sound):
            by_source[person.source_system].append(_row(place, person, change))
        for source, rows in by_source.items():
            intake.take_in_patients(rows, source_system=source, registered_at=at)
        for person, change in sound:
            if change.listing is not None:
                _move(person, change.listing, at)
    return Taken(tuple(change for _, change in told), len(told) - len(sound))


def _known(numbers: list[str]) -> list[_Known]:
    with connections[LOADER].cursor() as cursor:
        cursor.execute(_KNOWN, [numbers])
        return [_Known(*row) for row in cursor.fetchall()]


def _is_possible(person: _Known, change: PersonChange) -> bool:
    return change.deceased_on is None or change.deceased_on >= person.birth_date


def _row(place: int, person: _Known, change: PersonChange) -> PatientIn:
    return PatientIn(
        place,
        person.source_id,
        person.cpr_number,
        person.replacement_id,
        change.given_name,
        change.family_name,
        person.birth_date,
        person.sex,
        change.deceased_on,
        change.is_protected,
    )


def _move(person: _Known, listing: Listing, at: datetime) -> None:
    """Put a person on the list they are on now, and end the one they were on.

    What was is not rewritten: a list that we had from a later day than the move lasts a day, and ends.
    """
    with connections[LOADER].cursor() as cursor:
        cursor.execute(_ON_A_LIST, [person.id, listing.since])
        held = cursor.fetchone()
        since, rows = listing.since, []
        if held is not None and held[0] != listing.ydernummer:
            since = max(since, held[1] + timedelta(days=1))
            rows.append(MembershipIn(person.source_id, held[0], held[1], since))
        if listing.ydernummer is not None and (held is None or held[0] != listing.ydernummer):
            rows.append(MembershipIn(person.source_id, listing.ydernummer, since, None))
        cursor.execute("UPDATE people_patient SET list_registered_at = %s WHERE id = %s", [at, person.id])
    intake.take_in_memberships(rows, source_system=person.source_system, is_registered=True)
