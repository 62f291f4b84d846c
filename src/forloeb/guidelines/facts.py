"""The feature layer: from a patient's record to the facts that rules speak of. One declaration, one meaning.

A diagnosis or a medicine that is not on the record answers *no*; a value that is not on the record is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from forloeb.guidelines.code_lists import CodeBook
from forloeb.guidelines.formulas import FORMULAS
from forloeb.guidelines.history import CodeRanks, History
from forloeb.guidelines.record import Condition, Measurement, Medication, PatientRecord
from forloeb.guidelines.results import FactUsed
from forloeb.guidelines.schema import FactDeclaration, LatestOf, Origin, Reduction, RepeatedValue, YearlyFall
from forloeb.kernel.answers import Answer
from forloeb.kernel.periods import months_after, months_before, whole_years

ENGINE_GIVES = frozenset({"at_target", "all_at_target"})
"""Facts that are known only after the targets are: the evaluation adds them itself."""


class Coded:
    """The code lists that a patient's diagnoses and medicines stand in, with the entry that says so."""

    def __init__(self, history: History, book: CodeBook) -> None:
        self.conditions: dict[str, list[Condition]] = {}
        self.medications: dict[str, Medication] = {}
        for condition in history.conditions():
            for name in book.lists_of(condition.coding):
                self.conditions.setdefault(name, []).append(condition)
        self.medicines = history.medications()
        for medication in self.medicines:
            for name in book.lists_of_medicine(medication.atc):
                held = self.medications.get(name)
                if held is None or _began(medication) < _began(held):
                    self.medications[name] = medication

    def first(self, name: str) -> Condition | None:
        """Give the earliest entry of a list; one without a day comes last."""
        found = self.conditions.get(name)
        if not found:
            return None
        return min(found, key=lambda c: (c.onset_on is None, c.onset_on or date.max, c.source or ""))


def _began(medication: Medication) -> tuple[date, str, str]:
    """Order medicines by when they were begun, never by the order they came in."""
    return (medication.started_on or date.max, medication.atc, medication.source or "")


Compute = Callable[[History, Coded], FactUsed]


class FactLayer:
    """Every declared fact, compiled. What is not on a patient's record has the same answer for everybody."""

    def __init__(self, declarations: Sequence[FactDeclaration], book: CodeBook) -> None:
        self.book = book
        self.declared = {fact.id: fact for fact in declarations}
        self._compute = {
            fact.id: _COMPILERS[fact.origin.kind](fact)
            for fact in declarations
            if fact.origin.kind not in {"when", "formula", *ENGINE_GIVES}
        }
        self._formulas = [fact for fact in declarations if fact.origin.kind == "formula"]
        self._always = [
            compute for name, compute in self._compute.items() if self.declared[name].origin.kind in _ALWAYS
        ]
        self._by_entry: dict[str, list[Compute]] = {}
        """The facts to compute where a measure or a code list is on the record."""
        for name in self._compute:
            for entry in _entries(self.declared[name].origin):
                self._by_entry.setdefault(entry, []).append(self._compute[name])
        self.absent = self._absent()
        """Every fact as it is for a record that holds nothing."""

    def _absent(self) -> dict[str, FactUsed]:
        nothing = History(PatientRecord(date(2000, 1, 1), None), date(2000, 1, 1), {}, CodeRanks({}))
        coded = Coded(nothing, self.book)
        facts = {name: compute(nothing, coded) for name, compute in self._compute.items()}
        for fact in self.declared.values():
            if fact.origin.kind != "when":
                facts.setdefault(fact.id, FactUsed(fact.id, fact.title, None, unit=fact.unit or None))
        return facts

    def compute(self, history: History) -> tuple[dict[str, FactUsed], list[FactUsed]]:
        """Give all facts of a patient on a day by name, and those that are not as for an empty record."""
        coded = Coded(history, self.book)
        by_entry = self._by_entry
        facts = self.absent.copy()
        # A fact of two measures (home and clinic pressure) may be computed twice, to the same answer.
        found = [compute(history, coded) for compute in self._always]
        for entries in (history.grouped, coded.conditions, coded.medications):
            for entry in entries:
                for compute in by_entry.get(entry, ()):
                    found.append(compute(history, coded))
        for fact in found:
            facts[fact[0]] = fact
        for declaration in self._formulas:
            facts[declaration.id] = by_formula = _by_formula(declaration, facts)
            found.append(by_formula)
        return facts, found


_ALWAYS = frozenset({"age_years", "sex", "count_medicines"})


def _entries(origin: Origin) -> Iterator[str]:
    """Give the measures and code lists that a fact looks at; no measure has the name of a list."""
    if origin.latest:
        yield from origin.latest.measures
    for of_measure in (origin.repeated, origin.yearly_fall, origin.reduction, origin.first_after, origin.answer):
        if of_measure is not None:
            yield of_measure.measure
    for name in (origin.condition, origin.years_since, origin.months_since, origin.medication):
        if name is not None:
            yield name
    if origin.count_conditions:
        yield origin.count_conditions.code_list


