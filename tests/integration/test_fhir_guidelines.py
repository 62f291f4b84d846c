"""Guidelines over FHIR: as definitions, as what they recommend to one patient, and as the evaluated plan."""

from __future__ import annotations

import io
from base64 import b64decode
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from forloeb.careplans.engine import library
from forloeb.jobs import evaluate
from forloeb.people.models import Patient
from tests.integration.test_access import signed_in
from tests.integration.test_audit import entries
from tests.support.fhir.client import FhirClient
from tests.support.personas import Cast

BUNDLE = Path(__file__).parents[1] / "support" / "fhir" / "all_three.json"
NAMES = [guideline.name for guideline in library().guidelines]


@pytest.fixture(scope="module")
def doctor(cast: Cast) -> FhirClient:
    return FhirClient(signed_in(cast, "holm"))


@pytest.fixture(scope="module")
def diabetic(cast: Cast) -> Patient:
    patient = cast.new_patient(conditions=("T90",))
    cast.give_values(patient, 1, hba1c="60", ldl="3,1")
    return patient


def posted(client: FhirClient, path: str, resource: Any) -> Any:
    return client.ask(path, method="POST", body=orjson.dumps(resource), CONTENT_TYPE="application/fhir+json")


@pytest.mark.parametrize("name", NAMES)
def test_a_definition_has_every_goal_and_every_rule_with_its_source(doctor: FhirClient, name: str):
    guideline = next(one for one in library().guidelines if one.name == name)
    found = doctor.ask(f"/fhir/PlanDefinition/{name.replace('_', '-')}").resource
    assert (found["version"], found["status"]) == (guideline.file.version, "draft")
    goals = {goal["id"]: goal for goal in found["goal"]}
    rules = {rule["id"]: rule for chapter in found["action"] for rule in chapter.get("action", ())}
    written = [row for _, table in guideline.tables for row in getattr(table, "rows", ())]
    assert set(rules) == {row.rule for row in written}
    for row in written:
        said = rules[row.rule]
        assert said["condition"][0]["expression"]["expression"] == row.when if row.when else "condition" not in said
        assert bool(said.get("documentation")) == bool(row.sources)
        assert ("bekræftes af en kliniker" in said["description"]) == (row.status in ("V2", "U"))
    assert {goal for rule in rules.values() for goal in rule.get("goalId", ())} == set(goals)


def test_a_goal_of_a_definition_says_what_is_measured_and_the_range(doctor: FhirClient):
    found = doctor.ask("/fhir/PlanDefinition/ischaemic-heart-disease").resource
    (ldl,) = [goal for goal in found["goal"] if goal["description"]["text"] == "LDL-kolesterol: < 1,4 mmol/L"][:1]
    (target,) = ldl["target"]
    assert target["measure"]["coding"][0]["system"] == "http://npu-terminology.org"
    assert target["detailRange"] == {
        "high": {"value": 1.4, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"}
    }


def test_a_library_holds_the_files_themselves(doctor: FhirClient):
    found = doctor.ask("/fhir/Library/copd").resource
    files = {one["title"]: yaml.safe_load(b64decode(one["data"])) for one in found["content"]}
    assert files["guideline.yaml"]["guideline"] == "copd"
    assert any(title.startswith("rules/") for title in files)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("", 3), ("url=urn:forloeb:guideline:copd", 1), ("title=kol", 1), ("status=active", 0), ("version=2026.1", 3)],
)
def test_definitions_are_searched(doctor: FhirClient, asked: str, expected: int):
    assert len(doctor.ask(f"/fhir/PlanDefinition?{asked}").found) == expected
    by_post = doctor.post_search("PlanDefinition", **dict(pair.split("=") for pair in asked.split("&") if pair))
    assert len(by_post.found) == expected


def test_a_plan_points_at_the_definition_it_follows(cast: Cast, doctor: FhirClient):
    plans = doctor.ask(f"/fhir/CarePlan?patient={cast.id_of('karen')}").found
    assert plans
    for plan in plans:
        url, _, _ = plan["instantiatesCanonical"][0].partition("|")
        assert len(doctor.ask(f"/fhir/PlanDefinition?url={url}").found) == 1


