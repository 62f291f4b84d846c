"""`forloeb generate`: writes a synthetic population as FHIR R4 NDJSON, a file a resource type or one stream."""

from __future__ import annotations

import gzip as gzipping
import os
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO, Protocol

from pydantic import BaseModel
from tqdm import tqdm

from forloeb.jobs.synthetic_ndjson import Ndjson
from forloeb.kernel.content import content_folder, read_content
from forloeb.kernel.measures import Measure
from forloeb.population.synthesis import Figures, Population
from forloeb.population.synthesis import figures as schema
from forloeb.population.synthesis.population import blocks_of, most_patients
from forloeb.population.synthesis.practices import MOST_PRACTICES
from forloeb.population.synthesis.pyramid import BLOCK

FILES = (
    "Organization",
    "Practitioner",
    "PractitionerRole",
    "Patient",
    "Condition",
    "Observation",
    "MedicationStatement",
)
"""The files written, in the order in which they can be taken in: what is referred to comes first."""

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
_COMPRESSION = 1  # the fastest: these files are written once and read once
_AHEAD = 2  # blocks drawn ahead of the writing, per process


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

    def population(self, figures: Figures) -> Population:
        """Give the population of this recipe."""
        return Population(figures, self.seed, self.practices, self.as_of)


def read_figures(folder: Path | None = None) -> Figures:
    """Read content/population. Raises ContentError with a line per fault."""
    folder = folder or content_folder() / "population"
    return Figures.model_validate(
        {name: read_content(folder / f"{name}.yaml", kind) for name, kind in _SECTIONS.items()}
    )


def run(
    recipe: Recipe,
    out: Path | None,
    *,
    measures: Mapping[str, Measure],
    gzip: bool = False,
    processes: int | None = None,
) -> int:
    """Write the population into the folder, or to standard output where there is none. Gives the lines written.

    `measures` says how values are coded and in which unit. Files get their names when all are complete.
    Raises CannotGenerate.
    """
    recipe.check()
    figures = read_figures()
    lines = 0
    with ExitStack() as stack:
        sink = stack.enter_context(_Folder(out, gzip) if out else _Stream(sys.stdout.buffer))
        bar = stack.enter_context(tqdm(total=recipe.patients, unit=" patients", disable=None, leave=False))
        for written, patients in _chunks(recipe, figures, measures, gzip, processes or os.cpu_count() or 1):
            for kind in FILES:
                if kind in written.bytes_of:
                    sink.write(kind, written.bytes_of[kind])
            lines += written.lines
            bar.update(patients)
    return lines


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A part of each file, compressed already where asked for."""

    bytes_of: dict[str, bytes]
    lines: int


def _chunk(bytes_of: dict[str, bytes], gzip: bool) -> _Chunk:
    lines = sum(part.count(b"\n") for part in bytes_of.values())
    if gzip:
        # Parts compressed one by one and put together are one valid gzip file.
        bytes_of = {kind: gzipping.compress(part, _COMPRESSION, mtime=0) for kind, part in bytes_of.items()}
    return _Chunk(bytes_of, lines)


class _Drawing:
    """One process's part: draws and writes blocks."""

    def __init__(self, recipe: Recipe, figures: Figures, measures: Mapping[str, Measure], gzip: bool) -> None:
        self.recipe, self.gzip = recipe, gzip
        self.population = recipe.population(figures)
        self.ndjson = Ndjson(figures, recipe.seed, measures)

    def practices(self) -> _Chunk:
        return _chunk(self.ndjson.practices(self.population.drawn_practices), self.gzip)

    def block(self, block: int) -> _Chunk:
        return _chunk(self.ndjson.batch(self.population.batch(block, self.recipe.patients)), self.gzip)


def _chunks(
    recipe: Recipe, figures: Figures, measures: Mapping[str, Measure], gzip: bool, processes: int
) -> Iterator[tuple[_Chunk, int]]:
    """Give the chunks in order, each with how many patients it holds."""
    drawing = _Drawing(recipe, figures, measures, gzip)
    yield drawing.practices(), 0
    blocks = range(blocks_of(recipe.patients))
    sizes = (min(BLOCK, recipe.patients - block * BLOCK) for block in blocks)
    if min(processes, len(blocks)) == 1:
        yield from zip((drawing.block(block) for block in blocks), sizes, strict=True)
        return
    with ProcessPoolExecutor(processes, initializer=_begin, initargs=(recipe, figures, dict(measures), gzip)) as pool:
        waiting: deque[Future[_Chunk]] = deque()
        for block in blocks:
            waiting.append(pool.submit(_draw, block))
            if len(waiting) > processes * _AHEAD:
                yield waiting.popleft().result(), next(sizes)
        while waiting:
            yield waiting.popleft().result(), next(sizes)


_drawing: _Drawing


def _begin(recipe: Recipe, figures: Figures, measures: Mapping[str, Measure], gzip: bool) -> None:
    """Prepare this process."""
    global _drawing
    _drawing = _Drawing(recipe, figures, measures, gzip)


def _draw(block: int) -> _Chunk:
    return _drawing.block(block)


class _Sink(Protocol):
    def write(self, kind: str, part: bytes) -> None: ...


class _Stream:
    """Everything in one stream, practices first."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def __enter__(self) -> _Sink:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.flush()

    def write(self, kind: str, part: bytes) -> None:
        self._stream.write(part)


class _Folder:
    """A file for each kind, under its own name only when all are complete."""

    def __init__(self, folder: Path, gzip: bool) -> None:
        self._folder, self._ending = folder, ".ndjson.gz" if gzip else ".ndjson"
        self._files: dict[str, BinaryIO] = {}

    def __enter__(self) -> _Sink:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for kind in FILES:
                self._files[kind] = self._unfinished(kind).open("wb")
        except OSError as error:
            raise CannotGenerate(f"{self._folder}: cannot be written ({error.strerror})") from error
        return self

    def write(self, kind: str, part: bytes) -> None:
        self._files[kind].write(part)

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        for kind, file in self._files.items():
            file.close()
            if failure:
                self._unfinished(kind).unlink(missing_ok=True)
        if not failure:
            for kind in self._files:
                self._unfinished(kind).replace(self._folder / f"{kind}{self._ending}")

    def _unfinished(self, kind: str) -> Path:
        return self._folder / f".{kind}{self._ending}.unfinished"
