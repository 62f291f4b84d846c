"""How fast the four reports come over the whole nation, from the months kept and from every event.

    .venv/bin/python -m bench.bench_statistics

The nation is synthetic: 1,782 practices and a third of a million saved plans. The floor is the bare sum over the rows
that the reports read.
"""

from __future__ import annotations

import time
from datetime import date

from bench.database import database, milliseconds, told

_FLOORS = {
    "MONTHS": "SELECT month, kind, sum(plans) FROM careplans_planmonth GROUP BY 1, 2",
    "EVENTS": "SELECT kind, count(*) FROM careplans_planevent GROUP BY 1",
}


def bench() -> None:
    """Print how long the nation took to make, and each source's reports beside the floor."""
    with database():
        from django.db import connections

        from forloeb.jobs.nation import run
        from forloeb.population.statistics.reports import get_reports
        from forloeb.population.statistics.scope import Scope, Source

        started = time.perf_counter()
        plans = run(1, tell=lambda _: None)
        print(f"a nation of {plans:,} saved plans made in {time.perf_counter() - started:.1f} s")
        year = Scope(date(2024, 3, 1), date(2025, 2, 1))
        for source in Source:

            def reports(source: Source = source) -> None:
                get_reports(year, source=source, using="loader")

            def floor(source: Source = source) -> None:
                with connections["loader"].cursor() as cursor:
                    cursor.execute(_FLOORS[source.name])
                    cursor.fetchall()

            print(
                f"four reports of a year, nation, from {source.name.lower()}: {told(milliseconds(reports, times=15))}"
                f" (floor, one bare sum: {told(milliseconds(floor, times=15))})"
            )


if __name__ == "__main__":
    bench()
