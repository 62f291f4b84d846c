"""Which codes mean what: a diagnosis or a medicine on the record, told by list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from forloeb.guidelines.record import Condition, Medication, PatientRecord
from forloeb.guidelines.schema import CodeList, ListedCode
from forloeb.kernel.codes import ATC, ICPC2_DK, SKS, SNOMED_CT

_SYSTEMS = {"icpc2": ICPC2_DK, "sks": SKS, "snomed": SNOMED_CT, "atc": ATC}


class CodeBook:
    """Finds the lists that a code stands in; remembers each code it has met."""

    def __init__(self, lists: Iterable[CodeList]) -> None:
        self.lists: Mapping[str, CodeList] = {each.id: each for each in lists}
        self._found: dict[tuple[str, str], tuple[str, ...]] = {}

    def lists_of(self, system: str, code: str) -> tuple[str, ...]:
        """Give the ids of the lists that the code stands in."""
        found = self._found.get((system, code))
        if found is None:
            found = self._found[system, code] = tuple(
                name
                for name, each in self.lists.items()
                if _stands(system, code, each.codes) and not _stands(system, code, each.excluding)
            )
        return found


def _stands(system: str, code: str, codes: tuple[ListedCode, ...]) -> bool:
    return any(
        _SYSTEMS[listed.system] == system
        and (code == listed.code if listed.code else code.startswith(listed.prefix or "\0"))
        for listed in codes
    )


class Coded:
    """A patient's diagnoses and medicines on a day by the lists they stand in.

    `conditions` and `medications` are those that hold; `medicines_ever` also those that have stopped.
    """

    __slots__ = ("conditions", "medications", "medicines", "medicines_ever")

    def __init__(self, record: PatientRecord, as_of: date, book: CodeBook) -> None:
        self.conditions: dict[str, list[Condition]] = {}
        self.medications: dict[str, list[Medication]] = {}
        self.medicines_ever: dict[str, list[Medication]] = {}
        self.medicines: set[str] = set()
        for condition in record.conditions:
            if _holds(condition.onset_on, condition.ended_on, as_of):
                for name in book.lists_of(condition.coding.system, condition.coding.code):
                    self.conditions.setdefault(name, []).append(condition)
        for medication in record.medications:
            if medication.started_on is not None and medication.started_on > as_of:
                continue
            taken = medication.stopped_on is None or medication.stopped_on > as_of
            if taken:
                self.medicines.add(medication.atc)
            for name in book.lists_of(ATC, medication.atc):
                self.medicines_ever.setdefault(name, []).append(medication)
                if taken:
                    self.medications.setdefault(name, []).append(medication)


def _holds(since: date | None, until: date | None, day: date) -> bool:
    return (since is None or since <= day) and (until is None or until > day)


def earliest(conditions: Iterable[Condition]) -> Condition:
    """Give the entry that began first; one without a day comes last."""
    return min(conditions, key=lambda c: (c.onset_on is None, c.onset_on or date.max, c.source or ""))


def first_begun(medications: Iterable[Medication]) -> Medication:
    """Give the medicine that was begun first; one without a day comes last."""
    return min(medications, key=lambda m: (m.started_on is None, m.started_on or date.max, m.atc, m.source or ""))
