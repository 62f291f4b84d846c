"""Whatever is sent, as JSON or XML, alone or in a Bundle: an answer that names what is wrong, and never a failure."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forloeb.fhir.xml import from_xml
from forloeb.people.models import Patient
from tests.integration.test_access import signed_in
from tests.integration.test_apps_of_others import browser_of
from tests.integration.test_fhir_consents_and_answers import answers, chosen
from tests.integration.test_fhir_writing import JSON, send
from tests.support.fhir.client import FhirClient
from tests.support.personas import Cast

XML = "application/fhir+xml"
NAMES = st.sampled_from(["id", "status", "code", "subject", "valueQuantity", "item", "entry", "extension", "meta", "x"])
TREES: st.SearchStrategy[str] = st.recursive(
    st.builds(lambda name, text: f'<{name} value="{text}"/>', NAMES, st.text("ab1.-/|é", max_size=6)),
    lambda inner: st.builds(
        lambda name, parts: f"<{name}>{''.join(parts)}</{name}>", NAMES, st.lists(inner, max_size=3)
    ),
    max_leaves=8,
)
ROOTS = st.sampled_from(["Observation", "Bundle", "Parameters", "QuestionnaireResponse", "Goal", "CarePlan", "Foo"])
QUIET = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def doctor(cast: Cast) -> FhirClient:
    return FhirClient(signed_in(cast, "holm"))


@pytest.fixture(scope="module")
def patient(cast: Cast) -> Patient:
    return cast.new_patient(conditions=("R95",))


@pytest.fixture(scope="module")
def own(cast: Cast, patient: Patient) -> FhirClient:
    return FhirClient(browser_of(cast, patient))


@QUIET
@given(root=ROOTS, parts=st.lists(TREES, max_size=4), raw=st.binary(max_size=60))
def test_xml_that_is_malformed_or_means_nothing_is_refused(doctor: FhirClient, root: str, parts: list[str], raw: bytes):
    whole = f'<{root} xmlns="http://hl7.org/fhir">{"".join(parts)}</{root}>'.encode()
    for body in (whole, raw, whole[:-3]):
        for path in ("/fhir", "/fhir/Observation", f"/fhir/{root}"):
            answer = doctor.ask(path, method="POST", body=body, CONTENT_TYPE=XML, accept=XML)
            assert 400 <= answer.status < 500 or (answer.status == 200 and b"-response" in answer.body)
            if answer.status >= 400:
                (issue,) = from_xml(answer.body)["issue"]
                assert issue["diagnostics"]


@QUIET
@given(replaced=JSON, place=st.sampled_from(["questionnaire", "status", "subject", "item", "source", "author"]))
def test_a_response_of_any_shape_is_kept_or_refused(own: FhirClient, patient: Patient, place: str, replaced: Any):
    answer = send(own, answers(patient, chosen("breath", "worse")) | {place: replaced}, "/fhir/QuestionnaireResponse")
    assert answer.status == 422
    assert answer.resource["issue"][0]["expression"][0].startswith(place)


@QUIET
@given(request=JSON, resource=JSON, url=st.text(max_size=20), method=st.sampled_from(["GET", "POST", "PUT", "x"]))
def test_a_batch_of_anything_is_answered_entry_by_entry(
    doctor: FhirClient, request: Any, resource: Any, url: str, method: str
):
    entries = [{"request": request}, {"request": {"method": method, "url": url}, "resource": resource}]
    answer = send(doctor, {"resourceType": "Bundle", "type": "batch", "entry": entries}, "/fhir")
    assert answer.status == 200
    for entry in answer.resource["entry"]:
        assert entry["response"]["outcome"]["issue"][0]["diagnostics"]


@QUIET
@given(body=JSON, asked=st.text("ab1=&$|%é", max_size=12))
def test_operations_refuse_what_they_do_not_understand(doctor: FhirClient, patient: Patient, body: Any, asked: str):
    for path in (f"Patient/{patient.public_id}/$everything", "Observation/$lastn", "CarePlan/$evaluate"):
        for answer in (
            send(doctor, {"resourceType": "Parameters", "parameter": body}, f"/fhir/{path}"),
            send(doctor, orjson.dumps(body), f"/fhir/{path}"),
            doctor.ask(f"/fhir/{path}?{asked}"),
        ):
            assert answer.status < 500
            assert answer.resource["resourceType"] in ("Bundle", "OperationOutcome")
