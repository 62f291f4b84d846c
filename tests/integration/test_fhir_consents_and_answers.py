"""Who saved what and why, what the patient has said yes and no to, and what they answered, as FHIR."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from forloeb.access import blocks, proxies
from forloeb.careplans import actions, queries
from forloeb.careplans.submission import prefill
from forloeb.people.models import Patient
from forloeb.people.viewers import looking
from tests.integration.test_access import signed_in
from tests.integration.test_apps_of_others import browser_of
from tests.integration.test_fhir_writing import issue, send
from tests.integration.test_who_may_read import finished
from tests.support.fhir.client import FhirClient
from tests.support.personas import Cast

COPD = "urn:forloeb:questionnaire:copd"


@pytest.fixture(scope="module")
def doctor(cast: Cast) -> FhirClient:
    return FhirClient(signed_in(cast, "holm"))


def client_of(cast: Cast, patient: Patient) -> FhirClient:
    return FhirClient(browser_of(cast, patient))


def found(client: FhirClient, asked: str) -> list[dict[str, Any]]:
    answer = client.ask(f"/fhir/{asked}")
    assert answer.status == 200, answer.body
    return answer.found


# --- Provenance


def test_each_version_of_a_plan_says_who_saved_it_and_what_it_revised(cast: Cast, doctor: FhirClient):
    patient, holm = cast.new_patient(), cast.staff("holm")
    finished(cast, patient, holm)
    finished(cast, patient, holm, days_later=1)
    (plan,) = found(doctor, f"CarePlan?patient={patient.public_id}")
    second, first = found(doctor, f"Provenance?target=CarePlan/{plan['id']}&patient={patient.public_id}")
    where = f"CarePlan/{plan['id']}/_history"
    assert (first["target"][0]["reference"], second["target"][0]["reference"]) == (f"{where}/1", f"{where}/2")
    assert "entity" not in first
    assert second["entity"] == [{"role": "revision", "what": {"reference": f"{where}/1"}}]
    assert first["activity"]["coding"][0]["code"] == "CREATE"
    (agent,) = second["agent"]
    assert agent["who"]["display"] == holm.name
    assert agent["onBehalfOf"]["reference"] == f"Organization/{holm.organization_id}"
    assert doctor.ask(f"/fhir/{first['target'][0]['reference']}").resource["meta"]["versionId"] == "1"


def test_an_adjusted_goal_says_why_and_instead_of_which(cast: Cast, doctor: FhirClient):
    patient, holm = cast.new_patient(), cast.staff("holm")
    finished(cast, patient, holm)
    later = {"by": holm, "at": cast.at + timedelta(days=1), "as_of": cast.as_of + timedelta(days=1)}
    with looking(holm):
        base = prefill(queries.get_control(patient.public_id, seen_by=holm, as_of=later["as_of"]))
        mine = base | {"goal.ldl": "< 1,1", "reason.ldl": "Vi vil lavere"}
        assert isinstance(actions.finish_review(patient.public_id, base=base, mine=mine, **later), actions.Finished)
    active = f"Goal?patient={patient.public_id}&lifecycle-status=active"
    (goal,) = [one for one in found(doctor, active) if "1,1" in one["description"]["text"]]
    (origin,) = found(doctor, f"Provenance?target=Goal/{goal['id']}&patient={patient.public_id}")
    assert {"text": "Vi vil lavere"} in origin["reason"]
    (before,) = [
        part["valueReference"]["reference"]
        for extension in goal["extension"]
        for part in extension["extension"]
        if part["url"] == "target"
    ]
    assert origin["entity"][0]["what"]["reference"] == before


# --- Consent


def test_a_no_and_a_proxy_are_consents_for_the_patient_and_their_practice_only(cast: Cast, doctor: FhirClient):
    patient = cast.new_patient()
    viewer, nurse = cast.as_patient(patient), cast.staff("nygaard")
    cast.refer(patient, cast.organization_of(nurse))
    with looking(viewer):
        proxies.give_proxy("Min datter", 12, by=viewer, at=cast.at, as_of=cast.as_of)
        hospital = cast.staff("birk").organization_id
        blocks.set_block(hospital, by=viewer, at=cast.at, as_of=cast.as_of)
    about = f"Consent?patient={patient.public_id}"
    mine, ours = found(client_of(cast, patient), about), found(doctor, about)
    assert mine == ours
    told = {one["provision"]["type"]: one for one in ours}
    assert told["deny"]["status"] == "active"
    assert told["deny"]["provision"]["actor"][0]["reference"]["reference"] == f"Organization/{hospital}"
    assert told["permit"]["status"] == "proposed"
    assert told["permit"]["provision"]["actor"][0]["reference"]["display"] == "Min datter"
    referred_to = FhirClient(signed_in(cast, "nygaard"))
    assert found(referred_to, f"Goal?patient={patient.public_id}") is not None
    assert found(referred_to, about) == []
    assert referred_to.ask(f"/fhir/Consent/{told['deny']['id']}").status == 404


def test_a_no_that_is_taken_back_is_inactive(cast: Cast, doctor: FhirClient):
    patient = cast.new_patient()
    viewer = cast.as_patient(patient)
    with looking(viewer):
        blocks.set_block(None, by=viewer, at=cast.at, as_of=cast.as_of)
        (block,) = blocks.blocks_of(patient.pk)
        blocks.lift_block(block.id, by=viewer, at=cast.at, as_of=cast.as_of)
    (one,) = found(doctor, f"Consent?patient={patient.public_id}")
    assert one["status"] == "inactive"
    assert "actor" not in one["provision"]
    assert one["provision"]["period"]["end"]
    assert found(doctor, f"Consent?patient={patient.public_id}&status=active") == []


# --- Questionnaire and QuestionnaireResponse


def answers(patient: Patient, *items: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{COPD}|2026.1",
        "status": "completed",
        "subject": {"reference": f"Patient/{patient.public_id}"},
        "item": list(items),
        **changed,
    }


def chosen(link: str, code: str) -> dict[str, Any]:
    return {"linkId": link, "answer": [{"valueCoding": {"system": f"urn:forloeb:answer:{link}", "code": code}}]}


def written(link: str, text: str) -> dict[str, Any]:
    return {"linkId": link, "answer": [{"valueString": text}]}


@pytest.fixture
def breathless(cast: Cast) -> Patient:
    """Somebody with COPD and diabetes."""
    return cast.new_patient(conditions=("R95", "T90"))


PATH = "/fhir/QuestionnaireResponse"


def test_the_questions_can_be_read_and_found(doctor: FhirClient):
    (copd,) = found(doctor, f"Questionnaire?url={COPD}")
    assert doctor.ask(f"/fhir/Questionnaire/{copd['id']}").resource == copd
    assert {item["linkId"] for item in copd["item"]} >= {"breath", "mood", "talk-about"}


def test_a_patient_answers_once_changes_it_and_the_practice_reads_it(
    cast: Cast, doctor: FhirClient, breathless: Patient
):
    patient = client_of(cast, breathless)
    sent = answers(breathless, chosen("breath", "worse"), written("talk-about", "Om trapper"))
    made = send(patient, sent, PATH)
    assert made.status == 201
    assert send(patient, sent, PATH).status == 200
    about = f"QuestionnaireResponse?patient={breathless.public_id}"
    copd = [one for one in found(doctor, about) if one["questionnaire"].startswith(COPD)]
    assert [one["id"] for one in copd] == [made.resource["id"]]
    assert [item["linkId"] for item in copd[0]["item"]] == ["breath", "talk-about"]
    changed = send(patient, answers(breathless, chosen("breath", "as-usual")), PATH)
    assert changed.status == 201
    (now,) = [one for one in found(doctor, about) if one["questionnaire"].startswith(COPD)]
    assert now == changed.resource
    assert now["item"][0]["answer"][0]["valueCoding"]["code"] == "as-usual"


def test_answers_to_one_questionnaire_leave_the_others(cast: Cast, doctor: FhirClient, breathless: Patient):
    cast.answer_questions(cast.as_patient(breathless), {"low-sugar": "no", "mood": "good", "breath": "as-usual"})
    assert send(client_of(cast, breathless), answers(breathless, chosen("breath", "worse")), PATH).status == 201
    kept = {
        item["linkId"]: item["answer"][0]["valueCoding"]["code"]
        for one in found(doctor, f"QuestionnaireResponse?patient={breathless.public_id}")
        for item in one["item"]
    }
    assert kept == {"low-sugar": "no", "mood": "good", "breath": "worse"}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"status": "in-progress"}, "status"),
        ({"questionnaire": "urn:forloeb:questionnaire:unknown"}, "questionnaire"),
        ({"questionnaire": "urn:forloeb:questionnaire:ischaemic_heart_disease"}, "questionnaire"),
        ({"subject": {"reference": "Patient/00000000-0000-4000-8000-000000000000"}}, "subject"),
        ({"source": {"reference": "Practitioner/1"}}, "source"),
        ({"item": []}, "item"),
        ({"item": "x"}, "item"),
        ({"item": [chosen("unknown", "x")]}, "item[0].linkId"),
        ({"item": [chosen("breath", "worse"), chosen("breath", "worse")]}, "item[1].linkId"),
        ({"item": [chosen("breath", "x")]}, "item[0].answer[0]"),
        ({"item": [written("breath", "x")]}, "item[0].answer[0]"),
        ({"item": [chosen("talk-about", "x")]}, "item[0].answer[0]"),
        ({"item": [written("talk-about", "x" * 5000)]}, "item[0]"),
        ({"item": [{"linkId": "breath"}]}, "item[0].answer"),
    ],
)
def test_a_response_that_cannot_be_kept_is_refused_by_element(
    cast: Cast, breathless: Patient, change: dict[str, Any], where: str
):
    patient = client_of(cast, breathless)
    if change.get("questionnaire", "").endswith("heart_disease"):
        change |= {"item": [chosen("chest-pain", "no")]}
    refused = send(patient, answers(breathless, chosen("breath", "worse")) | change, PATH)
    assert issue(refused)[0] == 422
    assert issue(refused)[2].startswith(where)
    assert found(patient, "QuestionnaireResponse") == []


def test_nobody_answers_for_a_patient(cast: Cast, doctor: FhirClient, breathless: Patient):
    sent = answers(breathless, chosen("breath", "worse"))
    for who in ("holm", "lund", "nygaard", "sofie"):
        assert send(FhirClient(signed_in(cast, who)), sent, PATH).status == 403, who
    assert send(FhirClient(), sent, PATH).status == 401
    bent = FhirClient(signed_in(cast, "bent"))
    assert issue(send(bent, sent, PATH))[::2] == (422, "subject")
    assert found(doctor, f"QuestionnaireResponse?patient={breathless.public_id}") == []
