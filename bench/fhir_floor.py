"""What no FHIR server can do without: an answer over HTTP from one bare SELECT, or one bare INSERT, of the same bytes.

A WSGI application for the same web server, with the same number of connections to the same PostgreSQL: no sign-in, no
access, no log, nothing read or written as FHIR.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from psycopg_pool import ConnectionPool

_POOL = ConnectionPool(os.environ["BENCH_FLOOR_URL"], min_size=8, max_size=8, kwargs={"autocommit": True})
_HEAD = [("Content-Type", "application/fhir+json")]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Give the bytes of `/<id>`, or keep the bytes that are sent, under their own id each."""
    with _POOL.connection() as connection:
        if environ["REQUEST_METHOD"] == "GET":
            row = connection.execute(
                "SELECT said FROM bench_floor WHERE id = %s", [environ["PATH_INFO"][1:]], prepare=True
            ).fetchone()
            body = row[0] if row else b""
        else:
            sent = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            connection.execute("INSERT INTO bench_floor (said) VALUES (%s)", [sent], prepare=True, binary=True)
            body = b""
    start_response("200 OK", [*_HEAD, ("Content-Length", str(len(body)))])
    return [body]
