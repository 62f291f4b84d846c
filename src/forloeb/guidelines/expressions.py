"""What a rule's condition is made of: a small tree of comparisons, joined by and, or, not and count.

A fact is compared with constants only (numbers, parameters' values, quoted answers): what must be calculated is
declared as a fact of its own. So every comparison has a constant side, which is what lets one tree be compiled for
one patient (`logic`) and for a population. `parsing` reads the tree from text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Operator = Literal["<", "<=", ">", ">=", "==", "!="]


@dataclass(frozen=True, slots=True)
class Compare:
    """A fact held against a number."""

    fact: str
    operator: Operator
    number: Decimal


@dataclass(frozen=True, slots=True)
class OneOf:
    """A fact that is one of some answers."""

    fact: str
    answers: frozenset[str]


@dataclass(frozen=True, slots=True)
class IsYes:
    """A yes/no fact that is yes."""

    fact: str


@dataclass(frozen=True, slots=True)
class IsKnown:
    """Whether a fact is known at all, if only as a bound: never unknown itself."""

    fact: str


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; unknown stays unknown."""

    part: Expression


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the parts."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class CountIs:
    """How many of the parts are yes, held against a whole number."""

    parts: tuple[Expression, ...]
    operator: Operator
    number: Decimal


@dataclass(frozen=True, slots=True)
class Always:
    """What holds for everybody: the last row of a table."""


Atom = Compare | OneOf | IsYes | IsKnown
Expression = Atom | Not | And | Or | CountIs | Always


def atoms(expression: Expression) -> Iterator[Atom]:
    """Give every comparison in an expression, in the order they stand."""
    match expression:
        case Compare() | OneOf() | IsYes() | IsKnown():
            yield expression
        case Not(part):
            yield from atoms(part)
        case And(parts) | Or(parts) | CountIs(parts):
            for part in parts:
                yield from atoms(part)


def facts_of(*expressions: Expression) -> tuple[str, ...]:
    """Give the facts that expressions speak of, each once, in the order they stand."""
    return tuple(dict.fromkeys(atom.fact for expression in expressions for atom in atoms(expression)))


def compare(value: Decimal, operator: Operator, number: Decimal) -> bool:
    """Hold two numbers against each other, without rounding."""
    match operator:
        case "<":
            return value < number
        case "<=":
            return value <= number
        case ">":
            return value > number
        case ">=":
            return value >= number
        case "==":
            return value == number
        case "!=":
            return value != number
