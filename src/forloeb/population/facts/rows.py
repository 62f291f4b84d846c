"""From patients' records to rows of the facts relation, as Arrow tables, by the one feature layer (`guidelines.facts`).

A row holds a patient's number in the relation and the facts; it has no CPR number, name or day of birth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from forloeb.guidelines.history import History
from forloeb.guidelines.library import Library
from forloeb.guidelines.record import PatientRecord
from forloeb.guidelines.results import FactUsed
from forloeb.population.facts.columns import FactColumn, Kind, fact_columns

PATIENT = "patient"
AS_OF = "as_of"
_TYPES = {Kind.NUMBER: pa.decimal128(28, 9), Kind.ANSWER: pa.string(), Kind.YES_NO: pa.bool_()}


class TooFine(ValueError):
    """A number that the relation cannot hold exactly. The number itself is not repeated: it may be personal."""

    def __init__(self, fact: str) -> None:
        super().__init__(f"the fact '{fact}' has more than 9 decimals or 19 digits before them; it is never rounded")


class FactRows:
    """Makes rows for one library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self.columns = fact_columns(library.fact_layer.declared, library.measures)
        self.schema = pa.schema([(PATIENT, pa.int64()), (AS_OF, pa.date32()), *_fields(self.columns.values())])

    def of_records(self, records: Iterable[tuple[int, PatientRecord]], as_of: date) -> pa.Table:
        """Give one row for each patient, by the number given with the record. Raises TooFine."""
        library = self._library
        histories = ((number, History(record, as_of, library.measures, library.ranks)) for number, record in records)
        return self.of_facts(((number, library.fact_layer.compute(h)[0]) for number, h in histories), as_of)

    def of_facts(self, patients: Iterable[tuple[int, Mapping[str, FactUsed]]], as_of: date) -> pa.Table:
        """Give one row for each patient, from facts already worked out. Raises TooFine."""
        held: dict[str, list[Any]] = {name: [] for name in self.schema.names}
        for number, facts in patients:
            held[PATIENT].append(number)
            held[AS_OF].append(as_of)
            for column in self.columns.values():
                _add(held, column, facts[column.fact])
        return pa.table({name: self._array(name, values) for name, values in held.items()}, schema=self.schema)

    def _array(self, name: str, values: list[Any]) -> pa.Array:
        try:
            return pa.array(values, self.schema.field(name).type)
        except pa.ArrowInvalid:
            raise TooFine(name) from None


def _fields(columns: Iterable[FactColumn]) -> Iterable[tuple[str, pa.DataType]]:
    for column in columns:
        yield column.fact, _TYPES[column.kind]
        if column.kind is Kind.NUMBER:
            yield column.comparator, pa.string()
        yield column.day, pa.date32()


def _add(held: Mapping[str, list[Any]], column: FactColumn, fact: FactUsed) -> None:
    value = fact.value
    held[column.fact].append(value)
    if column.kind is Kind.NUMBER:
        assert value is None or isinstance(value, Decimal)
        held[column.comparator].append(fact.comparator)
    held[column.day].append(fact.on)
