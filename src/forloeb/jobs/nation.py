"""`forloeb generate --national`: a year of plans in every practice of the country, straight into the database.

All of it goes in, or none. The people are nobody's: their CPR numbers fail the control.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import orjson
from django.db import connections, transaction

from forloeb.careplans.engine import library
from forloeb.careplans.intake import SavedPlanIn, take_in_saved_plans
from forloeb.careplans.snapshots import FORMAT
from forloeb.jobs.generating import CannotGenerate, read_figures
from forloeb.kernel.content import content_folder, read_content
from forloeb.people.intake import (
    LOADER,
    MembershipIn,
    OrganizationIn,
    PatientIn,
    take_in_first_memberships,
    take_in_organizations,
    take_in_patients,
)
from forloeb.population.synthesis import Figures
from forloeb.population.synthesis.days import day_of
from forloeb.population.synthesis.draws import Bools, Draws, Ints
from forloeb.population.synthesis.nation import Nation, month_at
from forloeb.population.synthesis.national_figures import NationalFigures
from forloeb.population.synthesis.national_people import NationalPeople, NoNumberLeft, draw_national_people
from forloeb.population.synthesis.national_practices import KINDS, NEVER_CLOSES
from forloeb.population.synthesis.people import given_names

SOURCE = "urn:forloeb:synthetic-nation"
_OPERATOR = 0
_OPERATOR_NAME = "operator"
_COPENHAGEN = ZoneInfo("Europe/Copenhagen")
_MONTHS_ON_LIST = 30
"""How long before the first month everybody has been on their practice's list: longer than any plan."""


def read_national_figures() -> NationalFigures:
    """Read content/population/national.yaml. Raises ContentError with a line per fault."""
    return read_content(content_folder() / "population" / "national.yaml", NationalFigures)


def run(seed: int, *, tell: Callable[[str], None]) -> int:
    """Make the nation of a seed; gives the number of saved plans. Raises CannotGenerate, and then nothing is made."""
    if not 0 <= seed < 10**12:
        raise CannotGenerate("--seed must be a whole number from 0 to 999999999999")
    with transaction.atomic(using=LOADER):
        if _is_here():
            raise CannotGenerate("a synthetic nation is here already; make another in a database of its own")
        loading = _Loading(Nation(read_national_figures(), seed), read_figures())
        try:
            people = loading.people()
        except NoNumberLeft as refusal:
            raise CannotGenerate(str(refusal)) from refusal
        take_in_organizations(loading.organizations())
        take_in_patients(list(loading.patients(people)), source_system=SOURCE)
        take_in_first_memberships(loading.memberships(people), source_system=SOURCE)
        tell(f"{len(people.born)} people in {len(loading.nation.practices)} practices")
        return take_in_saved_plans(loading.plans(), source_system=SOURCE, by=_OPERATOR, by_name=_OPERATOR_NAME)


def _is_here() -> bool:
    with connections[LOADER].cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM people_patient WHERE source_system = %s)", [SOURCE])
        return bool(cursor.fetchone()[0])


def _are_taken(numbers: Ints) -> Bools:
    """Say which CPR numbers somebody has."""
    written = [f"{number:010d}" for number in numbers.tolist()]
    with connections[LOADER].cursor() as cursor:
        cursor.execute("SELECT cpr_number FROM people_patient WHERE cpr_number = ANY(%s)", [written])
        taken = {row[0] for row in cursor.fetchall()}
    return np.fromiter((number in taken for number in written), dtype=np.bool_, count=len(written))


def ydernummer_of(practice: int) -> str:
    """Write a practice's ydernummer: 98 and four digits, which no practice of another synthetic population has."""
    return f"98{practice:04d}"


