"""Three-valued logic over a tree: yes, no or unknown, what makes it so, and closures that answer fast.

`Truth` carries the three answers as True, False and None inside this room's hot paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from forloeb.guidelines.expressions import (
    Always,
    And,
    Atom,
    Compare,
    CountIs,
    Expression,
    IsKnown,
    IsYes,
    Not,
    OneOf,
    Or,
    compare,
)

Truth = bool | None
Ask = Callable[[Atom], Truth]
Closure = Callable[[Sequence[Any]], Truth]


def holds(expression: Expression, ask: Ask) -> Truth:
    """Answer an expression from its atoms' answers, by Kleene's rules."""
    match expression:
        case Compare() | OneOf() | IsYes() | IsKnown():
            return ask(expression)
        case Not(part):
            answer = holds(part, ask)
            return None if answer is None else not answer
        case And(parts):
            return _settled((holds(part, ask) for part in parts), by=False)
        case Or(parts):
            return _settled((holds(part, ask) for part in parts), by=True)
        case CountIs(parts, operator, number):
            return _counted([holds(part, ask) for part in parts], lambda n: compare(Decimal(n), operator, number))
        case Always():
            return True


def _settled(answers: Iterable[Truth], *, by: bool) -> Truth:
    unknown = False
    for answer in answers:
        if answer is by:
            return by
        unknown = unknown or answer is None
    return None if unknown else not by


def _counted(answers: list[Truth], fits: Callable[[int], bool]) -> Truth:
    """Answer a count: settled when every number that the unknown parts leave open fits, or none does."""
    least, most = answers.count(True), len(answers) - answers.count(False)
    outcomes = {fits(n) for n in range(least, most + 1)}
    return outcomes.pop() if len(outcomes) == 1 else None


def reasons(expression: Expression, ask: Ask) -> Iterator[Atom]:
    """Give atoms that alone settle the answer: an `and` that is no needs one part, one that is yes needs all."""
    answer = holds(expression, ask)
    match expression:
        case Compare() | OneOf() | IsYes() | IsKnown():
            yield expression
        case Not(part):
            yield from reasons(part, ask)
        case And(parts) if answer is False:
            yield from reasons(next(part for part in parts if holds(part, ask) is False), ask)
        case Or(parts) if answer is True:
            yield from reasons(next(part for part in parts if holds(part, ask) is True), ask)
        case And(parts) | Or(parts) | CountIs(parts):
            for part in parts:
                yield from reasons(part, ask)


def open_atoms(expression: Expression, ask: Ask) -> Iterator[Atom]:
    """Give the atoms that leave an expression unknown."""
    if holds(expression, ask) is not None:
        return
    match expression:
        case Compare() | OneOf() | IsYes() | IsKnown():
            yield expression
        case Not(part):
            yield from open_atoms(part, ask)
        case And(parts) | Or(parts) | CountIs(parts):
            for part in parts:
                yield from open_atoms(part, ask)


def closure(expression: Expression, atom_closure: Callable[[Atom], Closure]) -> Closure:
    """Compile an expression to a function of a patient's regions (see `regions`)."""
    match expression:
        case Compare() | OneOf() | IsYes() | IsKnown():
            return atom_closure(expression)
        case Not(part):
            inner = closure(part, atom_closure)
            return lambda keys: None if (answer := inner(keys)) is None else not answer
        case And(parts) | Or(parts):
            return _joined([closure(part, atom_closure) for part in parts], by=isinstance(expression, Or))
        case CountIs(parts, operator, number):
            counted = [closure(part, atom_closure) for part in parts]
            fits = [compare(Decimal(n), operator, number) for n in range(len(parts) + 1)]
            return lambda keys: _counted([part(keys) for part in counted], fits.__getitem__)
        case Always():
            return lambda keys: True


def _joined(parts: list[Closure], *, by: bool) -> Closure:
    otherwise = not by

    def joined(keys: Sequence[Any]) -> Truth:
        unknown = False
        for part in parts:
            answer = part(keys)
            if answer is by:
                return by
            if answer is None:
                unknown = True
        return None if unknown else otherwise

    return joined
