"""DuckDB: every decision for all people of a snapshot's facts, on one machine, from Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa

from forloeb.guidelines.compiling import Compiler
from forloeb.guidelines.library import Library
from forloeb.population.engines.decisions import Plan, plan
from forloeb.population.facts.columns import fact_columns


@dataclass(frozen=True, slots=True)
class DuckDb:
    """The library's decisions with the numbers that hold on a day, as DuckDB answers them."""

    library: Library
    plan: Plan

    @classmethod
    def on(cls, library: Library, as_of: date) -> DuckDb:
        """Compile a library for a day. Raises CannotCompile."""
        return cls(library, plan(Compiler(library, as_of).guidelines, library.fact_layer.declared))

    def decide(self, facts: pa.Table) -> pa.Table:
        """Give each patient's decisions from facts in memory, in the order of the facts."""
        with _connected() as connection:
            return connection.to_pyarrow(self._asked(connection.create_table("facts", facts)))

    def decide_into(self, facts: Path, out: Path) -> None:
        """Write the decisions about the people of one or more Parquet files (a pattern) to a Parquet file."""
        with _connected() as connection:
            connection.to_parquet(self._asked(connection.read_parquet(facts)), out)

    def _asked(self, relation: ibis.Table) -> ibis.Table:
        columns = fact_columns(self.library.fact_layer.declared, self.library.measures)
        return self.plan.expression(relation, columns)


@contextmanager
def _connected() -> Iterator[ibis.backends.duckdb.Backend]:
    """Open a database of its own in memory; it is gone afterwards."""
    connection = ibis.duckdb.connect()
    try:
        yield connection
    finally:
        connection.disconnect()
