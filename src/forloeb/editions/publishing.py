"""Publishing: a draft, simulated and checked by somebody who did not write it, becomes a version that never changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from django.db import connection, transaction

from forloeb.access.queries import note
from forloeb.editions import policies
from forloeb.editions.checks import check
from forloeb.editions.drafting import OpenDraft, authors_of, get_draft
from forloeb.editions.holding import (
    NEWEST,
    Held,
    files_in,
    files_on,
    guideline_file,
    guideline_in,
    held_versions,
    library_on,
    library_with,
)
from forloeb.editions.models import Draft, Edition, Simulation
from forloeb.guidelines.editing import set_value
from forloeb.guidelines.version_differences import Version, VersionDifference, version_differences
from forloeb.people.viewers import Viewer

Why = Literal[
    "not-sound",
    "not-simulated",
    "own-draft",
    "too-early",
    "before-another",
    "nothing-changed",
    "another-base",
    "no-reason",
]


class CannotPublish(Exception):
    """The draft cannot be published yet; `why` tells what is lacking."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


@dataclass(frozen=True, slots=True)
class Published:
    """A version that was published."""

    guideline: str
    version: str
    valid_from: date


def publish(
    guideline: str, *, revision: int, valid_from: date, because: str, by: Viewer, at: datetime, as_of: date
) -> Published:
    """Publish a draft's newest revision, to hold from a day that lies ahead.

    Raises NotAnEditor, NoDraft, CannotPublish. The day lies ahead so that no plan of a day is made by two versions.
    """
    checker = policies.check_is_checker(by, as_of=as_of)
    _one_at_a_time()
    draft = get_draft(guideline)
    held, before = files_on(guideline, NEWEST)
    authors = authors_of(draft.id)
    if why := _lacking(draft, held, before, revision, valid_from, because, as_of):
        raise CannotPublish(why)
    if checker in authors:
        raise CannotPublish("own-draft")
    version = next_version(guideline, valid_from)
    files = finished_files(
        draft,
        version=version,
        valid_from=valid_from,
        because=because,
        authors=", ".join(authors.values()),
        checker=by.name,
        as_of=as_of,
    )
    if not check(guideline, files, "da", as_of=as_of).is_sound:
        raise CannotPublish("not-sound")
    edition = _keep(held, before, version, valid_from, files, because, ", ".join(authors.values()), by, at)
    Draft.objects.filter(pk=draft.id).update(closed_at=at, edition=edition)
    note(
        by,
        event="guideline-published",
        action="write",
        detail={"guideline": guideline, "version": version, "valid_from": valid_from.isoformat()},
    )
    return Published(guideline, version, valid_from)


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('editions', 0))")


def _lacking(
    draft: OpenDraft, held: Held, before: Mapping[str, str], revision: int, valid_from: date, because: str, as_of: date
) -> Why | None:
    if dict(draft.files) == dict(before):
        return "nothing-changed"
    if draft.based_on != held.version:
        return "another-base"
    if not check(draft.guideline, draft.files, "da", as_of=as_of).is_sound:
        return "not-sound"
    if draft.number != revision or not Simulation.objects.filter(revision_id=draft.revision_id).exists():
        return "not-simulated"
    if not because.strip():
        return "no-reason"
    if valid_from <= as_of:
        return "too-early"
    latest = max(each.valid_from for each in held_versions() if each.guideline == draft.guideline)
    return "before-another" if valid_from <= latest else None


def next_version(guideline: str, valid_from: date) -> str:
    """Name a version by the year it holds from and its number in that year: `2027.1`."""
    names = {held.version for held in held_versions() if held.guideline == guideline}
    number = 1
    while f"{valid_from.year}.{number}" in names:
        number += 1
    return f"{valid_from.year}.{number}"


