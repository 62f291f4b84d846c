"""Searches in tables by declared fields: what a room lets others search by, and the SQL it becomes.

A room declares a `Table` with the fields that may be asked for; a face turns what it is asked into `Condition`s. No
text that comes from outside ever becomes SQL: it is always a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from forloeb.people import prepared

Compared = Literal["=", "<", "<=", ">", ">=", "<>"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is asked for: a piece of SQL, and its parameters in order."""

    sql: str
    parameters: tuple[object, ...] = ()


def any_of(conditions: Sequence[Condition]) -> Condition:
    """Ask for one or more of several things; of nothing at all, for what never is."""
    if not conditions:
        return Condition("false")
    return Condition(
        "(" + " OR ".join(one.sql for one in conditions) + ")", tuple(p for one in conditions for p in one.parameters)
    )


def none_of(condition: Condition) -> Condition:
    """Ask for what is not so; what is not known to be so counts as not so."""
    return Condition(f"(({condition.sql}) IS NOT TRUE)", condition.parameters)


@dataclass(frozen=True, slots=True)
class Code:
    """A field that holds a code, of the system in another column, or of one that is always the same."""

    code: str
    system: str = ""
    always: str = ""

    def is_(self, system: str | None, code: str | None) -> Condition:
        """Ask for a code; `system` None: whichever, "" : without a system; `code` None: any code of the system."""
        parts, given = [], []
        if code is not None:
            parts.append(f"{self.code} = %s")
            given.append(code)
        if system is not None:
            if self.system:
                parts.append(f"{self.system} = %s")
                given.append(system)
            elif system != self.always:
                parts.append("false")
        return Condition("(" + " AND ".join(parts or [f"{self.code} IS NOT NULL"]) + ")", tuple(given))


@dataclass(frozen=True, slots=True)
class Day:
    """A field that holds a calendar day."""

    column: str

    def compared(self, how: Compared, first: date, after: date) -> Condition:
        """Ask for days from `first` and before `after`, or beside them."""
        return _compared(self.column, how, first, after)


@dataclass(frozen=True, slots=True)
class Moment:
    """A field that holds a moment."""

    column: str

    def compared(self, how: Compared, first: datetime, after: datetime) -> Condition:
        """Ask for moments from `first` and before `after`, or beside them."""
        return _compared(self.column, how, first, after)


def _compared(column: str, how: Compared, first: object, after: object) -> Condition:
    match how:
        case "=":
            return Condition(f"({column} >= %s AND {column} < %s)", (first, after))
        case "<>":
            return Condition(f"({column} < %s OR {column} >= %s)", (first, after))
        case "<":
            return Condition(f"{column} < %s", (first,))
        case "<=":
            return Condition(f"{column} < %s", (after,))
        case ">":
            return Condition(f"{column} >= %s", (after,))
    return Condition(f"{column} >= %s", (first,))


@dataclass(frozen=True, slots=True)
class Amount:
    """A field that holds a number with a unit."""

    value: str
    unit: str

    def compared(self, how: Compared, lowest: Decimal, highest: Decimal, unit: str | None) -> Condition:
        """Ask for numbers from `lowest` to before `highest` (what the precision of the question allows), or beside."""
        found = _compared(self.value, how, lowest, highest)
        return found if unit is None else Condition(f"({found.sql} AND {self.unit} = %s)", (*found.parameters, unit))


@dataclass(frozen=True, slots=True)
class Text:
    """A field that holds words: searched from their beginning, or exactly."""

    columns: tuple[str, ...]

    def begins(self, words: str) -> Condition:
        """Ask for what begins with these words, whatever their case."""
        escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return any_of([Condition(f"{column} ILIKE %s", (f"{escaped}%",)) for column in self.columns])

    def contains(self, words: str) -> Condition:
        """Ask for what has these words in it, whatever their case."""
        escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return any_of([Condition(f"{column} ILIKE %s", (f"%{escaped}%",)) for column in self.columns])

    def is_(self, words: str) -> Condition:
        """Ask for exactly these words."""
        return any_of([Condition(f"{column} = %s", (words,)) for column in self.columns])


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID as we write one."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def is_number(text: str) -> bool:
    """Whether a text is one of our numbers."""
    return text.isascii() and text.isdigit() and len(text) <= 18


@dataclass(frozen=True, slots=True)
class Link:
    """A field that names another thing by its id outside: `is_key` tells what can be one."""

    column: str
    kind: str
    is_key: Callable[[str], bool] = is_number

    def is_(self, name: str) -> Condition:
        """Ask for what belongs to that thing."""
        return Condition(f"{self.column} = %s", (name,)) if self.is_key(name) else Condition("false")


Field = Code | Day | Moment | Amount | Text | Link


@dataclass(frozen=True, slots=True)
class Table:
    """What can be searched: where the rows come from, how one is read, and the fields that may be asked for.

    `key` and `patient` are columns with the ids that are used outside; `patient_id` our own. `order` is what comes
    first when nothing is said, and is unique.
    """

    source: str
    columns: str
    read: Callable[..., Any]
    key: str
    order: str
    updated: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    patient_id: str = ""
    is_key: Callable[[str], bool] = is_number


def find(
    table: Table, conditions: Sequence[Condition], *, order: str = "", limit: int = 0, offset: int = 0
) -> tuple[Any, ...]:
    """Give the rows that meet every condition, in order; `limit` 0 gives them all."""
    where = " AND ".join(one.sql for one in conditions) or "true"
    parameters = [p for one in conditions for p in one.parameters]
    ends = f" LIMIT {int(limit)} OFFSET {int(offset)}" if limit else ""
    said = f"SELECT {table.columns} FROM {table.source} WHERE {where} ORDER BY {order or table.order}{ends}"  # noqa: S608
    return tuple(table.read(*row) for row in prepared.rows(said, parameters))


def count(table: Table, conditions: Sequence[Condition]) -> int:
    """Give how many rows meet every condition."""
    where = " AND ".join(one.sql for one in conditions) or "true"
    parameters = [p for one in conditions for p in one.parameters]
    said = f"SELECT count(*) FROM {table.source} WHERE {where}"  # noqa: S608
    return int(prepared.rows(said, parameters)[0][0])


def with_key(table: Table, name: str) -> Condition | None:
    """Ask for one thing by the id that is used outside; None where it can be nobody's id."""
    return Condition(f"{table.key} = %s", (name,)) if table.is_key(name) else None
