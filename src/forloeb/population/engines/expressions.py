"""From a parsed expression to an ibis expression over the facts relation. Null is unknown, as it is in SQL.

SQL's *and*, *or* and *not* are Kleene's, so they are used as they are. What SQL does not know is a number that was
reported as a bound: `>90` is above 60, is not below 90, and whether it is above 100 is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import reduce
from operator import and_, eq, ge, gt, le, lt, ne, or_

import ibis
import ibis.expr.types as ir

from forloeb.guidelines.expressions import (
    Always,
    And,
    Compare,
    CountIs,
    Expression,
    IsKnown,
    IsYes,
    Not,
    OneOf,
    Operator,
    Or,
    Surely,
)
from forloeb.population.facts.columns import FactColumn, Kind

NUMBER = "decimal(28, 9)"
"""How numbers are held and compared: exactly, as in the engine for one patient."""

_PYTHON = {"<": lt, "<=": le, ">": gt, ">=": ge, "==": eq, "!=": ne}


class CannotCompile(ValueError):
    """What this engine cannot ask the facts relation. The text says which fact, and what is wrong."""


class ExpressionCompiler:
    """Compiles expressions over one facts relation."""

    def __init__(self, relation: ir.Table, columns: Mapping[str, FactColumn]) -> None:
        self._relation = relation
        self._columns = columns

    def compile(self, expression: Expression) -> ir.BooleanValue:
        """Give yes, no or null for every row. Raises CannotCompile."""
        match expression:
            case Always():
                return ibis.literal(True)
            case IsKnown(fact):
                return self._relation[self._column(fact).fact].notnull()
            case IsYes(fact):
                return self._relation[self._column(fact, Kind.YES_NO).fact]
            case OneOf(fact, answers):
                return self._relation[self._column(fact, Kind.ANSWER).fact].isin(sorted(answers))
            case Compare(fact, operator, number):
                return self._compare(self._column(fact, Kind.NUMBER), operator, number)
            case Not(part):
                return ~self.compile(part)
            case Surely(part):
                return self.compile(part).fill_null(False)
            case And(parts):
                return reduce(and_, map(self.compile, parts))
            case Or(parts):
                return reduce(or_, map(self.compile, parts))
            case CountIs(parts, operator, number):
                return _count([self.compile(part) for part in parts], operator, number)

    def _column(self, fact: str, kind: Kind | None = None) -> FactColumn:
        column = self._columns.get(fact)
        if column is None:
            raise CannotCompile(f"the fact '{fact}' is not in the facts relation: it is known only when the goals are")
        if kind is not None and column.kind is not kind:
            raise CannotCompile(f"the fact '{fact}' is told as {column.kind.value}, and is asked as {kind.value}")
        return column

    def _compare(self, column: FactColumn, operator: Operator, number: Decimal) -> ir.BooleanValue:
        value, sign = self._relation[column.fact], self._relation[column.comparator]
        limit = ibis.literal(number).cast(NUMBER)
        match operator:
            case "<":
                return _below(value, sign, limit, strictly=True)
            case "<=":
                return _below(value, sign, limit, strictly=False)
            case ">":
                return ~_below(value, sign, limit, strictly=False)
            case ">=":
                return ~_below(value, sign, limit, strictly=True)
            case "==":
                return _equal(value, sign, limit)
            case "!=":
                return ~_equal(value, sign, limit)


def _below(value: ir.Value, sign: ir.Value, limit: ir.Value, *, strictly: bool) -> ir.BooleanValue:
    """Answer `<` (strictly) or `<=`. A bound answers only where every number that it allows answers the same."""
    exact = value < limit if strictly else value <= limit
    return ibis.cases(
        (sign.isnull(), exact),
        ((sign == "<") & (value <= limit), True),
        ((sign == "<=") & exact, True),
        ((sign == ">") & (value >= limit), False),
        ((sign == ">=") & ~exact, False),
        else_=ibis.null("boolean"),
    )


def _equal(value: ir.Value, sign: ir.Value, limit: ir.Value) -> ir.BooleanValue:
    """Answer `==`: a bound can say that it is another number, and never that it is this one."""
    return ibis.cases(
        (sign.isnull(), value == limit),
        ((sign == "<") & (value <= limit), False),
        ((sign == "<=") & (value < limit), False),
        ((sign == ">") & (value >= limit), False),
        ((sign == ">=") & (value > limit), False),
        else_=ibis.null("boolean"),
    )


def _count(parts: list[ir.BooleanValue], operator: Operator, number: int) -> ir.BooleanValue:
    """Hold how many are yes against a number: known where the fewest, the most and all between answer the same."""
    least = _how_many(part.fill_null(False) for part in parts)
    most = _how_many(part.fill_null(True) for part in parts)
    held = _PYTHON[operator]
    if operator in ("==", "!="):
        settled = (least == most) | (least > number) | (most < number)
    else:
        settled = held(least, number) == held(most, number)
    return ibis.cases((settled, held(least, number)), else_=ibis.null("boolean"))


def _how_many(parts: Iterable[ir.BooleanValue]) -> ir.IntegerValue:
    total: ir.IntegerValue = sum((ibis.ifelse(part, 1, 0) for part in parts), start=ibis.literal(0))
    return total
