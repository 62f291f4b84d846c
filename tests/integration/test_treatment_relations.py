"""The register of who treats whom is asked beside a stated reason: its no asks for words, and locks nobody out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import requests
from django.conf import settings
from django.test import Client
from django.utils import translation

from forloeb.access import lookups
from forloeb.access.models import Lookup
from forloeb.access.national_blocks import NoAnswer, Question
from forloeb.access.own_log import get_own_log
from forloeb.adapters.national.gateway import Gateway
from forloeb.adapters.national.relations import HttpTreatmentRelations
from forloeb.careplans import queries
from forloeb.people.models import Patient
from forloeb.people.viewers import Viewer, ViewerKind, looking
from forloeb.web.log_words import why_allowed
from tests.integration.test_access import signed_in
from tests.integration.test_who_may_read import state
from tests.support.national.gateway import TOKEN
from tests.support.national.relations import Relations, relations
from tests.support.personas import Cast

ASKED = {"cpr_number": "0101900000", "authorization_id": "P0001", "sor_code": "441711000016006"}
QUESTION = Question("0101900000", "P0001", "441711000016006", None)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Relations]:
    with relations(tmp_path) as started:
        yield started


@pytest.fixture
def brs(gateway: Relations, monkeypatch: pytest.MonkeyPatch) -> Relations:
    monkeypatch.setattr(settings, "BRS_URL", gateway.address)
    monkeypatch.setattr(settings, "BRS_TOKEN", TOKEN)
    return gateway


def number(patient: Patient) -> str:
    assert patient.cpr_number is not None
    return patient.cpr_number


def relation(patient: Patient) -> str:
    return Lookup.objects.using("loader").filter(patient=patient).latest("pk").known_relation


def is_open(viewer: Viewer, patient: Patient, cast: Cast) -> bool:
    with looking(viewer):
        return bool(queries.get_shared_plan(patient.public_id, seen_by=viewer, as_of=cast.as_of).patient.rule)


def own_log(cast: Cast, patient: Patient) -> str:
    themselves = Viewer(ViewerKind.PATIENT, 0, "", patient_id=patient.pk)
    with looking(themselves), translation.override("da"):
        return " ".join(str(why_allowed(look)) for look in get_own_log(seen_by=themselves, as_of=cast.as_of))


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
def test_the_invented_gateway_keeps_the_contract(gateway: Relations, body: object, token: str, status: int):
    answer = requests.post(gateway.address, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=5)
    assert (answer.status_code, answer.json()) == (status, {"known": True} if status == 200 else {})


# --- the contract: our side


def test_a_question_gets_its_yes_or_no(gateway: Relations):
    register = HttpTreatmentRelations(Gateway(gateway.address, TOKEN))
    assert register.is_known(QUESTION)
    gateway.know_nothing_of(QUESTION.cpr_number)
    assert not register.is_known(QUESTION)
    assert gateway.heard() == [ASKED, ASKED]
    assert TOKEN not in repr(register)


@pytest.mark.parametrize("mood", ["failing", "refusing", "silent", "odd", "slow"])
def test_all_but_a_plain_answer_is_none(gateway: Relations, mood: str):
    gateway.be(mood)
    with pytest.raises(NoAnswer):
        HttpTreatmentRelations(Gateway(gateway.address, TOKEN)).is_known(QUESTION)


# --- the rule


def test_a_known_relation_opens_and_is_written_down(brs: Relations, cast: Cast, database: dict[str, str]):
    patient, nurse = cast.new_patient(), cast.new_professional(cast.demo.municipality)
    state(nurse, patient, cast)
    assert (relation(patient), is_open(nurse, patient, cast)) == ("known", True)
    (asked,) = brs.heard()
    assert (asked["cpr_number"], asked["sor_code"]) == (number(patient), cast.demo.municipality.sor_code)
    with psycopg.connect(database["FORLOEB_OWNER_DATABASE_URL"]) as owner:
        entry = "SELECT detail->>'treatment_relation' FROM audit.entry WHERE event = 'look-up' AND patient_id = %s"
        assert owner.execute(entry, [patient.pk]).fetchall() == [("known",)]
    assert "nationale register" not in own_log(cast, patient)


def test_where_none_is_known_words_are_asked_for_and_are_enough(brs: Relations, cast: Cast):
    patient, nurse = cast.new_patient(), cast.new_professional(cast.demo.municipality)
    brs.know_nothing_of(number(patient))
    with pytest.raises(lookups.NoKnownRelation):
        state(nurse, patient, cast)
    assert not Lookup.objects.using("loader").filter(patient=patient).exists()
    state(nurse, patient, cast, explanation="Kom ind ad døren i dag.")
    assert (relation(patient), is_open(nurse, patient, cast)) == ("none", True)
    assert "Det nationale register vidste ikke, at de behandler dig." in own_log(cast, patient)


def test_an_emergency_does_not_wait_for_the_register(brs: Relations, cast: Cast):
    patient, nurse = cast.new_patient(), cast.new_professional(cast.demo.municipality)
    brs.know_nothing_of(number(patient))
    state(nurse, patient, cast, reason="emergency", explanation="Bevidstløs.")
    assert (relation(patient), is_open(nurse, patient, cast), brs.heard()) == ("", True, [])


@pytest.mark.parametrize("mood", ["failing", "odd"])
def test_a_silent_register_closes_nothing_and_the_patient_reads_it(brs: Relations, cast: Cast, mood: str):
    patient, nurse = cast.new_patient(), cast.new_professional(cast.demo.municipality)
    brs.be(mood)
    state(nurse, patient, cast)
    assert (relation(patient), is_open(nurse, patient, cast)) == ("no-answer", True)
    assert "Det nationale register over, hvem der behandler dig, svarede ikke." in own_log(cast, patient)


def test_where_no_register_is_named_nobody_is_asked(gateway: Relations, cast: Cast):
    patient, nurse = cast.new_patient(), cast.new_professional(cast.demo.municipality)
    gateway.know_nothing_of(number(patient))
    state(nurse, patient, cast)
    assert (relation(patient), gateway.heard()) == ("", [])


def test_the_pages_say_what_is_missing_and_that_the_register_is_asked(
    brs: Relations, cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    patient, client = cast.new_patient(), signed_in(cast, "nygaard")
    brs.know_nothing_of(number(patient))
    typed = {"number": number(patient), "reason": "treatment"}
    answer = client.post("/look-up/reason/", typed)
    assert (answer.status_code, "Skriv med dine egne ord, hvorfor" in answer.content.decode()) == (422, True)
    answer = client.post("/look-up/reason/", {**typed, "explanation": "Henvendte sig selv i dag."})
    assert (answer.status_code, answer["Location"]) == (302, f"/shared/{patient.public_id}/")
    anybody = Client(headers={"host": "localhost"})
    assert "register over behandlingsrelationer" in anybody.get("/help/look-ups/").content.decode()
    monkeypatch.setattr(settings, "BRS_URL", "")
    assert "register over behandlingsrelationer" not in anybody.get("/help/look-ups/").content.decode()
