"""`forloeb generate`: writes a synthetic population as FHIR R4 NDJSON, a file a resource type or one stream."""

from __future__ import annotations

import ctypes
import gzip as gzipping
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from multiprocessing import Process, SimpleQueue
from multiprocessing.connection import wait
from pathlib import Path

from pydantic import BaseModel
from tqdm import tqdm

from forloeb.jobs.synthetic_files import FILES, Chunk, Folder, Output, Stopped, Stream
from forloeb.jobs.synthetic_ndjson import Lines, Ndjson
from forloeb.kernel.content import content_folder, read_content
from forloeb.kernel.measures import Measure
from forloeb.population.synthesis import Figures, Population
from forloeb.population.synthesis import figures as schema
from forloeb.population.synthesis.population import blocks_of, most_patients
from forloeb.population.synthesis.practices import MOST_PRACTICES

_SECTIONS: dict[str, type[BaseModel]] = {
    "people": schema.PeopleFigures,
    "practices": schema.PracticeFigures,
    "names": schema.Names,
    "diseases": schema.DiseaseFigures,
    "controls": schema.ControlFigures,
    "values": schema.ValueFigures,
    "medication": schema.MedicationFigures,
    "sources": schema.Sources,
}
STANDARD_OUTPUT = Path("-")
_COMPRESSION = 1  # the fastest: these files are written once and read once


class CannotGenerate(ValueError):
    """What was asked for cannot be made. The text says what and how to ask instead."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides every byte of a population, besides the content."""

    practices: int
    patients: int
    seed: int
    as_of: date

    def check(self) -> None:
        """Raise CannotGenerate where there can be no such population."""
        if not 1 <= self.practices <= MOST_PRACTICES:
            raise CannotGenerate(f"--practices must be from 1 to {MOST_PRACTICES}")
        if not 1 <= self.patients <= most_patients():
            raise CannotGenerate(
                f"--patients must be from 1 to {most_patients()}: there are no more unreal CPR numbers"
            )
        if not 0 <= self.seed < 10**12:
            raise CannotGenerate("--seed must be a whole number from 0 to 999999999999")
        if not 2010 <= self.as_of.year <= 2036:
            raise CannotGenerate("--as-of must lie in the years 2010 to 2036: CPR numbers tell those centuries")


def read_figures(folder: Path | None = None) -> Figures:
    """Read content/population. Raises ContentError with a line per fault."""
    folder = folder or content_folder() / "population"
    return Figures.model_validate(
        {name: read_content(folder / f"{name}.yaml", kind) for name, kind in _SECTIONS.items()}
    )


def run(
    recipe: Recipe,
    out: Path,
    *,
    measures: Mapping[str, Measure],
    gzip: bool = False,
    processes: int | None = None,
) -> int:
    """Write the population into the folder, or to standard output where that is `-`. Gives the lines written.

    `measures` says how values are coded and in which unit. Raises CannotGenerate; a folder then has no new files.
    """
    recipe.check()
    output: Output = Stream() if out == STANDARD_OUTPUT else Folder(out, ".ndjson.gz" if gzip else ".ndjson")
    job = _Job(recipe, read_figures(), dict(measures), gzip, output)
    try:
        output.begin()
        try:
            _run(job, min(processes or os.cpu_count() or 1, job.blocks))
            output.finish()
        finally:
            output.abandon()
    except OSError as error:
        raise CannotGenerate(f"{out}: cannot be written ({error.strerror})") from error
    return output.turns.lines


@dataclass(frozen=True)
class _Job:
    """All that a process needs to draw and write its part."""

    recipe: Recipe
    figures: Figures
    measures: dict[str, Measure]
    gzip: bool
    output: Output

    @property
    def blocks(self) -> int:
        return blocks_of(self.recipe.patients)

    @cached_property
    def _population(self) -> Population:
        return Population(self.figures, self.recipe.seed, self.recipe.practices, self.recipe.as_of)

    @cached_property
    def _ndjson(self) -> Ndjson:
        return Ndjson(self.figures, self.recipe.seed, self.measures)

    def write_practices(self) -> None:
        """Write the practices: the first chunk."""
        self.output.write(0, self._chunk(self._ndjson.practices(self._population.drawn_practices), 0))

    def write_blocks(self, first: int, step: int) -> None:
        """Draw and write every so many blocks."""
        for block in range(first, self.blocks, step):
            batch = self._population.batch(block, self.recipe.patients)
            self.output.write(block + 1, self._chunk(self._ndjson.batch(batch), len(batch)))

    def _chunk(self, written: dict[str, Lines], patients: int) -> Chunk:
        parts = [written[kind].pieces if kind in written else () for kind in FILES]
        if self.gzip:
            # Pieces compressed one by one and put together are one valid gzip file.
            parts = [(gzipping.compress(b"".join(part), _COMPRESSION, mtime=0),) if part else () for part in parts]
        return Chunk(tuple(parts), patients, sum(lines.count for lines in written.values()))


def _run(job: _Job, processes: int) -> None:
    _keep_memory()
    job.write_practices()
    if processes == 1:
        job.write_blocks(0, 1)
        return
    faults: SimpleQueue[OSError] = SimpleQueue()
    workers = [Process(target=_work, args=(job, first, processes, faults), daemon=True) for first in range(processes)]
    try:
        for worker in workers:
            worker.start()
        _watch(job, workers)
    finally:  # also when interrupted: nobody writes on after the files are taken away
        for worker in workers:
            if worker.pid:
                worker.kill()
                worker.join()
    if not faults.empty():
        raise faults.get()
    if any(worker.exitcode for worker in workers):
        raise CannotGenerate("a process that drew people was stopped from outside; nothing was written")


def _keep_memory() -> None:
    """Let glibc keep the megabytes that each block frees: given back and asked for anew they cost a third of the time.

    Another C library has no such choice, and needs none to be right.
    """
    trim_threshold, mmap_threshold, huge = -1, -3, 1 << 30
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(mmap_threshold, huge)
        mallopt(trim_threshold, huge)


def _watch(job: _Job, workers: Sequence[Process]) -> None:
    """Wait until all are done or one was stopped from outside, showing how far they are."""
    with tqdm(total=job.recipe.patients, unit=" patients", disable=None, leave=False) as bar:
        while alive := [worker.sentinel for worker in workers if worker.is_alive()]:
            wait(alive, timeout=0.2)
            bar.update(job.output.turns.patients - bar.n)
            if any(worker.exitcode for worker in workers):
                return


def _work(job: _Job, first: int, step: int, faults: SimpleQueue[OSError]) -> None:
    """Do one process's part, and tell the others when it fails."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started us tells us to stop
    try:
        with suppress(Stopped):
            job.write_blocks(first, step)
    except OSError as error:
        faults.put(error)
        job.output.turns.stop()
