"""The feature layer: from a patient's record to the facts that rules speak of. One declaration, one meaning.

A diagnosis or a medicine that is not on the record answers *no*; a value that is not on the record is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from forloeb.guidelines.board import Board, PatientFacts
from forloeb.guidelines.code_lists import CodeBook, Coded, earliest, first_begun
from forloeb.guidelines.history import History
from forloeb.guidelines.origins import ORIGINS, measured, unknown
from forloeb.guidelines.record import Condition
from forloeb.guidelines.results import FactUsed
from forloeb.guidelines.schema import FactDeclaration
from forloeb.kernel.periods import whole_years

FromConditions = Callable[[FactDeclaration, History, Sequence[Condition]], FactUsed]
FromPerson = Callable[[FactDeclaration, History, Coded], FactUsed]


class FactLayer:
    """Every declared fact, compiled. `index` gives the place of each on a board; derived facts have none."""

    def __init__(self, declarations: Sequence[FactDeclaration], book: CodeBook) -> None:
        self.book = book
        self.declared: Mapping[str, FactDeclaration] = {fact.id: fact for fact in declarations}
        standing = [fact for fact in declarations if fact.origin.kind != "when"]
        self.index: Mapping[str, int] = {fact.id: place for place, fact in enumerate(standing)}
        self.blank = tuple(_blank(fact) for fact in standing)
        self._latest = tuple((self.index[fact.id], fact, fact.origin.latest) for fact in standing if fact.origin.latest)
        self._persons = tuple((self.index[f.id], f, _FROM_PERSON[f.origin.kind]) for f in standing if _is_personal(f))
        self._debuts = tuple((self.index[fact.id], fact) for fact in standing if fact.debut_year is not None)
        self._of_conditions: dict[str, list[tuple[int, FactDeclaration, FromConditions]]] = {}
        self._of_medication: dict[str, list[tuple[int, FactDeclaration]]] = {}
        for fact in standing:
            self._group(fact)

    def _group(self, fact: FactDeclaration) -> None:
        place, origin = self.index[fact.id], fact.origin
        if origin.medication is not None:
            self._of_medication.setdefault(origin.medication, []).append((place, fact))
        name = origin.condition or origin.years_since or origin.age_at
        if name is not None:
            self._of_conditions.setdefault(name, []).append((place, fact, _FROM_CONDITIONS[origin.kind]))

    def fill(self, board: Board, history: History, coded: Coded) -> None:
        """Lay down what stands on the record itself: age, sex, newest values, diagnoses and medicines."""
        put = board.put
        for place, fact, person in self._persons:
            put(place, person(fact, history, coded))
        for place, fact, latest in self._latest:
            for measure in latest.measures:
                found = history.latest(measure, within_months=latest.within_months)
                if found is not None:
                    put(place, measured(fact, found))
                    break
        for name, conditions in coded.conditions.items():
            for place, fact, from_conditions in self._of_conditions.get(name, ()):
                put(place, from_conditions(fact, history, conditions))
        for name, medications in coded.medications.items():
            for place, fact in self._of_medication.get(name, ()):
                first = first_begun(medications)
                put(place, FactUsed(fact.id, fact.title, True, None, None, first.started_on, first.source))
        for place, fact in self._debuts:
            if board.values[place].value is None:
                put(place, _from_debut_year(fact, history))

    def work_out(self, names: Iterable[str], board: Board, facts: PatientFacts, history: History, coded: Coded) -> None:
        """Lay down facts that must be worked out, in the order given (`needs_of` orders them)."""
        for name in names:
            fact = self.declared[name]
            board.put(self.index[name], ORIGINS[fact.origin.kind](fact, history, coded, facts))

    def needs_of(self, names: Iterable[str]) -> tuple[str, ...]:
        """Give the facts that must be worked out for these, each after those it rests on."""
        ordered: dict[str, None] = {}

        def visit(name: str) -> None:
            fact = self.declared[name]
            for other in inputs_of(fact):
                visit(other)
            if fact.origin.kind in ORIGINS:
                ordered.setdefault(name)

        for name in names:
            visit(name)
        return tuple(ordered)


def inputs_of(fact: FactDeclaration) -> tuple[str, ...]:
    """Give the facts that a fact is worked out from; none for one that stands on the record."""
    if fact.origin.formula is not None:
        return tuple(fact.origin.formula.inputs.values())
    return fact.origin.first_of or ()


def _blank(fact: FactDeclaration) -> FactUsed:
    """Give what is known of a fact when the record is empty."""
    if fact.origin.kind in ("condition", "medication"):
        return FactUsed(fact.id, fact.title, False)
    return unknown(fact)


def _is_personal(fact: FactDeclaration) -> bool:
    return fact.origin.kind in _FROM_PERSON


def _age(fact: FactDeclaration, history: History, _: Coded) -> FactUsed:
    age = Decimal(whole_years(history.record.birth_date, history.as_of))
    return FactUsed(fact.id, fact.title, age, None, fact.unit)


def _sex(fact: FactDeclaration, history: History, _: Coded) -> FactUsed:
    sex = history.record.sex
    return FactUsed(fact.id, fact.title, sex.value if sex else None)


def _count_medicines(fact: FactDeclaration, _: History, coded: Coded) -> FactUsed:
    return FactUsed(fact.id, fact.title, Decimal(len(coded.medicines)), None, fact.unit)


def _condition(fact: FactDeclaration, _: History, conditions: Sequence[Condition]) -> FactUsed:
    first = earliest(conditions)
    return FactUsed(fact.id, fact.title, True, None, None, first.onset_on, first.source)


def _years_since(fact: FactDeclaration, history: History, conditions: Sequence[Condition]) -> FactUsed:
    first = earliest(conditions)
    if first.onset_on is None:
        return unknown(fact)
    years = Decimal(whole_years(first.onset_on, history.as_of))
    return FactUsed(fact.id, fact.title, years, None, fact.unit, first.onset_on, first.source)


def _age_at(fact: FactDeclaration, history: History, conditions: Sequence[Condition]) -> FactUsed:
    first = earliest(conditions)
    if first.onset_on is None:
        return unknown(fact)
    years = Decimal(whole_years(history.record.birth_date, first.onset_on))
    return FactUsed(fact.id, fact.title, years, None, fact.unit, first.onset_on, first.source)


def _from_debut_year(fact: FactDeclaration, history: History) -> FactUsed:
    found = history.latest(fact.debut_year or "")
    if found is None or found.quantity is None or found.quantity.comparator:
        return unknown(fact)
    year = int(found.quantity.value)
    years = year - history.record.birth_date.year if fact.origin.age_at else history.as_of.year - year
    return FactUsed(fact.id, fact.title, Decimal(years), None, fact.unit, found.measured_on, found.source)


_FROM_PERSON: Mapping[str, FromPerson] = {"age_years": _age, "sex": _sex, "count_medicines": _count_medicines}
_FROM_CONDITIONS: Mapping[str, FromConditions] = {
    "condition": _condition,
    "years_since": _years_since,
    "age_at": _age_at,
}
