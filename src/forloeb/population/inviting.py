"""When somebody is invited for, and with whom: by birth month, or by what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from forloeb.guidelines.results import Evaluation
from forloeb.kernel.periods import months_after
from forloeb.population.before import Before
from forloeb.population.worklist import Entry

Bundling = Literal["birth-month", "due"]

NOTICE = timedelta(days=14)
"""So long a letter and a blood sample take: what is due sooner is proposed for then. It is changed on the page."""
MONTHS_OFFERED = 13


def due_month(evaluation: Evaluation) -> date:
    """Give the month of the next yearly control, or of this notice where it is due already; its first day."""
    soonest = evaluation.as_of + NOTICE
    reviews = [due.due_on for due in evaluation.due if due.what == "annual_review"]
    return max(min(reviews, default=soonest), soonest).replace(day=1)


def proposed_month(evaluation: Evaluation, born: date) -> date:
    """Give the birth month where it comes no later than what is due, else the month that is due."""
    last = due_month(evaluation)
    month = (evaluation.as_of + NOTICE).replace(day=1)
    fitting = [last]
    while month <= last:
        if month.month == born.month:
            fitting.append(month)
        month = months_after(month, 1)
    return fitting[-1]


def months_offered(as_of: date) -> tuple[date, ...]:
    """Give the months that somebody can be invited for, this one first."""
    return tuple(months_after(as_of.replace(day=1), later) for later in range(MONTHS_OFFERED))


@dataclass(frozen=True, slots=True)
class Group:
    """People who are invited together. `born_in` is a month's number, or `before` what they are to do first."""

    name: str
    entries: tuple[Entry, ...]
    born_in: int = 0
    before: tuple[Before, ...] = ()


def groups(entries: Sequence[Entry], bundling: Bundling, as_of: date) -> tuple[Group, ...]:
    """Divide those whom a control would help, and who wait for nothing, into groups; each is in one."""
    asked = [entry for entry in entries if entry.place == "open" and entry.can_be_invited]
    if bundling == "birth-month":
        ahead = [(as_of.month - 1 + later) % 12 + 1 for later in range(12)]
        born = ((month, tuple(e for e in asked if e.birth_date.month == month)) for month in ahead)
        return tuple(Group(f"month-{month}", some, born_in=month) for month, some in born if some)
    kinds = sorted({entry.before for entry in asked}, key=lambda before: (-len(before), before))
    due = ((before, tuple(e for e in asked if e.before == before)) for before in kinds)
    return tuple(Group("-".join(("due", *before)), some, before=before) for before, some in due)
