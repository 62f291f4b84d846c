"""Practices, their doctors and nurses. A practice is drawn from its place in the row alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from forloeb.population.synthesis.days import day_of, number_of
from forloeb.population.synthesis.draws import Choice, Draws, Floats, Ints
from forloeb.population.synthesis.figures import Figures, GivenNames

MOST_PRACTICES = 10_000
"""Ydernumre of ours are 99 and four digits."""


@dataclass(frozen=True, slots=True)
class SyntheticPractitioner:
    """A doctor or nurse at work in one practice."""

    number: int
    given_name: str
    family_name: str
    is_doctor: bool
    authorization_id: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class SyntheticPractice:
    """A practice. Its ydernummer begins with 99, its SOR code fails SOR's own check digit."""

    number: int
    name: str
    ydernummer: str
    sor_code: str
    kind: str
    practice_type: str
    region: str
    closed_on: date | None
    albumin_limit: int
    staff: tuple[SyntheticPractitioner, ...]

    @property
    def doctors(self) -> int:
        """The number of doctors (capacities)."""
        return sum(member.is_doctor for member in self.staff)


def draw_practices(figures: Figures, draws: Draws, how_many: int, as_of: date) -> tuple[SyntheticPractice, ...]:
    """Draw practices 0 … how_many - 1. The first is always open, so that everybody has a practice."""
    if not 1 <= how_many <= MOST_PRACTICES:
        raise ValueError(f"there can be 1 to {MOST_PRACTICES} practices")
    drawing = _Drawing(figures, draws, as_of)
    return tuple(drawing.practice(number) for number in range(how_many))


def list_weights(practices: tuple[SyntheticPractice, ...]) -> Floats:
    """Give where each practice ends on a line from 0 to 1, by its doctors; closed practices have no list."""
    doctors = np.array([0 if practice.closed_on else practice.doctors for practice in practices], dtype=np.float64)
    return np.cumsum(doctors) / np.sum(doctors)


class _Drawing:
    def __init__(self, figures: Figures, draws: Draws, as_of: date) -> None:
        self.figures, self.draws, self.as_of = figures, draws, as_of
        shares = figures.practices
        self.doctors, self.kinds, self.types = (Choice(s.shares) for s in (shares.doctors, shares.kinds, shares.types))
        self.regions, self.limits = Choice(shares.regions.shares), Choice(shares.below_9_albumin.shares)

    def practice(self, number: int) -> SyntheticPractice:
        place = np.array([number])
        closes = number > 0 and self._share("closed", place) < self.figures.practices.closed.value
        closed = day_of(number_of(self.as_of) - 1 - int(self._share("closed/on", place) * 700)) if closes else None
        kind = "general-practice" if number == 0 else self._pick("kind", self.kinds, place)
        doctors = int(self._pick("doctors", self.doctors, place))
        nurses = max(1, round(doctors * self.figures.practices.nurses_per_doctor.value))
        return SyntheticPractice(
            number=number,
            name=self._name(place),
            ydernummer=f"99{number:04d}",
            sor_code=_unreal_sor_code(number),
            kind=kind,
            practice_type="80" if number == 0 else self._pick("type", self.types, place),
            region=self._pick("region", self.regions, place),
            closed_on=closed,
            albumin_limit=int(self._pick("albumin", self.limits, place)),
            staff=tuple(self._member(number, i, doctors, closed) for i in range(doctors + nurses)),
        )

    def _member(self, practice: int, place: int, doctors: int, closed: date | None) -> SyntheticPractitioner:
        number = practice * 16 + place
        at = np.array([number])
        names = _generation(self.figures.names.given, 1975)
        given = names.women if self._share("staff/sex", at) < (0.55 if place < doctors else 0.95) else names.men
        family = self.figures.names.family
        since = day_of(number_of(self.as_of) - 400 - int(self._share("staff/since", at) * 7000))
        return SyntheticPractitioner(
            number=number,
            given_name=given[int(self._share("staff/given", at) * len(given))],
            family_name=family[int(self._share("staff/family", at) * len(family))],
            is_doctor=place < doctors,
            authorization_id=_authorization_id(number),
            since=min(since, closed) if closed else since,
            until=closed,
        )

    def _name(self, place: Ints) -> str:
        names = self.figures.names.practices
        pattern = names.patterns[int(self._share("name", place) * len(names.patterns))]
        where = names.places[int(self._share("name/place", place) * len(names.places))]
        street = names.streets[int(self._share("name/street", place) * len(names.streets))]
        return pattern.format(place=where, street=street)

    def _share(self, purpose: str, place: Ints) -> float:
        return float(self.draws.uniform(f"practice/{purpose}", place)[0])

    def _pick(self, purpose: str, choice: Choice, place: Ints) -> str:
        return choice.keys[int(choice(self.draws.uniform(f"practice/{purpose}", place))[0])]


def _generation(given: tuple[GivenNames, ...], year: int) -> GivenNames:
    return next(names for names in given if year < names.born_before)


def _unreal_sor_code(number: int) -> str:
    """Write a 16-digit code in SOR's namespace whose last digit is one off its check digit: it can be nobody's."""
    body = f"9{number:05d}1000016" + "00"
    return body + str((verhoeff_digit(body) + 1) % 10)


_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def verhoeff_digit(digits: str) -> int:
    """Compute the check digit of SNOMED-style identifiers (Verhoeff's dihedral scheme)."""
    check = 0
    for place, character in enumerate(reversed(digits)):
        digit = int(character)
        for _ in range((place + 1) % 8):
            digit = _TURN[digit]
        check = _dihedral(check, digit)
    return next(digit for digit in range(10) if _dihedral(check, digit) == 0)


def _dihedral(a: int, b: int) -> int:
    """Multiply in the dihedral group of ten."""
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b) % 5
    return 5 + (a - b) % 5 if b < 5 else (a - b) % 5


_CONSONANTS_AND_DIGITS = "0123456789BCDFGHJKLMNPQRSTVWXYZ"


def _authorization_id(number: int) -> str:
    """Write five characters that begin with Z and look like an authorization id (no vowels)."""
    letters = ""
    for _ in range(4):
        number, letter = divmod(number, len(_CONSONANTS_AND_DIGITS))
        letters = _CONSONANTS_AND_DIGITS[letter] + letters
    return "Z" + letters
