"""Published versions of guidelines as files, for version control: byte for byte what was published."""

from __future__ import annotations

from pathlib import Path

from forloeb.editions.holding import NEWEST, files_in, held_versions, holding_on
from forloeb.editions.publishing import write_files


class NoSuchVersion(LookupError):
    """No version by that name has been published; the text says which there are."""


def export(folder: Path, guideline: str | None, version: str | None) -> list[str]:
    """Write the newest version of each guideline, or the one named, below a folder as the content has them.

    Gives a line for each. A file that a version no longer has is left where it is. Raises NoSuchVersion.
    """
    found = held_versions()
    if version:
        chosen = [held for held in found if (held.guideline, held.version) == (guideline, version)]
    else:
        chosen = [held for held in holding_on(found, NEWEST) if guideline in (None, held.guideline)]
    if not chosen:
        known = ", ".join(f"{held.guideline} {held.version}" for held in found)
        raise NoSuchVersion(f"no such version; there are: {known}")
    lines = []
    for held in chosen:
        written = write_files(files_in(held), folder)
        lines.append(
            f"{held.guideline} {held.version} (holds from {held.valid_from}): {len(written)} files in {folder}"
        )
    return lines
