"""How long the guidelines take on many people: 100,000 rows of facts in Parquet, every rule, by DuckDB.

    .venv/bin/python -m bench.bench_population

The people are drawn once (2,000 with facts of every kind) and repeated. The floor is the same Parquet read by the same
database, each column counted. Beside it: making the facts from records, one patient after another.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import duckdb
import pyarrow.parquet as pq

from forloeb.guidelines.library import Library
from forloeb.guidelines.record import Condition, Measurement, Medication, PatientRecord
from forloeb.kernel.codes import ICPC2_DK, Coding
from forloeb.kernel.content import content_folder
from forloeb.kernel.identifiers import Sex
from forloeb.kernel.quantities import Quantity
from forloeb.population.engines.duckdb import DuckDb
from forloeb.population.facts.rows import FactRows
from forloeb.terminology import measures

AS_OF = date(2026, 3, 1)
DRAWN, TIMES = 2_000, 50
_VALUES = {
    "hba1c": (38, 90),
    "ldl": (1, 5),
    "egfr": (15, 110),
    "uacr": (5, 400),
    "sbp_home": (105, 170),
    "bmi": (18, 40),
}
_DISEASES = ("T90", "R95", "K76", "K75", "K90", "K77")
_MEDICINES = ("A10BA02", "A10BK03", "C10AA05", "C09AA02", "B01AC06", "R03BB04")


def bench() -> None:
    """Print the times beside the floor."""
    library = Library.load(content_folder(), measures())
    random = Random(1)
    people = [(number, _person(random)) for number in range(DRAWN)]
    FactRows(library).of_records(people[:1], AS_OF)  # what is loaded at the first use is not counted
    started = time.perf_counter()
    table = FactRows(library).of_records(people, AS_OF)
    print(f"facts from records: {DRAWN / (time.perf_counter() - started):,.0f} patients/s")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        pq.write_table(table, folder / "drawn.parquet")
        facts = folder / "facts.parquet"
        duckdb.sql(f"FROM '{folder / 'drawn.parquet'}', range({TIMES})").project("* EXCLUDE (range)").write_parquet(
            str(facts)
        )
        engine = DuckDb.on(library, AS_OF)
        print(
            f"{DRAWN * TIMES:,} people, {len(engine.plan.answered)} tables and rules, from Parquet to Parquet:"
            f" {_seconds(lambda: engine.decide_into(facts, folder / 'decided.parquet')):.2f} s"
        )
        counted = f"SELECT COUNT(COLUMNS(*)) FROM '{facts}'"
        floor = _seconds(lambda: duckdb.sql(counted).fetchall())
        print(f"floor: the same Parquet read, each column counted: {floor:.2f} s")


def _person(random: Random) -> PatientRecord:
    known = measures()
    values = [
        Measurement(name, AS_OF - timedelta(days=random.randrange(900)), Quantity(Decimal(number), known[name].unit))
        for name, (low, high) in _VALUES.items()
        for number in [random.randint(low, high)]
        for _ in range(random.randrange(4))
    ]
    return PatientRecord(
        date(random.randint(1935, 1990), 5, 1),
        random.choice([Sex.FEMALE, Sex.MALE]),
        values,
        [Condition(Coding(ICPC2_DK, code), _day(random)) for code in random.sample(_DISEASES, random.randrange(4))],
        [Medication(code, _day(random)) for code in random.sample(_MEDICINES, random.randrange(5))],
    )


def _day(random: Random) -> date:
    return AS_OF - timedelta(days=random.randrange(5000))


def _seconds(run: Callable[[], object]) -> float:
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return min(taken)


if __name__ == "__main__":
    bench()
