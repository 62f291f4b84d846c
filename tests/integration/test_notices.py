"""Patients are told that there is news, not what: in the transaction of the news, once, and only where they want it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client, override_settings

from forloeb.access import lookups, notices
from forloeb.careplans import disputes
from forloeb.jobs import outbox
from forloeb.people.models import Patient
from forloeb.people.viewers import looking
from tests.integration.test_who_may_read import finished
from tests.support.mail import Mailbox, mail_server
from tests.support.personas import Cast
from tests.support.ports import free_port

SITE = "https://plan.example"


@pytest.fixture
def port() -> Iterator[int]:
    """Where the mail server is, whether it answers or not. The outbox begins and ends empty."""
    number = free_port()
    told = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": number, "EMAIL_TIMEOUT": 3, "SITE_URL": SITE, "SENDS_MAIL": True}
    backend = "django.core.mail.backends.smtp.EmailBackend"
    with override_settings(EMAIL_BACKEND=backend, DEFAULT_FROM_EMAIL="plan@plan.example", **told):
        _sql("DELETE FROM procrastinate_jobs")
        yield number
        _sql("DELETE FROM procrastinate_jobs")


@pytest.fixture
def mailbox(port: int) -> Iterator[Mailbox]:
    with mail_server(port) as running:
        yield running


def _sql(statement: str) -> list[tuple[object, ...]]:
    with connections["loader"].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def work() -> None:
    """Let the worker do all that waits, as if its time had come.

    In a thread of its own: where a browser's test has run before, this one has an event loop that never ends.
    """
    _sql("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    with ThreadPoolExecutor(max_workers=1) as aside:
        aside.submit(outbox.run_worker, until_empty=True).result(timeout=60)


def choose(cast: Cast, patient: Patient, email: str = "inga@example.dk", **wants: bool) -> None:
    by = cast.as_patient(patient)
    wanted = {"news": True, "emergencies": True, **wants}
    with looking(by):
        notices.choose(email, **wanted, language="da", by=by, at=cast.at, as_of=cast.as_of)


def confirm(mailbox: Mailbox) -> None:
    """Follow the link of the newest message, and press the button."""
    (path,) = re.findall(rf"{SITE}(/notices/\S+)", str(mailbox.messages[-1].get_content()))
    visitor = Client(headers={"host": "localhost"})
    assert "Ja, det er min adresse" in visitor.get(path).content.decode()
    assert "Tak." in visitor.post(path).content.decode()


def test_nothing_but_the_question_is_sent_before_the_address_is_confirmed(cast: Cast, mailbox: Mailbox):
    patient = cast.new_patient()
    choose(cast, patient)
    finished(cast, patient, cast.staff("holm"))
    work()
    (asked,) = mailbox.messages
    assert (asked["To"], asked["Subject"]) == ("inga@example.dk", "Bekræft din adresse")


def test_a_saved_control_is_told_once_without_saying_what(cast: Cast, mailbox: Mailbox):
    patient, holm = cast.new_patient(), cast.staff("holm")
    choose(cast, patient)
    work()
    confirm(mailbox)
    finished(cast, patient, holm)
    by = cast.as_patient(patient)
    with looking(by):
        disputes.raise_dispute("Vægt", "Forkert.", by=by, at=cast.at, as_of=cast.as_of)
        (waiting,) = disputes.disputes_of(patient.pk)
    with looking(holm):
        told = {"outcome": "kept", "reply": "Nej.", "by": holm, "at": cast.at, "as_of": cast.as_of}
        disputes.answer(patient.public_id, waiting.id, **told)
    work()
    _question, told_of = mailbox.messages
    said = f"{told_of['Subject']} {told_of.get_content()}"
    assert told_of["Subject"] == "Der er nyt i din plan"
    assert f"{SITE}/my-plan/" in said
    for secret in (patient.family_name, patient.cpr_number, "diabetes", "Lægerne", "Vægt"):
        assert secret is None or secret not in said
    assert _sql("SELECT count(*) FROM procrastinate_jobs") == [(0,)]


def test_an_emergency_is_told_at_once_to_who_wants_it(cast: Cast, mailbox: Mailbox):
    patient, birk = cast.new_patient(), cast.new_professional(cast.demo.hospital)
    choose(cast, patient, news=False)
    work()
    confirm(mailbox)
    with looking(birk):
        lookups.state_reason(patient.cpr_number or "", reason="emergency", explanation="x", by=birk, at=cast.at)
    assert _sql("SELECT scheduled_at FROM procrastinate_jobs") == [(None,)]
    finished(cast, patient, cast.staff("holm"))
    work()
    assert [message["Subject"] for message in mailbox.messages[1:]] == ["Din plan blev åbnet i en nødsituation"]


def test_what_is_undone_is_not_told(cast: Cast, mailbox: Mailbox):
    patient = cast.new_patient()

    class Undone(Exception):
        pass

    def a_change_that_fails() -> None:
        with looking(cast.staff("holm")):
            notices.notify(patient.pk, "news", at=cast.at)
            raise Undone

    with pytest.raises(Undone):
        a_change_that_fails()
    assert _sql("SELECT count(*) FROM procrastinate_jobs") == [(0,)]


def test_who_chooses_nothing_is_told_nothing(cast: Cast, mailbox: Mailbox):
    patient = cast.new_patient()
    choose(cast, patient)
    work()
    confirm(mailbox)
    choose(cast, patient, news=False, emergencies=False)
    finished(cast, patient, cast.staff("holm"))
    work()
    assert len(mailbox.messages) == 1


def test_a_server_that_is_down_is_tried_again_and_the_message_arrives_once(cast: Cast, port: int):
    patient = cast.new_patient()
    choose(cast, patient)
    work()
    assert _sql("SELECT status::text, attempts FROM procrastinate_jobs") == [("todo", 1)]
    with mail_server(port) as mailbox:
        work()
        work()
    assert len(mailbox.messages) == 1


def test_what_is_refused_every_time_is_given_up_and_listed(cast: Cast, mailbox: Mailbox):
    mailbox.refuses = "550 no such mailbox"
    patient = cast.new_patient()
    choose(cast, patient)
    for _ in range(outbox.TRIES + 1):
        work()
    ((_number, what, tries),) = outbox.failed()
    assert (what, tries) == ("ask_to_confirm", outbox.TRIES + 1)
    assert mailbox.messages == []


def test_a_job_holds_no_address_and_the_application_sees_no_choices(cast: Cast, mailbox: Mailbox):
    patient = cast.new_patient()
    choose(cast, patient, "hemmelig@example.dk")
    assert "hemmelig" not in str(_sql("SELECT args::text FROM procrastinate_jobs"))
    with looking(cast.staff("holm")), connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM access_noticechoice")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("address", ["", "hello", "a@b", "a@example.dk\nBcc: b@example.dk"])
def test_an_address_that_is_none_changes_nothing(cast: Cast, mailbox: Mailbox, address: str):
    patient = cast.new_patient()
    with pytest.raises(notices.NotAnAddress):
        choose(cast, patient, address)
    assert _sql(f"SELECT count(*) FROM access_noticechoice WHERE patient_id = {patient.pk}") == [(0,)]


def test_a_link_that_was_changed_confirms_nothing(cast: Cast, mailbox: Mailbox):
    answer = Client(headers={"host": "localhost"}).post("/notices/made-up/")
    assert answer.status_code == 404
    assert "for gammelt" in answer.content.decode()
