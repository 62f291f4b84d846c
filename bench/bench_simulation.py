"""How long a draft's simulation takes on a practice's own people: both versions for everybody, added up.

    .venv/bin/python -m bench.bench_simulation [PATIENTS]

The floor is reading everybody's record, which both versions are asked of.
"""

from __future__ import annotations

import sys
import time

from bench.bench_control import _import_people
from bench.database import database


def bench(patients: int = 5000) -> None:
    """Print the simulation's time, and the floor."""
    with database():
        _measure(patients)


def _measure(patients: int) -> None:
    from django.utils import timezone

    from forloeb.editions.holding import program_files
    from forloeb.guidelines.library import Library
    from forloeb.people.models import Organization, PracticeMembership
    from forloeb.people.viewers import Viewer, ViewerKind, looking
    from forloeb.population.simulation.running import effects, read_minutes
    from forloeb.population.simulation.summing import for_others, summed
    from forloeb.records import queries as records
    from forloeb.terminology import measures

    at = timezone.now()
    as_of = timezone.localdate(at)
    _import_people(patients, at=at)
    practice = Organization.objects.using("loader").get()
    path = "guidelines/ischaemic_heart_disease/rules/rules.yaml"
    files = program_files()
    changed = {**files, path: files[path].replace("{ldl: {below: 1.4}}", "{ldl: {below: 1.2}}", 1)}
    before, after = Library.read(files, measures()), Library.read(changed, measures())
    with looking(Viewer(ViewerKind.PRACTICE, 1, "bench", practice.pk)):
        begun, worked = time.perf_counter(), time.process_time()
        found = summed(effects(before, after, practice.pk, as_of), read_minutes({}))
        for_others(found)
        taken, worked = time.perf_counter() - begun, time.process_time() - worked
        rows = PracticeMembership.objects.values_list("patient_id", "patient__birth_date", "patient__sex")
        begun = time.perf_counter()
        records.get_records([(pk, born, None) for pk, born, _ in rows], as_of=as_of)
        floor = time.perf_counter() - begun
    what = f"simulation of {found.people} people, {found.changed} with a change"
    print(f"{what}: {taken:.2f} s, {worked:.2f} s of this process")
    print(f"floor: their records alone: {floor:.2f} s")


if __name__ == "__main__":
    bench(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
