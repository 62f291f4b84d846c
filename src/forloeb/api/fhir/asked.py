"""What a search asks for: FHIR's parameters, as conditions of the room that knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal

from forloeb.api.fhir.problems import invalid
from forloeb.fhir.served.parts import HERE
from forloeb.kernel.codes import UCUM, Coding
from forloeb.people.searching import Amount, Code, Compared, Condition, Day, Field, Link, Moment, Text, any_of, none_of

Kind = Literal["token", "date", "quantity", "string", "reference"]

_PREFIXES: Mapping[str, Compared] = {
    "eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "sa": ">", "eb": "<",
}  # fmt: skip
_PREFIXED = re.compile(r"(eq|ne|lt|le|gt|ge|sa|eb)?(.+)", re.DOTALL)
_MODIFIERS: Mapping[Kind, frozenset[str]] = {
    "token": frozenset({"not"}),
    "string": frozenset({"exact", "contains"}),
    "reference": frozenset(),
    "date": frozenset(),
    "quantity": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter: its kind, and the fields it asks (one is enough). `is_personal`: never in an address."""

    kind: Kind
    fields: tuple[Field, ...]
    is_personal: bool = False
    documentation: str = ""


def condition_of(name: str, parameter: Parameter, modifier: str, value: str) -> Condition:
    """Give what one parameter asks for; values joined by commas are any of them. Raises Problem."""
    where = f"{name}:{modifier}" if modifier else name
    if modifier and modifier not in _MODIFIERS[parameter.kind] and parameter.kind != "reference":
        raise invalid(f"This parameter takes no modifier of that name; it takes {_known(parameter.kind)}.", name)
    found = [
        _one(where, one, modifier, value_) for value_ in _values(value) for one in _meant(parameter, modifier, value_)
    ]
    return none_of(any_of(found)) if modifier == "not" else any_of(found)


def _meant(parameter: Parameter, modifier: str, value: str) -> Iterable[Field]:
    """Give the fields that a value asks: of links to several kinds, those to the kind that it names."""
    kind = modifier or value.rpartition("/")[0].rpartition("/")[2]
    named = [one for one in parameter.fields if isinstance(one, Link) and one.kind == kind]
    return named or parameter.fields


def _known(kind: Kind) -> str:
    return ", ".join(sorted(_MODIFIERS[kind])) or "none"


def _values(text: str) -> Iterable[str]:
    """Split at commas that are not escaped."""
    for part in re.split(r"(?<!\\),", text):
        yield re.sub(r"\\([,|$\\])", r"\1", part)


def _one(where: str, field: Field, modifier: str, value: str) -> Condition:
    if not value:
        raise invalid("The parameter has no value: leave it out, or write what you look for.", where)
    if "\x00" in value:
        raise invalid("The value has a character that no text here can have.", where)
    match field:
        case Code():
            return _token(field, value)
        case Day() | Moment():
            return _when(where, field, value)
        case Amount():
            return _quantity(where, field, value)
        case Text():
            return {"exact": field.is_, "contains": field.contains}.get(modifier, field.begins)(value)
        case Link():
            return field.is_(_target(where, field, modifier, value))


def _token(field: Code, value: str) -> Condition:
    if "|" not in value:
        return field.is_(None, value)
    system, _, code = value.partition("|")
    if not code:
        return field.is_(Coding.of(system, "").system, None)
    coding = Coding.of(system, code) if system else None
    return field.is_(coding.system if coding else "", code)


def _when(where: str, field: Day | Moment, value: str) -> Condition:
    prefix, text = _PREFIXED.fullmatch(value).groups()  # type: ignore[union-attr]
    first, after = _span(where, text)
    how = _PREFIXES[prefix or "eq"]
    if isinstance(field, Day):
        last = after - timedelta(microseconds=1)
        return field.compared(how, first.date(), last.date() + timedelta(days=1))
    return field.compared(how, first, after)


_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?")


def _span(where: str, text: str) -> tuple[datetime, datetime]:
    """Give the first moment that a date or a time means, and the first after it. Danish time unless it says another."""
    parts = _DATE.fullmatch(text)
    if parts is None:
        raise invalid("This is no date: write 2026, 2026-11, 2026-11-23 or 2026-11-23T10:30:00+01:00.", where)
    year, month, day, hour, _, second, _ = parts.groups()
    try:
        if hour is not None:
            read = datetime.fromisoformat(text)
            first = read if read.tzinfo else read.replace(tzinfo=HERE)
            return first, first + (timedelta(seconds=1) if second else timedelta(minutes=1))
        begin = date(int(year), int(month or 1), int(day or 1))
        if day:
            end = begin + timedelta(days=1)
        elif month:
            end = (begin.replace(day=28) + timedelta(days=4)).replace(day=1)
        else:
            end = begin.replace(year=begin.year + 1)
    except (ValueError, OverflowError):
        raise invalid("There is no such day.", where) from None
    return _midnight(begin), _midnight(end)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=HERE)


def _quantity(where: str, field: Amount, value: str) -> Condition:
    prefix, rest = _PREFIXED.fullmatch(value).groups()  # type: ignore[union-attr]
    number, *units = rest.split("|")
    if len(units) not in (0, 2) or (units and units[0] not in ("", UCUM)):
        raise invalid("Write a number, or a number with its UCUM unit: 53|http://unitsofmeasure.org|mmol/mol.", where)
    try:
        amount = Decimal(number)
        half = Decimal(1).scaleb(int(amount.as_tuple().exponent)) / 2
    except (InvalidOperation, ValueError, TypeError):
        raise invalid("This is no number: write 53 or 7.5.", where) from None
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 8:
        raise invalid("This number is none that is measured.", where)
    lowest, highest = (amount - half, amount + half) if (prefix or "eq") in ("eq", "ne") else (amount, amount)
    if prefix in ("gt", "le", "sa"):
        highest = amount + Decimal("0.000001")
    return field.compared(_PREFIXES[prefix or "eq"], lowest, highest, units[1] if units else None)


def _target(where: str, field: Link, modifier: str, value: str) -> str:
    kind, _, name = value.rpartition("/")
    kind = kind.rpartition("/")[2]
    if (kind and kind != field.kind) or (modifier and modifier != field.kind):
        raise invalid(f"This parameter points at a {field.kind}.", where)
    if not re.fullmatch(r"[A-Za-z0-9.\-]{1,64}", name):
        raise invalid("This is no id of a resource.", where)
    return name
