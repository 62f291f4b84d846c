"""Goals and plans that are agreed in another system: the control page's own rules hold, and nothing is half-saved."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from forloeb.careplans import actions, queries
from forloeb.careplans.models import AnnualReview, DraftRevision, Goal
from forloeb.careplans.submission import prefill
from forloeb.people.models import Patient
from forloeb.people.viewers import looking
from tests.integration.test_access import signed_in
from tests.integration.test_who_may_read import finished
from tests.support.fhir.client import Answer, FhirClient
from tests.support.personas import Cast

LDL = {"coding": [{"system": "http://npu-terminology.org", "code": "NPU01568"}]}
RANGES = {"unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"}


@pytest.fixture(scope="module")
def doctor(cast: Cast) -> FhirClient:
    return FhirClient(signed_in(cast, "holm"))


@pytest.fixture
def patient(cast: Cast) -> Patient:
    found = cast.new_patient(conditions=("T90",))
    cast.give_values(found, 1, ldl="3,1", hba1c="60")
    return found


def goal(patient: Patient, high: float = 1.1, *, reason: str = "Vi vil lavere", **changed: Any) -> dict[str, Any]:
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "LDL"},
        "subject": {"reference": f"Patient/{patient.public_id}"},
        "target": [{"measure": LDL, "detailRange": {"high": {"value": high, **RANGES}}}],
        "statusReason": reason,
        **changed,
    }


def post(client: FhirClient, resource: dict[str, Any]) -> Answer:
    path = f"/fhir/{resource['resourceType']}"
    return client.ask(path, method="POST", body=orjson.dumps(resource), CONTENT_TYPE="application/fhir+json")


def kept(patient: Patient) -> tuple[int, int, int]:
    """Count what is kept of a patient's controls."""
    models = (AnnualReview, Goal, DraftRevision)
    return tuple(model.objects.using("loader").filter(patient_id=patient.pk).count() for model in models)  # type: ignore[return-value]


def test_a_goal_is_agreed_as_on_the_page(doctor: FhirClient, patient: Patient):
    answer = post(doctor, goal(patient))
    assert (answer.status, answer.resource["statusReason"]) == (201, "Vi vil lavere")
    assert answer.resource["description"]["text"] == "LDL-kolesterol: ≤ 1,1 mmol/L"
    assert doctor.ask(f"/fhir/Goal/{answer.resource['id']}").resource == answer.resource
    (plan,) = doctor.ask(f"/fhir/CarePlan?patient={patient.public_id}").found
    assert {"reference": f"Goal/{answer.resource['id']}"} in plan["goal"]


def test_the_same_goal_again_is_found_and_another_replaces_it(doctor: FhirClient, patient: Patient):
    first = post(doctor, goal(patient)).resource
    again = post(doctor, goal(patient))
    assert (again.status, again.resource["id"]) == (200, first["id"])
    assert kept(patient)[0] == 1
    second = post(doctor, goal(patient, 1.2))
    assert second.status == 201
    assert doctor.ask(f"/fhir/Goal/{first['id']}").resource["lifecycleStatus"] == "cancelled"


def test_a_strict_limit_is_kept_when_a_goal_is_read_and_sent_back(cast: Cast, doctor: FhirClient, patient: Patient):
    finished(cast, patient, cast.staff("holm"))
    for read in doctor.ask(f"/fhir/Goal?patient={patient.public_id}&lifecycle-status=active").found:
        answer = post(doctor, read)
        assert (answer.status, answer.resource["description"]) == (200, read["description"]), read


def test_a_strict_limit_can_be_said(doctor: FhirClient, patient: Patient):
    strict = {"measure": LDL, "detailQuantity": {"value": 1.2, "comparator": "<", **RANGES}}
    answer = post(doctor, goal(patient, target=[strict]))
    assert answer.resource["description"]["text"] == "LDL-kolesterol: < 1,2 mmol/L"


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"statusReason": ""}, "Goal.statusReason"),
        ({"statusReason": ["x"]}, "Goal.statusReason"),
        ({"statusReason": "x" * 400}, "Goal.statusReason"),
        ({"lifecycleStatus": "proposed"}, "Goal.lifecycleStatus"),
        ({"target": []}, "Goal.target"),
        ({"target": [{"measure": {"coding": [{"system": "http://npu-terminology.org", "code": "NPU00000"}]}}]},
         "Goal.target[0].measure"),
        ({"target": [{"measure": LDL}]}, "Goal.target[0]"),
        ({"target": [{"measure": LDL, "detailRange": {"high": {"value": "x", **RANGES}}}]},
         "Goal.target[0].detailRange.high"),
        ({"target": [{"measure": LDL, "detailRange": {"high": {"value": 70, "code": "mg/dL"}}}]},
         "Goal.target[0].detailRange.high"),
        ({"target": [{"measure": LDL, "detailRange": {"high": {"value": 9999, **RANGES}}}]},
         "Goal.target[0].detailRange"),
        ({"subject": {"reference": "Patient/x"}}, "subject"),
    ],
)  # fmt: skip
def test_what_the_page_would_refuse_is_refused_and_nothing_is_kept(
    doctor: FhirClient, patient: Patient, changed: dict[str, Any], where: str
):
    answer = post(doctor, goal(patient, reason="Vi vil lavere") | changed)
    (issue,) = answer.resource["issue"]
    assert (answer.status, issue.get("expression")) == (422, [where])
    assert kept(patient) == (0, 0, 0)


