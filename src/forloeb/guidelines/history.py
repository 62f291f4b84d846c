"""A patient's record as the facts ask for it: grouped once, up to and including the day asked about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from forloeb.guidelines.record import Condition, Measurement, Medication, PatientRecord
from forloeb.kernel.codes import MCS, NPU, Coding
from forloeb.kernel.measures import Measure
from forloeb.kernel.periods import months_before

_SYSTEMS = {"NPU": NPU, "MCS": MCS}


class CodeRanks:
    """The order in which a measure's codes are believed when several stand on one day."""

    def __init__(self, measures: Mapping[str, Measure]) -> None:
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
    """One patient's record on one day. Values outside what is possible are told apart and never used."""

    def __init__(self, record: PatientRecord, as_of: date, measures: Mapping[str, Measure], ranks: CodeRanks) -> None:
        self.record = record
        self.as_of = as_of
        self._measures = measures
        self._ranks = ranks
        grouped: defaultdict[str, list[Measurement]] = defaultdict(list)
        for measurement in record.measurements:
            if measurement.measured_on <= as_of:
                grouped[measurement.measure].append(measurement)
        self.grouped: Mapping[str, Sequence[Measurement]] = grouped
        """Every value by its measure, in no order."""
        self._usable: dict[str, Sequence[Measurement]] = {}
        self._newest = {name: self._newest_of(found) for name, found in grouped.items()}
        self._latest = {name: self._usable_latest(name, best) for name, best in self._newest.items()}

    def all_of(self, measure: str) -> Sequence[Measurement]:
        """Give every value of a measure, in no order."""
        return self.grouped.get(measure, ())

    def newest(self, measure: str) -> Measurement | None:
        """Give the newest value, whether it is possible or not: of one day's, the one with the code believed first."""
        return self._newest.get(measure)

    def _newest_of(self, measurements: Sequence[Measurement]) -> Measurement:
        best = measurements[0]
        day = best.measured_on
        for measurement in measurements:
            # Most differ by their day, and nothing else need be looked at then.
            if measurement.measured_on < day or measurement is best:
                continue
            if measurement.measured_on > day or self._is_newer(measurement, best):
                best, day = measurement, measurement.measured_on
        return best

    def latest(self, measure: str, *, within_months: int | None = None) -> Measurement | None:
        """Give the newest value that can be used."""
        best = self._latest.get(measure)
        if best is None or within_months is None or best.measured_on > months_before(self.as_of, within_months):
            return best
        return None

    def _usable_latest(self, measure: str, newest: Measurement) -> Measurement | None:
        if self.is_plausible(newest):
            return newest
        usable = self.usable(measure)
        return self._newest_of(usable) if usable else None

    def usable(self, measure: str) -> Sequence[Measurement]:
        """Give every value of a measure that can be true, in no order."""
        found = self._usable.get(measure)
        if found is None:
            found = self._usable[measure] = self._plausible(measure)
        return found

    def _plausible(self, measure: str) -> Sequence[Measurement]:
        held = self.grouped.get(measure, ())
        hard = self._measures[measure].hard if held else None
        if hard is None:
            return held
        low, high = hard.low, hard.high
        return [m for m in held if m.quantity is None or low <= m.quantity.value <= high]

    def same_day(self, measurement: Measurement) -> list[Measurement]:
        """Give all values of the same measure, day and code: more than one may contradict each other."""
        return [
            m
            for m in self.all_of(measurement.measure)
            if m.measured_on == measurement.measured_on and m.coding == measurement.coding
        ]

    def _is_newer(self, one: Measurement, other: Measurement) -> bool:
        """Later day; on one day the code believed first; of equals the one that stands later in a stable order."""
        if one.measured_on != other.measured_on:
            return one.measured_on > other.measured_on
        ranks = self._ranks.rank(one), self._ranks.rank(other)
        if ranks[0] != ranks[1]:
            return ranks[0] < ranks[1]
        return _tie(one) > _tie(other)

    def is_plausible(self, measurement: Measurement) -> bool:
        """Whether the value can be true at all."""
        if measurement.quantity is None:
            return True
        hard = self._measures[measurement.measure].hard
        return hard is None or hard.low <= measurement.quantity.value <= hard.high

    def conditions(self) -> Sequence[Condition]:
        """Give the diagnoses that hold on the day."""
        day = self.as_of
        return [
            c
            for c in self.record.conditions
            if (c.onset_on is None or c.onset_on <= day) and (c.ended_on is None or c.ended_on > day)
        ]

    def medications(self) -> Sequence[Medication]:
        """Give the medicines taken on the day."""
        day = self.as_of
        return [
            m
            for m in self.record.medications
            if (m.started_on is None or m.started_on <= day) and (m.stopped_on is None or m.stopped_on > day)
        ]


def _tie(measurement: Measurement) -> tuple[str, str, str]:
    """Settle equals by what they say, never by the order they came in."""
    quantity = measurement.quantity
    value = "" if quantity is None else f"{quantity.value:020.6f}{quantity.comparator}"
    return (value, measurement.answer or "", measurement.source or "")
