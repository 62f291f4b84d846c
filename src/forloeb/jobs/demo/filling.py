"""Fills a demo database: the cast with histories, in a practice of 1,600 synthetic people of whom many have plans."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone

from forloeb.access.identities import find_login
from forloeb.jobs.demo.cast import ISSUER
from forloeb.jobs.demo.histories import make_histories
from forloeb.jobs.demo.neighbours import register_neighbours
from forloeb.jobs.demo.people import register_cast
from forloeb.jobs.demo.writings import write_as_patients
from forloeb.people.actions import LOADER
from forloeb.population.quality import count_quality, months_to_count
from forloeb.population.statistics.figures import count_figures
from forloeb.population.statistics.scope import months_back

_QUARTERS = 8
"""How far back the demo's quality figures go."""


def fill_if_empty(*, tell: Callable[[str], None]) -> None:
    """Fill the database unless the cast is there already. `tell` is given a line on what goes on."""
    at = timezone.now()
    as_of = timezone.localdate(at)
    if find_login(ISSUER, "holm", as_of=as_of) is not None:
        return
    tell("Filling the demo with invented people …")
    demo = register_cast(as_of=as_of, at=at)
    make_histories(demo, as_of=as_of, at=at)
    write_as_patients(as_of=as_of, at=at)
    register_neighbours(demo, as_of=as_of, at=at, tell=tell)
    count_figures(months_back(as_of.replace(day=1), 1), at=at, using=LOADER)
    for month in (*months_to_count(as_of, _QUARTERS), months_back(as_of.replace(day=1), 1)):
        count_quality(month, at=at, using=LOADER)
