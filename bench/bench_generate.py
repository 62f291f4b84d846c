"""How fast synthetic people are made: drawn only, and written as NDJSON by one process and by one per core.

    .venv/bin/python -m bench.bench_generate [PATIENTS]

The floor beside each figure is the same bytes written to the same disk by nothing but the system (`cat`).
Speed counts only when the tallies agree: lines and bytes must be the same for every number of processes.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from forloeb.jobs.generating import Recipe, read_figures, run
from forloeb.population.synthesis import Population
from forloeb.terminology import measures

AS_OF = date(2026, 3, 1)


def main(patients: int) -> None:
    """Print a line per way of making the people."""
    recipe = Recipe(practices=max(1, patients // 3600), patients=patients, seed=1, as_of=AS_OF)
    _report("drawn, one process, nothing written", patients, _drawing(recipe))
    tallies = set()
    folder = Path(tempfile.mkdtemp(prefix="bench-generate-"))
    try:
        for processes in sorted({1, os.cpu_count() or 1}):
            started = time.perf_counter()
            lines = run(recipe, folder, measures=measures(), processes=processes)
            seconds = time.perf_counter() - started
            size = sum(file.stat().st_size for file in folder.iterdir())
            tallies.add((lines, size))
            _report(f"as NDJSON, {processes} process{'es' if processes > 1 else ''}", patients, seconds, lines, size)
        _report("floor: the same bytes by cat", patients, _copying(folder))
    finally:
        shutil.rmtree(folder)
    if len(tallies) > 1:
        sys.exit("the tallies differ: no figure counts")


def _drawing(recipe: Recipe) -> float:
    population = Population(read_figures(), recipe.seed, recipe.practices, recipe.as_of)
    population.batch(0, recipe.patients)  # tables are made once
    started = time.perf_counter()
    for _ in population.batches(recipe.patients):
        pass
    return time.perf_counter() - started


def _copying(folder: Path) -> float:
    started = time.perf_counter()
    with (folder / "copy").open("wb") as copy:
        subprocess.run(["cat", *sorted(map(str, folder.glob("*.ndjson")))], stdout=copy, check=True)
    return time.perf_counter() - started


def _report(what: str, patients: int, seconds: float, lines: int = 0, size: int = 0) -> None:
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    written = f", {lines:,} lines, {size / 1e6:,.0f} MB" if lines else ""
    memory = f"peak {max(own, children) / 1024:,.0f} MB in a process"
    print(f"{what}: {patients / seconds:,.0f} people/s ({seconds:.2f} s{written}; {memory})")


def bench() -> None:
    """Run as `make bench` does."""
    main(80_000)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
