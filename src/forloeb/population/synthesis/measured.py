"""How values are held: whole numbers in steps of the measure's last decimal, or the place of a chosen answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from forloeb.population.synthesis.days import DAYS_A_YEAR
from forloeb.population.synthesis.diseases import Health
from forloeb.population.synthesis.draws import Bools, Draws, Floats, Ints, Line, share_below, together
from forloeb.population.synthesis.figures import Figures, MeasureCurves
from forloeb.population.synthesis.groups import split
from forloeb.population.synthesis.medication import own_level
from forloeb.population.synthesis.people import People

NO_COMPARATOR, BELOW, ABOVE = 0, 1, 2
COMPARATORS = (None, "<", ">")
"""FHIR's comparators, by the number kept."""


@dataclass(frozen=True, slots=True)
class Written:
    """A measure as generated: its id, decimals (or the answers to choose among), and FHIR category."""

    measure: str
    decimals: int = 0
    answers: tuple[str, ...] = ()
    category: str = "laboratory"


_SMOKING = ("dagligt", "lejlighedsvis", "ophørt", "aldrig røget")
_EXERCISE = ("Dagligt", "Ugentligt", "Månedligt", "Ingen")

WRITTEN = (
    Written("hba1c"),
    Written("ldl", 1),
    Written("hdl", 1),
    Written("chol", 1),
    Written("tg", 1),
    Written("crea"),
    Written("egfr"),
    Written("potassium", 1),
    Written("uacr"),
    Written("eos", 2),
    Written("sbp_clinic", category="vital-signs"),
    Written("dbp_clinic", category="vital-signs"),
    Written("sbp_home", category="vital-signs"),
    Written("dbp_home", category="vital-signs"),
    Written("pulse", category="vital-signs"),
    Written("spo2", category="vital-signs"),
    Written("weight", 1, category="vital-signs"),
    Written("height", 2, category="vital-signs"),
    Written("bmi", 1, category="vital-signs"),
    Written("fev1", 2, category="exam"),
    Written("fvc", 2, category="exam"),
    Written("fev1_fvc", 2, category="exam"),
    Written("fev1_pct", category="exam"),
    Written("mrc", category="survey"),
    Written("cat", category="survey"),
    Written("exac", category="survey"),
    Written("inhal_technique", answers=("1", "0"), category="exam"),
    Written("ccs", category="survey"),
    Written("nyha", category="survey"),
    Written("smoking", answers=_SMOKING, category="social-history"),
    Written("exercise", answers=_EXERCISE, category="social-history"),
    Written("alcohol", category="social-history"),
    Written("pack_years", category="social-history"),
    Written("foot_exam", answers=("ja",), category="exam"),
    Written("foot_risk", category="exam"),
    Written("eye_exam", answers=("ja",), category="exam"),
)
PLACE = {written.measure: place for place, written in enumerate(WRITTEN)}


@dataclass(frozen=True)
class Column:
    """Values of one measure: rows of the block, days, numbers and comparators."""

    measure: str
    person: Ints
    day: Ints
    number: Ints
    comparator: Ints


@dataclass(frozen=True)
class Moments:
    """Persons (rows of the block) and days at which something is measured."""

    person: Ints
    day: Ints

    def __len__(self) -> int:
        return len(self.person)

    def where(self, chosen: Bools) -> Moments:
        """Keep some of the moments."""
        return Moments(self.person[chosen], self.day[chosen])

    def column(self, measure: str, values: Floats, comparator: Ints | None = None) -> Column:
        """Write values in the measure's unit down, rounded to its decimals."""
        steps = np.rint(values * 10 ** WRITTEN[PLACE[measure]].decimals).astype(np.int64)
        signs = np.zeros(len(self), dtype=np.int64) if comparator is None else comparator
        return Column(measure, self.person, self.day, steps, signs)


class _HadThen(dict[str, Bools]):
    """Who had a disease at the moment, worked out when first asked. `future_X`: will be found to have X later."""

    def __init__(self, health: Health, at: Moments) -> None:
        self._health, self._at = health, at

    def __missing__(self, disease: str) -> Bools:
        if disease.startswith("future_"):
            coming = disease.removeprefix("future_")
            answer = self._health.has[coming][self._at.person] & ~self[coming]
        else:
            answer = self._health.since(disease, self._at.person, self._at.day)
        self[disease] = answer
        return answer


@dataclass(frozen=True)
class Patients:
    """What measuring needs to know of a block's people."""

    figures: Figures
    draws: Draws
    people: People
    health: Health
    began: Mapping[str, Ints]
    """By drug: the day each began it."""
    albumin_limit: Ints
    """What each one's laboratory writes instead of a lower urine albumin ratio (0: writes the number)."""
    _curves: dict[str, MeasureCurves] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_curves", {c.measure: c for c in self.figures.values.values})

    def had(self, at: Moments) -> Mapping[str, Bools]:
        """Answer who had which disease at the moments."""
        return _HadThen(self.health, at)

    def years_before_now(self, at: Moments) -> Floats:
        """Give how long before the person's last day the moments are."""
        return (self.people.last_day[at.person] - at.day) / DAYS_A_YEAR

    def years_with(self, disease: str, at: Moments) -> Floats:
        """Give how long each has had a disease at the moment; negative before it was found."""
        return (at.day - self.health.onset[disease][at.person]) / DAYS_A_YEAR

    def ages(self, at: Moments) -> Floats:
        """Give ages in years at the moments."""
        return (at.day - self.people.born[at.person]) / DAYS_A_YEAR

    def chance(self, purpose: str, at: Moments) -> Floats:
        """Draw a number from 0 to 1 for each moment."""
        return self.draws.uniform(purpose, self.people.numbers[at.person], at.day)

    def level(self, measure: str, at: Moments, own: float | None = None) -> Floats:
        """Give where each value lies among all, as a standard normal: the patient's own level and the day's."""
        share = self._curves[measure].own.value if own is None else own
        numbers = self.people.numbers
        day = self.draws.normal(f"day/{measure}", numbers[at.person], at.day)
        return together(share, own_level(self.draws, measure, numbers)[at.person], day)

    def values(self, measure: str, at: Moments, level: Floats | None = None) -> Floats:
        """Read values off the measure's curves, each from the curve of the person's group that day."""
        share = share_below(self.level(measure, at) if level is None else level)
        found = np.empty(len(at))
        for curve, mine in split(self._curves[measure].curves, self.had(at), len(at)):
            found[mine] = Line(curve.points)(share[mine])
        return found
