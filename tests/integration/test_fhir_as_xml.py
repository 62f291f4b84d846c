"""The FHIR face in XML: the same resources, the same refusals."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from forloeb.api.fhir.definitions import HELD
from forloeb.api.fhir.served import SERVED
from forloeb.fhir.xml import from_xml, to_xml
from forloeb.people.models import Patient
from tests.integration.test_access import signed_in
from tests.support.fhir.client import Answer, FhirClient
from tests.support.personas import Cast

XML = "application/fhir+xml"
LDL = {
    "resourceType": "Observation",
    "status": "final",
    "identifier": [{"system": "urn:test:xml", "value": "1"}],
    "code": {"coding": [{"system": "http://npu-terminology.org", "code": "NPU01568"}]},
    "effectiveDateTime": "2026-05-04T09:30:00+02:00",
    "valueQuantity": {"value": 2.3, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"},
}


@pytest.fixture(scope="module")
def doctor(cast: Cast) -> FhirClient:
    return FhirClient(signed_in(cast, "holm"))


@pytest.fixture
def patient(cast: Cast) -> Patient:
    return cast.new_patient()


def post(client: FhirClient, path: str, body: bytes, content_type: str = XML) -> Answer:
    return client.ask(path, method="POST", body=body, CONTENT_TYPE=content_type, accept=XML)


def plain(resource: object) -> dict[str, Any]:
    """Give a resource as JSON reads it: a number is a number."""
    found: dict[str, Any] = orjson.loads(orjson.dumps(resource, default=float))
    return found


@pytest.mark.parametrize("kind", sorted({*SERVED, *HELD}))
def test_xml_says_what_json_says(cast: Cast, doctor: FhirClient, kind: str):
    about = SERVED.get(kind)
    who = (
        {"_id" if kind == "Patient" else "patient": str(cast.id_of("karen"))}
        if about and about.is_about_patients
        else {}
    )
    cast.answer_questions(cast.patient("karen"), {"breath": "worse"})
    path = f"/fhir/{kind}?" + "&".join(f"{name}={value}" for name, value in who.items())
    as_json, as_xml = doctor.ask(path), doctor.ask(path, accept=XML)
    assert as_xml.headers["Content-Type"].startswith(XML)
    read, expected = plain(from_xml(as_xml.body)), as_json.resource
    # A next page's address is sealed anew each time.
    assert {**read, "link": []} == {**expected, "link": []}
    assert as_json.found


def test_the_statement_can_be_read_as_xml(doctor: FhirClient):
    as_json, as_xml = doctor.ask("/fhir/metadata"), doctor.ask("/fhir/metadata?_format=xml")
    assert plain(from_xml(as_xml.body)) == as_json.resource


@pytest.mark.parametrize(
    ("asked", "accept", "kind"),
    [
        ("?_format=xml", "application/fhir+json", "xml"),
        ("?_format=json", XML, "json"),
        ("", "application/xml", "xml"),
        ("", "application/fhir+json, application/fhir+xml;q=0.9", "json"),
        ("", "*/*", "json"),
        ("", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "json"),
    ],
)
def test_the_form_is_the_one_that_is_asked_for(doctor: FhirClient, asked: str, accept: str, kind: str):
    answer = doctor.ask(f"/fhir/metadata{asked}", accept=accept)
    assert answer.headers["Content-Type"].startswith(f"application/fhir+{kind}")


def test_another_form_is_refused(doctor: FhirClient):
    assert doctor.ask("/fhir/metadata", accept="text/turtle").status == 406


def test_a_value_is_written_as_xml(doctor: FhirClient, patient: Patient):
    sent = to_xml({**LDL, "subject": {"reference": f"Patient/{patient.public_id}"}})
    answer = post(doctor, "/fhir/Observation", sent)
    assert answer.status == 201
    made = from_xml(answer.body)
    assert str(made["valueQuantity"]["value"]) == "2.3"
    again = doctor.ask(f"/fhir/Observation/{made['id']}").resource
    assert plain(made) == again


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<Observation", 400),
        (b'<!DOCTYPE x><Observation xmlns="http://hl7.org/fhir"/>', 400),
        (b'<Observation xmlns="http://hl7.org/fhir"><name value="x"/></Observation>', 400),
        (b'<Patient xmlns="http://hl7.org/fhir"/>', 400),
        (b'<Observation xmlns="http://hl7.org/fhir"/>', 422),
    ],
)
def test_what_cannot_be_read_is_an_outcome_as_xml(doctor: FhirClient, body: bytes, status: int):
    answer = post(doctor, "/fhir/Observation", body)
    assert (answer.status, from_xml(answer.body)["resourceType"]) == (status, "OperationOutcome")


def test_ones_own_summary_can_be_fetched_as_xml(cast: Cast):
    karen = signed_in(cast, "karen")
    as_json = orjson.loads(karen.get("/my-plan/summary.json").content)
    answer = karen.get("/my-plan/summary.json?_format=xml")
    assert answer.headers["Content-Type"] == XML
    document = plain(from_xml(answer.content))
    kinds = [entry["resource"]["resourceType"] for entry in document["entry"]]
    assert kinds == [entry["resource"]["resourceType"] for entry in as_json["entry"]]
