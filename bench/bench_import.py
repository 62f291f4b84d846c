"""How fast FHIR NDJSON is taken in: synthetic people, imported once into empty tables, and once more with nothing new.

    .venv/bin/python -m bench.bench_import [PATIENTS]

The floor is a bare COPY of the same bytes into a table of one text column.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from bench.database import database


def bench(patients: int = 2000) -> None:
    """Print rows a second for a first import, a second one, and the floor."""
    with tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        people = Path(folder) / "people"
        people.mkdir()
        lines = _generate(people, patients)
        files = sorted(people.glob("*.ndjson"))
        size = sum(file.stat().st_size for file in files)
        print(f"{patients:,} people, {lines:,} lines, {size / 1e6:,.0f} MB")
        with database():
            _measure(people, files, lines, size)


def _generate(people: Path, patients: int) -> int:
    from forloeb.jobs import generating
    from forloeb.terminology import measures

    recipe = generating.Recipe(practices=max(1, patients // 3600), patients=patients, seed=1, as_of=date(2026, 3, 1))
    return generating.run(recipe, people, measures=measures(), processes=1)


def _measure(people: Path, files: list[Path], lines: int, size: int) -> None:
    from django.db import connections
    from django.utils import timezone

    from forloeb.jobs.importing import run

    at = timezone.now()
    said: list[str] = []

    def take_in() -> None:
        run([people], rejects=people.parent / "rejects", at=at, tell=said.append)

    def copy() -> None:
        with connections["loader"].cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE floor (line text)")
            # Marks that no JSON holds, so that every line is one value as it stands.
            with cursor.copy("COPY floor FROM STDIN (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')") as copying:
                for file in files:
                    copying.write(file.read_bytes())
            cursor.execute("DROP TABLE floor")

    _report("imported into empty tables", take_in, lines, size)
    _report("imported again, nothing new", take_in, lines, size)
    print(f"  {said[0]}\n  {said[1]}")
    _report("floor: COPY of the same bytes", copy, lines, size)


def _report(what: str, run: Callable[[], object], lines: int, size: int) -> None:
    started = time.perf_counter()
    run()
    seconds = time.perf_counter() - started
    print(f"{what}: {lines / seconds:,.0f} rows/s ({seconds:.2f} s, {size / 1e6 / seconds:,.1f} MB/s)")


if __name__ == "__main__":
    bench(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
