"""How fast the log is written: several writers, each entry durable before anything is answered, the chains whole after.

    .venv/bin/python -m bench.bench_audit

The floor is the same rows, one transaction each, inserted bare into a table of their own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from bench.database import database

WRITERS = (1, 8, 24)
SECONDS = 2.0

_APPEND = "SELECT audit.append('read', 'control', 'practice', 1, 1, 'nurse', 1, 'on-our-list', '{\"practitioner\": 1}')"
_BARE = "INSERT INTO floor VALUES (clock_timestamp(), 'read', 'control', 'practice', 1, 1, 'nurse', 1, 'on-our-list')"


def bench() -> None:
    """Print entries a second by one and several writers, the floor, and how long a verification takes."""
    with database():
        from django.db import connections

        from forloeb.audit.queries import count_entries, find_faults

        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "CREATE TABLE floor (at timestamptz, action text, event text, viewer text, login bigint,"
                " organization bigint, role text, patient bigint, rule text)"
            )
            cursor.execute("GRANT INSERT ON floor TO forloeb_app")
        for writers in WRITERS:
            print(f"{writers} writers, an entry a transaction: {_rate(_APPEND, writers):,.0f} entries/s")
        started = time.perf_counter()
        assert find_faults() == []
        taken = time.perf_counter() - started
        print(f"all {count_entries():,} entries verified: {taken:.2f} s")
        print(f"floor: {WRITERS[-1]} writers, bare rows: {_rate(_BARE, WRITERS[-1]):,.0f} rows/s")


def _rate(statement: str, writers: int) -> float:
    """Run a statement in its own transaction by several connections at once; give how many a second."""
    counts: list[int] = []
    until = time.perf_counter() + SECONDS
    threads = [threading.Thread(target=_write, args=(statement, until, counts.append)) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def _write(statement: str, until: float, tell: Callable[[int], None]) -> None:
    import psycopg
    from django.db import connections

    settings = connections["default"].settings_dict
    with psycopg.connect(
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        host=settings["HOST"],
        options=settings["OPTIONS"]["options"],
        autocommit=True,
    ) as connection:
        count = 0
        while time.perf_counter() < until:
            connection.execute(statement)
            count += 1
        tell(count)


if __name__ == "__main__":
    bench()