def finished_files(
    draft: OpenDraft, *, version: str, valid_from: date, because: str, authors: str, checker: str, as_of: date
) -> dict[str, str]:
    """Give a draft's texts with what publishing adds: version, day, who wrote and checked it, and the changelog."""
    folder = f"guidelines/{draft.guideline}/"
    text = draft.files[f"{folder}guideline.yaml"]
    added: tuple[tuple[tuple[str, ...], str | date], ...] = (
        (("version",), version),
        (("valid_from",), valid_from),
        (("review", "written_by"), authors),
        (("review", "checked_by"), checker),
        (("review", "last_confirmed_on"), as_of),
    )
    for way, value in added:
        text = set_value(text, way, value)
    changes = differences_from(draft)
    log = with_changes(draft.files[f"{folder}CHANGELOG.md"], version, valid_from, because, changes)
    return {**draft.files, f"{folder}guideline.yaml": text, f"{folder}CHANGELOG.md": log}


def differences_from(draft: OpenDraft, language: str = "da") -> tuple[VersionDifference, ...]:
    """Say what a draft changes of the newest version. Raises ContentError where the draft cannot be read."""
    library = library_on(NEWEST)
    changed = library_with(draft.guideline, dict(draft.files))
    was = guideline_in(library, draft.guideline)
    now = guideline_in(changed, draft.guideline)
    if was is None or now is None:
        return ()
    return version_differences(Version(library, was), Version(changed, now), language)


def with_changes(
    changelog: str, version: str, valid_from: date, because: str, changes: tuple[VersionDifference, ...]
) -> str:
    """Put a version on top of a changelog: why, and every difference in words."""
    lines = [f"## {version} (fra {valid_from.day}. {_MONTHS[valid_from.month - 1]} {valid_from.year})", ""]
    lines += [f"- {' '.join(because.split())}"]
    lines += [f"- {difference_line(each)}" for each in changes]
    first = changelog.find("\n## ")
    above, below = (changelog[: first + 1], changelog[first + 1 :]) if first >= 0 else (changelog.rstrip() + "\n\n", "")
    return f"{above}{chr(10).join(lines)}\n" + (f"\n{below}" if below else "")


_MONTHS = (
    *("januar", "februar", "marts", "april", "maj", "juni"),
    *("juli", "august", "september", "oktober", "november", "december"),
)
_KINDS = {"added": "ny", "removed": "udgået", "changed": "ændret"}


def difference_line(each: VersionDifference) -> str:
    """Write a difference as one line of a changelog."""
    what = " ".join(part for part in (each.rule, each.field) if part)
    head = f"{each.chapter}: {what}" if what else each.chapter
    if each.kind != "changed":
        says = each.after or each.before
        return f"{head} ({_KINDS[each.kind]})" + (f": {says}" if says else "")
    return f"{head}: {each.before or '–'} → {each.after or '–'}" if each.before or each.after else f"{head} (ændret)"


def _keep(
    held: Held,
    before: Mapping[str, str],
    version: str,
    valid_from: date,
    files: Mapping[str, str],
    because: str,
    authors: str,
    by: Viewer,
    at: datetime,
) -> Edition:
    """Keep the version; and the one before it, if it came with the program, so that it stays as it was."""
    with transaction.atomic():
        if held.edition_id is None:
            Edition.objects.create(
                guideline=held.guideline,
                version=held.version,
                valid_from=held.valid_from,
                files=dict(before),
                published_at=at,
                authors=guideline_file(dict(before), held.guideline).review.written_by[:400],
            )
        return Edition.objects.create(
            guideline=held.guideline,
            version=version,
            valid_from=valid_from,
            files=dict(files),
            because=because.strip(),
            published_at=at,
            authors=authors[:400],
            checked_by_name=by.name,
        )


def write_files(files: Mapping[str, str], folder: Path) -> list[Path]:
    """Write texts below a folder, byte for byte. Gives the paths that were written."""
    written = []
    for name, text in sorted(files.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
        written.append(path)
    return written


def find_files(guideline: str, version: str) -> dict[str, str] | None:
    """Find a published version's texts."""
    held = next((h for h in held_versions() if (h.guideline, h.version) == (guideline, version)), None)
    return files_in(held) if held else None
