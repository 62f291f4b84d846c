"""The language that rules are written in: closed, three-valued, and about one patient.

    age >= 75 and not frail
    50 <= fev1_pct < 80
    smoking in ["dagligt", "lejlighedsvis"]
    count(is_male, long_smoker, on_insulin) >= 2
    is_known(uacr)

A fact is compared with numbers, parameters and quoted answers only: a number that must be calculated is declared as
a fact of its own. So every comparison has a constant side, which is what lets one parse be compiled for one patient
(`tables.py`) and, later, for a population. Parsed by Python's own parser and narrowed to the few nodes below.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
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
    """Whether a fact is known at all: never unknown itself."""

    fact: str


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; unknown stays unknown."""

    part: Expression


@dataclass(frozen=True, slots=True)
class Surely:
    """Yes where the part is known to be yes, otherwise no: an exception that is not known takes nothing away."""

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
    number: int


@dataclass(frozen=True, slots=True)
class Always:
    """What holds for everybody: the last row of a table."""


Atom = Compare | OneOf | IsYes | IsKnown
Expression = Atom | Not | Surely | And | Or | CountIs | Always


class ExpressionError(ValueError):
    """An expression that cannot be read; the text says what and what to do."""


@dataclass(frozen=True, slots=True)
class Names:
    """What an expression may speak of: facts (None), numbers by name, and derived facts by their own expression."""

    facts: Collection[str]
    numbers: Mapping[str, Decimal]
    derived: Callable[[str], Expression | None]


def parse(text: str, names: Names) -> Expression:
    """Read an expression. Raises ExpressionError."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ExpressionError(f"cannot be read at character {error.offset}: {text!r}") from None
    return _Reader(names, text).read(tree.body)


_OPERATORS: dict[type[ast.cmpop], Operator] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_MIRRORED: dict[Operator, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True, slots=True)
class _Reader:
    names: Names
    text: str

    def read(self, node: ast.expr) -> Expression:
        match node:
            case ast.BoolOp(op=ast.And()):
                return And(tuple(self.read(value) for value in node.values))
            case ast.BoolOp(op=ast.Or()):
                return Or(tuple(self.read(value) for value in node.values))
            case ast.UnaryOp(op=ast.Not()):
                return Not(self.read(node.operand))
            case ast.Compare():
                return self._comparison(node)
            case ast.Call(func=ast.Name(id="is_known"), args=[ast.Name(id=fact)], keywords=[]):
                return IsKnown(self._fact(fact))
            case ast.Name(id=name):
                return self.names.derived(name) or IsYes(self._fact(name))
            case ast.Constant(value=True):
                return Always()
        raise ExpressionError(f"'{ast.unparse(node)}' is not something a rule may say (in {self.text!r})")

    def _comparison(self, node: ast.Compare) -> Expression:
        sides = [node.left, *node.comparators]
        parts = tuple(self._pair(sides[i], operator, sides[i + 1]) for i, operator in enumerate(node.ops))
        return parts[0] if len(parts) == 1 else And(parts)

    def _pair(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Expression:
        if isinstance(operator, ast.In | ast.NotIn):
            found = OneOf(self._fact(self._name(left)), frozenset(self._answers(right)))
            return found if isinstance(operator, ast.In) else Not(found)
        sign = _OPERATORS.get(type(operator))
        if sign is None:
            raise ExpressionError(f"only < <= > >= == != and in compare (in {self.text!r})")
        if self._is_number(left):
            left, right, sign = right, left, _MIRRORED[sign]
        if isinstance(left, ast.Call) and isinstance(left.func, ast.Name) and left.func.id == "count":
            return CountIs(tuple(self.read(part) for part in left.args), sign, int(self._number(right)))
        if isinstance(right, ast.Constant) and isinstance(right.value, str):
            same = OneOf(self._fact(self._name(left)), frozenset([right.value]))
            return same if sign == "==" else Not(same)
        return Compare(self._fact(self._name(left)), sign, self._number(right))

    def _is_number(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self.names.numbers
        return isinstance(node, ast.UnaryOp) or (isinstance(node, ast.Constant) and isinstance(node.value, int | float))

    def _number(self, node: ast.expr) -> Decimal:
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return Decimal(str(value))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return -Decimal(str(value))
            case ast.Name(id=name) if name in self.names.numbers:
                return self.names.numbers[name]
        raise ExpressionError(
            f"'{ast.unparse(node)}' is neither a number nor a parameter (in {self.text!r})."
            " A fact is compared with a number; declare what must be calculated as a fact."
        )

    def _answers(self, node: ast.expr) -> Iterator[str]:
        if not isinstance(node, ast.List | ast.Tuple):
            raise ExpressionError(f"'in' is followed by a list of quoted answers (in {self.text!r})")
        for item in node.elts:
            if not isinstance(item, ast.Constant) or not isinstance(item.value, str):
                raise ExpressionError(f"'{ast.unparse(item)}' is not a quoted answer (in {self.text!r})")
            yield item.value

    def _name(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return node.id
        raise ExpressionError(f"'{ast.unparse(node)}' is not a fact (in {self.text!r})")

    def _fact(self, name: str) -> str:
        if name in self.names.facts:
            return name
        near = difflib.get_close_matches(name, [*self.names.facts, *self.names.numbers], n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ExpressionError(f"unknown fact '{name}' (in {self.text!r}).{hint}")


def atoms(expression: Expression) -> Iterator[Atom]:
    """Give every comparison in an expression, in the order they stand."""
    match expression:
        case Compare() | OneOf() | IsYes() | IsKnown():
            yield expression
        case Not(part) | Surely(part):
            yield from atoms(part)
        case And(parts) | Or(parts) | CountIs(parts):
            for part in parts:
                yield from atoms(part)


def doubts(expression: Expression) -> Iterator[Atom]:
    """Give the comparisons whose not being known is passed over: those of exceptions."""
    match expression:
        case Surely(part):
            yield from atoms(part)
        case Not(part):
            yield from doubts(part)
        case And(parts) | Or(parts) | CountIs(parts):
            for part in parts:
                yield from doubts(part)


Truth = bool | None
"""Yes, no or unknown, as the fast paths carry it."""


def evaluate(expression: Expression, truth: Callable[[Atom], Truth]) -> Truth:
    """Answer an expression from its atoms' answers, by Kleene's rules."""
    match expression:
        case Compare() | OneOf() | IsYes() | IsKnown():
            return truth(expression)
        case Not(part):
            answer = evaluate(part, truth)
            return None if answer is None else not answer
        case Surely(part):
            return evaluate(part, truth) is True
        case And(parts):
            return _settled(parts, truth, by=False)
        case Or(parts):
            return _settled(parts, truth, by=True)
        case CountIs(parts, operator, number):
            answers = [evaluate(part, truth) for part in parts]
            least, most = answers.count(True), len(answers) - answers.count(False)
            outcomes = {compare(Decimal(n), operator, Decimal(number)) for n in range(least, most + 1)}
            return outcomes.pop() if len(outcomes) == 1 else None
        case Always():
            return True


def _settled(parts: tuple[Expression, ...], truth: Callable[[Atom], Truth], *, by: bool) -> Truth:
    unknown = False
    for part in parts:
        answer = evaluate(part, truth)
        if answer is by:
            return by
        unknown = unknown or answer is None
    return None if unknown else not by


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
