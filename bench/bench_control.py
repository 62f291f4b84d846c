"""How long the control page takes: the cast's Karen, among 2,000 synthetic people, through Django on a real PostgreSQL.

    .venv/bin/python -m bench.bench_control [PATIENTS]

The floor is the page's own SQL, sent again by nothing but the driver.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.database import database, milliseconds, told

TIMES = 60


def bench(patients: int = 2000) -> None:
    """Print the page's time, its size, how much it asks the database, and the floor."""
    with database():
        _measure(patients)


def _measure(patients: int) -> None:
    from django.db import connection, transaction
    from django.test import Client
    from django.urls import reverse
    from django.utils import timezone

    from forloeb.jobs.demo.histories import make_histories
    from forloeb.jobs.demo.people import register_cast

    at = timezone.now()
    as_of = timezone.localdate(at)
    _import_people(patients, at=at)
    demo = register_cast(as_of=as_of, at=at)
    make_histories(demo, as_of=as_of, at=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    client = Client(SERVER_NAME="localhost")
    client.post(reverse("sign-in-persona"), {"persona": "holm"})
    address = reverse("control", args=[demo.patients["karen"].public_id])
    page = client.get(address)
    assert page.status_code == 200, page.status_code
    taken = milliseconds(lambda: client.get(address), times=TIMES)
    asked = recorded(lambda: client.get(address))

    def ask_again() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for sql, parameters in asked:
                cursor.execute(sql, parameters)
                if cursor.description:
                    cursor.fetchall()
            transaction.set_rollback(True)

    print(f"the control page: {told(taken)}; {len(page.content) / 1024:.0f} kB, {len(asked)} statements")
    print(f"floor: its SQL alone: {told(milliseconds(ask_again, times=TIMES))}")


def _import_people(patients: int, *, at: Any) -> None:
    from forloeb.jobs import generating, importing
    from forloeb.terminology import measures

    with tempfile.TemporaryDirectory(prefix="bench-control-") as folder:
        people = Path(folder) / "people"
        people.mkdir()
        recipe = generating.Recipe(practices=1, patients=patients, seed=1, as_of=at.date())
        generating.run(recipe, people, measures=measures(), processes=1)
        importing.run([people], rejects=Path(folder) / "rejects", at=at, tell=lambda _: None)


def recorded(run: Callable[[], object]) -> list[tuple[str, Any]]:
    from django.db import connection

    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        asked.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        run()
    return asked


if __name__ == "__main__":
    bench(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
