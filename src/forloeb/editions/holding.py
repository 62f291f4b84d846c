"""Which version of each guideline holds on a day, and the library that is put together of them.

The content that came with the program is the first version of each guideline; a published version is another from the
day it holds. A process looks at what is published each time it asks, so that nothing need be started anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from forloeb.editions.models import Edition
from forloeb.guidelines.library import Guideline, Library, read_files
from forloeb.guidelines.schema import GuidelineFile
from forloeb.kernel.content import content_folder, parse_content
from forloeb.people import prepared
from forloeb.terminology import measures

_MOST_LIBRARIES = 64
NEWEST = date.max
"""A day on which the newest version of each guideline holds, whether its day has come or not."""


class Held(NamedTuple):
    """A version and the day it holds from. `edition_id` is None for the one that came with the program."""

    guideline: str
    version: str
    valid_from: date
    edition_id: int | None


@cache
def program_files() -> dict[str, str]:
    """Give the texts of the content that came with the program."""
    return read_files(content_folder())


@cache
def program_library() -> Library:
    """Give the content that came with the program, compiled. Raises ContentError when it is not sound."""
    return Library.load(content_folder(), measures())


_PUBLISHED = "SELECT guideline, version, valid_from, id FROM editions_edition"


def held_versions() -> tuple[Held, ...]:
    """Give every published version, the content that came with the program among them, from the oldest."""
    published = [Held(*row) for row in prepared.rows(_PUBLISHED, ())]
    known = {(held.guideline, held.version) for held in published}
    came = [held for held in _came_with_the_program() if (held.guideline, held.version) not in known]
    return tuple(sorted((*came, *published), key=lambda held: (held.valid_from, held.edition_id or 0)))


@cache
def _came_with_the_program() -> tuple[Held, ...]:
    return tuple(Held(g.name, g.file.version, g.file.valid_from, None) for g in program_library().guidelines)


def holding_on(versions: Sequence[Held], day: date) -> tuple[Held, ...]:
    """Give the version of each guideline that holds on a day; before the first one, the first one."""
    found: dict[str, Held] = {}
    for held in versions:
        if held.guideline not in found or held.valid_from <= day:
            found[held.guideline] = held
    return tuple(found.values())


def library_on(day: date, versions: Sequence[Held] | None = None) -> Library:
    """Give the library of the versions that hold on a day; `versions` where they have been asked for already."""
    holding = holding_on(held_versions() if versions is None else versions, day)
    return library_of(frozenset(held.edition_id for held in holding if held.edition_id is not None))


def library_of(edition_ids: frozenset[int]) -> Library:
    """Give the library in which these published versions stand in place of what came with the program."""
    return _library_of(edition_ids) if edition_ids else program_library()


@lru_cache(_MOST_LIBRARIES)
def _library_of(edition_ids: frozenset[int]) -> Library:
    # What is published never changes, so what was read once holds for as long as the process lives.
    files = program_files()
    for edition in Edition.objects.filter(pk__in=edition_ids).only("guideline", "files"):
        files = replaced(files, edition.guideline, edition.files)
    return Library.read(files, measures())


def replaced(files: dict[str, str], guideline: str, by: dict[str, str]) -> dict[str, str]:
    """Put one guideline's texts in the place of those that stand there."""
    return {path: text for path, text in files.items() if not is_of(path, guideline)} | dict(by)


def files_of(files: dict[str, str], guideline: str) -> dict[str, str]:
    """Give the texts of one guideline."""
    return {path: text for path, text in files.items() if is_of(path, guideline)}


def is_of(path: str, guideline: str) -> bool:
    """Whether a text is one of a guideline's own."""
    return path.startswith(f"guidelines/{guideline}/")


def files_on(guideline: str, day: date) -> tuple[Held, dict[str, str]]:
    """Give a guideline's version and texts on a day. Raises LookupError for a guideline there is none of."""
    held = next((held for held in holding_on(held_versions(), day) if held.guideline == guideline), None)
    if held is None:
        raise LookupError(guideline)
    return held, files_in(held)


def files_in(held: Held) -> dict[str, str]:
    """Give the texts of a version."""
    if held.edition_id is None:
        return files_of(program_files(), held.guideline)
    return dict(Edition.objects.only("files").get(pk=held.edition_id).files)


def library_with(guideline: str, files: dict[str, str]) -> Library:
    """Give the newest library with other texts of one guideline. Raises ContentError with every fault."""
    others = [h for h in holding_on(held_versions(), NEWEST) if h.guideline != guideline and h.edition_id is not None]
    whole = program_files()
    for held in others:
        whole = replaced(whole, held.guideline, files_in(held))
    return Library.read(replaced(whole, guideline, files), measures())


def guideline_in(library: Library, name: str) -> Guideline | None:
    """Find a guideline by its name."""
    return next((found for found in library.guidelines if found.name == name), None)


def guideline_file(files: dict[str, str], guideline: str) -> GuidelineFile:
    """Read a guideline's own file. Raises ContentError."""
    path = f"guidelines/{guideline}/guideline.yaml"
    return parse_content(files[path], Path(path), GuidelineFile)
