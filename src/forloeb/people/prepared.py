"""Questions that every page asks, past Django's cursor: planned the first time that a connection is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection


def rows(question: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Ask inside the viewer's transaction, and give every row."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(question, parameters, prepare=True)
        return cursor.fetchall()
