"""The citizen's nationwide no holds before every look-up, no answer is a no, and emergencies get through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from django.conf import settings
from django.test import Client

from forloeb.access import policies
from forloeb.access.national_blocks import NoAnswer, Question
from forloeb.adapters.national.blocks import HttpBlocks
from forloeb.adapters.national.gateway import Gateway
from forloeb.careplans import queries
from forloeb.people.models import Patient
from forloeb.people.viewers import Viewer, looking
from tests.integration.test_access import signed_in
from tests.integration.test_who_may_read import state
from tests.support.national.blocks import TOKEN, Register, register
from tests.support.personas import Cast

ASKED = {"cpr_number": "0101900000", "authorization_id": "P0001", "sor_code": "441711000016006"}
QUESTION = Question("0101900000", "P0001", "441711000016006", None)
MOODS = ["failing", "silent", "odd", "slow"]


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Register]:
    with register(tmp_path) as running:
        yield running


@pytest.fixture
def asked_nationally(gateway: Register, monkeypatch: pytest.MonkeyPatch) -> Register:
    monkeypatch.setattr(settings, "MINSPAERRING_URL", gateway.address)
    monkeypatch.setattr(settings, "MINSPAERRING_TOKEN", TOKEN)
    return gateway


def opens(viewer: Viewer, patient: Patient, cast: Cast) -> str:
    with looking(viewer):
        return queries.get_shared_plan(patient.public_id, seen_by=viewer, as_of=cast.as_of).patient.rule


def number(patient: Patient) -> str:
    assert patient.cpr_number is not None
    return patient.cpr_number


# --- the contract: the gateway's side, spoken to by hand


@pytest.mark.parametrize(
    ("body", "token", "status"),
    [
        (ASKED, TOKEN, 200),
        (ASKED, "another", 401),
        ({**ASKED, "name": "Ida"}, TOKEN, 400),
        ({"cpr_number": "0101900000"}, TOKEN, 400),
        ({"sor_code": "1"}, TOKEN, 400),
        ([], TOKEN, 400),
    ],
)
def test_the_invented_gateway_keeps_the_contract(gateway: Register, body: object, token: str, status: int):
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.post(gateway.address, json=body, headers=headers, timeout=5)
    assert answer.status_code == status
    assert answer.json() == ({"blocked": False} if status == 200 else {})


# --- the contract: our side


def test_a_question_gets_its_yes_or_no_and_says_no_more_than_it_must(gateway: Register):
    blocks = HttpBlocks(Gateway(gateway.address, TOKEN))
    assert not blocks.is_blocked(QUESTION)
    gateway.block(QUESTION.cpr_number)
    assert blocks.is_blocked(QUESTION)
    assert gateway.heard() == [ASKED, ASKED]
    assert TOKEN not in repr(blocks)
    assert QUESTION.cpr_number not in repr(QUESTION)


@pytest.mark.parametrize("mood", MOODS)
def test_all_but_a_plain_answer_is_none(gateway: Register, mood: str):
    gateway.be(mood)
    with pytest.raises(NoAnswer):
        HttpBlocks(Gateway(gateway.address, TOKEN)).is_blocked(QUESTION)


def test_a_wrong_token_and_nobody_at_home_are_no_answer(gateway: Register):
    with pytest.raises(NoAnswer):
        HttpBlocks(Gateway(gateway.address, "another")).is_blocked(QUESTION)
    with pytest.raises(NoAnswer):
        HttpBlocks(Gateway("http://127.0.0.1:9/check", TOKEN)).is_blocked(QUESTION)


# --- what it means for a look-up


def test_a_block_closes_a_referral_and_a_stated_reason_but_no_emergency(asked_nationally: Register, cast: Cast):
    patient, nurse = cast.new_patient(), cast.new_professional(cast.demo.municipality)
    cast.refer(patient, cast.demo.municipality)
    assert opens(nurse, patient, cast) == policies.BY_REFERRAL
    asked_nationally.block(number(patient))
    with pytest.raises(policies.SaidNoNationally):
        opens(nurse, patient, cast)
    with pytest.raises(policies.SaidNoNationally):
        state(nurse, patient, cast)
    state(nurse, patient, cast, reason="emergency", explanation="Bevidstløs.")
    assert opens(nurse, patient, cast) == policies.EMERGENCY


def test_no_answer_is_a_no_but_in_an_emergency(asked_nationally: Register, cast: Cast):
    patient, nurse = cast.new_patient(), cast.new_professional(cast.demo.municipality)
    state(nurse, patient, cast)
    assert opens(nurse, patient, cast) == policies.STATED_REASON
    asked_nationally.be("failing")
    with pytest.raises(policies.BlocksUnknown):
        opens(nurse, patient, cast)
    with pytest.raises(policies.BlocksUnknown):
        state(nurse, patient, cast)
    state(nurse, patient, cast, reason="emergency", explanation="Bevidstløs.")
    assert opens(nurse, patient, cast) == policies.EMERGENCY


def test_the_register_is_told_who_asks_and_the_practice_does_not_ask(asked_nationally: Register, cast: Cast):
    patient, nurse = cast.new_patient(), cast.new_professional(cast.demo.municipality)
    asked_nationally.block(number(patient))
    doctor = cast.staff("holm")
    with looking(doctor):
        queries.get_control(patient.public_id, seen_by=doctor, as_of=cast.as_of)
    assert asked_nationally.heard() == []
    with pytest.raises(policies.SaidNoNationally):
        state(nurse, patient, cast)
    (asked,) = asked_nationally.heard()
    assert asked["cpr_number"] == number(patient)
    assert asked["sor_code"] == cast.demo.municipality.sor_code
    assert asked["authorization_id"].startswith("P")


def test_where_no_register_is_named_nobody_is_asked(gateway: Register, cast: Cast):
    patient, nurse = cast.new_patient(), cast.new_professional(cast.demo.municipality)
    gateway.block(number(patient))
    state(nurse, patient, cast)
    assert opens(nurse, patient, cast) == policies.STATED_REASON
    assert gateway.heard() == []


def test_the_help_page_says_whether_the_register_is_asked(gateway: Register, monkeypatch: pytest.MonkeyPatch):
    def page() -> str:
        return Client(headers={"host": "localhost"}).get("/help/look-ups/").content.decode()

    assert "MinSpærring spørges ikke her" in page()
    monkeypatch.setattr(settings, "MINSPAERRING_URL", gateway.address)
    assert "spørges MinSpærring, om patienten har sagt nej" in page()


def test_the_page_says_why_it_is_closed_and_offers_the_emergency_only(asked_nationally: Register, cast: Cast):
    patient, client = cast.new_patient(), signed_in(cast, "nygaard")
    asked_nationally.be("failing")
    answer = client.post("/look-up/reason/", {"number": number(patient), "reason": "treatment"})
    page = answer.content.decode()
    assert (answer.status_code, "MinSpærring svarer ikke" in page) == (403, True)
    assert 'value="emergency"' in page
    assert 'value="treatment"' not in page
    cast.refer(patient, cast.demo.municipality)
    asked_nationally.be("")
    asked_nationally.block(number(patient))
    answer = client.get(f"/shared/{patient.public_id}/")
    assert (answer.status_code, "spærret for opslag i MinSpærring" in answer.content.decode()) == (403, True)
