"""The cast's practice filled up with 1,600 synthetic people: generated, imported as any others, some with plans."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from pathlib import Path

from forloeb.access.policies import NoCareRelation
from forloeb.careplans import actions, queries
from forloeb.careplans.submission import prefill
from forloeb.jobs import generating, importing
from forloeb.jobs.demo.histories import COPENHAGEN, doctor_of
from forloeb.jobs.demo.people import Demo
from forloeb.kernel.periods import months_before
from forloeb.people.actions import LOADER
from forloeb.people.models import Patient, PracticeMembership
from forloeb.people.viewers import Viewer, looking
from forloeb.population.synthesis import Population
from forloeb.population.synthesis.days import NEVER, day_of
from forloeb.terminology import measures

PATIENTS = 1_600
"""The list of one Danish GP."""
SOURCE = "urn:forloeb:demo:neighbours"
_PLANNED_TODAY = 4


def register_neighbours(demo: Demo, *, as_of: date, at: datetime, tell: Callable[[str], None]) -> None:
    """Generate and import the practice's other people, and make the plans of those who have been to controls."""
    recipe = generating.Recipe(practices=1, patients=PATIENTS, seed=1, as_of=as_of)
    with tempfile.TemporaryDirectory() as folder:
        generating.run(recipe, Path(folder), measures=measures())
        rejects = Path(folder) / "rejects.jsonl"
        importing.run([Path(folder)], rejects=rejects, at=at, tell=tell, source=SOURCE)
    # They come on a list of their own; here they are the cast's neighbours.
    generated = Patient.objects.using(LOADER).filter(source_system=SOURCE)
    memberships = PracticeMembership.objects.using(LOADER).filter(patient__in=generated)
    memberships.update(organization=demo.practice)
    _make_plans(dict(generated.values_list("source_id", "public_id")), recipe, as_of)


def _make_plans(public_ids: dict[str, object], recipe: generating.Recipe, as_of: date) -> None:
    doctor, planned = doctor_of(as_of), 0
    for person, day in _last_controls(recipe):
        public_id = next((found for name, found in public_ids.items() if name.endswith(f"-p{person}")), None)
        # One in four has been to a control that was written down elsewhere: no plan yet.
        if public_id is None or person % 4 == 0:
            continue
        due_today = planned < _PLANNED_TODAY and months_before(as_of, 14) < day < months_before(as_of, 11)
        planned += due_today
        _control(public_id, doctor, day, next_on=as_of if due_today else None)


def _last_controls(recipe: generating.Recipe) -> Iterator[tuple[int, date]]:
    """Give each person who has been to a yearly control, with the day of the last one."""
    population = Population(generating.read_figures(), recipe.seed, recipe.practices, recipe.as_of)
    for batch in population.batches(recipe.patients):
        hints, numbers = batch.plans, batch.people.numbers.tolist()
        last: dict[int, int] = {}
        for person, day in zip(hints.person.tolist(), hints.last_control.tolist(), strict=True):
            if day != NEVER:
                last[person] = max(day, last.get(person, 0))
        for person, day in last.items():
            yield numbers[person], day_of(day)


def _control(public_id: object, doctor: Viewer, day: date, *, next_on: date | None) -> None:
    moment = datetime.combine(day, time(9), tzinfo=COPENHAGEN)
    with looking(doctor):
        try:
            base = prefill(queries.get_control(public_id, seen_by=doctor, as_of=day))  # type: ignore[arg-type]
        except NoCareRelation:
            return  # came to the practice after that control
        mine = base | ({"next_review_on": next_on.isoformat()} if next_on else {})
        try:
            actions.finish_review(public_id, base=base, mine=mine, by=doctor, at=moment, as_of=day)  # type: ignore[arg-type]
        except actions.NothingToSave:
            return  # the disease was found at the control itself
