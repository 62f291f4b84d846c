"""Writes the log. An entry is part of the transaction it tells of: what is answered has been written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import orjson
import psycopg
from django.db import connections

from forloeb.audit.kinds import kind_of_data

Action = Literal["read", "write", "refused"]

_APPEND = "SELECT audit.append(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
# Where the entry is part of a question, parameters have no type but the one that is said.
_APPENDING = """audit.append(%s::audit.action, %s::text, %s::text, %s::bigint, %s::bigint, %s::text, %s::bigint,
 {patient}, %s::text, %s::text, %s::text, %s::json)"""


def append(
    *,
    action: Action,
    event: str,
    viewer: str,
    login_id: int | None = None,
    organization_id: int | None = None,
    role: str | None = None,
    practitioner_id: int | None = None,
    patient_id: int | None = None,
    rule: str | None = None,
    reason: str | None = None,
    data: str | None = None,
    detail: Mapping[str, object] | None = None,
    using: str = "default",
) -> None:
    """Add one entry: what was done (`event`), by whom, for which organization, to whom, why, by which rule.

    `reason` is a short code (`treatment`, `emergency`); `data` is the kind of data, the event's own unless given.
    `detail` carries kinds and ids, never values, names or CPR numbers.
    """
    said = orjson.dumps(detail or {}).decode()
    kind = data or kind_of_data(event)
    who = (viewer, login_id, organization_id, role, practitioner_id)
    connection = connections[using]
    connection.ensure_connection()
    # Past Django's own cursor, which sends the text anew each time: the server keeps this statement prepared.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_APPEND, (action, event, *who, patient_id, rule, reason, kind, said), prepare=True)


def appending(
    *,
    patient: str,
    action: Action,
    event: str,
    viewer: str,
    login_id: int | None,
    organization_id: int | None,
    role: str | None,
    practitioner_id: int | None,
    rule: str,
    reason: str,
) -> tuple[str, tuple[object, ...]]:
    """Give an entry as a piece of SQL and its parameters: each row that a question finds is then written down.

    `patient` is the column, one of ours, that tells whom the row is about.
    """
    who = (viewer, login_id, organization_id, role, practitioner_id)
    return _APPENDING.format(patient=patient), (action, event, *who, rule, reason, kind_of_data(event), "{}")
