"""The practice's work list: sorted, narrowed, a page at a time, and kept fresh while it is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from forloeb.population.lists import ListName
from forloeb.population.standing import Place
from forloeb.population.totals import Totals, add_up
from forloeb.population.worklist import Entry, by_place, find_entries, mark_of, note_seen
from forloeb.web.asking import Asking

Order = Literal["need", "name", "age", "last-review"]

PAGE = 50
"""Rows on a page."""
FRESH_SECONDS = 30
"""How often an open list asks whether it has changed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What of the list is shown, and how it was asked for."""

    today: Sequence[Entry]
    entries: Sequence[Entry]
    counts: Mapping[Place, int]
    totals: Totals
    place: Place
    list: str
    order: Order
    page: int
    pages: int
    mark: str
    is_still: bool

    def address(self, **changed: str | int) -> str:
        """Give the address of the list as it is shown, but for what is changed."""
        asked: dict[str, str | int] = {"place": self.place, "list": self.list, "order": self.order, "page": self.page}
        asked |= {"still": "1" if self.is_still else "", **changed}
        usual: dict[str, str | int] = {"place": "open", "list": "", "order": "need", "page": 1, "still": ""}
        return "?" + urlencode({name: value for name, value in asked.items() if value != usual.get(name)})


def shown_list(request: HttpRequest, asking: Asking, *, noted: bool = True) -> Shown:
    """Find what is asked for; what cannot be asked for is as if it was not."""
    if noted:
        note_seen(asking.viewer)
    entries = find_entries(seen_by=asking.viewer, as_of=asking.as_of)
    asked = request.GET
    places = by_place(entries)
    place: Place = asked["place"] if asked.get("place") in places and asked["place"] != "today" else "open"  # type: ignore[assignment]
    name = asked["list"] if asked.get("list") in get_args(ListName) else ""
    order: Order = asked["order"] if asked.get("order") in get_args(Order) else "need"  # type: ignore[assignment]
    here = places[place]
    rows = sort([e for e in here if not name or any(r.kind == name for r in e.reasons)], order)
    pages = max(1, -(-len(rows) // PAGE))
    number = asked.get("page", "1")
    page = min(int(number), pages) if number.isascii() and number.isdecimal() and int(number) else 1
    return Shown(
        places["today"],
        rows[(page - 1) * PAGE : page * PAGE],
        {where: len(found) for where, found in places.items()},
        add_up(here),
        place,
        name,
        order,
        page,
        pages,
        mark_of(entries),
        asked.get("still") == "1",
    )


def show_list(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Give the list alone. Who shows it already, by its mark, is told that nothing has changed, and saw nothing."""
    shown = shown_list(request, asking, noted=False)
    if request.GET.get("mark") == shown.mark:
        return HttpResponse(status=204)
    note_seen(asking.viewer)
    return render(request, "start_list.html.j2", {"asking": asking, "work": shown})


def sort(entries: list[Entry], order: Order) -> list[Entry]:
    """Order the list: by need (as it comes), name, age or how long ago the last control was."""
    match order:
        case "name":
            return sorted(entries, key=lambda e: (e.family_name, e.given_name))
        case "age":
            return sorted(entries, key=lambda e: -e.age)
        case "last-review":
            return sorted(entries, key=lambda e: (e.last_review_on is not None, e.last_review_on))
    return entries
