"""What is asked for at once: everything of a patient, the newest of each measure, and many requests in one Bundle."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from forloeb.api.fhir.served import EVERY
from forloeb.people.models import Patient
from tests.integration.test_access import signed_in
from tests.integration.test_audit import entries
from tests.integration.test_fhir_writing import hba1c, send, values
from tests.support.fhir.client import Answer, FhirClient
from tests.support.personas import Cast

STRANGERS = (None, "lund", "nygaard", "birk", "bent", "sofie")


@pytest.fixture(scope="module")
def doctor(cast: Cast) -> FhirClient:
    return FhirClient(signed_in(cast, "holm"))


@pytest.fixture(scope="module")
def karen(cast: Cast) -> str:
    return str(cast.id_of("karen"))


@pytest.fixture
def patient(cast: Cast) -> Patient:
    return cast.new_patient()


def kinds(answer: Answer) -> set[str]:
    return {resource["resourceType"] for resource in answer.found}


def test_everything_is_what_each_search_finds(doctor: FhirClient, karen: str):
    everything = doctor.ask(f"/fhir/Patient/{karen}/$everything")
    assert everything.status == 200
    for one in EVERY:
        if one.is_about_patients:
            about = {"_id" if one.kind == "Patient" else "patient": karen}
            searched = doctor.post_search(one.kind, _count="500", **about).found
            ids = {resource["id"] for resource in everything.found if resource["resourceType"] == one.kind}
            assert ids == {resource["id"] for resource in searched}, one.kind
    assert "Organization" in kinds(everything)


def test_everything_keeps_to_the_types_and_the_time_that_are_asked_for(doctor: FhirClient, karen: str):
    path = f"/fhir/Patient/{karen}/$everything"
    assert kinds(doctor.ask(f"{path}?_type=Observation,Goal")) == {"Observation", "Goal"}
    assert kinds(doctor.ask(f"{path}?_type=Observation,Goal&_since=2090-01-01")) == set()
    for asked in ("_type=Foo", "_since=soon", "code=x"):
        assert doctor.ask(f"{path}?{asked}").status == 400, asked


def test_everything_can_be_asked_for_with_parameters(doctor: FhirClient, karen: str):
    sent = {"resourceType": "Parameters", "parameter": [{"name": "_type", "valueString": "Goal"}]}
    assert kinds(send(doctor, sent, f"/fhir/Patient/{karen}/$everything")) == {"Goal"}


def test_everything_is_one_look_in_the_patients_log(database: dict[str, str], doctor: FhirClient, patient: Patient):
    def looks() -> int:
        return len(entries(database, f"event = 'api-read' AND patient_id = {patient.pk}"))

    before = looks()
    assert doctor.ask(f"/fhir/Patient/{patient.public_id}/$everything").status == 200
    assert looks() == before + 1


@pytest.mark.parametrize("who", STRANGERS, ids=lambda who: who or "nobody")
def test_a_stranger_gathers_nothing(cast: Cast, patient: Patient, who: str | None):
    cast.give_values(patient, 1, hba1c="60")
    stranger = FhirClient(signed_in(cast, who) if who else None)
    asked = {"method": "GET", "url": f"Observation?patient={patient.public_id}"}
    sent = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": asked}]}
    for answer in (
        stranger.ask(f"/fhir/Patient/{patient.public_id}/$everything"),
        stranger.ask(f"/fhir/Observation/$lastn?patient={patient.public_id}"),
        send(stranger, sent, "/fhir"),
    ):
        assert str(patient.public_id) not in answer.body.decode()
        assert answer.status in (401, 404) or answer.resource["entry"][0]["response"]["status"].startswith("404")


def test_the_newest_of_each_measure_are_found(cast: Cast, doctor: FhirClient, patient: Patient):
    cast.give_values(patient, 14, hba1c="71", weight="90")
    cast.give_values(patient, 7, hba1c="65")
    cast.give_values(patient, 1, hba1c="60", weight="88")
    path = f"/fhir/Observation/$lastn?patient={patient.public_id}"

    def found(asked: str) -> list[float]:
        return sorted(one["valueQuantity"]["value"] for one in doctor.ask(f"{path}{asked}").found)

    assert found("") == [60, 88]
    assert found("&max=2") == [60, 65, 88, 90]
    assert found("&max=2&code=NPU27300") == [60, 65]
    assert doctor.ask(f"{path}&max=0").status == 400
    assert doctor.ask("/fhir/Observation/$lastn").status == 400


def request(method: str, url: str, resource: Any = None, **said: str) -> dict[str, Any]:
    asked = {"method": method, "url": url, **said}
    return {"request": asked, **({"resource": resource} if resource is not None else {})}


def batch(doctor: FhirClient, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    answer = send(doctor, {"resourceType": "Bundle", "type": "batch", "entry": list(requests)}, "/fhir")
    assert (answer.status, answer.resource["type"]) == (200, "batch-response")
    found: list[dict[str, Any]] = answer.resource["entry"]
    return found


def test_each_request_of_a_batch_is_answered_by_itself(doctor: FhirClient, patient: Patient):
    about = f"Observation?patient={patient.public_id}"
    made, refused, found, nothing, unknown = batch(
        doctor,
        request("POST", "Observation", hba1c(patient, "a", 58)),
        request("POST", "Observation", hba1c(patient, "b", status="registered")),
        request("GET", about),
        request("GET", "Observation/00000000-0000-4000-8000-000000000000"),
        request("DELETE", "Observation/1"),
    )
    assert made["response"]["status"] == "201 Created"
    assert made["response"]["location"] == f"Observation/{made['resource']['id']}/_history/1"
    assert refused["response"]["status"].startswith("422")
    assert refused["response"]["outcome"]["issue"][0]["expression"] == ["status"]
    assert [entry["resource"]["id"] for entry in found["resource"]["entry"]] == [made["resource"]["id"]]
    assert nothing["response"]["status"] == "404 Not Found"
    assert unknown["response"]["status"].startswith("405")
    assert values(doctor, patient) == [58]


def test_a_batch_corrects_only_the_version_that_it_names(doctor: FhirClient, patient: Patient):
    made = send(doctor, hba1c(patient, "a")).resource
    better = hba1c(patient, "a", 57, id=made["id"], status="corrected")
    where = f"Observation/{made['id']}"
    without, stale_free, stale = batch(
        doctor,
        request("PUT", where, better),
        request("PUT", where, better, ifMatch='W/"1"'),
        request("PUT", where, better, ifMatch='W/"1"'),
    )
    assert without["response"]["status"].startswith("428")
    assert (stale_free["response"]["status"], stale_free["response"]["etag"]) == ("200 OK", 'W/"2"')
    assert stale["response"]["status"].startswith("412")


def test_a_refused_look_in_a_batch_is_in_the_log(database: dict[str, str], cast: Cast, patient: Patient):
    def refusals() -> int:
        return len(entries(database, "event = 'api-read' AND action = 'refused'"))

    before = refusals()
    batch(FhirClient(signed_in(cast, "lund")), request("GET", f"Observation?patient={patient.public_id}"))
    assert refusals() == before + 1


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"request": "x"},
        {"request": {"method": "GET"}},
        {"request": {"method": "GET", "url": ["x"]}},
        {"request": {"method": "GET", "url": "Patient/_search"}},
        {"request": {"method": "POST", "url": "Observation"}},
        {"request": {"method": "POST", "url": ""}, "resource": {"resourceType": "Bundle", "type": "batch"}},
    ],
    ids=lambda entry: orjson.dumps(entry).decode(),
)
def test_a_batch_says_which_entry_cannot_be_understood(doctor: FhirClient, entry: dict[str, Any]):
    (answered,) = batch(doctor, entry)
    (issue,) = answered["response"]["outcome"]["issue"]
    assert answered["response"]["status"] == "400 Bad Request"
    assert issue["expression"][0].startswith("Bundle.entry[0]")
