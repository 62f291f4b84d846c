"""One person's year: visits, tests, home measurements and medicine, bundled across all diseases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from pydantic import Field

from forloeb.careplans.engine import library
from forloeb.guidelines.results import Due, Evaluation
from forloeb.guidelines.schema import IntervalTable, Sourced
from forloeb.kernel.content import ContentError, Localized, content_folder, read_content
from forloeb.kernel.periods import months_after
from forloeb.population.before import IN_URINE, PRESSURE
from forloeb.population.bundling import YEAR, Task, bundle, fewest
from forloeb.terminology import measures


class VisitContent(Sourced):
    """content/worklists/visits.yaml."""

    elsewhere: tuple[str, ...]
    months: int = Field(ge=YEAR, le=YEAR)


@cache
def visit_content() -> VisitContent:
    """Give what the bundling looks at. Raises ContentError where it names what no guideline asks for."""
    path = content_folder() / "worklists" / "visits.yaml"
    found = read_content(path, VisitContent)
    asked = {table.what for guideline in library().guidelines for table in guideline.all(IntervalTable)}
    if unknown := set(found.elsewhere) - asked:
        raise ContentError([f"{path}: no guideline asks for '{name}'" for name in sorted(unknown)])
    return found


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit: from which day, and what is done at it."""

    on: date
    whats: tuple[Localized, ...]
    has_blood: bool
    has_urine: bool
    has_home_pressure: bool


@dataclass(frozen=True, slots=True)
class Year:
    """The year as it would be bundled, and what it would take if each disease went its own way."""

    visits: tuple[Visit, ...]
    elsewhere: tuple[tuple[Localized, date], ...]
    separate: int
    """Visits, if each disease had its own."""
    medicines: int

    @property
    def saved(self) -> int:
        """Visits that are saved: never fewer than none."""
        return self.separate - len(self.visits)

    @property
    def samples(self) -> int:
        """How many times blood or urine is given."""
        return sum(visit.has_blood or visit.has_urine for visit in self.visits)

    @property
    def home_series(self) -> int:
        """How many times blood pressure is measured at home."""
        return sum(visit.has_home_pressure for visit in self.visits)


def plan_year(evaluation: Evaluation, *, medicines: int) -> Year:
    """Bundle the year from a day on: what the guidelines would have done, in as few visits as they allow."""
    away = visit_content().elsewhere
    here = [due for due in evaluation.due if due.what not in away]
    found = bundle([_task(due, evaluation.as_of) for due in here])
    done = dict(found.done)
    visits = tuple(
        _visit(months_after(evaluation.as_of, month), [due for due in here if month in done[due.what]])
        for month in found.visits
    )
    elsewhere = tuple(
        (due.title, due.due_on)
        for due in evaluation.due
        if due.what in away and due.due_on < months_after(evaluation.as_of, YEAR)
    )
    return Year(visits, elsewhere, _separate(here, evaluation.as_of), medicines)


def _separate(here: Iterable[Due], as_of: date) -> int:
    """Count the visits if each guideline's intervals were kept by themselves."""
    alone: dict[str, list[Task]] = {}
    for due in here:
        for asked in due.asked:
            task = Task(due.what, _months_until(asked.due_on, as_of, asked.months), asked.months)
            alone.setdefault(asked.guideline, []).append(task)
    return sum(fewest(tasks) for tasks in alone.values())


def _task(due: Due, as_of: date) -> Task:
    """Give a thing as it is asked for by all its guidelines at once: the soonest, and the most often."""
    every = min(asked.months for asked in due.asked)
    return Task(due.what, min(_months_until(asked.due_on, as_of, every) for asked in due.asked), every)


def _months_until(day: date, as_of: date, most: int) -> int:
    """Count whole months until a day, so that a visit then is not late; none where the day has passed."""
    months = (day.year - as_of.year) * 12 + day.month - as_of.month
    if months_after(as_of, months) > day:
        months -= 1
    return min(max(months, 0), most)


def _visit(on: date, dues: list[Due]) -> Visit:
    names = {name for due in dues for name in due.measures}
    in_blood = any(measures()[name].setting == "laboratory" and name not in IN_URINE for name in names)
    titles = tuple(due.title for due in dues)
    return Visit(on, titles, in_blood, bool(names & IN_URINE), bool(names & PRESSURE))
