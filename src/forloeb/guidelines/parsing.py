"""The language that rules are written in: closed, three-valued, about one patient.

    age >= 75 and not frail
    50 <= fev1_pct < 80
    smoking in ["dagligt", "lejlighedsvis"]
    count(is_male, family_cvd, rf_smoking) >= 2
    is_known(uacr)
    true

`or` binds loosest, then `and`, then `not`. A declared fact that is itself an expression is read in its place.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple, cast

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
)

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[^\W\d]\w*)|(?P<text>"[^"]*"|'[^']*')|(?P<sign><=|>=|==|!=|[<>()\[\],]))"""
)
_COMPARES = frozenset({"<", "<=", ">", ">=", "==", "!="})
_WORDS = frozenset({"and", "or", "not", "in", "count", "is_known", "true", "True"})
_MIRRORED: dict[str, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class ExpressionError(ValueError):
    """An expression that cannot be read; the text says what, where, and what to do."""


class FactKind(NamedTuple):
    """What a fact can be; `answers` are those a choice offers, None where they are not told."""

    kind: Literal["number", "yes_no", "choice"]
    answers: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What an expression may speak of: facts by kind, numbers by name, and facts declared by their own expression."""

    facts: Mapping[str, FactKind]
    numbers: Mapping[str, Decimal]
    derived: Callable[[str], Expression | None] = lambda _: None


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


class _Counted(NamedTuple):
    parts: tuple[Expression, ...]
    at: int


_Operand = _Token | _Counted


def parse(text: str, names: Names) -> Expression:
    """Read an expression. Raises ExpressionError."""
    reader = _Reader(text, names)
    found = reader.either()
    reader.expect("end", "")
    return found


class _Reader:
    """Reads by descent, one method for each level of binding."""

    def __init__(self, text: str, names: Names) -> None:
        self.text, self.names = text, names
        self.tokens = self._split()
        self.place = 0

    def _split(self) -> list[_Token]:
        tokens, at = [], 0
        while self.text[at:].strip():
            found = _TOKEN.match(self.text, at)
            if found is None:
                at += len(self.text[at:]) - len(self.text[at:].lstrip())
                raise self._error(f"unexpected {self.text[at]!r}", at)
            kind = cast(str, found.lastgroup)
            tokens.append(_Token(kind, found[kind], found.start(kind)))
            at = found.end()
        return [*tokens, _Token("end", "", len(self.text))]

    # --- levels

    def either(self) -> Expression:
        parts = [self.both()]
        while self._take("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def both(self) -> Expression:
        parts = [self.negated()]
        while self._take("and"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def negated(self) -> Expression:
        return Not(self.negated()) if self._take("not") else self.comparison()

    def comparison(self) -> Expression:
        if self._take("("):
            found = self.either()
            self.expect("sign", ")")
            return found
        if self._take("is_known"):
            return self._is_known()
        if self._take("true") or self._take("True"):
            return Always()
        return self._chain()

    def _is_known(self) -> Expression:
        self.expect("sign", "(")
        fact = self._fact(self.expect("name"))
        self.expect("sign", ")")
        return IsKnown(fact)

    def _chain(self) -> Expression:
        """Read `fact`, `fact in [...]`, or a chain such as `50 <= fact < 80` or `1 <= count(a, b) < 3`."""
        left, parts = self._operand(), []
        if isinstance(left, _Token) and left.kind == "name" and self._peek().text in ("in", "not"):
            return self._membership(left)
        while self._peek().text in _COMPARES:
            sign, right = self._next().text, self._operand()
            parts.append(self._pair(left, sign, right))
            left = right
        if parts:
            return parts[0] if len(parts) == 1 else And(tuple(parts))
        return self._yes(left)

    def _operand(self) -> _Operand:
        at = self._peek().at
        if not self._take("count"):
            return self._next()
        self.expect("sign", "(")
        parts = [self.either()]
        while self._take(","):
            parts.append(self.either())
        self.expect("sign", ")")
        return _Counted(tuple(parts), at)

    def _yes(self, operand: _Operand) -> Expression:
        if isinstance(operand, _Counted):
            raise self._error("a count is compared with a number", operand.at)
        if operand.kind != "name":
            raise self._error(f"a fact is expected, not {operand.text!r}", operand.at)
        derived = self.names.derived(operand.text)
        if derived is not None:
            return derived
        fact = self._fact(operand)
        if self.names.facts[fact].kind != "yes_no":
            raise self._error(f"'{fact}' is not a yes/no fact; compare it with something", operand.at)
        return IsYes(fact)

    def _membership(self, name: _Token) -> Expression:
        negative = self._take("not")
        self.expect("name", "in")
        self.expect("sign", "[")
        answers = [self.expect("text")]
        while self._take(","):
            answers.append(self.expect("text"))
        self.expect("sign", "]")
        found = self._one_of(name, answers)
        return Not(found) if negative else found

    def _pair(self, left: _Operand, sign: str, right: _Operand) -> Expression:
        if self._is_number(left) or isinstance(right, _Counted):
            left, right, sign = right, left, _MIRRORED[sign]
        if isinstance(right, _Counted):
            raise self._error("a count is compared with a number", right.at)
        operator = cast(Operator, sign)
        if isinstance(left, _Counted):
            return CountIs(left.parts, operator, self._number(right))
        if right.kind == "text":
            return self._answered(left, sign, right)
        fact = self._fact(left)
        if self.names.facts[fact].kind != "number":
            raise self._error(f"'{fact}' is not a number", left.at)
        return Compare(fact, operator, self._number(right))

    def _is_number(self, operand: _Operand) -> bool:
        return isinstance(operand, _Token) and (operand.kind == "number" or operand.text in self.names.numbers)

    def _answered(self, name: _Token, sign: str, answer: _Token) -> Expression:
        if sign not in ("==", "!="):
            raise self._error("a quoted answer is compared with == or != or in", answer.at)
        same = self._one_of(name, [answer])
        return same if sign == "==" else Not(same)

    def _one_of(self, name: _Token, answers: list[_Token]) -> OneOf:
        fact = self._fact(name)
        kind = self.names.facts[fact]
        if kind.kind != "choice":
            raise self._error(f"'{fact}' is not chosen among answers", name.at)
        for answer in answers:
            said = answer.text[1:-1]
            if kind.answers is not None and said not in kind.answers:
                hint = _suggest(said, kind.answers)
                raise self._error(f"'{fact}' is never '{said}'", answer.at, hint or f" It is {_listed(kind.answers)}.")
        return OneOf(fact, frozenset(answer.text[1:-1] for answer in answers))

    # --- words

    def _number(self, token: _Token) -> Decimal:
        if token.kind == "number":
            return Decimal(token.text)
        if token.text in self.names.numbers:
            return self.names.numbers[token.text]
        if token.text in self.names.facts:
            reason = (
                "a fact is compared with a number, not with another fact; declare what must be calculated as a fact"
            )
            raise self._error(reason, token.at)
        hint = _suggest(token.text, self.names.numbers)
        raise self._error(f"'{token.text}' is neither a number nor a parameter", token.at, hint)

    def _fact(self, token: _Token) -> str:
        if token.kind == "name" and token.text in self.names.facts and token.text not in _WORDS:
            if self.names.derived(token.text) is not None:
                reason = f"'{token.text}' is declared by an expression: it is yes or no, and stands alone"
                raise self._error(reason, token.at)
            return token.text
        hint = _suggest(token.text, [*self.names.facts, *self.names.numbers])
        raise self._error(f"unknown fact '{token.text}'", token.at, hint)

    def _peek(self) -> _Token:
        return self.tokens[self.place]

    def _next(self) -> _Token:
        token = self.tokens[self.place]
        if token.kind == "end":
            raise self._error("the expression ends too early", token.at)
        self.place += 1
        return token

    def _take(self, text: str) -> bool:
        token = self._peek()
        if token.text != text or token.kind == "text":
            return False
        self.place += 1
        return True

    def expect(self, kind: str, text: str | None = None) -> _Token:
        """Take a token of a kind, and of a text where one is given. Raises ExpressionError."""
        token = self._peek()
        if token.kind != kind or (text is not None and token.text != text):
            wanted = {"end": "the end", "name": "a fact", "text": "a quoted answer"}.get(kind, repr(text))
            found = repr(token.text) if token.kind != "end" else "the end"
            raise self._error(f"{wanted if not text else repr(text)} is expected, not {found}", token.at)
        self.place += token.kind != "end"
        return token

    def _error(self, what: str, at: int, hint: str = "") -> ExpressionError:
        return ExpressionError(f"{what} at character {at + 1} of `{self.text.strip()}`.{hint}")


def _suggest(name: str, known: Mapping[str, object] | frozenset[str] | list[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


def _listed(answers: frozenset[str]) -> str:
    return " or ".join(f"'{answer}'" for answer in sorted(answers))
