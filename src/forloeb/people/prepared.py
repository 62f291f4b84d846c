"""Questions that every page asks: planned once for each connection, not once for each page.

Row-level security makes a question long to plan, many times longer than to answer. Django sends each question as text,
so that PostgreSQL plans it anew; these go past Django's cursor, and the server keeps their plans.
"""

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
