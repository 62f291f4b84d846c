"""`forloeb evaluate`: the worked patients as FHIR Bundles, and its JSON held against the published schema."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest

from forloeb.guidelines.cases import record_of
from forloeb.guidelines.library import Library
from forloeb.guidelines.to_json import to_json
from forloeb.jobs.evaluate import run
from forloeb.kernel.content import content_folder
from forloeb.terminology import measures

ROOT = Path(__file__).parents[2]
BUNDLES = ROOT / "tests" / "support" / "fhir"
SCHEMA = orjson.loads((ROOT / "docs" / "reference" / "evaluated-plan.schema.json").read_bytes())
AS_OF = date(2026, 3, 1)


def evaluated(name: str) -> dict[str, Any]:
    out = io.StringIO()
    assert run(BUNDLES / f"{name}.json", AS_OF, "json", out) == 0
    plan: dict[str, Any] = orjson.loads(out.getvalue())
    return plan


def goals(plan: dict[str, Any]) -> dict[str, tuple[float | None, float | None]]:
    return {target["measure"]: (target["low"], target["high"]) for target in plan["targets"]}


def statuses(plan: dict[str, Any]) -> dict[str, str]:
    return {value["measure"]: value["status"] for value in plan["values"]}


@pytest.mark.parametrize("name", ["P1", "P3", "P5", "P6", "all_three"])
def test_what_is_answered_satisfies_its_schema(name: str) -> None:
    jsonschema.validate(evaluated(name), SCHEMA, format_checker=jsonschema.FormatChecker())


def test_every_case_of_the_content_satisfies_the_schema() -> None:
    library = Library.load(content_folder(), measures())
    check = jsonschema.Draft202012Validator(SCHEMA)
    for guideline in library.guidelines:
        for _, case in guideline.cases:
            plan = to_json(library.evaluate(record_of(case, library.measures), case.as_of)) | {"findings": []}
            assert not list(check.iter_errors(orjson.loads(orjson.dumps(plan)))), case.case


def test_two_years_of_diabetes_with_an_egfr_that_is_only_a_bound() -> None:
    plan = evaluated("P1")
    assert goals(plan)["hba1c"] == (None, 48)
    assert goals(plan)["ldl"] == (None, 2.6)
    assert goals(plan)["sbp"] == (None, 130)
    assert statuses(plan)["hba1c"] == "above_target"
    assert statuses(plan)["sbp_clinic"] == "in_target"
    (score,) = [score for score in plan["scores"] if score["score"] == "score2_diabetes"]
    assert score["answer"] == "unknown"
    assert "egfr" in score["missing"]


def test_diabetes_with_albuminuria() -> None:
    plan = evaluated("P3")
    assert goals(plan)["hba1c"] == (None, 53)
    assert goals(plan)["ldl"] == (None, 1.8)
    assert statuses(plan)["ldl"] == "above_target"
    assert statuses(plan)["sbp_home"] == "above_target"
    assert {"T2D-M3", "T2D-M4"} <= {proposal["rule"] for proposal in plan["proposals"]}


def test_copd_that_two_reports_class_differently() -> None:
    plan = evaluated("P5")
    assert plan["classifications"]["gold_grade"] == 3
    assert plan["classifications"]["gold_group"] == {"gold_2023_2025": "B", "gold_2026": "E"}
    assert "KOL-FLAG-GROUP" in {flag["flag"] for flag in plan["flags"]}


def test_copd_by_a_fixed_limit_at_seventy_one() -> None:
    plan = evaluated("P6")
    assert plan["classifications"]["gold_grade"] == 1
    assert plan["classifications"]["gold_group"] == {"gold_2023_2025": "A", "gold_2026": "A"}
    assert "KOL-FLAG-FIXED" in {flag["flag"] for flag in plan["flags"]}


def test_three_diseases_have_one_goal_for_each_measure() -> None:
    plan = evaluated("all_three")
    assert [disease["included"] for disease in plan["diseases"]] == ["yes"] * 3
    assert len(goals(plan)) == len(plan["targets"])
    assert goals(plan)["ldl"] == (None, 1.4)
    assert {clash["measure"] for clash in plan["clashes"]} >= {"ldl", "sbp", "hba1c"}


def test_every_explanation_names_its_rule_its_facts_and_what_would_change_it() -> None:
    (ldl,) = [target for target in evaluated("P3")["targets"] if target["measure"] == "ldl"]
    assert ldl["rule"] == "T2D-LDL-3"
    assert ldl["source"]["title"]
    assert {"fact": "uacr", "value": 85, "on": "2026-02-01"}.items() <= next(
        fact for fact in ldl["facts"] if fact["fact"] == "uacr"
    ).items()
    assert ldl["would_change"] == [{"fact": "ihd", "becomes": "yes", "leads_to": "T2D-LDL-1", "result": "< 1.4"}]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b'{"resourceType": "Bundle", "entry": [', "not JSON, line 1"),
        (b'{"resourceType": "Patient"}', "Bundle"),
        (b'{"resourceType": "Bundle", "type": "collection"}', "0 patients"),
        (b"[]", "Bundle"),
    ],
)
def test_what_cannot_be_read_ends_with_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], body: bytes, says: str
) -> None:
    file = tmp_path / "bundle.json"
    file.write_bytes(body)
    out = io.StringIO()
    assert run(file, AS_OF, "json", out) == 2
    assert out.getvalue() == ""
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert says in told
    assert str(file) in told


def test_for_a_person_it_is_told_in_words_with_the_notice_on_sign_off() -> None:
    out = io.StringIO()
    assert run(BUNDLES / "P1.json", AS_OF, "text", out) == 0
    said = out.getvalue()
    assert "afventer klinisk godkendelse" in said
    assert "HbA1c: 51 mmol/mol" in said
    assert "bør bekræftes af en kliniker" in said
