"""How fast the log is written by one and by several writers, each entry durable before the next.

    .venv/bin/python -m bench.bench_audit

Writers are processes of their own, each with one connection and a prepared statement, so that the database is measured
and not a Python that eight threads share. The floor is the same fields inserted bare into a table of their own, a row a
transaction; the path of a page, Django and all, is measured beside it.
"""

from __future__ import annotations

import subprocess
import sys
import time

from bench.database import database, milliseconds, told

WRITERS = (1, 8)
SECONDS = 3.0
_FIELDS = "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12"
_APPEND = f"SELECT audit.append({_FIELDS})"
_BARE = f"INSERT INTO floor VALUES (clock_timestamp(), {_FIELDS})"
_ENTRY = (
    b"read",
    b"control",
    b"practice",
    b"1",
    b"1",
    b"nurse",
    b"1",
    b"1",
    b"on-our-list",
    b"treatment",
    b"plan",
    b"{}",
)


def bench() -> None:
    """Print entries a second beside the floor, what a page waits for its entry, and how long a verification takes."""
    with database():
        from django.db import connections, transaction

        from forloeb.audit.actions import append
        from forloeb.audit.queries import count_entries, find_faults

        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "CREATE TABLE floor (at timestamptz, action text, event text, viewer text, login bigint,"
                " organization bigint, role text, practitioner bigint, patient bigint, rule text, reason text,"
                " data text, detail json)"
            )
            cursor.execute("GRANT INSERT ON floor TO forloeb_app")
        for writers in WRITERS:
            written, bare = _rate(_APPEND, writers), _rate(_BARE, writers)
            print(
                f"{writers} writers, an entry a transaction: {written:,.0f} entries/s (floor, bare rows: {bare:,.0f})"
            )

        def in_a_page() -> None:
            append(action="read", event="control", viewer="practice", login_id=1, patient_id=1, rule="on-our-list")

        with transaction.atomic():
            print(f"within a page's transaction: {told(milliseconds(in_a_page, times=50))}")
        started = time.perf_counter()
        assert find_faults() == []
        taken = time.perf_counter() - started
        print(f"all {count_entries():,} entries verified: {taken:.2f} s")


def _rate(statement: str, writers: int) -> float:
    """Run a statement in its own transaction by several processes at once; give how many a second."""
    command = [sys.executable, "-m", "bench.bench_audit", _address(), statement]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(writers)
    ]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return sum(float(process.communicate()[0]) for process in started)


def _address() -> str:
    from django.db import connections
    from psycopg.conninfo import make_conninfo

    settings = connections["default"].settings_dict
    return make_conninfo(
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        host=settings["HOST"],
        options=settings["OPTIONS"]["options"],
    )


def write(address: str, statement: str) -> None:
    """Be one writer: say when ready, begin when told, print how many a second were written."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        run = connection.pgconn.exec_prepared
        connection.pgconn.prepare(b"write", statement.encode())
        print("ready", flush=True)
        sys.stdin.readline()
        written, started = 0, time.perf_counter()
        while (taken := time.perf_counter() - started) < SECONDS:
            result = run(b"write", _ENTRY)
            written += 1
        assert result.status in (psycopg.pq.ExecStatus.TUPLES_OK, psycopg.pq.ExecStatus.COMMAND_OK), (
            result.error_message
        )
        print(written / taken)


if __name__ == "__main__":
    write(*sys.argv[1:]) if sys.argv[1:] else bench()
