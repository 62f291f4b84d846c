"""What is done about a row of the work list, and what comes of it: remembered, shown, and never twice."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from uuid import uuid4

import pypdf
import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.test import Client
from django.urls import reverse

from forloeb.access.policies import NoCareRelation
from forloeb.careplans import contacts
from forloeb.careplans.contact_models import Contact
from forloeb.kernel.codes import ICPC2_DK
from forloeb.kernel.periods import months_after
from forloeb.people.models import Patient
from forloeb.people.viewers import looking
from forloeb.records import intake
from tests.integration.test_access import signed_in
from tests.integration.test_notices import choose, confirm, mailbox, port, work
from tests.integration.test_who_may_read import finished
from tests.integration.test_work_list import entry_of, medicine
from tests.support.mail import Mailbox
from tests.support.pdf_ua import failures
from tests.support.personas import SOURCE, Cast

__all__ = ["mailbox", "port"]


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast, "holm")


def row(patient: Patient) -> str:
    return reverse("work-list-person", args=[patient.public_id])


def next_month(cast: Cast) -> str:
    return f"{months_after(cast.as_of, 1):%Y-%m}"


def invite(client: Client, cast: Cast, patient: Patient, channel: str = "letter") -> None:
    answer = client.post(row(patient), {"do": "invite", "channel": channel, "month": next_month(cast)})
    assert answer.status_code == 302


def pages(body: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(BytesIO(body)).pages]


def test_an_invited_person_waits_and_is_not_invited_twice(cast: Cast, client: Client):
    patient = cast.new_patient(conditions=("T90", "R95"))
    assert entry_of(cast, patient).place == "open"
    invite(client, cast, patient)
    invite(client, cast, patient)
    entry = entry_of(cast, patient)
    assert entry.place == "waiting"
    (contact,) = entry.contacts
    assert set(contact.answers) >= {"no-plan:type2_diabetes", "no-plan:copd"}
    assert contact.before == ("blood", "urine", "home-pressure")
    shown = client.get(reverse("start"), {"place": "waiting"}).content.decode()
    assert "Ikke svaret endnu" in shown
    assert str(patient.public_id) in shown


def test_a_control_that_is_held_is_what_came_of_the_invitation(cast: Cast, client: Client):
    patient = cast.new_patient()
    invite(client, cast, patient)
    finished(cast, patient, cast.staff("holm"))
    entry = entry_of(cast, patient)
    assert entry.place != "waiting"
    assert "Kom til kontrol" in client.get(row(patient)).content.decode()


@pytest.mark.parametrize(("outcome", "said"), [("declined", "Afslået"), ("no-answer", "Ikke svaret, noteret")])
def test_an_answer_that_is_no_brings_the_row_back_and_is_shown(cast: Cast, client: Client, outcome: str, said: str):
    patient = cast.new_patient()
    invite(client, cast, patient)
    (contact,) = entry_of(cast, patient).contacts
    client.post(row(patient), {"do": f"outcome:{contact.id}", "outcome": outcome})
    client.post(row(patient), {"do": f"outcome:{contact.id}", "outcome": outcome})
    entry = entry_of(cast, patient)
    assert entry.place == "open"
    assert [one.kind for one in entry.contacts[0].outcomes] == [outcome]
    assert said in client.get(row(patient)).content.decode()


def test_a_booked_control_is_waited_for_until_its_day(cast: Cast, client: Client):
    patient, holm = cast.new_patient(), cast.staff("holm")
    invite(client, cast, patient)
    (contact,) = entry_of(cast, patient).contacts
    refused = client.post(row(patient), {"do": f"outcome:{contact.id}", "outcome": "booked", "on": "2020-01-01"})
    assert refused.status_code == 422
    day = cast.as_of + timedelta(days=3)
    client.post(row(patient), {"do": f"outcome:{contact.id}", "outcome": "booked", "on": day.isoformat()})
    assert entry_of(cast, patient).place == "waiting"
    from forloeb.population.worklist import get_entry

    with looking(holm):
        after = get_entry(patient.public_id, seen_by=holm, as_of=day + timedelta(days=1)).entry
    assert after.place == "open"


def test_a_new_reason_brings_an_invited_row_back_at_once(cast: Cast, client: Client):
    patient = cast.new_patient()
    medicine(cast, patient, "A10AE04")
    invite(client, cast, patient)
    assert entry_of(cast, patient).place == "waiting"
    cast.give_values(patient, 0, hba1c="41")
    entry = entry_of(cast, patient)
    assert (entry.place, entry.reasons[0].kind) == ("open", "over-treatment")


def test_not_now_rests_until_its_day_or_a_new_reason(cast: Cast, client: Client):
    patient, holm = cast.new_patient(), cast.staff("holm")
    until = cast.as_of + timedelta(days=40)
    keys = " ".join(entry_of(cast, patient).keys)
    client.post(row(patient), {"do": "later", "until": until.isoformat(), "reason": keys})
    assert entry_of(cast, patient).place == "later"
    from forloeb.population.worklist import get_entry

    with looking(holm):
        assert get_entry(patient.public_id, seen_by=holm, as_of=until).entry.place == "open"
    condition = intake.ConditionIn(0, patient.source_id, "new", ICPC2_DK, "R95", "active", cast.as_of, None)
    intake.take_in(intake.CONDITIONS, [condition], source_system=SOURCE, at=cast.at)
    entry = entry_of(cast, patient)
    assert entry.place == "open"
    assert "no-plan:copd" in entry.keys
    assert "no-plan:type2_diabetes" not in entry.keys


def test_not_relevant_holds_for_the_chosen_reasons_and_can_be_taken_back(cast: Cast, client: Client):
    patient = cast.new_patient()
    asked = {"do": "settle", "why": "declined", "note": "Vil ikke", "reason": ["no-plan:type2_diabetes"]}
    client.post(row(patient), asked)
    entry = entry_of(cast, patient)
    assert [reason.kind for reason in entry.reasons] == ["missing"]
    assert [reason.kind for reason in entry.answered] == ["no-plan"]
    client.post(row(patient), {"do": "settle", "why": "unsuitable", "reason": " ".join(entry.keys)})
    entry = entry_of(cast, patient)
    assert entry.place == "settled"
    for contact in entry.contacts:
        client.post(row(patient), {"do": f"outcome:{contact.id}", "outcome": "taken-back"})
    assert entry_of(cast, patient).place == "open"


@pytest.mark.parametrize(
    "asked",
    [
        {"do": "invite", "channel": "pigeon", "month": "2099-01"},
        {"do": "invite", "channel": "letter", "month": "2020-01"},
        {"do": "invite", "channel": "letter", "month": "soon"},
        {"do": "invite", "channel": "message", "month": "2099-01"},
        {"do": "later", "until": "2020-01-01", "reason": "missing:ldl"},
        {"do": "later", "until": "2099-01-01"},
        {"do": "settle", "why": "bored", "reason": "missing:ldl"},
        {"do": "settle", "why": "declined"},
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_kept(cast: Cast, client: Client, asked: dict[str, str]):
    patient = cast.new_patient()
    answer = client.post(row(patient), asked)
    assert answer.status_code == 422
    assert "error-summary" in answer.content.decode()
    assert entry_of(cast, patient).contacts == ()


def test_a_plan_whose_disease_is_gone_can_be_ended_and_no_other(cast: Cast, client: Client):
    patient = cast.new_patient()
    finished(cast, patient, cast.staff("holm"))
    client.post(row(patient), {"do": "end:type2_diabetes"})
    key = f"{patient.source_id}-T90"
    gone = intake.ConditionIn(0, patient.source_id, key, ICPC2_DK, "T90", "inactive", None, cast.as_of)
    intake.take_in(intake.CONDITIONS, [gone], source_system=SOURCE, at=cast.at)
    assert [reason.kind for reason in entry_of(cast, patient).reasons] == ["plan-not-needed"]
    client.post(row(patient), {"do": "end:type2_diabetes"})
    assert entry_of(cast, patient).reasons == ()


# --- Messages and letters ------------------------------------------------------------------------------------------


def test_a_message_leaves_by_the_outbox_says_no_disease_and_its_sending_is_remembered(
    cast: Cast, client: Client, mailbox: Mailbox
):
    patient = cast.new_patient()
    choose(cast, patient)
    work()
    confirm(mailbox)
    invite(client, cast, patient, "message")
    work()
    work()
    told = mailbox.messages[-1]
    assert told["Subject"] == "Du er inviteret til en kontrol"
    assert len(mailbox.messages) == 2
    said = str(told.get_content())
    for secret in (patient.family_name, patient.cpr_number or "?", "diabetes", "Lægerne"):
        assert secret not in said
    (contact,) = entry_of(cast, patient).contacts
    assert [one.kind for one in contact.outcomes] == ["sent"]


def test_who_takes_back_their_wish_for_messages_is_not_written_to_and_the_list_says_so(
    cast: Cast, client: Client, mailbox: Mailbox
):
    patient = cast.new_patient()
    choose(cast, patient)
    work()
    confirm(mailbox)
    invite(client, cast, patient, "message")
    choose(cast, patient, news=False, emergencies=False)
    work()
    assert len(mailbox.messages) == 1
    entry = entry_of(cast, patient)
    assert entry.place == "open"
    assert "kunne ikke sendes" in client.get(row(patient)).content.decode()


def test_the_patient_reads_the_invitation_on_their_own_page_until_the_control(cast: Cast, client: Client):
    patient = cast.new_patient()
    by = cast.as_patient(patient)
    invite(client, cast, patient)
    with looking(by):
        assert contacts.own_invitation(patient.pk, as_of=cast.as_of) is not None
    finished(cast, patient, cast.staff("holm"))
    with looking(by):
        assert contacts.own_invitation(patient.pk, as_of=cast.as_of) is None


def test_letters_of_many_are_one_document_a_page_each_without_a_disease(cast: Cast, client: Client):
    people = [cast.new_patient(conditions=("T90", "R95")), cast.new_patient(conditions=("K76",))]
    asked = {"person": [str(one.public_id) for one in people], "month": next_month(cast)}
    client.post(reverse("work-list-invite"), asked)
    batches = {contact.batch for one in people for contact in entry_of(cast, one).contacts}
    (batch,) = batches
    answer = client.get(reverse("work-list-letters", args=[batch]))
    printed = pages(answer.content)
    assert len(printed) == 2
    for patient in people:
        (letter,) = (text for text in printed if patient.family_name in text)
        assert "Indkaldelse til kontrol" in letter
    for word in ("diabetes", "KOL", "hjerte", people[0].cpr_number or "?"):
        assert all(word.lower() not in text.lower() for text in printed)
    assert failures({"letters": answer.content}) == {"letters": []}


@pytest.mark.parametrize(
    ("language", "said"),
    [("da", "Indkaldelse til kontrol"), ("en", "Invitation to a control"), ("ar", "")],
)
def test_a_letter_is_printed_in_the_patients_language(cast: Cast, client: Client, language: str, said: str):
    patient = cast.new_patient()
    invite(client, cast, patient)
    (contact,) = entry_of(cast, patient).contacts
    where = reverse("invitation-letter", args=[patient.public_id, contact.id])
    answer = client.get(where, {"language": language})
    assert said in pages(answer.content)[0]
    assert failures({language: answer.content}) == {language: []}
    assert client.get(reverse("invitation-letter", args=[patient.public_id, 10**9])).status_code == 404


def test_nobody_else_prints_the_letters(cast: Cast, client: Client):
    patient = cast.new_patient()
    invite(client, cast, patient)
    (contact,) = entry_of(cast, patient).contacts
    stranger = signed_in(cast, "lund")
    assert stranger.get(reverse("work-list-letters", args=[contact.batch])).status_code == 404
    letter = reverse("invitation-letter", args=[patient.public_id, contact.id])
    assert stranger.get(letter).status_code == 403


def test_groups_divide_everybody_who_can_be_invited(cast: Cast, client: Client):
    from forloeb.population.inviting import groups
    from forloeb.population.worklist import get_worklist

    holm = cast.staff("holm")
    cast.new_patient(conditions=())
    with looking(holm):
        entries = get_worklist(seen_by=holm, as_of=cast.as_of)
    asked = sorted(e.patient_id for e in entries if e.place == "open" and e.can_be_invited)
    for bundling in ("birth-month", "due"):
        found = groups(entries, bundling, cast.as_of)
        assert sorted(e.patient_id for group in found for e in group.entries) == asked
        page = client.get(reverse("work-list-invite"), {"by": bundling}).content.decode()
        assert page.count('name="person"') == len(asked)


# --- Locks ---------------------------------------------------------------------------------------------------------


def test_another_practice_neither_sees_nor_makes_contacts(cast: Cast, client: Client):
    patient, lund = cast.new_patient(), cast.staff("lund")
    invite(client, cast, patient)
    told = {"by": lund, "at": cast.at, "as_of": cast.as_of}
    with looking(lund):
        assert not Contact.objects.exists()
        with pytest.raises(NoCareRelation):
            contacts.put_off(patient.public_id, answers=["x"], until=date(2099, 1, 1), **told)
    with pytest.raises(ProgrammingError, match="row-level security"), looking(lund):
        Contact.objects.create(
            patient_id=patient.pk,
            organization_id=lund.acts_for,
            kind="invited",
            channel="letter",
            batch=uuid4(),
            made_at=cast.at,
            made_on=cast.as_of,
            made_by=lund.login_id,
            made_by_name="x",
        )


def test_the_patient_cannot_write_down_contacts(cast: Cast):
    patient = cast.new_patient()
    by = cast.as_patient(patient)
    with pytest.raises(ProgrammingError, match="row-level security"), looking(by):
        Contact.objects.create(
            patient_id=patient.pk,
            organization_id=cast.demo.practice.pk,
            kind="not-relevant",
            why="declined",
            made_at=cast.at,
            made_on=cast.as_of,
            made_by=by.login_id,
            made_by_name="x",
        )


def test_what_was_done_is_never_changed(cast: Cast, client: Client):
    patient, holm = cast.new_patient(), cast.staff("holm")
    invite(client, cast, patient)
    with pytest.raises(ProgrammingError, match="permission denied"), looking(holm), connection.cursor() as cursor:
        cursor.execute("UPDATE careplans_contact SET note = 'x' WHERE patient_id = %s", [patient.pk])
