"""The language of rules: closed, three-valued, and clear about what it does not understand."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from forloeb.guidelines.axes import Axes
from forloeb.guidelines.expressions import ExpressionError, Names, parse
from forloeb.guidelines.results import FactUsed
from forloeb.guidelines.tables import Table
from forloeb.kernel.content import Localized

FACTS = ("age", "uacr", "frail", "smoking", "hba1c", "on_insulin")
NAMES = Names(FACTS, {"albuminuria": Decimal(30)}, lambda _: None)


def fact(name: str, value: object, comparator: str | None = None) -> FactUsed:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = Decimal(str(value))
    return FactUsed(name, Localized(da=name, en=name), value, comparator)  # type: ignore[arg-type]


def answer(text: str, **values: object) -> bool | None:
    """Answer an expression for a patient: True, False, or None for unknown."""
    expression = parse(text, NAMES)
    axes = Axes([expression])
    facts = {}
    for name, value in values.items():
        facts[name] = fact(name, *value) if isinstance(value, tuple) else fact(name, value)
    outcome = Table([expression], axes).decide(axes.keys(facts))
    if outcome.row is not None:
        return True
    return None if outcome.missing else False


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("age >= 75", {"age": 75}, True),
        ("age >= 75", {"age": 74}, False),
        ("age >= 75", {}, None),
        ("70 <= age < 75", {"age": 74}, True),
        ("uacr >= albuminuria", {"uacr": 30}, True),
        ("uacr >= albuminuria", {"uacr": 29.9}, False),
        ("not frail", {"frail": False}, True),
        ("not frail", {}, None),
        ("frail or age >= 75", {"age": 80}, True),
        ("frail and age >= 75", {"age": 70}, False),
        ("frail and age >= 75", {"age": 80}, None),
        ('smoking in ["dagligt", "lejlighedsvis"]', {"smoking": "ophørt"}, False),
        ('smoking == "ophørt"', {"smoking": "ophørt"}, True),
        ("is_known(hba1c)", {}, False),
        ("is_known(hba1c)", {"hba1c": 50}, True),
        ("count(frail, on_insulin, age > 60) >= 2", {"frail": True, "age": 70}, True),
        ("count(frail, on_insulin, age > 60) >= 2", {"frail": False, "on_insulin": False}, False),
        ("count(frail, on_insulin, age > 60) >= 2", {"frail": True}, None),
    ],
)
def test_an_expression_answers_yes_no_or_unknown(text: str, values: dict[str, object], expected: bool | None) -> None:
    assert answer(text, **values) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((30, ">"), True),
        ((30, ">="), True),
        ((30, "<"), False),
        ((30, "<="), None),
        ((9, "<"), False),
        ((9, ">"), None),
        ((90, ">"), True),
    ],
)
def test_a_bounded_value_answers_only_when_all_it_could_be_agrees(
    value: tuple[int, str], expected: bool | None
) -> None:
    assert answer("uacr >= 30", uacr=value) is expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("agee > 75", "unknown fact 'agee'"),
        ("agee > 75", "Did you mean 'age'?"),
        ("age >", "cannot be read"),
        ("age > hba1c", "neither a number nor a parameter"),
        ("age + 1 > 75", "'age + 1'"),
        ("__import__('os')", "not something a rule may say"),
        ("age.real > 1", "is not a fact"),
        ("smoking in dagligt", "a list of quoted answers"),
        ("age is 75", "only < <= > >= == != and in compare"),
    ],
)
def test_what_a_rule_may_not_say_is_refused_with_what_to_do(text: str, says: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(says)):
        parse(text, NAMES)
