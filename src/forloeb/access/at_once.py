"""Open a patient, write it in the log, and ask or record: in one question, for the practice that has them today.

The rule is `open_patient`'s, the entry is the same, and row-level security holds as ever; what is not found here has
not been opened, and is asked again the longer way, which says why not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from forloeb.access import policies
from forloeb.access.queries import noted, on_our_list
from forloeb.people.at_once import ask_once
from forloeb.people.searching import Condition, Table
from forloeb.people.viewers import Viewer, ViewerKind


def may_ask_at_once(viewer: Viewer) -> bool:
    """Whether the rule is the one that these questions hold: a practice, and its own list."""
    return viewer.kind is ViewerKind.PRACTICE and viewer.organization_id is not None


def read_one(
    table: Table, conditions: Sequence[Condition], *, seen_by: Viewer, as_of: date, event: str, holds: Condition
) -> Any | None:
    """Find one row about a patient, open the patient and write it down. None: nothing was found, and nothing opened."""
    entry = _entry(table.patient_id, seen_by, event)
    every = [*conditions, on_our_list(seen_by, as_of), holds]
    sql = f"SELECT {table.columns}, {entry.sql} FROM {table.source} WHERE {_all(every)}"  # noqa: S608
    rows = ask_once(seen_by, sql, _parameters([entry, *every]))
    return table.read(*rows[0][:-1]) if len(rows) == 1 else None


def search_one(
    table: Table,
    conditions: Sequence[Condition],
    *,
    patient: UUID,
    order: str,
    limit: int,
    seen_by: Viewer,
    as_of: date,
    event: str,
    holds: Condition,
) -> tuple[tuple[Any, ...], int] | None:
    """Open one patient, write it down, and find rows about them, with how many there are. None: nothing was opened."""
    entry = _entry("p.id", seen_by, event)
    whose = [holds, on_our_list(seen_by, as_of), Condition("p.public_id = %s", (patient,))]
    opened = f"SELECT p.id, {entry.sql} FROM people_patient p WHERE {_all(whose)}"  # noqa: S608
    where = _all([*conditions, Condition(f"{table.patient_id} = opened.id")])
    found = (
        f"SELECT {table.columns}, count(*) OVER () FROM {table.source} "  # noqa: S608
        f"WHERE {where} ORDER BY {order or table.order} LIMIT {int(limit)}"
    )
    # The entry is written once, whatever is found: what is materialized is made once.
    asked = (
        f"WITH opened AS MATERIALIZED ({opened}) "  # noqa: S608
        f"SELECT found.* FROM opened LEFT JOIN LATERAL ({found}) found ON true"
    )
    rows = ask_once(seen_by, asked, _parameters([entry, *whose, *conditions]))
    if not rows:
        return None
    if rows[0][-1] is None:
        return (), 0
    return tuple(table.read(*row[:-1]) for row in rows), int(rows[0][-1])


def _entry(patient: str, viewer: Viewer, event: str) -> Condition:
    return noted(viewer, patient=patient, event=event, action="read", rule=policies.ON_OUR_LIST)


def _all(conditions: Sequence[Condition]) -> str:
    return " AND ".join(one.sql for one in conditions)


def _parameters(conditions: Sequence[Condition]) -> list[object]:
    return [given for one in conditions for given in one.parameters]
