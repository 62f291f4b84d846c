"""A control in progress, and how two people in it at the same time lose nothing.

The page carries the fields as they were when it was shown (`base`). When it comes back (`mine`), someone else may
have saved meanwhile (`theirs`). Field by field: who changed it, wins; where both changed it to different things,
mine is kept and the other's is shown beside it, so that a person decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field that both changed, differently. `theirs` is what the other wrote."""

    field: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Merge:
    """The fields after a merge, what came from the other, and what both changed."""

    fields: dict[str, str]
    from_them: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def merge(*, base: Fields, mine: Fields, theirs: Fields) -> Merge:
    """Merge two people's changes to the same page; a field that is absent is empty."""
    fields: dict[str, str] = {}
    from_them, conflicts = [], []
    for name in sorted({*base, *mine, *theirs}):
        was, my, their = (side.get(name, "") for side in (base, mine, theirs))
        value = my
        if their not in (was, my):
            if my == was:
                value = their
                from_them.append(name)
            else:
                conflicts.append(Conflict(name, my, their))
        if value:
            fields[name] = value
    return Merge(fields, tuple(from_them), tuple(conflicts))


@dataclass(frozen=True, slots=True)
class Draft:
    """The newest saved state of a control in progress; number 0 when nothing is saved yet."""

    number: int
    fields: dict[str, str]
    saved_at: datetime | None = None
    saved_by_name: str | None = None
