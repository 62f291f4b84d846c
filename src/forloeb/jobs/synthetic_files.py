"""Puts generated chunks into files or a stream in the right order, though several processes make them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import Array, Condition, Value
from pathlib import Path
from typing import Protocol

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


class Stopped(Exception):
    """Another process failed, so this one stops too."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one block of people adds to each of FILES, compressed already where asked for."""

    parts: tuple[tuple[bytes, ...], ...]
    patients: int
    lines: int


class Turns:
    """Whose turn it is, and where each file has got to: shared between processes."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._turn = Value("q", 0, lock=False)
        self._ends = Array("q", len(FILES), lock=False)
        self._patients = Value("q", 0, lock=False)
        self._lines = Value("q", 0, lock=False)
        self._failed = Value("b", 0, lock=False)

    @contextmanager
    def turn(self, number: int, chunk: Chunk) -> Iterator[Sequence[int]]:
        """Wait for the chunk's turn and give where its parts begin. Raises Stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self._turn.value == number or self._failed.value)
            if self._failed.value:
                raise Stopped
            begins = list(self._ends)
            yield begins
            for place, part in enumerate(chunk.parts):
                self._ends[place] += sum(map(len, part))
            self._patients.value += chunk.patients
            self._lines.value += chunk.lines
            self._turn.value += 1
            self._changed.notify_all()

    def stop(self) -> None:
        """Tell everybody to stop."""
        with self._changed:
            self._failed.value = 1
            self._changed.notify_all()

    @property
    def patients(self) -> int:
        """How many patients are written, or about to be."""
        return int(self._patients.value)

    @property
    def lines(self) -> int:
        """How many lines are written, or about to be."""
        return int(self._lines.value)


class Output(Protocol):
    """Where chunks go: a chunk with number n follows that with n - 1."""

    turns: Turns

    def begin(self) -> None: ...
    def write(self, number: int, chunk: Chunk) -> None: ...
    def finish(self) -> None: ...
    def abandon(self) -> None: ...


@dataclass
class Stream:
    """Standard output: a chunk's parts one after the other."""

    turns: Turns = field(default_factory=Turns)

    def begin(self) -> None:
        """Nothing to prepare."""

    def write(self, number: int, chunk: Chunk) -> None:
        """Write a chunk when its turn comes."""
        with self.turns.turn(number, chunk):
            for part in chunk.parts:
                sys.stdout.buffer.writelines(part)
            sys.stdout.buffer.flush()

    def finish(self) -> None:
        """Nothing to finish."""

    def abandon(self) -> None:
        """What is out is out."""


@dataclass
class Folder:
    """A folder with a file for each kind, under its own name only when all are complete."""

    folder: Path
    ending: str
    turns: Turns = field(default_factory=Turns)

    def begin(self) -> None:
        """Make empty files under other names. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for kind in FILES:
            self._unfinished(kind).write_bytes(b"")

    def write(self, number: int, chunk: Chunk) -> None:
        """Reserve the chunk's place when its turn comes, and fill it while others go on. Raises OSError."""
        with self.turns.turn(number, chunk) as begins:
            places = list(begins)
        for kind, begin, part in zip(FILES, places, chunk.parts, strict=True):
            if part:
                _write_at(self._unfinished(kind), begin, part)

    def finish(self) -> None:
        """Give the files their names."""
        for kind in FILES:
            self._unfinished(kind).replace(self.folder / f"{kind}{self.ending}")

    def abandon(self) -> None:
        """Take the unfinished files away."""
        for kind in FILES:
            self._unfinished(kind).unlink(missing_ok=True)

    def _unfinished(self, kind: str) -> Path:
        return self.folder / f".{kind}{self.ending}.unfinished"


_AT_ONCE = 256  # pieces handed to the system at once; it takes 1,024 at most


def _write_at(path: Path, begin: int, pieces: Sequence[bytes]) -> None:
    """Write pieces one after the other from a place in the file."""
    with path.open("r+b", buffering=0) as file:
        for first in range(0, len(pieces), _AT_ONCE):
            some = pieces[first : first + _AT_ONCE]
            written, size = os.pwritev(file.fileno(), some, begin), sum(map(len, some))
            if written < size:  # the rest, when the system took only a part
                os.pwrite(file.fileno(), b"".join(some)[written:], begin + written)
            begin += size
