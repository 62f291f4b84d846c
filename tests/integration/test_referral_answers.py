"""What comes back from a municipality's system: receipts that come later, answers that are fetched, and strangers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from django.test import Client, override_settings
from django.urls import reverse

from forloeb.access.client_keys import make_client_key
from forloeb.access.referrals import ReferralStatus
from forloeb.careplans import referrals_sent
from forloeb.jobs import referrals as jobs
from forloeb.people.models import ReferralReceiver
from forloeb.people.referral_receivers import token_of
from forloeb.people.viewers import looking
from tests.support.connected import sql
from tests.support.municipality.server import in_envelope, receipt_of
from tests.support.personas import Cast
from tests.support.referred import Referring, referring_to, states, work


@pytest.fixture(scope="module")
def by_letter(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Referring]:
    with referring_to(cast, tmp_path_factory.mktemp("by-letter"), "xref15") as found:
        yield found


@pytest.fixture(scope="module")
def by_fhir(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Referring]:
    with referring_to(cast, tmp_path_factory.mktemp("by-fhir"), "fhir") as found:
        yield found


def post(body: bytes, receiver: ReferralReceiver | None) -> int:
    headers = {"Authorization": f"Bearer {token_of(receiver)}"} if receiver else {}
    client = Client(headers={"host": "localhost"})
    return client.post(reverse("referral-answers"), body, content_type="application/xml", headers=headers).status_code


@pytest.mark.parametrize(("later", "state"), [("now", "received"), ("negative", "refused")])
def test_a_receipt_may_come_later(by_letter: Referring, later: str, state: str):
    patient = by_letter.new_patient()
    by_letter.system.switch(receipt="later", later=later)
    name = by_letter.send(patient)
    work()
    assert states(by_letter.sent(patient, name)) == [("request", "delivered")]
    assert by_letter.system.send_receipts() == [202]
    work()
    page = by_letter.sent(patient, name)
    assert states(page) == [("request", state)]
    assert page.sent.messages[0].said == ("" if later == "now" else "Modtageren findes ikke længere")


def test_a_letter_without_a_receipt_for_a_day_is_for_somebody_to_ask_about(by_letter: Referring):
    patient = by_letter.new_patient()
    by_letter.system.switch(receipt="never")
    name = by_letter.send(patient)
    work()
    cast, doctor = by_letter.cast, by_letter.doctor
    tomorrow = cast.at + timedelta(hours=30)
    with looking(doctor):
        now = referrals_sent.to_do(seen_by=doctor, at=cast.at, as_of=cast.as_of)
        then = referrals_sent.to_do(seen_by=doctor, at=tomorrow, as_of=cast.as_of)
    assert name not in {one.name for one in now}
    assert name in {one.name for one in then}
    (message,) = by_letter.sent(patient, name).sent.messages
    assert message.needs_somebody(tomorrow)
    assert not message.needs_somebody(cast.at)
    by_letter.system.switch(receipt="now")


def test_answers_are_fetched_where_they_are_not_posted(by_fhir: Referring):
    by_fhir.system.switch(posts=False)
    patient = by_fhir.new_patient()
    name = by_fhir.send(patient)
    work()
    assert by_fhir.system.answer(name, "completed", "Gik godt.") == 0
    assert by_fhir.sent(patient, name).sent.course.status is ReferralStatus.PROPOSED
    jobs.look_around()
    work()
    page = by_fhir.sent(patient, name)
    assert page.sent.course.status is ReferralStatus.COMPLETED
    assert [note.text for note in page.notes] == ["Gik godt."]
    jobs.look_around()
    work()
    assert len(by_fhir.sent(patient, name).notes) == 1
    by_fhir.system.switch(posts=True)


def test_a_fhir_server_that_asks_for_a_token_gets_one_against_our_signature(by_fhir: Referring, tmp_path: Path):
    key = tmp_path / "client-key.pem"
    make_client_key(key)
    receivers = ReferralReceiver.objects.using("loader").filter(pk=by_fhir.receiver.pk)
    receivers.update(token_url=f"{by_fhir.system.url}/token", client_id="forloeb")
    by_fhir.system.switch(wants_token=True)
    try:
        patient = by_fhir.new_patient()
        name = by_fhir.send(patient)
        with override_settings(CLIENT_KEY_FILE=""):
            work()
        assert states(by_fhir.sent(patient, name)) == [("request", "waiting")]
        with override_settings(CLIENT_KEY_FILE=str(key)):
            work()
        assert states(by_fhir.sent(patient, name)) == [("request", "received")]
    finally:
        receivers.update(token_url="", client_id="")
        by_fhir.system.switch(wants_token=False)


def test_a_notice_without_content_has_the_answers_fetched(by_fhir: Referring):
    by_fhir.system.switch(posts=False)
    patient = by_fhir.new_patient()
    name = by_fhir.send(patient)
    work()
    by_fhir.system.answer(name, "active")
    assert post(b"", by_fhir.receiver) == 202
    work()
    assert by_fhir.sent(patient, name).sent.course.status is ReferralStatus.ACTIVE
    by_fhir.system.switch(posts=True)


def test_nobody_answers_without_a_token_or_for_another_municipality(by_letter: Referring, by_fhir: Referring):
    patient = by_letter.new_patient()
    name = by_letter.send(patient)
    work()
    letter = by_letter.system.held()[str(name)]
    receipt = receipt_of(letter["letter_id"], "negative")
    assert post(receipt, None) == 401
    assert post(receipt, by_fhir.receiver) == 422
    claim = {
        "resourceType": "ServiceRequest",
        "identifier": [{"system": "urn:forloeb:referral", "value": str(name)}],
        "status": "completed",
        "meta": {"lastUpdated": "2026-11-23T10:00:00Z"},
    }
    assert post(orjson.dumps(claim), by_fhir.receiver) == 422
    about_another = {**claim, "subject": {"identifier": {"value": "0101019995"}}}
    assert post(orjson.dumps(about_another), by_letter.receiver) == 422
    work()
    page = by_letter.sent(patient, name)
    assert states(page) == [("request", "received")]
    assert page.sent.course.status is ReferralStatus.PROPOSED


@pytest.mark.parametrize(
    "body",
    [
        b"<x/>",
        b"{",
        b"[]",
        b"{}",
        b'{"resourceType": "ServiceRequest"}',
        b"<!DOCTYPE x><x/>",
        b"\xff\xfe",
        in_envelope(""),
        in_envelope("<PositiveReceipt/>"),
        in_envelope("<PositiveReceipt><OriginalLetterIdentifier>X1</OriginalLetterIdentifier></PositiveReceipt>"),
        in_envelope("<MunicipalityLetter/>"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(by_letter: Referring, body: bytes):
    assert post(body, by_letter.receiver) == 422


def test_a_receipt_that_comes_twice_or_after_a_person_has_settled_it_changes_nothing(by_letter: Referring):
    patient = by_letter.new_patient()
    name = by_letter.send(patient)
    work()
    letter_id = by_letter.system.held()[str(name)]["letter_id"]
    assert post(receipt_of(letter_id, "negative"), by_letter.receiver) == 202
    work()
    assert states(by_letter.sent(patient, name)) == [("request", "received")]


def test_an_answer_without_the_referrals_name_finds_the_one_that_is_open(by_letter: Referring):
    patient = by_letter.new_patient()
    name = by_letter.send(patient)
    work()
    number = patient.cpr_number
    body = in_envelope(
        "<MunicipalityLetter><Letter><Authorisation><Date>2026-11-23</Date><Time>10:00</Time></Authorisation></Letter>"
        "<Sender><OrganisationName>Åby</OrganisationName></Sender>"
        f"<Patient><CivilRegistrationNumber>{number}</CivilRegistrationNumber></Patient>"
        "<RelevantClinicalInformation><Anamnesis>Afsluttet.</Anamnesis></RelevantClinicalInformation>"
        "</MunicipalityLetter>"
    )
    assert post(body, by_letter.receiver) == 202
    work()
    page = by_letter.sent(patient, name)
    assert page.sent.course.status is ReferralStatus.COMPLETED
    assert page.notes[0].text == "Afsluttet."
    assert post(body.replace(b"10:00", b"10:05"), by_letter.receiver) == 422


def test_what_was_told_is_kept_as_it_came(by_letter: Referring):
    patient = by_letter.new_patient()
    name = by_letter.send(patient)
    work()
    before = sql("SELECT count(*) FROM records_received WHERE kind = 'referral-answer'")[0][0]
    by_letter.system.answer(name, "active")
    work()
    assert sql("SELECT count(*) FROM records_received WHERE kind = 'referral-answer'")[0][0] == before + 1
