"""Faults of facts and code lists that show only when the files are held together."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from forloeb.guidelines.content import Shared, names_of
from forloeb.guidelines.formulas import FORMULAS
from forloeb.guidelines.parsing import ExpressionError, parse
from forloeb.guidelines.schema import FactDeclaration


def fact_faults(shared: Shared) -> Iterator[str]:
    """Give the faults of the fact declarations."""
    for fact in shared.facts.declared.values():
        for fault in _faults(fact, shared):
            yield f"content/facts: '{fact.id}': {fault}"


def _faults(fact: FactDeclaration, shared: Shared) -> Iterator[str]:
    origin, lists = fact.origin, {found.id: found for found in shared.code_lists}
    for kind, name in _lists_of(fact):
        if name not in lists:
            yield f"unknown code list '{name}'.{_suggest(name, lists)}"
        elif lists[name].kind != kind:
            yield f"'{name}' is a list of {lists[name].kind}s, not of {kind}s"
    for name in _measures_of(fact):
        if name not in shared.measures:
            yield f"unknown measure '{name}'.{_suggest(name, shared.measures)}"
    known = shared.facts.index
    inputs = origin.first_of or (tuple(origin.formula.inputs.values()) if origin.formula else ())
    for name in inputs:
        if name not in known:
            yield f"'{name}' is not a fact that stands on a record or is worked out.{_suggest(name, known)}"
    if origin.formula is not None:
        yield from _formula_faults(fact)
    yield from _circle(fact, shared)
    if origin.when is not None:
        try:
            parse(origin.when, names_of(shared.facts, shared.kinds, {}))
        except ExpressionError as error:
            yield str(error)


def _formula_faults(fact: FactDeclaration) -> Iterator[str]:
    asked = fact.origin.formula
    assert asked is not None
    formula = FORMULAS.get(asked.name)
    if formula is None:
        yield f"unknown formula '{asked.name}'.{_suggest(asked.name, FORMULAS)}"
        return
    names = [one.name for one in formula.inputs]
    for name in asked.inputs:
        if name not in names:
            yield f"the formula '{asked.name}' has no input '{name}'.{_suggest(name, names)}"


def _circle(fact: FactDeclaration, shared: Shared) -> Iterator[str]:
    """A fact that is worked out by way of itself."""
    open_names, waiting = {fact.id}, list(_inputs(fact))
    while waiting:
        name = waiting.pop()
        if name == fact.id:
            yield "is worked out by way of itself"
            return
        if name in open_names or name not in shared.facts.declared:
            continue
        open_names.add(name)
        waiting += _inputs(shared.facts.declared[name])


def _inputs(fact: FactDeclaration) -> tuple[str, ...]:
    formula = fact.origin.formula
    return fact.origin.first_of or (tuple(formula.inputs.values()) if formula else ())


def _lists_of(fact: FactDeclaration) -> Iterator[tuple[str, str]]:
    origin = fact.origin
    for name in (origin.condition, origin.years_since, origin.age_at, origin.months_since):
        if name is not None:
            yield "condition", name
    if origin.count_conditions is not None:
        yield "condition", origin.count_conditions.code_list
    if origin.first_after is not None:
        yield "condition", origin.first_after.code_list
    for name in (origin.medication, origin.months_since_change):
        if name is not None:
            yield "medication", name
    if origin.reduction is not None:
        yield "medication", origin.reduction.since
    if origin.measured_since_change is not None:
        yield "medication", origin.measured_since_change.medication


def _measures_of(fact: FactDeclaration) -> Iterator[str]:
    origin = fact.origin
    if origin.latest is not None:
        yield from origin.latest.measures
    if origin.measured_since_change is not None:
        yield from origin.measured_since_change.measures
    for asked in (
        origin.repeated,
        origin.change,
        origin.yearly_fall,
        origin.first_after,
        origin.answer,
        origin.reduction,
    ):
        if asked is not None:
            yield asked.measure
    for name in (origin.months_since_value, fact.debut_year):
        if name is not None:
            yield name


def _suggest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean '{near[0]}'?" if near else ""
