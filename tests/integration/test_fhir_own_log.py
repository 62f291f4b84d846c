"""The patient's own log as AuditEvents: theirs, and nobody else's."""

from __future__ import annotations

import pytest

from forloeb.fhir.xml import from_xml
from forloeb.people.models import Patient
from tests.integration.test_access import signed_in
from tests.integration.test_apps_of_others import browser_of
from tests.support.fhir.client import FhirClient
from tests.support.personas import Cast


@pytest.fixture
def patient(cast: Cast) -> Patient:
    return cast.new_patient()


def test_a_patient_reads_who_looked_when_and_by_which_rule(cast: Cast, patient: Patient):
    FhirClient(signed_in(cast, "holm")).ask(f"/fhir/Patient/{patient.public_id}")
    own = FhirClient(browser_of(cast, patient))
    (look,) = own.ask("/fhir/AuditEvent?subtype=api-read").found
    assert look["entity"][0]["what"]["reference"] == f"Patient/{patient.public_id}"
    doer, place = look["agent"]
    assert doer["who"]["display"] == cast.staff("holm").name
    assert doer["policy"] == ["urn:forloeb:rule:on-our-list"]
    assert (doer["requestor"], place["requestor"]) == (True, False)
    assert look["outcome"] == "0"
    assert own.ask(f"/fhir/AuditEvent/{look['id']}").resource == look
    assert own.ask(f"/fhir/AuditEvent?_id={look['id']}&patient={patient.public_id}").found == [look]
    as_xml = own.ask(f"/fhir/AuditEvent/{look['id']}", accept="application/fhir+xml")
    assert from_xml(as_xml.body) == look


def test_the_patients_own_look_is_told_as_theirs(cast: Cast, patient: Patient):
    own = FhirClient(browser_of(cast, patient))
    own.ask("/fhir/AuditEvent")
    (look, *_) = own.ask("/fhir/AuditEvent?subtype=own-log").found
    assert look["agent"][0]["who"] == {"reference": f"Patient/{patient.public_id}"}


@pytest.mark.parametrize("who", [None, "holm", "krogh", "lund", "nygaard", "birk", "storm", "sofie"])
def test_nobody_else_reads_it(cast: Cast, patient: Patient, who: str | None):
    own = FhirClient(browser_of(cast, patient))
    (look, *_) = own.ask("/fhir/AuditEvent").found
    other = FhirClient(signed_in(cast, who) if who else None)
    for path in (f"/fhir/AuditEvent/{look['id']}", f"/fhir/AuditEvent?patient={patient.public_id}", "/fhir/AuditEvent"):
        answer = other.ask(path)
        assert answer.status == (403 if who else 401)
        assert str(patient.public_id) not in answer.body.decode()


def test_another_patient_finds_their_own_only(cast: Cast, patient: Patient):
    (look, *_) = FhirClient(browser_of(cast, patient)).ask("/fhir/AuditEvent").found
    bent = FhirClient(signed_in(cast, "bent"))
    assert bent.ask(f"/fhir/AuditEvent/{look['id']}").status == 404
    assert bent.ask(f"/fhir/AuditEvent?patient={patient.public_id}").status == 404
    assert look["id"] not in bent.ask("/fhir/AuditEvent").body.decode()


@pytest.mark.parametrize("asked", ["code=x", "_count=x"])
def test_what_cannot_be_asked_for_is_said(cast: Cast, patient: Patient, asked: str):
    assert FhirClient(browser_of(cast, patient)).ask(f"/fhir/AuditEvent?{asked}").status == 400
