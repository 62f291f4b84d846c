"""Facts that must be worked out: changes over time, repeated values, months since something, formulas.

Each function gives one declared fact of a patient. Unknown is an answer: a missing value is never taken for a low one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from forloeb.guidelines.board import PatientFacts
from forloeb.guidelines.code_lists import Coded, earliest, first_begun
from forloeb.guidelines.history import History
from forloeb.guidelines.record import Measurement
from forloeb.guidelines.results import FactUsed
from forloeb.guidelines.schema import FactDeclaration
from forloeb.kernel.answers import Answer
from forloeb.kernel.periods import months_after, months_before
from forloeb.kernel.quantities import Quantity

WorkOut = Callable[[FactDeclaration, History, Coded, PatientFacts], FactUsed]


def unknown(fact: FactDeclaration) -> FactUsed:
    """Give the fact as not known."""
    return FactUsed(fact.id, fact.title, None, None, fact.unit)


def measured(fact: FactDeclaration, found: Measurement) -> FactUsed:
    """Give the fact as a value on the record says it, bound and all."""
    quantity = found.quantity
    if quantity is None:
        return FactUsed(fact.id, fact.title, found.answer, None, fact.unit, found.measured_on, found.source)
    sign = quantity.comparator.value if quantity.comparator else None
    return FactUsed(fact.id, fact.title, quantity.value, sign, fact.unit, found.measured_on, found.source)


def whole_months(since: date, until: date) -> int:
    """Count whole months between two days."""
    months = (until.year - since.year) * 12 + until.month - since.month
    return months - (until < months_after(since, months))


def _months_since(fact: FactDeclaration, day: date | None, as_of: date) -> FactUsed:
    if day is None:
        return unknown(fact)
    return FactUsed(fact.id, fact.title, Decimal(whole_months(day, as_of)), None, fact.unit, day)


def _exact(measurements: Sequence[Measurement]) -> list[Measurement]:
    return [m for m in measurements if m.quantity is not None and m.quantity.comparator is None]


def _repeated(fact: FactDeclaration, history: History, _: Coded, __: PatientFacts) -> FactUsed:
    asked = fact.origin.repeated
    assert asked is not None
    since = date.min if asked.within_months is None else months_before(history.as_of, asked.within_months)
    days = {
        m.measured_on
        for m in history.possible(asked.measure)
        if m.measured_on > since and m.quantity is not None and _fits(m.quantity, asked.at_least, asked.below)
    }
    return FactUsed(fact.id, fact.title, len(days) >= asked.days, None, None, max(days, default=None))


def _fits(quantity: Quantity, at_least: Decimal | None, below: Decimal | None) -> bool:
    if at_least is not None:
        return quantity.is_below(at_least) is Answer.NO
    assert below is not None
    return quantity.is_below(below) is Answer.YES


def _change(fact: FactDeclaration, history: History, _: Coded, __: PatientFacts) -> FactUsed:
    asked = fact.origin.change
    assert asked is not None
    newest = history.latest(asked.measure)
    if newest is None or not _exact([newest]):
        return unknown(fact)
    before = _before(history, newest, asked.about_months)
    if before is None or before.quantity is None or newest.quantity is None:
        return unknown(fact)
    change = newest.quantity.value - before.quantity.value
    if asked.expressed == "percent":
        if not before.quantity.value:
            return unknown(fact)
        change = round(100 * change / before.quantity.value, 1)
    return FactUsed(fact.id, fact.title, change, None, fact.unit, newest.measured_on, newest.source)


def _before(history: History, newest: Measurement, about_months: int | None) -> Measurement | None:
    """Give the value to compare with, by the same code: two methods are never mixed."""
    earlier = [
        m
        for m in _exact(history.possible(newest.measure))
        if m.measured_on < newest.measured_on and m.coding == newest.coding
    ]
    if about_months is None:
        return max(earlier, key=lambda m: (m.measured_on, m.source or ""), default=None)
    nearest, farthest = (months_before(newest.measured_on, n) for n in (about_months // 2, about_months * 2))
    about = months_before(newest.measured_on, about_months)
    within = [m for m in earlier if farthest <= m.measured_on <= nearest]
    return min(within, key=lambda m: (abs((m.measured_on - about).days), m.source or ""), default=None)


def _yearly_fall(fact: FactDeclaration, history: History, _: Coded, __: PatientFacts) -> FactUsed:
    asked = fact.origin.yearly_fall
    assert asked is not None
    newest = history.latest(asked.measure)
    if newest is None or newest.quantity is None or newest.quantity.comparator:
        return unknown(fact)
    before = _about_a_year_before(history, newest, asked.at_least_months)
    if before is None or before.quantity is None:
        return unknown(fact)
    years = Decimal((newest.measured_on - before.measured_on).days) / Decimal("365.25")
    fall = round((before.quantity.value - newest.quantity.value) / years, 2)
    return FactUsed(fact.id, fact.title, fall, None, fact.unit, newest.measured_on, newest.source)


def _about_a_year_before(history: History, newest: Measurement, at_least_months: int) -> Measurement | None:
    latest_day = months_before(newest.measured_on, at_least_months)
    year_before = months_before(newest.measured_on, 12)
    found = [
        m for m in _exact(history.possible(newest.measure)) if m.measured_on <= latest_day and m.coding == newest.coding
    ]
    return min(found, key=lambda m: (abs((m.measured_on - year_before).days), m.source or ""), default=None)


def _first_after(fact: FactDeclaration, history: History, coded: Coded, _: PatientFacts) -> FactUsed:
    asked = fact.origin.first_after
    assert asked is not None
    onset = earliest(coded.conditions[asked.code_list]).onset_on if asked.code_list in coded.conditions else None
    if onset is None:
        return unknown(fact)
    since, until = months_before(onset, 6), months_after(onset, asked.within_months)
    found = [m for m in history.possible(asked.measure) if since <= m.measured_on <= until and m.quantity is not None]
    first = min(found, key=lambda m: (m.measured_on, m.source or ""), default=None)
    return unknown(fact) if first is None else measured(fact, first)


def _answer(fact: FactDeclaration, history: History, _: Coded, __: PatientFacts) -> FactUsed:
    asked = fact.origin.answer
    assert asked is not None
    found = history.latest(asked.measure)
    if found is None or (found.answer not in asked.yes and found.answer not in asked.no):
        return unknown(fact)
    return FactUsed(fact.id, fact.title, found.answer in asked.yes, None, None, found.measured_on, found.source)


def _reduction(fact: FactDeclaration, history: History, coded: Coded, _: PatientFacts) -> FactUsed:
    asked = fact.origin.reduction
    assert asked is not None
    newest = history.latest(asked.measure)
    if asked.since not in coded.medicines_ever or newest is None or newest.quantity is None:
        return unknown(fact)
    begun = first_begun(coded.medicines_ever[asked.since]).started_on
    if begun is None or newest.measured_on <= begun or newest.quantity.comparator:
        return unknown(fact)
    untreated = [m for m in history.possible(asked.measure) if m.measured_on <= begun and m.quantity is not None]
    baseline = max(untreated, key=lambda m: (m.measured_on, m.source or ""), default=None)
    if baseline is None or baseline.quantity is None or baseline.quantity.comparator or not baseline.quantity.value:
        return unknown(fact)
    percent = round(100 * (1 - newest.quantity.value / baseline.quantity.value), 1)
    return FactUsed(fact.id, fact.title, percent, None, "%", newest.measured_on, newest.source)


def _since_condition(fact: FactDeclaration, history: History, coded: Coded, _: PatientFacts) -> FactUsed:
    days = [c.onset_on for c in coded.conditions.get(fact.origin.months_since or "", ()) if c.onset_on]
    return _months_since(fact, max(days, default=None), history.as_of)


def _since_value(fact: FactDeclaration, history: History, _: Coded, __: PatientFacts) -> FactUsed:
    found = history.latest(fact.origin.months_since_value or "")
    return _months_since(fact, found.measured_on if found else None, history.as_of)


def _changed_on(coded: Coded, medicines: str, as_of: date) -> date | None:
    """Give the day a medicine of the list was last begun or stopped."""
    days = [
        day
        for m in coded.medicines_ever.get(medicines, ())
        for day in (m.started_on, m.stopped_on)
        if day is not None and day <= as_of
    ]
    return max(days, default=None)


def _since_change(fact: FactDeclaration, history: History, coded: Coded, _: PatientFacts) -> FactUsed:
    changed = _changed_on(coded, fact.origin.months_since_change or "", history.as_of)
    return _months_since(fact, changed, history.as_of)


def _measured_since(fact: FactDeclaration, history: History, coded: Coded, _: PatientFacts) -> FactUsed:
    asked = fact.origin.measured_since_change
    assert asked is not None
    changed = _changed_on(coded, asked.medication, history.as_of)
    if changed is None:
        return unknown(fact)
    settled = changed + timedelta(weeks=asked.at_least_weeks)
    days = [found.measured_on for name in asked.measures if (found := history.latest(name))]
    newest = max(days, default=None)
    return FactUsed(fact.id, fact.title, newest is not None and newest >= settled, None, None, newest)


def _count_conditions(fact: FactDeclaration, history: History, coded: Coded, _: PatientFacts) -> FactUsed:
    asked = fact.origin.count_conditions
    assert asked is not None
    since = months_before(history.as_of, asked.within_months)
    days = {c.onset_on for c in coded.conditions.get(asked.code_list, ()) if c.onset_on and c.onset_on > since}
    return FactUsed(fact.id, fact.title, Decimal(len(days)), None, fact.unit, max(days, default=None))


def _formula(fact: FactDeclaration, _: History, __: Coded, facts: PatientFacts) -> FactUsed:
    asked = fact.origin.formula
    assert asked is not None
    if facts.missing_for(asked.inputs):
        return unknown(fact)
    answer = facts.calculate(asked.name, asked.inputs)
    if answer.value is None:
        return unknown(fact)
    days = [day for name in asked.inputs.values() if (day := facts[name].on)]
    value = plain(round(Decimal(answer.value), 6))
    return FactUsed(fact.id, fact.title, value, None, fact.unit, min(days, default=None))


def plain(number: Decimal) -> Decimal:
    """Drop the zeros at the end that calculating adds: 57.000000 is 57, and 60 stays 60."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def _first_of(fact: FactDeclaration, _: History, __: Coded, facts: PatientFacts) -> FactUsed:
    for name in fact.origin.first_of or ():
        found = facts[name]
        if found.value is not None and found.comparator is None:
            return found._replace(fact=fact.id, title=fact.title)
    return unknown(fact)


ORIGINS: Mapping[str, WorkOut] = {
    "repeated": _repeated,
    "change": _change,
    "yearly_fall": _yearly_fall,
    "first_after": _first_after,
    "answer": _answer,
    "reduction": _reduction,
    "months_since": _since_condition,
    "months_since_value": _since_value,
    "months_since_change": _since_change,
    "measured_since_change": _measured_since,
    "count_conditions": _count_conditions,
    "formula": _formula,
    "first_of": _first_of,
}
"""By the origin's name in the schema. Those that are not here are filled straight from the record (`facts`)."""
