"""The engine for whole populations answers what the engine for one patient answers, for every rule and everybody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from random import Random

import ibis
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forloeb.guidelines.axes import Axes
from forloeb.guidelines.compiling import Compiler
from forloeb.guidelines.expressions import Compare, CountIs, Expression, evaluate
from forloeb.guidelines.record import PatientRecord
from forloeb.guidelines.results import FactUsed
from forloeb.kernel.answers import Answer
from forloeb.population.engines.decisions import Decision
from forloeb.population.engines.duckdb import DuckDb
from forloeb.population.engines.expressions import ExpressionCompiler
from forloeb.population.facts.columns import Kind
from forloeb.population.facts.rows import FactRows, TooFine
from tests.property.test_evaluation import AS_OF, library, records


@cache
def engine() -> DuckDb:
    return DuckDb.on(library(), AS_OF)


@cache
def axes() -> Axes:
    return Compiler(library(), AS_OF).axes


def _expected(decision: Decision, facts: Mapping[str, FactUsed]) -> str | None:
    """Say what the engine for one patient decides, without its search for what would change the answer."""
    keys = axes().keys(facts)

    def first(rows: tuple[Expression, ...]) -> int | None:
        asked = (evaluate(row, lambda atom: axes()[atom.fact].truth(atom, keys[atom.fact])) for row in rows)
        return next((number for number, answer in enumerate(asked) if answer), None)

    if decision.applies is not None and first(decision.applies.rows) is None:
        return None
    row = first(decision.table.rows)
    return None if row is None else decision.rules[row]


def _differences(patients: list[Mapping[str, FactUsed]]) -> list[str]:
    """Say each decision about each patient that the two engines do not answer alike."""
    table = FactRows(library()).of_facts(enumerate(patients), AS_OF)
    answered = {row["patient"]: row for row in engine().decide(table).to_pylist()}
    assert answered.keys() == set(range(len(patients)))
    return [
        f"{decision.guideline} {decision.name}: {answered[number][column]}, not {expected}"
        for number, facts in enumerate(patients)
        for column, decision in engine().plan.answered.items()
        if answered[number][column] != (expected := _expected(decision, facts))
    ]


@given(st.lists(records, min_size=10, max_size=20))
@settings(max_examples=4, deadline=None)
def test_both_engines_decide_alike_about_generated_records(people: list[PatientRecord]) -> None:
    rows = FactRows(library()).of_records(enumerate(people), AS_OF)
    for answered in engine().decide(rows).to_pylist():
        evaluation = library().evaluate(people[answered["patient"]], AS_OF)
        said = {disease.guideline: disease for disease in evaluation.diseases}
        standing = {
            "flag": {flag.flag for flag in evaluation.flags},
            "targets": {target.rule for target in (*evaluation.targets, *evaluation.alternatives)},
        }
        for column, decision in engine().plan.answered.items():
            disease, rule = said[decision.guideline], answered[column]
            if decision.kind == "inclusion":
                assert rule == (disease.because[0].rule if disease.because else None)
            elif decision.kind == "flag" and disease.included is Answer.YES:
                assert (rule is not None) == (decision.name in standing["flag"]), decision.name
            elif decision.kind == "targets" and disease.included is Answer.YES:
                # Merging leaves each goal standing once; a goal that stands was decided by its row in both.
                assert standing["targets"] & set(decision.rules) <= {rule}, decision.name


def _drawn(random: Random) -> dict[str, FactUsed]:
    """Draw facts that fall on, just beside and between the numbers that rules compare with; bounded, or not known."""
    facts = dict(library().fact_layer.absent)
    for name, column in FactRows(library()).columns.items():
        axis = axes()[name] if name in axes().keys({}) else None
        value: Decimal | str | bool
        sign = None
        if column.kind is Kind.NUMBER:
            limits = axis.thresholds if axis and axis.thresholds else (Decimal(5),)
            value = random.choice(limits) + random.choice(
                [Decimal(0), Decimal(0), Decimal("0.000001"), Decimal("-0.1")]
            )
            sign = random.choice([None, None, "<", "<=", ">", ">="])
        elif column.kind is Kind.ANSWER:
            value = random.choice([*(axis.answers if axis else ()), "et andet svar"])
        else:
            value = random.random() < 0.5
        known = random.random() < 0.75
        facts[name] = facts[name]._replace(value=value if known else None, comparator=sign if known else None)
    return facts


@given(st.integers(0, 10**9))
@settings(max_examples=4, deadline=None)
def test_both_engines_decide_alike_at_every_limit_by_every_comparator_and_where_nothing_is_known(seed: int) -> None:
    random = Random(seed)
    assert _differences([_drawn(random) for _ in range(80)]) == []


def test_the_drawn_facts_reach_nearly_every_rule() -> None:
    random = Random(1)
    people = [_drawn(random) for _ in range(300)]
    plan = engine().plan.answered.values()
    reached = {_expected(decision, facts) for facts in people for decision in plan}
    every = {rule for decision in plan for rule in decision.rules}
    assert len(every - reached) <= len(every) // 10, sorted(every - reached)


@pytest.mark.parametrize("sign", [None, "<", "<=", ">", ">="])
@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "==", "!="])
def test_a_bound_answers_what_it_answers_for_one_patient(operator, sign) -> None:
    _hold_alike([Compare("hba1c", operator, Decimal(48))], sign)


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "==", "!="])
@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_a_count_of_what_is_partly_known_answers_what_it_answers_for_one_patient(operator, number) -> None:
    parts = tuple(Compare("hba1c", ">=", Decimal(limit)) for limit in (46, 48, 50))
    _hold_alike([CountIs(parts, operator, number)], ">=")
    _hold_alike([CountIs(parts, operator, number)], "<")


def _hold_alike(expressions: list[Compare | CountIs], sign: str | None) -> None:
    rows, absent, one = FactRows(library()), library().fact_layer.absent, Axes(expressions)
    values = [Decimal(text) for text in ("45", "46", "47", "48", "48.000001", "49", "50", "51")]
    hba1c = [absent["hba1c"]._replace(value=v, comparator=sign) for v in values] + [absent["hba1c"]]
    connection = ibis.duckdb.connect()
    table = rows.of_facts(((n, {**absent, "hba1c": fact}) for n, fact in enumerate(hba1c)), AS_OF)
    relation = connection.create_table("facts", table)
    compiler = ExpressionCompiler(relation, rows.columns)
    for expression in expressions:
        asked = relation.select("patient", answer=compiler.compile(expression)).order_by("patient")
        answers = connection.to_pyarrow(asked)["answer"].to_pylist()
        keys = [one.keys({"hba1c": fact}) for fact in hba1c]
        assert answers == [evaluate(expression, lambda a, k=k: one[a.fact].truth(a, k[a.fact])) for k in keys]
    connection.disconnect()


def test_what_is_not_answered_yet_is_what_waits_for_the_goals() -> None:
    waiting = {(decision.guideline, decision.kind, decision.name) for decision in engine().plan.not_yet}
    late = {"hba1c_at_goal", "ldl_at_goal", "sbp_at_goal", "all_at_goal"}
    assert waiting == {
        ("ischaemic_heart_disease", "interval", "lipids"),
        ("ischaemic_heart_disease", "proposal", "IHS-I1B"),
        ("type2_diabetes", "interval", "hba1c"),
        ("type2_diabetes", "interval", "interim_control"),
        ("type2_diabetes", "proposal", "T2D-EDU"),
    }
    assert all(decision.facts & late for decision in engine().plan.not_yet)


def test_a_number_too_fine_for_the_relation_is_refused_and_not_rounded() -> None:
    absent = library().fact_layer.absent
    fine = {**absent, "hba1c": absent["hba1c"]._replace(value=Decimal("47.9999999999"))}
    with pytest.raises(TooFine, match="'hba1c' has more than 9 decimals") as refused:
        FactRows(library()).of_facts([(1, fine)], AS_OF)
    assert "47" not in str(refused.value)


def test_the_relation_names_nobody() -> None:
    person = PatientRecord(date(1950, 1, 2), None)
    rows = FactRows(library()).of_records([(1, person)], AS_OF)
    assert date(1950, 1, 2) not in rows.to_pylist()[0].values()


def test_decisions_are_written_from_parquet_to_parquet(tmp_path) -> None:
    random = Random(7)
    table = FactRows(library()).of_facts(((n, _drawn(random)) for n in range(50)), AS_OF)
    pq.write_table(table, tmp_path / "facts.parquet")
    engine().decide_into(tmp_path / "facts.parquet", tmp_path / "decided.parquet")
    assert pq.read_table(tmp_path / "decided.parquet").to_pylist() == engine().decide(table).to_pylist()
