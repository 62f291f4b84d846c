"""What on a record could be a sign of a disease: everything that the guidelines' inclusion tables look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache

from forloeb.careplans.engine import library as program_library
from forloeb.guidelines.expressions import atoms, parse
from forloeb.guidelines.library import Guideline, Library
from forloeb.guidelines.schema import CodeList, FactDeclaration, InclusionTable
from forloeb.population.lists import work_lists


@dataclass(frozen=True, slots=True)
class Signs:
    """Patterns for SQL's LIKE, and for each measure the number from which a value is a sign."""

    conditions: tuple[str, ...]
    medicines: tuple[str, ...]
    numbers: dict[str, Decimal]


@lru_cache(16)
def signs(library: Library) -> Signs:
    """Gather the signs from a library. Who has none of them has no disease that a guideline is for."""
    lists = {found.id: found for found in library.code_lists}
    conditions: set[str] = set()
    medicines: set[str] = set()
    numbers: dict[str, Decimal] = {}
    # Those who are left out of a list by their diagnosis are shown too.
    left_out = list(_by_rule(library, *library.guidelines, rules=work_lists()["excluded"].rules))
    for fact in (*_inclusion_facts(library), *left_out):
        origin = fact.origin
        if origin.condition:
            conditions |= set(_patterns(lists[origin.condition]))
        if origin.medication:
            medicines |= set(_patterns(lists[origin.medication]))
        if origin.repeated:
            numbers[origin.repeated.measure] = origin.repeated.at_least
        for measure in origin.latest.measures if origin.latest else ():
            numbers.setdefault(measure, Decimal(0))
    return Signs(tuple(sorted(conditions)), tuple(sorted(medicines)), numbers)


@cache
def diagnoses() -> Mapping[str, tuple[str, ...]]:
    """Give for each guideline the patterns, for SQL's LIKE, of the diagnoses that ask for its plan."""
    library = program_library()
    lists = {found.id: found for found in library.code_lists}
    found = {}
    for guideline in library.guidelines:
        asking = {fact.origin.condition for fact in _facts(library, guideline, "yes") if fact.origin.condition}
        found[guideline.name] = tuple(sorted(pattern for name in asking for pattern in _patterns(lists[name])))
    return found


def _inclusion_facts(library: Library) -> Iterator[FactDeclaration]:
    for guideline in library.guidelines:
        yield from _facts(library, guideline, "yes", "unknown")


@cache
def left_out_by_diagnosis(disease: str, rules: tuple[str, ...]) -> tuple[str, ...]:
    """Give the patterns of the diagnoses that alone leave somebody out of a disease, by these rules."""
    library = program_library()
    lists = {found.id: found for found in library.code_lists}
    guideline = next(one for one in library.guidelines if one.name == disease)
    alone = [facts for rule in rules if len(facts := list(_by_rule(library, guideline, rules=(rule,)))) == 1]
    names = [fact.origin.condition for facts in alone for fact in facts if fact.origin.condition]
    return tuple(sorted(pattern for name in names for pattern in _patterns(lists[name])))


def _by_rule(library: Library, *guidelines: Guideline, rules: tuple[str, ...]) -> Iterator[FactDeclaration]:
    """Give the facts that the inclusion rules of these names look at."""
    declared = library.fact_layer.declared
    for guideline in guidelines:
        names = library.names(guideline, date.max)
        for table in guideline.all(InclusionTable):
            for row in table.rows:
                if row.rule in rules and row.when is not None:
                    yield from (declared[atom.fact] for atom in atoms(parse(row.when, names)))


def _facts(library: Library, guideline: Guideline, *included: str) -> Iterator[FactDeclaration]:
    """Give the facts that the rows of a guideline's inclusion tables with these answers look at."""
    declared, names = library.fact_layer.declared, library.names(guideline, date.max)
    for table in guideline.all(InclusionTable):
        for row in table.rows:
            if row.when is not None and row.included in included:
                yield from (declared[atom.fact] for atom in atoms(parse(row.when, names)))


def _patterns(codes: CodeList) -> Iterator[str]:
    for listed in codes.codes:
        yield listed.code if listed.code else f"{listed.prefix}%"
