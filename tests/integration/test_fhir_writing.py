"""Values written by other systems through the FHIR face: each once, corrected by version, refused whole."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forloeb.people.models import Patient
from tests.integration.test_access import signed_in
from tests.support.fhir.client import Answer, FhirClient
from tests.support.personas import Cast

THEIRS = "https://lps.example/values"


@pytest.fixture(scope="module")
def doctor(cast: Cast) -> FhirClient:
    return FhirClient(signed_in(cast, "holm"))


@pytest.fixture
def patient(cast: Cast) -> Patient:
    return cast.new_patient()


def hba1c(patient: Patient, name: str, value: float = 55, **changed: Any) -> dict[str, Any]:
    """An HbA1c as a laboratory system would send it."""
    return {
        "resourceType": "Observation",
        "identifier": [{"system": THEIRS, "value": f"{patient.pk}-{name}"}],
        "status": "final",
        "code": {"coding": [{"system": "urn:oid:1.2.208.176.2.1", "code": "NPU27300"}]},
        "subject": {"reference": f"Patient/{patient.public_id}"},
        "effectiveDateTime": "2026-11-20",
        "valueQuantity": {
            "value": value,
            "unit": "mmol/mol",
            "system": "http://unitsofmeasure.org",
            "code": "mmol/mol",
        },
        **changed,
    }


def send(
    client: FhirClient, resource: Any, path: str = "/fhir/Observation", method: str = "POST", **headers: str
) -> Answer:
    body = resource if isinstance(resource, bytes) else orjson.dumps(resource)
    return client.ask(path, method=method, body=body, CONTENT_TYPE="application/fhir+json", **headers)


def values(doctor: FhirClient, patient: Patient) -> list[Any]:
    found = doctor.ask(f"/fhir/Observation?patient={patient.public_id}").found
    return sorted(one["valueQuantity"]["value"] for one in found)


def issue(answer: Answer) -> tuple[int, str, str]:
    (one,) = answer.resource["issue"]
    return answer.status, one["code"], one.get("expression", [""])[0]


def test_a_value_is_made_once_however_often_it_is_sent(doctor: FhirClient, patient: Patient):
    made = send(doctor, hba1c(patient, "a"))
    assert made.status == 201
    again = send(doctor, hba1c(patient, "a"), IF_NONE_EXIST=f"identifier={THEIRS}|{patient.pk}-a")
    assert (again.status, again.resource) == (200, made.resource)
    assert made.headers["Location"].endswith(f"/fhir/Observation/{made.resource['id']}/_history/1")
    assert values(doctor, patient) == [55]
    assert issue(send(doctor, hba1c(patient, "a", 56))) == (409, "duplicate", "identifier")
    assert values(doctor, patient) == [55]


def test_a_correction_is_the_next_version_and_only_of_the_one_it_corrects(doctor: FhirClient, patient: Patient):
    made = send(doctor, hba1c(patient, "a")).resource
    path = f"/fhir/Observation/{made['id']}"
    better = hba1c(patient, "a", 57, id=made["id"], status="corrected")
    assert issue(send(doctor, better, path, "PUT"))[0] == 428
    corrected = send(doctor, better, path, "PUT", IF_MATCH='W/"1"')
    assert (corrected.status, corrected.headers["ETag"], values(doctor, patient)) == (200, 'W/"2"', [57])
    assert issue(send(doctor, better, path, "PUT", IF_MATCH='W/"1"'))[:2] == (412, "conflict")
    assert [v["resource"]["valueQuantity"]["value"] for v in doctor.ask(f"{path}/_history").resource["entry"]] == [
        57,
        55,
    ]


def test_what_was_entered_in_error_is_gone_from_searches_and_stays_in_the_history(doctor: FhirClient, patient: Patient):
    made = send(doctor, hba1c(patient, "a")).resource
    path = f"/fhir/Observation/{made['id']}"
    wrong = hba1c(patient, "a", id=made["id"], status="entered-in-error")
    taken_back = send(doctor, wrong, path, "PUT", IF_MATCH='W/"1"')
    assert (taken_back.status, taken_back.resource["status"]) == (200, "entered-in-error")
    assert values(doctor, patient) == []
    assert doctor.ask(f"{path}/_history").resource["total"] == 1


def test_what_was_typed_here_is_corrected_here(cast: Cast, doctor: FhirClient, patient: Patient):
    cast.give_values(patient, 1, hba1c="60")
    (typed,) = doctor.ask(f"/fhir/Observation?patient={patient.public_id}").found
    if typed["identifier"][0]["system"].startswith("urn:forloeb"):
        better = {**typed, "valueQuantity": {**typed["valueQuantity"], "value": 61}}
        path = f"/fhir/Observation/{typed['id']}"
        assert issue(send(doctor, better, path, "PUT", IF_MATCH='W/"1"'))[0] == 422
    posing = hba1c(patient, "a", identifier=[{"system": "urn:forloeb", "value": "mine"}])
    assert issue(send(doctor, posing)) == (422, "business-rule", "identifier")
    assert values(doctor, patient) == [60]


def test_only_the_patients_practice_writes(cast: Cast, doctor: FhirClient, patient: Patient):
    for who, status in (("lund", 422), ("nygaard", 403), ("bent", 403), ("sofie", 403)):
        assert send(FhirClient(signed_in(cast, who)), hba1c(patient, "a")).status == status, who
    assert send(FhirClient(), hba1c(patient, "a")).status == 401
    assert values(doctor, patient) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"status": "preliminary"}, (422, "business-rule", "status")),
        ({"identifier": []}, (422, "business-rule", "identifier")),
        ({"subject": {"reference": "Patient/1"}}, (422, "business-rule", "subject")),
        ({"effectiveDateTime": "soon"}, (422, "business-rule", "")),
        ({"code": {"coding": [{"system": "http://loinc.org", "code": "0-0"}]}}, (422, "business-rule", "code")),
        ({"valueQuantity": {"value": 5500, "code": "mmol/mol"}}, (422, "business-rule", "")),
        ({"resourceType": "Patient"}, (400, "structure", "resourceType")),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_refusal_names_the_element(
    doctor: FhirClient, patient: Patient, change: dict[str, Any], expected: tuple[int, str, str]
):
    assert issue(send(doctor, hba1c(patient, "a", **change))) == expected
    assert values(doctor, patient) == []


def test_a_form_of_another_site_writes_nothing(doctor: FhirClient, patient: Patient):
    body = orjson.dumps(hba1c(patient, "a"))
    answer = doctor.ask("/fhir/Observation", method="POST", body=body, CONTENT_TYPE="text/plain")
    assert (answer.status, values(doctor, patient)) == (415, [])


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"resource": one, "request": {"method": "POST", "url": "Observation"}} for one in resources],
    }


def test_a_transaction_is_kept_whole_or_not_at_all(doctor: FhirClient, patient: Patient):
    three = [hba1c(patient, str(n), 50 + n, effectiveDateTime=f"2026-0{n}-01") for n in (1, 2, 3)]
    refused = send(doctor, bundle(*three, hba1c(patient, "4", status="registered")), "/fhir")
    assert issue(refused) == (422, "business-rule", "Bundle.entry[3].resource.status")
    assert values(doctor, patient) == []
    kept = send(doctor, bundle(*three), "/fhir")
    assert [one["response"]["status"] for one in kept.resource["entry"]] == ["201 Created"] * 3
    assert values(doctor, patient) == [51, 52, 53]
    again = send(doctor, bundle(*three), "/fhir")
    assert [one["response"]["status"] for one in again.resource["entry"]] == ["200 OK"] * 3


def test_a_patient_may_be_named_by_number_in_what_is_sent(doctor: FhirClient, patient: Patient):
    number = {"identifier": {"system": "urn:oid:1.2.208.176.1.2", "value": patient.cpr_number}}
    assert send(doctor, hba1c(patient, "a", subject=number)).status == 201
    assert values(doctor, patient) == [55]


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(-1e9, 1e9), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=st.sampled_from(
        ["identifier", "status", "code", "subject", "effectiveDateTime", "valueQuantity", "component"]
    ),
    replaced=JSON,
    raw=st.binary(max_size=40),
)
def test_whatever_is_sent_is_answered_with_what_is_wrong(
    doctor: FhirClient, cast: Cast, place: str, replaced: Any, raw: bytes
):
    whole = hba1c(_somebody(cast), "fuzzed")
    changed = {**deepcopy(whole), place: replaced}
    tries: list[Callable[[], Answer]] = [
        lambda: send(doctor, changed),
        lambda: send(doctor, bundle(changed), "/fhir"),
        lambda: send(doctor, {"resourceType": "Bundle", "type": "transaction", "entry": replaced}, "/fhir"),
        lambda: send(doctor, raw),
    ]
    for attempt in tries:
        answer = attempt()
        assert answer.status < 500, (answer.status, answer.body)
        assert answer.resource["resourceType"]


_people: list[Patient] = []


def _somebody(cast: Cast) -> Patient:
    if not _people:
        _people.append(cast.new_patient())
    return _people[0]