def _by_formula(fact: FactDeclaration, facts: Mapping[str, FactUsed]) -> FactUsed:
    assert fact.origin.formula is not None
    inputs = {name: facts[source] for name, source in fact.origin.formula.inputs.items()}
    if any(given.value is None or given.comparator for given in inputs.values()):
        return FactUsed(fact.id, fact.title, None, unit=fact.unit)
    answer = FORMULAS[fact.origin.formula.name].calculate(**{name: given.value for name, given in inputs.items()})
    days = [given.on for given in inputs.values() if given.on]
    value = None if answer.value is None else round(Decimal(answer.value), 6)
    return FactUsed(fact.id, fact.title, value, None, fact.unit, min(days, default=None))


def _age(fact: FactDeclaration) -> Compute:
    def compute(history: History, _: Coded) -> FactUsed:
        age = whole_years(history.record.birth_date, history.as_of)
        return FactUsed(fact.id, fact.title, Decimal(age), None, fact.unit)

    return compute


def _sex(fact: FactDeclaration) -> Compute:
    def compute(history: History, _: Coded) -> FactUsed:
        sex = history.record.sex
        return FactUsed(fact.id, fact.title, sex.value if sex else None)

    return compute


def _latest(fact: FactDeclaration) -> Compute:
    latest: LatestOf = fact.origin.latest  # type: ignore[assignment]

    def compute(history: History, _: Coded) -> FactUsed:
        for measure in latest.measures:
            found = history.latest(measure, within_months=latest.within_months)
            if found is not None:
                return _measured(fact, found)
        return FactUsed(fact.id, fact.title, None, None, fact.unit)

    return compute


def _measured(fact: FactDeclaration, found: Measurement) -> FactUsed:
    quantity = found.quantity
    if quantity is None:
        return FactUsed(fact.id, fact.title, found.answer, None, fact.unit, found.measured_on, found.source)
    sign = quantity.comparator.value if quantity.comparator else None
    return FactUsed(fact.id, fact.title, quantity.value, sign, fact.unit, found.measured_on, found.source)


def _repeated(fact: FactDeclaration) -> Compute:
    asked: RepeatedValue = fact.origin.repeated  # type: ignore[assignment]

    def compute(history: History, _: Coded) -> FactUsed:
        days = {
            m.measured_on
            for m in history.usable(asked.measure)
            if m.quantity is not None and m.quantity.is_below(asked.at_least) is Answer.NO
        }
        return FactUsed(fact.id, fact.title, len(days) >= asked.days, on=max(days, default=None))

    return compute


def _condition(fact: FactDeclaration) -> Compute:
    name: str = fact.origin.condition  # type: ignore[assignment]
    no = FactUsed(fact.id, fact.title, False)

    def compute(_: History, coded: Coded) -> FactUsed:
        found = coded.first(name)
        if found is None:
            return no
        return FactUsed(fact.id, fact.title, True, None, None, found.onset_on, found.source)

    return compute


def _years_since(fact: FactDeclaration) -> Compute:
    name: str = fact.origin.years_since  # type: ignore[assignment]

    def compute(history: History, coded: Coded) -> FactUsed:
        found = coded.first(name)
        if found is None or found.onset_on is None:
            return FactUsed(fact.id, fact.title, None, None, fact.unit)
        years = Decimal(whole_years(found.onset_on, history.as_of))
        return FactUsed(fact.id, fact.title, years, None, fact.unit, found.onset_on, found.source)

    return compute


def _months_since(fact: FactDeclaration) -> Compute:
    name: str = fact.origin.months_since  # type: ignore[assignment]

    def compute(history: History, coded: Coded) -> FactUsed:
        days = [c.onset_on for c in coded.conditions.get(name, ()) if c.onset_on]
        if not days:
            return FactUsed(fact.id, fact.title, None, None, fact.unit)
        last = max(days)
        months = (history.as_of.year - last.year) * 12 + history.as_of.month - last.month
        months -= history.as_of < months_after(last, months)
        return FactUsed(fact.id, fact.title, Decimal(months), None, fact.unit, last)

    return compute


def _count_conditions(fact: FactDeclaration) -> Compute:
    asked = fact.origin.count_conditions
    assert asked is not None

    def compute(history: History, coded: Coded) -> FactUsed:
        since = months_before(history.as_of, asked.within_months)
        days = [c.onset_on for c in coded.conditions.get(asked.code_list, ()) if c.onset_on and c.onset_on > since]
        return FactUsed(fact.id, fact.title, Decimal(len(days)), None, fact.unit, max(days, default=None))

    return compute


