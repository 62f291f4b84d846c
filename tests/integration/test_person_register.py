"""Names, protection, deaths and moves come from the person register, and its word goes before a source's."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings
from django.utils import timezone

from forloeb.access import policies
from forloeb.access.models import NoticeChoice, Proxy, Referral
from forloeb.adapters.national.gateway import Gateway
from forloeb.adapters.national.persons import HttpPersonRegister
from forloeb.careplans import queries
from forloeb.config import national
from forloeb.jobs.persons import fetch_all, fetch_persons
from forloeb.people import intake
from forloeb.people.intake import MembershipIn, PatientIn
from forloeb.people.models import Patient, PracticeMembership
from forloeb.people.national_services import standing
from forloeb.people.person_register import NAME, NoAnswer
from forloeb.people.viewers import Viewer, looking
from tests.integration.test_who_may_read import state
from tests.support.connected import sql
from tests.support.national.gateway import TOKEN
from tests.support.national.persons import Register, register
from tests.support.personas import SOURCE, Cast

ONE: dict[str, Any] = {
    "cpr_number": "0101900000",
    "given_name": "Ny",
    "family_name": "Navn",
    "is_protected": False,
    "deceased_on": None,
    "practice": None,
}


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Register]:
    with register(tmp_path) as started:
        yield started


@pytest.fixture
def cpr(gateway: Register, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Register:
    monkeypatch.setattr(settings, "CPR_URL", gateway.address)
    monkeypatch.setattr(settings, "CPR_TOKEN", TOKEN)
    sql("UPDATE people_nationalservice SET cursor = NULL, failures = 0, not_before = NULL, refused = 0")
    return gateway


def change(patient: Patient, **said: Any) -> dict[str, Any]:
    """Say what the register has of a patient now: as we have them, but for what is said."""
    held = {"given_name": patient.given_name, "family_name": patient.family_name}
    return {**ONE, "cpr_number": patient.cpr_number, **held, **said}


def now(patient: Patient) -> Patient:
    return Patient.objects.using("loader").get(pk=patient.pk)


def lists(patient: Patient) -> list[tuple[int, date, date | None]]:
    held = PracticeMembership.objects.using("loader").filter(patient=patient).order_by("valid_from")
    return [(one.organization_id, one.valid_from, one.valid_until) for one in held]


def may_open(viewer: Viewer, patient: Patient, cast: Cast) -> bool:
    try:
        with looking(viewer):
            queries.get_control(patient.public_id, seen_by=viewer, as_of=cast.as_of)
    except policies.NoCareRelation:
        return False
    return True


# --- the contract: the gateway's side, spoken to by hand


@pytest.mark.parametrize(
    ("body", "token", "status", "said"),
    [
        ({}, TOKEN, 200, {"changes": [ONE, ONE, ONE], "cursor": "3", "last": False}),
        ({"after": "3"}, TOKEN, 200, {"changes": [ONE], "cursor": "4", "last": True}),
        ({"after": "4"}, TOKEN, 200, {"changes": [], "cursor": "4", "last": True}),
        ({}, "another", 401, {}),
        ({"after": 3}, TOKEN, 400, {}),
        ({"after": "3", "cpr_number": "0101900000"}, TOKEN, 400, {}),
    ],
)
def test_the_invented_gateway_keeps_the_contract(
    gateway: Register, body: object, token: str, status: int, said: object
):
    gateway.tell(*[ONE] * 4)
    answer = requests.post(gateway.address, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=5)
    assert (answer.status_code, answer.json()) == (status, said)


# --- the contract: our side


def test_a_page_is_read_and_shows_nobody_in_a_trace(gateway: Register):
    gateway.tell({**ONE, "deceased_on": "2026-11-01", "practice": {"ydernummer": "012345", "since": "2026-10-01"}})
    page = HttpPersonRegister(Gateway(gateway.address, TOKEN)).changes_after(None)
    (found,) = page.changes
    assert (found.deceased_on, page.cursor, page.is_last, page.unreadable) == (date(2026, 11, 1), "1", True, 0)
    assert found.listing is not None
    assert (found.listing.ydernummer, found.listing.since) == ("012345", date(2026, 10, 1))
    assert ONE["cpr_number"] not in repr(page)


@pytest.mark.parametrize(
    "broken",
    [
        7,
        {**ONE, "cpr_number": "010190-0000"},
        {**ONE, "given_name": " "},
        {**ONE, "family_name": "x" * 121},
        {**ONE, "family_name": "a\0b"},
        {**ONE, "is_protected": "no"},
        {**ONE, "deceased_on": "yesterday"},
        {**ONE, "practice": "012345"},
        {**ONE, "practice": {"ydernummer": "012345"}},
        {**ONE, "practice": {"ydernummer": 12345, "since": "2026-10-01"}},
    ],
)
def test_a_change_that_is_not_as_agreed_is_counted_and_the_rest_is_read(gateway: Register, broken: object):
    gateway.tell(broken, ONE)
    page = HttpPersonRegister(Gateway(gateway.address, TOKEN)).changes_after(None)
    assert (len(page.changes), page.unreadable) == (1, 1)


@pytest.mark.parametrize("mood", ["failing", "refusing", "silent", "odd", "slow"])
def test_all_but_a_page_is_no_answer(gateway: Register, mood: str):
    gateway.be(mood)
    with pytest.raises(NoAnswer):
        HttpPersonRegister(Gateway(gateway.address, TOKEN)).changes_after(None)


# --- what it means for people here


def test_a_new_name_and_protection_are_known_and_a_stranger_is_not_made(cpr: Register, cast: Cast):
    patient = cast.new_patient()
    before = Patient.objects.using("loader").count()
    cpr.tell(ONE, change(patient, family_name="Nygift", is_protected=True), {**ONE, "cpr_number": "0202900000"})
    assert fetch_all() == 1
    assert (now(patient).family_name, now(patient).is_protected) == ("Nygift", True)
    assert Patient.objects.using("loader").count() == before
    assert (now(patient).birth_date, now(patient).sex) == (patient.birth_date, "female")
    kept = sql("SELECT body FROM records_received WHERE kind = 'person-changes' ORDER BY id DESC LIMIT 1")
    assert ONE["cpr_number"].encode() not in zlib.decompress(bytes(kept[0][0]))


def test_pages_follow_each_other_and_nothing_is_asked_twice(cpr: Register, cast: Cast):
    patients = [cast.new_patient() for _ in range(4)]
    for place in range(2):
        cpr.tell(*[change(patient, given_name=f"Ny{place}") for patient in patients])
        assert fetch_all() == 4
    assert {now(patient).given_name for patient in patients} == {"Ny1"}
    assert [one.get("after") for one in cpr.heard()] == [None, "3", "4", "7"]
    assert fetch_all(from_start=True) == 8
    assert {now(patient).given_name for patient in patients} == {"Ny1"}


def test_the_register_goes_before_a_sources_import(cpr: Register, cast: Cast):
    patient = cast.new_patient()
    other = cast.organization_of(cast.new_practice_doctor())
    move = {"ydernummer": other.ydernummer, "since": cast.as_of.isoformat()}
    cpr.tell(change(patient, family_name="Nygift", deceased_on=cast.as_of.isoformat(), practice=move))
    fetch_all()
    held = lists(patient)
    row = PatientIn(0, patient.source_id, patient.cpr_number, None, "Ny", "Gammelt", patient.birth_date, "female", None)
    assert intake.take_in_patients([row], source_system=SOURCE) == ()
    ours = cast.demo.practice.ydernummer
    assert ours is not None
    intake.take_in_memberships([MembershipIn(patient.source_id, ours, held[0][1], None)], source_system=SOURCE)
    assert (now(patient).family_name, now(patient).deceased_on) == ("Nygift", cast.as_of)
    assert lists(patient) == held


def test_before_the_register_has_spoken_an_import_is_believed(cast: Cast):
    patient = cast.new_patient()
    row = PatientIn(0, patient.source_id, patient.cpr_number, None, "Ny", "Gift", patient.birth_date, "female", None)
    intake.take_in_patients([row], source_system=SOURCE)
    assert now(patient).family_name == "Gift"


def test_a_move_opens_the_plan_to_the_new_practice_and_closes_it_to_the_old(cpr: Register, cast: Cast):
    patient, old, new = cast.new_patient(), cast.staff("holm"), cast.new_practice_doctor()
    assert (may_open(old, patient, cast), may_open(new, patient, cast)) == (True, False)
    ydernummer = cast.organization_of(new).ydernummer
    cpr.tell(change(patient, practice={"ydernummer": ydernummer, "since": cast.as_of.isoformat()}))
    fetch_all()
    assert (may_open(old, patient, cast), may_open(new, patient, cast)) == (False, True)
    fetch_all(from_start=True)
    assert [(at, until) for at, _, until in lists(patient)] == [
        (old.organization_id, cast.as_of),
        (new.organization_id, None),
    ]


@pytest.mark.parametrize("ydernummer", [None, "000009"])
def test_who_leaves_for_nobody_we_know_leaves(cpr: Register, cast: Cast, ydernummer: str | None):
    patient, old = cast.new_patient(), cast.staff("holm")
    cpr.tell(change(patient, practice={"ydernummer": ydernummer, "since": cast.as_of.isoformat()}))
    fetch_all()
    assert not may_open(old, patient, cast)


def test_a_practice_that_the_register_does_not_know_of_stays(cpr: Register, cast: Cast):
    patient, old = cast.new_patient(), cast.staff("holm")
    cpr.tell(change(patient))
    fetch_all()
    assert may_open(old, patient, cast)


def test_a_move_dated_before_the_list_we_have_rewrites_nothing(cpr: Register, cast: Cast):
    patient, new = cast.new_patient(), cast.new_practice_doctor()
    ((ours, began, _),) = lists(patient)
    ydernummer = cast.organization_of(new).ydernummer
    cpr.tell(change(patient, practice={"ydernummer": ydernummer, "since": (began - timedelta(days=9)).isoformat()}))
    fetch_all()
    day = began + timedelta(days=1)
    assert lists(patient) == [(ours, began, day), (new.organization_id, day, None)]


def test_a_death_ends_what_the_patient_gave(cpr: Register, cast: Cast):
    patient, nurse = cast.new_patient(), cast.new_professional(cast.demo.municipality)
    relative = cast.relative_of(patient)
    cast.refer(patient, cast.demo.municipality)
    NoticeChoice.objects.using("loader").create(
        patient=patient, email="x@example.dk", news=True, emergencies=True, language="da", chosen_at=cast.at
    )
    cpr.tell(change(patient, deceased_on=cast.as_of.isoformat()))
    fetch_all()
    assert now(patient).deceased_on == cast.as_of
    assert not Referral.objects.using("loader").filter(patient=patient, ended_at=None).exists()
    assert not Proxy.objects.using("loader").filter(patient=patient, withdrawn_at=None).exists()
    assert not NoticeChoice.objects.using("loader").filter(patient=patient, ended_at=None).exists()
    with looking(nurse), pytest.raises(policies.NoCareRelation):
        queries.get_shared_plan(patient.public_id, seen_by=nurse, as_of=cast.as_of)
    with looking(relative), pytest.raises(policies.ProxyIsOver):
        queries.get_own_plan(seen_by=relative, as_of=cast.as_of)
    with pytest.raises(policies.PatientIsDead):
        state(nurse, patient, cast)


def test_a_death_that_is_taken_back_opens_nothing_by_itself(cpr: Register, cast: Cast):
    patient, holm = cast.new_patient(), cast.staff("holm")
    cast.refer(patient, cast.demo.municipality)
    cpr.tell(change(patient, deceased_on=cast.as_of.isoformat()), change(patient))
    fetch_all()
    assert (now(patient).deceased_on, may_open(holm, patient, cast)) == (None, True)


def test_a_death_before_the_birth_is_refused_and_told_and_blocks_nobody(cpr: Register, cast: Cast, capsys):
    patient, other = cast.new_patient(), cast.new_patient()
    cpr.tell(change(patient, deceased_on="1800-01-01"), change(other, given_name="Else"), "nonsense")
    fetch_all()
    assert (now(patient).deceased_on, now(other).given_name, standing(NAME).refused) == (None, "Else", 2)
    assert national.status.__wrapped__(None) == 1
    said = capsys.readouterr().out
    assert "2 things that it said could not be used" in said
    assert str(patient.cpr_number) not in said


def test_a_silent_register_is_left_in_peace_and_asked_again_where_we_were(cpr: Register, cast: Cast):
    patient = cast.new_patient()
    cpr.tell(change(patient, given_name="Sene"))
    cpr.be("failing")
    fetch_persons(0)
    told = standing(NAME)
    assert (told.failures, told.fault, told.is_paused(timezone.now())) == (1, "answered-500", True)
    cpr.be("")
    fetch_persons(0)
    assert now(patient).given_name == "Ny"
    sql("UPDATE people_nationalservice SET not_before = NULL")
    fetch_persons(0)
    assert (now(patient).given_name, standing(NAME).failures) == ("Sene", 0)


def test_a_page_that_fails_half_way_is_not_half_taken_in(cpr: Register, cast: Cast, monkeypatch: pytest.MonkeyPatch):
    patient = cast.new_patient()
    cpr.tell(change(patient, given_name="Halvt"))

    def die(*_args: object, **_told: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as dying:
        dying.setattr("forloeb.jobs.persons.note_answered", die)
        with pytest.raises(ConnectionError):
            fetch_all()
    assert (now(patient).given_name, standing(NAME).cursor) == ("Ny", None)
    fetch_all()
    assert now(patient).given_name == "Halvt"


def test_where_no_register_is_named_nobody_is_asked(gateway: Register, cast: Cast):
    gateway.tell(change(cast.new_patient(), given_name="Nej"))
    fetch_persons(0)
    assert (fetch_all(), gateway.heard()) == (0, [])