class _Loading:
    """Turns the columns of a nation into rows to take in."""

    def __init__(self, nation: Nation, figures: Figures) -> None:
        self.nation, self.figures = nation, figures
        self.first = nation.figures.first
        self.guidelines = tuple(nation.figures.types.shares)
        held = {guideline.name: guideline.file for guideline in library().guidelines}
        self.labels = tuple(held[name].label for name in self.guidelines)
        self.versions = tuple(held[name].version for name in self.guidelines)

    def people(self) -> NationalPeople:
        how_many = int(self.nation.courses.person.max()) + 1
        return draw_national_people(
            self.nation.figures, self.figures, self.nation.seed, how_many, self.first, _are_taken
        )

    def organizations(self) -> Iterator[OrganizationIn]:
        practices, draws = self.nation.practices, Draws(self.nation.seed)
        shares = self.figures.practices.regions.shares
        place = np.arange(len(practices))
        ends = np.cumsum(list(shares.values()))[:-1]
        regions = np.array(list(shares))[np.searchsorted(ends, draws.uniform("region", place), side="right")]
        type_5 = draws.uniform("practice type", place) < self.figures.practices.types.shares["5"]
        names = self._practice_names(draws, place)
        for number, kind in enumerate(practices.kind.tolist()):
            what = KINDS[kind]
            closing = int(practices.closing_month[number])
            yield OrganizationIn(
                ydernummer=ydernummer_of(number),
                sor_code=None,
                name=names[number],
                kind=what if what.endswith("-clinic") else "general-practice",
                practice_type="16" if what == "other-type" else "5" if type_5[number] else "80",
                region=str(regions[number]),
                doctors=int(practices.doctors[number]) or None,
                phone="",
                closed_on=None if closing == NEVER_CLOSES else month_at(self.first, closing),
            )

    def _practice_names(self, draws: Draws, place: Ints) -> list[str]:
        words = self.figures.names.practices
        patterns, places, streets = (
            (draws.uniform(f"practice name/{part}", place) * len(choice)).astype(np.int64).tolist()
            for part, choice in enumerate((words.patterns, words.places, words.streets))
        )
        return [
            words.patterns[pattern].format(place=words.places[where], street=words.streets[street])
            for pattern, where, street in zip(patterns, places, streets, strict=True)
        ]

    def patients(self, people: NationalPeople) -> Iterator[PatientIn]:
        given, family = given_names(self.figures), self.figures.names.family
        columns = (people.women, people.born, people.cpr, people.given, people.family)
        for number, (woman, born, cpr, name, surname) in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
            yield PatientIn(
                line=number,
                source_id=str(number),
                cpr_number=f"{cpr:010d}",
                replacement_id=None,
                given_name=given[name],
                family_name=family[surname],
                birth_date=day_of(born),
                sex="female" if woman else "male",
                deceased_on=None,
            )

    def memberships(self, people: NationalPeople) -> Iterator[MembershipIn]:
        courses, practices = self.nation.courses, self.nation.practices
        _, first = np.unique(courses.person, return_index=True)
        since = month_at(self.first, -_MONTHS_ON_LIST)
        for person, practice in enumerate(courses.practice[first].tolist()):
            closing = int(practices.closing_month[practice])
            until = None if closing == NEVER_CLOSES else month_at(self.first, closing)
            yield MembershipIn(str(person), ydernummer_of(practice), since, until)

    def plans(self) -> Iterator[SavedPlanIn]:
        courses, events = self.nation.courses, self.nation.events
        columns = (
            courses.person[events.course],
            courses.practice[events.course],
            courses.guideline[events.course],
            events.number,
            events.day,
            events.second,
        )
        for person, practice, guideline, number, day, second in zip(*(c.tolist() for c in columns), strict=True):
            # The type in the microseconds: two plans of one person are never saved at the same moment.
            at = datetime.combine(day_of(day), time(microsecond=guideline), _COPENHAGEN) + timedelta(seconds=second)
            yield SavedPlanIn(
                patient=str(person),
                ydernummer=ydernummer_of(practice),
                guideline=self.guidelines[guideline],
                label=self.labels[guideline],
                number=number,
                saved_at=at,
                content=self._content(guideline, day_of(day)),
            )

    def _content(self, guideline: int, day: date) -> str:
        """Write a version that says only of which type it is and when it was saved: nothing was measured or agreed."""
        return orjson.dumps(
            {
                "format": FORMAT,
                "guideline": self.guidelines[guideline],
                "guideline_version": self.versions[guideline],
                "as_of": day.isoformat(),
                "values": [],
                "goals": [],
                "statements": {},
                "agreements": [],
                "next_review_on": None,
                "note_to_patient": "",
            }
        ).decode()