def test_applied_to_a_patient_it_proposes_goals_and_keeps_nothing(doctor: FhirClient, diabetic: Patient):
    path = f"/fhir/PlanDefinition/type2-diabetes/$apply?subject=Patient/{diabetic.public_id}"
    found = doctor.ask(path).resource
    assert (found["status"], found["intent"]) == ("draft", "proposal")
    goals = {goal["id"]: goal for goal in found["contained"]}
    assert {one["reference"] for one in found["goal"]} == {f"#{name}" for name in goals}
    assert goals["ldl"]["lifecycleStatus"] == "proposed"
    assert "T2D-" in goals["ldl"]["note"][0]["text"]
    assert any("Foreløbigt" in note["text"] for goal in goals.values() for note in goal["note"])
    assert any("ingen kliniker" in note["text"] for note in found["note"])
    assert doctor.ask(f"/fhir/Goal?patient={diabetic.public_id}").found == []
    by_post = posted(
        doctor,
        "/fhir/PlanDefinition/type2-diabetes/$apply",
        {
            "resourceType": "Parameters",
            "parameter": [{"name": "subject", "valueReference": {"reference": f"Patient/{diabetic.public_id}"}}],
        },
    )
    assert by_post.resource == found


def test_it_is_not_applied_to_somebody_without_the_disease(doctor: FhirClient, diabetic: Patient):
    answer = doctor.ask(f"/fhir/PlanDefinition/copd/$apply?subject={diabetic.public_id}")
    assert (answer.status, answer.resource["issue"][0]["code"]) == (422, "business-rule")


@pytest.mark.parametrize("path", ["PlanDefinition/type2-diabetes/$apply", "CarePlan/$evaluate"])
@pytest.mark.parametrize("stranger", ["lund", "nygaard", "birk", "bent", "sofie"])
def test_a_stranger_is_told_nothing(cast: Cast, diabetic: Patient, path: str, stranger: str):
    client = FhirClient(signed_in(cast, stranger))
    answer = client.ask(f"/fhir/{path}?subject={diabetic.public_id}")
    nobody = client.ask(f"/fhir/{path}?subject=00000000-0000-4000-8000-000000000000")
    assert (answer.status, answer.body) == (404, nobody.body)


def test_it_is_in_the_patients_log(doctor: FhirClient, diabetic: Patient, database: dict[str, str]):
    looked = f"event = 'api-read' AND patient_id = {diabetic.pk}"
    before = len(entries(database, looked))
    doctor.ask(f"/fhir/CarePlan/$evaluate?subject={diabetic.public_id}")
    assert len(entries(database, looked)) == before + 1


def test_a_bundle_is_evaluated_as_the_command_does_it(doctor: FhirClient):
    out = io.StringIO()
    evaluate.run(BUNDLE, date(2026, 11, 23), "json", out)
    answer = posted(doctor, "/fhir/CarePlan/$evaluate?as-of=2026-11-23", orjson.loads(BUNDLE.read_bytes()))
    assert answer.status == 200
    assert orjson.loads(b64decode(answer.resource["data"])) == orjson.loads(out.getvalue())


@pytest.mark.parametrize(
    ("path", "resource", "status"),
    [
        ("CarePlan/$evaluate", {"resourceType": "Bundle", "entry": []}, 400),
        ("CarePlan/$evaluate", {"resourceType": "Bundle", "entry": 7}, 400),
        ("CarePlan/$evaluate?as-of=soon", {"resourceType": "Bundle", "entry": []}, 400),
        ("CarePlan/$evaluate", {"resourceType": "Parameters", "parameter": 1}, 400),
        ("PlanDefinition/none/$apply", {"resourceType": "Parameters"}, 404),
        ("PlanDefinition/copd/$apply", {"resourceType": "Parameters"}, 400),
        ("Observation/$stats", {"resourceType": "Parameters"}, 404),
        ("CarePlan/$evaluate", [], 400),
    ],
)
def test_what_cannot_be_understood_is_refused_with_a_reason(doctor: FhirClient, path: str, resource: Any, status: int):
    answer = posted(doctor, f"/fhir/{path}", resource)
    assert (answer.status, answer.resource["resourceType"]) == (status, "OperationOutcome")
