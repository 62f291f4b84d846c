"""Who sees whom: told with Dr Lund, who has no relation to anybody in the cast."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from forloeb.access import policies
from forloeb.access.queries import find_by_number
from forloeb.careplans import actions, queries
from forloeb.people.viewers import looking
from forloeb.population.worklist import get_worklist
from tests.integration.test_audit import entries
from tests.support.personas import Cast


def signed_in(cast: Cast, persona: str) -> Client:
    client = Client(headers={"host": "localhost"})
    answer = client.post("/sign-in/persona/", {"persona": persona})
    assert answer.status_code == 302, answer.status_code
    return client


def said(answer: HttpResponse) -> str:
    """Give a page without what is made anew for each: its tokens and its own address."""
    return re.sub(r"[0-9A-Za-z]{64}|/patient/[0-9a-f-]{36}/", "", answer.content.decode())


def test_another_practices_doctor_cannot_open_a_patient(cast: Cast):
    lund = cast.staff("lund")
    with looking(lund), pytest.raises(policies.NoCareRelation):
        queries.get_control(cast.id_of("karen"), seen_by=lund, as_of=cast.as_of)


def test_another_practices_doctor_cannot_save_a_draft_or_a_control(cast: Cast):
    lund, karen = cast.staff("lund"), cast.id_of("karen")
    for act in (actions.save_draft, actions.finish_review):
        with looking(lund), pytest.raises(policies.NoCareRelation):
            act(karen, base={}, mine={"value.weight": "70"}, by=lund, at=cast.at, as_of=cast.as_of)


def test_a_patient_cannot_open_the_practices_page_not_even_of_themselves(cast: Cast):
    client = signed_in(cast, "karen")
    assert client.get(f"/patient/{cast.id_of('karen')}/").status_code == 403
    assert client.get("/start/").status_code == 403


def test_a_patient_reads_their_own_plan_and_the_practice_cannot_use_that_address(cast: Cast):
    assert signed_in(cast, "karen").get("/my-plan/").status_code == 200
    assert signed_in(cast, "holm").get("/my-plan/").status_code == 403


def test_the_words_are_the_same_whether_or_not_there_is_such_a_patient(cast: Cast):
    client = signed_in(cast, "lund")
    known = client.get(f"/patient/{cast.id_of('karen')}/")
    unknown = client.get(f"/patient/{uuid4()}/")
    assert known.status_code == unknown.status_code == 403
    assert said(known) == said(unknown)


@pytest.mark.parametrize("page", ["", "history/", "plan.pdf", "saved/"])
def test_no_page_of_a_patient_answers_a_stranger(cast: Cast, page: str):
    answer = signed_in(cast, "lund").get(f"/patient/{cast.id_of('karen')}/{page}")
    assert answer.status_code == 403
    assert b"Vestergaard" not in answer.content


def test_a_list_holds_the_practices_own_people_only(cast: Cast):
    holm, lund = cast.staff("holm"), cast.staff("lund")
    with looking(holm):
        assert cast.id_of("karen") in {entry.public_id for entry in get_worklist(seen_by=holm, as_of=cast.as_of)}
    with looking(lund):
        assert get_worklist(seen_by=lund, as_of=cast.as_of) == ()


def test_a_cpr_number_of_somebody_elses_patient_finds_nobody(cast: Cast):
    patient, lund = cast.new_patient(), cast.staff("lund")
    with looking(lund):
        assert find_by_number(patient.cpr_number, seen_by=lund, as_of=cast.as_of) is None


def test_a_refusal_is_in_the_log_with_who_was_refused(database, cast: Cast):
    lund = cast.staff("lund")
    before = len(entries(database, f"login_id = {lund.login_id} AND action = 'refused'"))
    signed_in(cast, "lund").get(f"/patient/{cast.id_of('karen')}/")
    assert len(entries(database, f"login_id = {lund.login_id} AND action = 'refused'")) == before + 1


def test_coming_and_going_are_in_the_log(database, cast: Cast):
    krogh = cast.staff("krogh")
    where = f"login_id = {krogh.login_id} AND event IN ('sign-in', 'sign-out')"
    before = len(entries(database, where))
    signed_in(cast, "krogh").post("/sign-out/")
    assert [event for _, event, _ in entries(database, where)[before:]] == ["sign-in", "sign-out"]


def test_nobody_is_shown_anything_without_signing_in(cast: Cast):
    for address in ("/start/", "/my-plan/", f"/patient/{cast.id_of('karen')}/", "/guidelines/"):
        answer = Client(headers={"host": "localhost"}).get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/")
