"""Where somebody on the list stands: to be acted on, or left out of a list by a diagnosis. Each stands in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from forloeb.population.worklist import Entry

Place = Literal["today", "open", "left-out"]

PLACES: tuple[Place, ...] = ("today", "open", "left-out")


def place_of(entry: Entry) -> Place:
    """Give the one place where an entry stands."""
    if entry.is_today:
        return "today"
    return "left-out" if entry.is_left_out else "open"


def by_place(entries: Sequence[Entry]) -> Mapping[Place, tuple[Entry, ...]]:
    """Divide the entries by place; each is in one, and their order is kept."""
    return {place: tuple(one for one in entries if place_of(one) == place) for place in PLACES}
