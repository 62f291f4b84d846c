"""Rules in words a doctor reads: `uacr >= 30` becomes *albumin/kreatinin-ratio ≥ 30 mg/g*."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from forloeb.guidelines.expressions import (
    Always,
    And,
    Compare,
    CountIs,
    Expression,
    IsKnown,
    IsYes,
    Names,
    Not,
    OneOf,
    Or,
    Surely,
    parse,
)
from forloeb.guidelines.library import Guideline, Library
from forloeb.guidelines.schema import FactDeclaration

_WORDS = {
    "da": {"and": "og", "or": "eller", "not": "ikke", "known": "er kendt", "of": "af", "all": "alle"},
    "en": {"and": "and", "or": "or", "not": "not", "known": "is known", "of": "of", "all": "everybody"},
}
_SIGNS = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠"}
_UNITS = {"da": {"a": "år", "mo": "mdr."}, "en": {"a": "years", "mo": "months"}}


def in_words(text: str, library: Library, guideline: Guideline, language: str, *, as_of: date) -> str:
    """Write an expression in words, with facts by their titles and the parameters' numbers of a day."""
    names = library.names(guideline, as_of)
    # Derived facts keep their names: a reader wants `three risk factors`, not the six of them each time.
    shallow = Names(names.facts, names.numbers, lambda _: None)
    said = _Speaker(library.fact_layer.declared, language).say(parse(text, shallow))
    return said[:1].upper() + said[1:] if said[1:2].islower() else said


def number_words(number: Decimal | str, language: str) -> str:
    """Write a number as the language does."""
    return str(number).replace(".", ",") if language == "da" else str(number)


def unit_words(unit: str, language: str) -> str:
    """Write a unit as the language does: `a` is years."""
    return _UNITS[language].get(unit, unit)


_JOINT = {"sbp": {"da": "systolisk", "en": "systolic"}, "dbp": {"da": "diastolisk", "en": "diastolic"}}
"""Goals that several measures are held against."""


def goal_name(library: Library, name: str, language: str) -> str:
    """Name a measure, or a goal that several measures share."""
    if name in _JOINT:
        return _JOINT[name][language]
    measure = library.measures.get(name)
    return measure.name.in_language(language) if measure else name


class _Speaker:
    def __init__(self, declared: Mapping[str, FactDeclaration], language: str) -> None:
        self._declared = declared
        self._language = language
        self._words = _WORDS[language]

    def say(self, expression: Expression) -> str:
        match expression:
            case Compare(fact, operator, number):
                unit = unit_words(self._declared[fact].unit, self._language)
                value = number_words(number, self._language)
                return f"{self._title(fact)} {_SIGNS.get(operator, operator)} {value} {unit}".rstrip()
            case OneOf(fact, answers):
                return f"{self._title(fact)}: {' / '.join(sorted(answers))}"
            case IsYes(fact):
                return self._title(fact)
            case IsKnown(fact):
                return f"{self._title(fact)} {self._words['known']}"
            case Not(part):
                return f"{self._words['not']} {self._part(part)}"
            case Surely(part):
                return self.say(part)
            case And(parts):
                return f" {self._words['and']} ".join(self._part(part) for part in parts)
            case Or(parts):
                return f" {self._words['or']} ".join(self._part(part) for part in parts)
            case CountIs(parts, operator, number):
                listed = ", ".join(self.say(part) for part in parts)
                return f"{_SIGNS.get(operator, operator)} {number} {self._words['of']}: {listed}"
            case Always():
                return self._words["all"]

    def _part(self, part: Expression) -> str:
        return f"({self.say(part)})" if isinstance(part, And | Or) else self.say(part)

    def _title(self, fact: str) -> str:
        title = self._declared[fact].title.in_language(self._language)
        return title if title[1:2].isupper() or title[1:2].isdigit() else title[:1].lower() + title[1:]
