"""Every table of the guidelines as one column over the facts relation: which rule decides for each patient.

The rows, their order and their expressions are those of the compiled library itself (`guidelines.compiling`), so a
change of content is a change here. What cannot be answered yet is listed (`not_yet`), never left out in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from forloeb.guidelines.compiling import Compiled
from forloeb.guidelines.facts import ENGINE_GIVES
from forloeb.guidelines.schema import FactDeclaration
from forloeb.guidelines.tables import Table
from forloeb.population.engines.expressions import ExpressionCompiler
from forloeb.population.facts.columns import FactColumn
from forloeb.population.facts.rows import AS_OF, PATIENT


@dataclass(frozen=True, slots=True)
class Decision:
    """One table of a guideline, or one rule that stands alone.

    `rules` are its rows' rules in order; `applies` is what must be yes besides, where the table has such a condition.
    """

    guideline: str
    kind: str
    name: str
    rules: tuple[str, ...]
    table: Table
    applies: Table | None = None

    @property
    def facts(self) -> frozenset[str]:
        """All facts that the decision looks at."""
        return frozenset(self.table.facts) | frozenset(self.applies.facts if self.applies else ())


@dataclass(frozen=True, slots=True)
class Plan:
    """The decisions that are answered, by the column that each has, and those that are not yet."""

    answered: Mapping[str, Decision]
    not_yet: tuple[Decision, ...]

    def expression(self, relation: ir.Table, columns: Mapping[str, FactColumn]) -> ir.Table:
        """Give one row for each of the relation's: the patient, the day, and for each decision the rule, or null."""
        compiler = ExpressionCompiler(relation, columns)
        chosen = {column: _deciding(decision, compiler) for column, decision in self.answered.items()}
        return relation.select(PATIENT, AS_OF, **chosen)


def plan(guidelines: tuple[Compiled, ...], declared: Mapping[str, FactDeclaration]) -> Plan:
    """Sort the decisions of some guidelines into those that the facts relation answers and those that it cannot."""
    found = [decision for compiled in guidelines for decision in _decisions(compiled)]
    late = {name for name, fact in declared.items() if fact.origin.kind in ENGINE_GIVES}
    answered = [decision for decision in found if not decision.facts & late]
    not_yet = tuple(decision for decision in found if decision.facts & late)
    return Plan({f"decision_{number}": decision for number, decision in enumerate(answered)}, not_yet)


def _decisions(compiled: Compiled) -> Iterator[Decision]:
    name = compiled.guideline.name
    inclusion, table, _ = compiled.inclusion
    yield Decision(name, "inclusion", name, tuple(row.rule for row in inclusion.rows), table)
    for targets in (*compiled.defaults, *compiled.others):
        content = targets.content
        rules = tuple(row.rule for row in content.rows)
        yield Decision(name, "targets", content.profile, rules, targets.table, targets.applies)
    for classes, table, _ in compiled.classes:
        yield Decision(name, "class", classes.name, tuple(row.rule for row in classes.rows), table)
    for interval, table, _ in compiled.intervals:
        yield Decision(name, "interval", interval.what, tuple(row.rule for row in interval.rows), table)
    for score, table, _ in compiled.scores:
        yield Decision(name, "score", score.score, (score.rule,), table)
    for kind, rules_alone in (("flag", compiled.flags), ("proposal", compiled.proposals), ("order", compiled.orders)):
        for rule in rules_alone:
            yield Decision(name, kind, rule.row.rule, (rule.row.rule,), rule.table)


def _deciding(decision: Decision, compiler: ExpressionCompiler) -> ir.StringValue:
    """Give the rule of the first row that is yes. A row that is no or not known is passed, as in the first engine."""
    branches = [
        (compiler.compile(condition), rule) for condition, rule in zip(decision.table.rows, decision.rules, strict=True)
    ]
    if decision.applies is not None:
        not_for = ~reduce(or_, map(compiler.compile, decision.applies.rows)).fill_null(False)
        branches.insert(0, (not_for, ibis.null("string")))
    return ibis.cases(*branches, else_=ibis.null("string"))
