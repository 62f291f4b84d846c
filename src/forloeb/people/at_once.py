"""Questions that are asked thousands of times a second: one transaction, one journey to the database and back.

Django's transaction is a journey to begin it, one to tell PostgreSQL who looks, and one to end it. Here these travel
together with the question, in psycopg's pipeline. Row-level security sees the same viewer, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

from forloeb.people.viewers import TELL, Viewer, told

Row = tuple[Any, ...]


@contextmanager
def _driver() -> Iterator[psycopg.Connection[Row]]:
    """Give the driver's own connection: the pool's where there is one, else Django's."""
    pool = getattr(connection, "pool", None)  # Django's wrapper for PostgreSQL has one where settings say so
    if pool is None:
        connection.ensure_connection()
        yield connection.connection
        return
    pool.open()  # nothing happens when it is open
    with pool.connection() as found:
        if not found.autocommit:  # as Django has them; a connection is new but once
            found.autocommit = True
        yield found


def ask_once(viewer: Viewer, question: str, parameters: Sequence[Any]) -> list[Row]:
    """Ask one question through a viewer's eyes, in a transaction of its own that has lasted when this returns."""
    with connection.wrap_database_errors, _driver() as driver:
        # Until the pipeline ends, all in it is one transaction: what is told holds for the question, and no longer.
        with driver.pipeline():
            _cursor(driver).execute(TELL, told(viewer), prepare=True)
            asked = _cursor(driver).execute(question, parameters, prepare=True)
        return asked.fetchall()


def _cursor(driver: psycopg.Connection[Row]) -> psycopg.Cursor[Row]:
    """Give a cursor that binds parameters at the server; Django's own puts them into the text."""
    return psycopg.Cursor(driver)