def test_a_control_in_progress_is_not_finished_by_others(cast: Cast, doctor: FhirClient, patient: Patient):
    holm = cast.staff("holm")
    with looking(holm):
        base = prefill(queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of))
        mine = base | {"statement.matters": "At gå tur"}
        actions.save_draft(patient.public_id, base=base, mine=mine, by=holm, at=cast.at, as_of=cast.as_of)
    assert post(doctor, goal(patient)).status == 409
    assert kept(patient) == (0, 0, 1)


@pytest.mark.parametrize("stranger", ["lund", "nygaard", "birk", "bent", "sofie"])
def test_strangers_agree_on_nothing(cast: Cast, patient: Patient, stranger: str):
    answer = post(FhirClient(signed_in(cast, stranger)), goal(patient))
    assert answer.status in (403, 422)
    assert kept(patient) == (0, 0, 0)


def care_plan(patient: Patient, **changed: Any) -> dict[str, Any]:
    about = {"reference": f"Patient/{patient.public_id}"}
    return {
        "resourceType": "CarePlan",
        "instantiatesCanonical": ["urn:forloeb:guideline:type2_diabetes"],
        "status": "active",
        "intent": "plan",
        "subject": about,
        "contained": [{**goal(patient), "id": "ldl"}],
        "goal": [{"reference": "#ldl"}],
        "activity": [
            {"detail": {"status": "scheduled", "description": "Går 20 minutter om dagen", "performer": [about]}},
            {"detail": {"status": "scheduled", "kind": "CommunicationRequest", "description": "Husk blodtryk",
                        "scheduledPeriod": {"end": "2999-02-01"}}},
        ],
        "note": [
            {"authorReference": about, "text": "Det er vigtigt for mig: At kunne cykle"},
            {"text": "Godt gået."},
        ],
        **changed,
    }  # fmt: skip


def test_a_plan_is_made_with_its_goals_words_and_agreements(doctor: FhirClient, patient: Patient):
    answer = post(doctor, care_plan(patient))
    assert answer.status == 201, answer.body
    plan = answer.resource
    assert plan["note"][0]["text"] == "Det er vigtigt for mig: At kunne cykle"
    assert {one["reference"]["display"] for one in plan["activity"]} == {"Går 20 minutter om dagen", "Husk blodtryk"}
    (task,) = doctor.ask(f"/fhir/Task?patient={patient.public_id}").found
    assert task["owner"] == {"reference": f"Patient/{patient.public_id}"}
    goals = [doctor.ask(f"/fhir/{one['reference']}").resource["description"]["text"] for one in plan["goal"]]
    assert "LDL-kolesterol: ≤ 1,1 mmol/L" in goals
    review = AnnualReview.objects.using("loader").get(patient_id=patient.pk)
    assert (review.note_to_patient, review.saved_by_name) == ("Godt gået.", "Anne Holm")


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"instantiatesCanonical": ["urn:forloeb:guideline:copd"]}, "CarePlan.instantiatesCanonical"),
        ({"instantiatesCanonical": []}, "CarePlan.instantiatesCanonical"),
        ({"status": "draft"}, "CarePlan.status"),
        ({"goal": [{"reference": "Goal/1"}]}, "CarePlan.goal[0]"),
        ({"activity": [{"detail": {"description": "Noget"}}]}, "CarePlan.activity[0].detail.performer"),
        ({"activity": [{"reference": {"reference": "Task/1"}}]}, "CarePlan.activity[0].detail"),
        ({"activity": [{"detail": {"description": "x" * 400, "performer": [{"display": "Andre"}]}}]},
         "CarePlan.activity[0].detail.description"),
        ({"activity": [{"detail": {"description": "Noget", "performer": [{"display": "Andre"}],
                                   "scheduledPeriod": {"end": "2001-01-01"}}}]},
         "CarePlan.activity[0].detail.scheduledPeriod.end"),
        ({"note": [{"authorString": "x", "text": "Noget andet: x"}]}, "CarePlan.note[0].text"),
        ({"note": [{"text": 7}]}, "CarePlan.note[0].text"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_read_is_refused_by_the_element(
    doctor: FhirClient, patient: Patient, changed: dict[str, Any], where: str
):
    answer = post(doctor, care_plan(patient, **changed))
    assert (answer.status, answer.resource["issue"][0].get("expression")) == (422, [where])
    assert kept(patient) == (0, 0, 0)