def _count_medicines(fact: FactDeclaration) -> Compute:
    def compute(_: History, coded: Coded) -> FactUsed:
        return FactUsed(fact.id, fact.title, Decimal(len({m.atc for m in coded.medicines})), None, fact.unit)

    return compute


def _medication(fact: FactDeclaration) -> Compute:
    name: str = fact.origin.medication  # type: ignore[assignment]
    no = FactUsed(fact.id, fact.title, False)

    def compute(_: History, coded: Coded) -> FactUsed:
        found = coded.medications.get(name)
        if found is None:
            return no
        return FactUsed(fact.id, fact.title, True, None, None, found.started_on, found.source)

    return compute


def _yearly_fall(fact: FactDeclaration) -> Compute:
    asked: YearlyFall = fact.origin.yearly_fall  # type: ignore[assignment]
    unknown = FactUsed(fact.id, fact.title, None, None, fact.unit)

    def compute(history: History, _: Coded) -> FactUsed:
        newest = history.latest(asked.measure)
        if newest is None or newest.quantity is None or newest.quantity.comparator:
            return unknown
        before = _about_a_year_before(history, newest, asked.at_least_months)
        if before is None or before.quantity is None:
            return unknown
        years = Decimal((newest.measured_on - before.measured_on).days) / Decimal("365.25")
        fall = (before.quantity.value - newest.quantity.value) / years
        return FactUsed(fact.id, fact.title, round(fall, 2), None, fact.unit, newest.measured_on, newest.source)

    return compute


def _about_a_year_before(history: History, newest: Measurement, at_least_months: int) -> Measurement | None:
    """Give the exact value nearest a year earlier, by the same code: two methods are never mixed."""
    latest_day = months_before(newest.measured_on, at_least_months)
    year_before = months_before(newest.measured_on, 12)
    found = [
        m
        for m in history.usable(newest.measure)
        if m.measured_on <= latest_day
        and m.coding == newest.coding
        and m.quantity is not None
        and m.quantity.comparator is None
    ]
    return min(found, key=lambda m: (abs((m.measured_on - year_before).days), m.source or ""), default=None)


def _reduction(fact: FactDeclaration) -> Compute:
    asked: Reduction = fact.origin.reduction  # type: ignore[assignment]
    unknown = FactUsed(fact.id, fact.title, None, None, fact.unit)

    def compute(history: History, coded: Coded) -> FactUsed:
        medicine, newest = coded.medications.get(asked.since), history.latest(asked.measure)
        if medicine is None or medicine.started_on is None or newest is None or newest.quantity is None:
            return unknown
        untreated = [
            m for m in history.usable(asked.measure) if m.measured_on <= medicine.started_on and m.quantity is not None
        ]
        baseline = max(untreated, key=lambda m: (m.measured_on, m.source or ""), default=None)
        if baseline is None or baseline.quantity is None or newest.measured_on <= medicine.started_on:
            return unknown
        if baseline.quantity.comparator or newest.quantity.comparator:
            return unknown
        percent = 100 * (baseline.quantity.value - newest.quantity.value) / baseline.quantity.value
        return FactUsed(fact.id, fact.title, round(percent, 1), None, "%", newest.measured_on, newest.source)

    return compute


def _first_after(fact: FactDeclaration) -> Compute:
    asked = fact.origin.first_after
    assert asked is not None

    def compute(history: History, coded: Coded) -> FactUsed:
        began = coded.first(asked.code_list)
        if began is None or began.onset_on is None:
            return FactUsed(fact.id, fact.title, None, None, fact.unit)
        first = months_before(began.onset_on, asked.within_months)
        last = months_after(began.onset_on, asked.within_months)
        found = [m for m in history.usable(asked.measure) if first <= m.measured_on <= last]
        if not found:
            return FactUsed(fact.id, fact.title, None, None, fact.unit)
        return _measured(fact, min(found, key=lambda m: (m.measured_on, m.source or "")))

    return compute


def _answer(fact: FactDeclaration) -> Compute:
    asked = fact.origin.answer
    assert asked is not None

    def compute(history: History, _: Coded) -> FactUsed:
        found = history.latest(asked.measure)
        said = found.answer if found else None
        yes = True if said in asked.yes else False if said in asked.no else None
        if found is None or yes is None:
            return FactUsed(fact.id, fact.title, None)
        return FactUsed(fact.id, fact.title, yes, None, None, found.measured_on, found.source)

    return compute


_COMPILERS: Mapping[str, Callable[[FactDeclaration], Compute]] = {
    "age_years": _age,
    "sex": _sex,
    "latest": _latest,
    "repeated": _repeated,
    "condition": _condition,
    "years_since": _years_since,
    "months_since": _months_since,
    "count_conditions": _count_conditions,
    "count_medicines": _count_medicines,
    "medication": _medication,
    "yearly_fall": _yearly_fall,
    "reduction": _reduction,
    "first_after": _first_after,
    "answer": _answer,
}
