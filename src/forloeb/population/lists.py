"""The practice's work lists as content: who is on each, what is to be done, and which presses most."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from forloeb.careplans.engine import library
from forloeb.guidelines.library import rows_of
from forloeb.guidelines.results import Source
from forloeb.guidelines.schema import FlagList, InclusionTable, Sourced
from forloeb.kernel.content import Closed, ContentError, Localized, content_folder, read_content

ListName = Literal[
    "over-treatment",
    "admission",
    "no-plan",
    "overdue",
    "above-twice",
    "missing",
    "evidence",
    "plan-not-needed",
    "excluded",
]


class FlagAsked(Closed):
    """A guideline's flag that puts somebody on a list, from an age where one is given."""

    flag: str
    from_age: int = 0


class WorkList(Sourced):
    """One list: its name, what is to be done, and what it looks at where that is not a matter of course."""

    id: ListName
    title: Localized
    do: Localized
    flags: tuple[FlagAsked, ...] = ()
    measures: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    months: int | None = None
    control: bool = Field(True, description="whether a control answers it, so that somebody on it is invited")
    note: str | None = None

    @property
    def source_titles(self) -> tuple[Source, ...]:
        """The sources, as the register has them."""
        return tuple(library().sources[name] for name in self.sources)


class Days(Sourced):
    """A number of days."""

    days: int = Field(gt=0)


class Months(Sourced):
    """A number of months."""

    months: int = Field(gt=0)


class WorkLists(Closed):
    """content/worklists/lists.yaml. The order of the lists is how much they press."""

    lists: tuple[WorkList, ...]
    wait_for_answer: Days
    ask_again: Months

    @model_validator(mode="after")
    def _each_once(self) -> WorkLists:
        names = [one.id for one in self.lists]
        if sorted(names) != sorted(ListName.__args__):  # type: ignore[attr-defined]
            raise ValueError("every list stands once")
        return self

    @property
    def settled_by_control(self) -> frozenset[str]:
        """The lists whose reasons a control answers."""
        return frozenset(one.id for one in self.lists if one.control)

    def __getitem__(self, name: str) -> WorkList:
        return next(one for one in self.lists if one.id == name)


@cache
def work_lists() -> WorkLists:
    """Give this deployment's lists. Raises ContentError."""
    return read_lists(content_folder())


def read_lists(content: Path) -> WorkLists:
    """Read the lists of a content folder. Raises ContentError where they are unsound, or name what no guideline has."""
    path = content / "worklists" / "lists.yaml"
    lists = read_content(path, WorkLists)
    faults = [f"{path}: {fault}" for fault in _unknown(lists)]
    if faults:
        raise ContentError(faults)
    return lists


def _unknown(lists: WorkLists) -> Iterator[str]:
    flags, rules = set(), set()
    for guideline in library().guidelines:
        flags |= {row.rule for table in guideline.all(FlagList) for row in rows_of(table)}
        rules |= {row.rule for table in guideline.all(InclusionTable) for row in rows_of(table)}
    for one in lists.lists:
        yield from (f"'{one.id}': no guideline has the flag '{f.flag}'" for f in one.flags if f.flag not in flags)
        yield from (f"'{one.id}': no inclusion table has the rule '{r}'" for r in one.rules if r not in rules)
        yield from (f"'{one.id}': unknown measure '{m}'" for m in one.measures if m not in library().measures)
        yield from (f"'{one.id}': unknown source '{s}'" for s in one.sources if s not in library().sources)


@cache
def need_of() -> dict[str, int]:
    """Give how much each kind of reason presses; what is planned or begun today stands before all."""
    names = ["planned-today", "draft", *(one.id for one in work_lists().lists)]
    return {name: place for place, name in enumerate(names)}


def overdue_after_months() -> int:
    """Give how long after the last control the next is overdue."""
    months = work_lists()["overdue"].months
    assert months is not None, "the list of overdue controls says after how many months"
    return months
