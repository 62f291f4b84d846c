"""Decision tables: the first row decides, unknowns are named, and a counterfactual holds when it is tried."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from forloeb.guidelines.axes import Axes
from forloeb.guidelines.expressions import Names, parse
from forloeb.guidelines.results import FactUsed
from forloeb.guidelines.tables import Outcome, Table
from tests.unit.guidelines.test_expressions import FACTS, fact

NAMES = Names(FACTS, {}, lambda _: None)
ROWS = ["frail", "uacr >= 300", "30 <= uacr < 300 and age < 80", "age >= 75", "hba1c < 48 and not on_insulin"]
EXPRESSIONS = [parse(row, NAMES) for row in ROWS]
AXES = Axes(EXPRESSIONS)
TABLE = Table(EXPRESSIONS, AXES)


def decide(facts: dict[str, FactUsed]) -> Outcome:
    return TABLE.decide(AXES.keys(facts))


def test_the_first_row_that_holds_decides() -> None:
    assert decide({"frail": fact("frail", False), "uacr": fact("uacr", 85), "age": fact("age", 63)}).row == 2


def test_an_unknown_on_the_way_is_named_and_does_not_stop_the_table() -> None:
    outcome = decide({"uacr": fact("uacr", 400)})
    assert outcome.row == 1
    assert outcome.missing == ("frail",)


def test_where_nothing_holds_no_row_decides() -> None:
    known = {
        "frail": fact("frail", False),
        "uacr": fact("uacr", 5),
        "age": fact("age", 50),
        "hba1c": fact("hba1c", 60),
    }
    assert decide(known).row is None


numbers = st.one_of(st.none(), st.integers(0, 400))
answers = st.one_of(st.none(), st.booleans())
patients = st.fixed_dictionaries(
    {"age": numbers, "uacr": numbers, "hba1c": numbers, "frail": answers, "on_insulin": answers}
)


@given(patients)
def test_what_is_said_to_change_the_answer_changes_it(patient: dict[str, int | bool | None]) -> None:
    facts = {name: fact(name, value) for name, value in patient.items()}
    outcome = decide(facts)
    for move in outcome.moves:
        changed = decide({**facts, move.fact: _moved(move.fact, move.becomes)})
        assert changed.row == move.row != outcome.row


def _moved(name: str, becomes: str) -> FactUsed:
    """Give a fact that has become what a move says, as near to where it was as can be."""
    if becomes in ("yes", "no"):
        return fact(name, becomes == "yes")
    sign, _, number = becomes.partition(" ")
    step = {">=": Decimal(0), "<=": Decimal(0), ">": Decimal("0.001"), "<": Decimal("-0.001")}[sign]
    return FactUsed(name, fact(name, None).title, Decimal(number) + step)


@given(patients, st.data())
def test_no_nearer_change_of_one_number_was_overlooked(
    patient: dict[str, int | bool | None], data: st.DataObject
) -> None:
    facts = {name: fact(name, value) for name, value in patient.items()}
    outcome = decide(facts)
    name = data.draw(st.sampled_from(["age", "uacr", "hba1c"]))
    now = patient[name]
    if now is None:
        return
    other = data.draw(st.integers(0, 400))
    limits = [m.limit for m in outcome.moves if m.fact == name and m.limit is not None]
    low = max((limit for limit in limits if limit <= now), default=Decimal(-1))
    high = min((limit for limit in limits if limit >= now), default=Decimal(1000))
    if low < other < high:
        assert decide({**facts, name: fact(name, other)}).row == outcome.row


@given(patients)
def test_knowing_more_never_contradicts_what_was_sure(patient: dict[str, int | bool | None]) -> None:
    """A row that decided with nothing missing still decides when an unknown fact becomes known."""
    facts = {name: fact(name, value) for name, value in patient.items()}
    outcome = decide(facts)
    if outcome.missing:
        return
    for name, value in patient.items():
        if value is None:
            for known in (False, True) if name in ("frail", "on_insulin") else (0, 50, 400):
                assert decide({**facts, name: fact(name, known)}).row == outcome.row
