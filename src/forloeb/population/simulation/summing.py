"""Effects of many people added up, and what of it others than their practice may read. Pure; stored as JSON."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from forloeb.population.simulation.effects import AGE_BANDS, Effect, Person

SMALLEST = 5
"""The smallest count that others than the practice read; a smaller one could point at somebody."""


@dataclass(slots=True)
class Line:
    """One group, goal or task. A count of None is too small to be shown."""

    name: str
    people: int | None = 0
    """How many there are in the group; for a goal or a task, how many it concerns."""
    changed: int | None = 0
    comes_in: int | None = 0
    goes_out: int | None = 0
    minutes: int | None = 0
    before: str = ""
    after: str = ""


@dataclass(slots=True)
class Summed:
    """What a draft would change among some people."""

    people: int = 0
    changed: int | None = 0
    minutes: int | None = 0
    minutes_each: dict[str, int] = field(default_factory=dict)
    enters: list[Line] = field(default_factory=list)
    leaves: list[Line] = field(default_factory=list)
    targets: list[Line] = field(default_factory=list)
    flips: list[Line] = field(default_factory=list)
    tasks: list[Line] = field(default_factory=list)
    groups: dict[str, list[Line]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Give the sums as they are stored."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Summed:
        """Read what `to_json` gave."""
        read = dict(stored)
        for name in ("enters", "leaves", "targets", "flips", "tasks"):
            read[name] = [Line(**line) for line in stored[name]]
        read["groups"] = {axis: [Line(**line) for line in found] for axis, found in stored["groups"].items()}
        return cls(**read)


AXES = ("age", "sex", "disease", "frailty")


def summed(found: Iterable[tuple[Person, Effect]], minutes_each: Mapping[str, int]) -> Summed:
    """Add up what changes for each person; `minutes_each` is what one task of each kind takes."""
    total = Summed(minutes_each=dict(minutes_each))
    enters: Counter[str] = Counter()
    leaves: Counter[str] = Counter()
    targets: Counter[tuple[str, str, str]] = Counter()
    flips: defaultdict[str, Line] = defaultdict(lambda: Line(""))
    tasks: defaultdict[str, Counter[str]] = defaultdict(Counter)
    groups: dict[tuple[str, str], Line] = {}
    for person, effect in found:
        minutes = sum(minutes_each.get(kind, 0) * count for kind, count in effect.added.items())
        minutes -= sum(minutes_each.get(kind, 0) * count for kind, count in effect.removed.items())
        total.people += 1
        total.changed = (total.changed or 0) + effect.is_any
        total.minutes = (total.minutes or 0) + minutes
        enters.update(effect.enters)
        leaves.update(effect.leaves)
        targets.update(effect.targets)
        for measure in effect.comes_in:
            _add(flips[measure], comes_in=1)
        for measure in effect.goes_out:
            _add(flips[measure], goes_out=1)
        for kind, count in effect.added.items():
            tasks[kind].update(people=1, added=count)
        for kind, count in effect.removed.items():
            tasks[kind].update(people=0 if kind in effect.added else 1, removed=count)
        for axis, name in person.groups():
            line = groups.setdefault((axis, name), Line(name))
            _add(line, people=1, changed=int(effect.is_any), minutes=minutes)
            _add(line, comes_in=int(bool(effect.comes_in)), goes_out=int(bool(effect.goes_out)))
    total.enters = [Line(name, people=count) for name, count in sorted(enters.items())]
    total.leaves = [Line(name, people=count) for name, count in sorted(leaves.items())]
    total.targets = [
        Line(measure, people=count, before=before, after=after)
        for (measure, before, after), count in sorted(targets.items(), key=lambda item: (-item[1], item[0]))
    ]
    for measure in sorted(flips):
        flips[measure].name = measure
        total.flips.append(flips[measure])
    total.tasks = [_task(kind, tasks[kind], minutes_each.get(kind, 0)) for kind in minutes_each if kind in tasks]
    total.groups = {axis: _sorted(axis, groups) for axis in AXES}
    return total


def _task(kind: str, counts: Mapping[str, int], minutes: int) -> Line:
    added, removed = counts.get("added", 0), counts.get("removed", 0)
    return Line(kind, people=counts["people"], comes_in=added, goes_out=removed, minutes=minutes * (added - removed))


def _add(line: Line, **counts: int) -> None:
    for name, count in counts.items():
        setattr(line, name, (getattr(line, name) or 0) + count)


def _sorted(axis: str, groups: Mapping[tuple[str, str], Line]) -> list[Line]:
    names = [f"{low}-" for low, _ in AGE_BANDS]
    lines = [line for (of, _), line in groups.items() if of == axis]
    if axis == "age":
        return sorted(lines, key=lambda line: next(i for i, name in enumerate(names) if line.name.startswith(name)))
    return sorted(lines, key=lambda line: line.name)


def for_others(whole: Summed) -> Summed:
    """Give the same without what could point at somebody: small counts, and one more where only one would be hidden.

    A small remainder is hidden too, for it is the group less what is shown of it.
    """
    shown = Summed.from_json(whole.to_json())
    for lines in (shown.enters, shown.leaves, shown.targets, shown.flips, shown.tasks):
        for line in lines:
            if any(_is_small(count) for count in (line.people, line.comes_in, line.goes_out)):
                _hide(line)
    if _is_part_small(shown.changed, shown.people):
        shown.changed = shown.minutes = None
    for lines in shown.groups.values():
        hidden = [line for line in lines if _group_is_small(line)]
        rest = [line for line in lines if line not in hidden and line.people]
        if len(hidden) == 1 and rest:
            hidden.append(min(rest, key=lambda line: (line.people or 0, line.name)))
        for line in hidden:
            _hide(line)
    return shown


def _hide(line: Line) -> None:
    line.people = line.changed = line.comes_in = line.goes_out = line.minutes = None


def _is_small(count: int | None) -> bool:
    return count is not None and 0 < count < SMALLEST


def _is_part_small(part: int | None, whole: int | None) -> bool:
    return _is_small(part) or (part is not None and whole is not None and _is_small(whole - part))


def _group_is_small(line: Line) -> bool:
    parts = (line.changed, line.comes_in, line.goes_out)
    return _is_small(line.people) or any(_is_part_small(part, line.people) for part in parts)
