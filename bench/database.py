"""A real PostgreSQL of our own for a benchmark, with all tables, gone afterwards; and how times are taken."""

from __future__ import annotations

import math
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forloeb.config.settings")
os.environ.setdefault("FORLOEB_SECRET_KEY", "only-for-benchmarks")
os.environ["FORLOEB_DATABASE_POOL"] = "0"
os.environ["FORLOEB_DEMO"] = "1"


@contextmanager
def database() -> Iterator[dict[str, str]]:
    """Start a server with our tables, point Django at it; remove it at the end. Gives the logins' addresses."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from forloeb.adapters import postgres
    from forloeb.config.database import database_settings

    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    server = postgres.start(folder / "data")
    try:
        addresses = postgres.environment(server)
        for alias, settings in database_settings({**addresses, "FORLOEB_DATABASE_POOL": "0"}).items():
            connections[alias].close()
            connections[alias].settings_dict.update(settings)
            connections.settings[alias].update(settings)
        call_command("migrate", database="owner", verbosity=0)
        yield addresses
    finally:
        connections.close_all()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def milliseconds(run: Callable[[], object], *, times: int, warm: int = 3) -> list[float]:
    """Run something a few times unmeasured, then `times` times; give the times, sorted."""
    for _ in range(warm):
        run()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)


def told(taken: list[float]) -> str:
    """Say the middle and the slow end of some times."""
    return f"{statistics.median(taken):.2f} ms (19 of 20 within {taken[math.ceil(len(taken) * 0.95) - 1]:.2f} ms)"
