"""A patient's values as the facts ask for them: grouped once, up to and including the day asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property

from forloeb.guidelines.record import Measurement, PatientRecord
from forloeb.kernel.codes import MCS, NPU, Coding
from forloeb.kernel.measures import Measure
from forloeb.kernel.periods import months_before

_SYSTEMS = {"NPU": NPU, "MCS": MCS}


class CodeRanks:
    """The order in which a measure's codes are believed when several stand on one day."""

    def __init__(self, measures: Mapping[str, Measure]) -> None:
        self.measures = measures
        self._ranks = {
            name: {Coding(_SYSTEMS[code.system], code.code): place for place, code in enumerate(measure.read)}
            for name, measure in measures.items()
        }

    def rank(self, measurement: Measurement) -> int:
        """Give the code's place in its measure's list; a code that is not listed comes last."""
        ranks = self._ranks.get(measurement.measure)
        if not ranks or measurement.coding is None:
            return 0
        return ranks.get(measurement.coding, len(ranks))


class History:
    """One patient's values until a day. Those outside what is possible are told apart and never used."""

    def __init__(self, record: PatientRecord, as_of: date, ranks: CodeRanks) -> None:
        self.record = record
        self.as_of = as_of
        self._ranks = ranks
        self._newest: dict[str, Measurement | None] = {}
        self.by_measure: dict[str, list[Measurement]] = {}
        grouped = self.by_measure
        for measurement in record.measurements:
            if measurement.measured_on <= as_of:
                found = grouped.get(measurement.measure)
                if found is None:
                    grouped[measurement.measure] = [measurement]
                else:
                    found.append(measurement)

    @cached_property
    def _latest(self) -> dict[str, Measurement | None]:
        return {}

    def all_of(self, measure: str) -> Sequence[Measurement]:
        """Give every value of a measure, in no order, the impossible ones too."""
        return self.by_measure.get(measure, ())

    def possible(self, measure: str) -> list[Measurement]:
        """Give every value of a measure that can be true, in no order."""
        return [m for m in self.all_of(measure) if self.is_plausible(m)]

    def newest(self, measure: str) -> Measurement | None:
        """Give the newest value, whether it is possible or not: of one day's, the one with the code believed first."""
        if measure not in self._newest:
            self._newest[measure] = self._newest_of(self.all_of(measure))
        return self._newest[measure]

    def latest(self, measure: str, *, within_months: int | None = None) -> Measurement | None:
        """Give the newest value that can be used."""
        if measure not in self.by_measure:
            return None
        found = self._latest.get(measure)
        if found is None:
            found = self.newest(measure)
            if found is not None and not self.is_plausible(found):
                found = self._newest_of(self.possible(measure))
            self._latest[measure] = found
        if found is None or within_months is None or found.measured_on > months_before(self.as_of, within_months):
            return found
        return None

    def same_day(self, measurement: Measurement) -> list[Measurement]:
        """Give all values of the same measure, day and code: more than one may contradict each other."""
        return [
            m
            for m in self.all_of(measurement.measure)
            if m.measured_on == measurement.measured_on and m.coding == measurement.coding
        ]

    def is_plausible(self, measurement: Measurement) -> bool:
        """Whether the value can be true at all."""
        quantity = measurement.quantity
        if quantity is None:
            return True
        measure = self._ranks.measures.get(measurement.measure)
        hard = measure.hard if measure else None
        return hard is None or hard.low <= quantity.value <= hard.high

    def _newest_of(self, measurements: Sequence[Measurement]) -> Measurement | None:
        best: Measurement | None = None
        for measurement in measurements:
            if best is None or self._is_newer(measurement, best):
                best = measurement
        return best

    def _is_newer(self, one: Measurement, other: Measurement) -> bool:
        """Later day; on one day the code believed first; of equals what stands later in a stable order."""
        if one.measured_on != other.measured_on:
            return one.measured_on > other.measured_on
        ranks = self._ranks.rank(one), self._ranks.rank(other)
        if ranks[0] != ranks[1]:
            return ranks[0] < ranks[1]
        return _tie(one) > _tie(other)


def _tie(measurement: Measurement) -> tuple[str, str, str]:
    """Settle equals by what they say, never by the order they came in."""
    quantity = measurement.quantity
    value = "" if quantity is None else f"{quantity.value:020.6f}{quantity.comparator}"
    return (value, measurement.answer or "", measurement.source or "")
