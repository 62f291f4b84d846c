"""The letter is shown before it is sent, in two clicks; the practice, the patient and the municipality each see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse

from forloeb.people.models import Patient
from forloeb.people.viewers import Viewer
from tests.integration.test_access import signed_in
from tests.support.connected import sql
from tests.support.personas import Cast
from tests.support.referred import Referring, referring_to, states, work


@pytest.fixture(scope="module")
def there(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Referring]:
    with referring_to(cast, tmp_path_factory.mktemp("municipality"), "xref15") as found:
        yield found


@contextmanager
def as_persona(cast: Cast, subject: str) -> Iterator[Client]:
    with override_settings(DEMO_PERSONAS=(*settings.DEMO_PERSONAS, (subject, ""))):
        yield signed_in(cast, subject)


def subject_of(viewer: Viewer) -> str:
    return str(sql("SELECT subject FROM access_login WHERE id = %s", viewer.login_id)[0][0])


@pytest.fixture
def browser(there: Referring) -> Iterator[Client]:
    with as_persona(there.cast, subject_of(there.doctor)) as client:
        yield client


def text(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def fields(answer: HttpResponse) -> dict[str, list[str]]:
    """Give what a browser would send back from the page, untouched."""
    page = answer.content.decode()
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        told = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if told.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        if "name" in told and told["name"] != "csrfmiddlewaretoken":
            found.setdefault(told["name"], []).append(told.get("value", ""))
    for name, body in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>([^<]*)</textarea>', page):
        found[name] = [body]
    for name, body in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.findall(r'value="([^"]*)" selected', body)
        found[name] = chosen or [""]
    return found


def send(there: Referring, browser: Client, patient: Patient) -> UUID:
    where = reverse("refer", args=[patient.public_id])
    told = fields(browser.get(where)) | {"organization": [str(there.organization.pk)]}
    answer = browser.post(where, told)
    assert answer.status_code == 302, text(answer)
    return UUID(answer.headers["Location"].rstrip("/").split("/")[-1])


def test_the_control_leads_to_the_letter_and_one_press_sends_it(there: Referring, browser: Client):
    patient = there.new_patient()
    assert (
        reverse("refer", args=[patient.public_id])
        in browser.get(reverse("control", args=[patient.public_id])).content.decode()
    )
    page = text(browser.get(reverse("refer", args=[patient.public_id])))
    for words in ("Afklarende samtale", "64 mmol/mol", "Dagligt", "Patienten har set den og siger ja: send"):
        assert words in page
    name = send(there, browser, patient)
    work()
    assert states(there.sent(patient, name)) == [("request", "received")]
    assert "modtaget af kommunen" in text(browser.get(reverse("referral", args=[patient.public_id, name])))
    assert (
        reverse("referral", args=[patient.public_id, name])
        in browser.get(reverse("team", args=[patient.public_id])).content.decode()
    )


def test_what_lacks_is_said_beside_its_field_and_what_was_typed_stays(there: Referring, browser: Client):
    patient = there.new_patient()
    where = reverse("refer", args=[patient.public_id])
    told = fields(browser.get(where)) | {"reason": [""], "interpreter": ["yes"], "asked": ["diet"]}
    answer = browser.post(where, told)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'id="reason-error"' in page
    assert 'id="interpreter_language-error"' in page
    again = fields(answer)
    assert (again["asked"], again["interpreter"]) == (["diet"], ["yes"])
    assert browser.post(where, told | {"reason": ["x"], "interpreter": ["no"], "organization": [""]}).status_code == 422
    assert browser.post(where, told | {"reason": ["x"], "interpreter": ["no"], "shown": ["old"]}).status_code == 422
    until = {"until": ["soon"], "instruction": ["x"], "asked": ["wound"]}
    assert browser.post(reverse("nursing-task", args=[patient.public_id]), told | until).status_code == 422


def test_the_start_page_leads_to_a_refused_letter_with_their_words(there: Referring, browser: Client):
    patient = there.new_patient()
    there.system.switch(receipt="negative")
    name = send(there, browser, patient)
    work()
    there.system.switch(receipt="now")
    where = reverse("referral", args=[patient.public_id, name])
    assert where in browser.get(reverse("start")).content.decode()
    page = browser.get(where)
    assert "Modtageren findes ikke længere" in text(page)
    assert "ret det, de skriver" in text(page)
    (again,) = re.findall(r'value="(again:\d+)"', page.content.decode())
    browser.post(where, {"do": again})
    work()
    assert states(there.sent(patient, name)) == [("request", "received")]
    assert where not in browser.get(reverse("start")).content.decode()


def test_a_withdrawal_that_has_no_message_is_noted_as_told(there: Referring, browser: Client):
    patient = there.new_patient()
    name = send(there, browser, patient)
    work()
    where = reverse("referral", args=[patient.public_id, name])
    (revoke,) = re.findall(r'value="(revoke:\d+)"', browser.get(where).content.decode())
    browser.post(where, {"do": revoke})
    browser.post(where, {"do": revoke})
    work()
    page = browser.get(where)
    assert "Ring til kommunen" in text(page)
    assert "again:" not in page.content.decode()
    (told,) = re.findall(r'value="(told:\d+)"', page.content.decode())
    browser.post(where, {"do": told})
    assert "sagt på en anden måde" in text(browser.get(where))
    assert where not in browser.get(reverse("start")).content.decode()


def test_the_patient_reads_the_letter_and_can_say_no(there: Referring, browser: Client):
    patient = there.new_patient()
    name = send(there, browser, patient)
    work()
    with as_persona(there.cast, there.cast.give_login(patient)) as own:
        page = own.get(reverse("own-referrals"))
        assert "De har ikke svaret endnu" in text(page)
        assert "64 mmol/mol" in text(page)
        (stop,) = re.findall(r'value="(stop:\d+)"', page.content.decode())
        own.post(reverse("own-access"), {"do": stop})
        assert "Den er taget tilbage" in text(own.get(reverse("own-referrals")))
    assert there.sent(patient, name).sent.course.ended_how == "revoked"
    work()
    assert states(there.sent(patient, name))[1][0] == "revocation"


def test_an_answer_is_read_by_the_practice_and_the_patient(there: Referring, browser: Client):
    patient = there.new_patient()
    name = send(there, browser, patient)
    work()
    there.system.answer(name, "completed", "Røgfri siden maj.")
    work()
    assert "Røgfri siden maj." in text(browser.get(reverse("referral", args=[patient.public_id, name])))
    with as_persona(there.cast, there.cast.give_login(patient)) as own:
        assert "Røgfri siden maj." in text(own.get(reverse("own-plan")))
        assert "Det er afsluttet" in text(own.get(reverse("own-referrals")))


def test_the_municipalitys_staff_read_the_letter_and_wait_for_something(there: Referring, browser: Client):
    patient = there.new_patient()
    name = send(there, browser, patient)
    work()
    with as_persona(there.cast, subject_of(there.nurse)) as nurse:
        where = reverse("shared", args=[patient.public_id])
        page = nurse.get(where).content.decode()
        assert "Henvisning til kommunal forebyggelse" in page
        (hold,) = re.findall(r'value="(hold:\d+)"', page)
        assert nurse.post(where, {"do": hold, "text": ""}).status_code == 422
        nurse.post(where, {"do": hold, "text": "Vi mangler højden."})
        assert "Venter på noget fra jer" in text(browser.get(reverse("referral", args=[patient.public_id, name])))
        (resume,) = re.findall(r'value="(resume:\d+)"', nurse.get(where).content.decode())
        nurse.post(where, {"do": resume})
    assert there.sent(patient, name).sent.course.status.value == "active"
    assert "Vi mangler højden." in [note.text for note in there.sent(patient, name).notes]


def test_another_practice_finds_no_letter(there: Referring, browser: Client):
    patient = there.new_patient()
    name = send(there, browser, patient)
    lund = signed_in(there.cast, "lund")
    assert lund.get(reverse("referral", args=[patient.public_id, name])).status_code == 403
    other = there.new_patient()
    assert browser.get(reverse("referral", args=[other.public_id, name])).status_code == 404
