"""A letter of referral arrives once, its receipt is seen, and its answer comes into the plan and ends the access."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from forloeb.access import policies, referrals
from forloeb.access.queries import open_shared
from forloeb.access.referrals import ReferralStatus
from forloeb.careplans import referrals_sent, referring, sectors
from forloeb.careplans.referral_models import LetterKind
from forloeb.jobs.laboratory_card import TRIES
from forloeb.people.viewers import looking
from tests.integration.test_faults import dying
from tests.support.connected import sql
from tests.support.dying import STEPS
from tests.support.personas import Cast
from tests.support.referred import Referring, referring_to, states, work


@pytest.fixture(scope="module", params=["fhir", "xref15"])
def there(request: pytest.FixtureRequest, cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Referring]:
    with referring_to(cast, tmp_path_factory.mktemp("municipality"), request.param) as found:
        yield found


@pytest.fixture(autouse=True)
def well_behaved(there: Referring) -> Iterator[None]:
    yield
    there.system.switch(receipt="now", refuse="", down=False, fail_after_saving=0, posts=True)


def can_read(there: Referring, patient) -> bool:
    with looking(there.nurse):
        try:
            open_shared(patient.public_id, seen_by=there.nurse, as_of=there.cast.as_of, event="shared-plan")
        except policies.NoCareRelation:
            return False
        return True


def test_a_letter_is_prefilled_from_the_plan_and_what_it_proposes(there: Referring):
    patient = there.new_patient()
    with looking(there.doctor):
        form = referring.get_form(
            patient.public_id, LetterKind.PREVENTION, seen_by=there.doctor, as_of=there.cast.as_of
        )
    assert [one.id for one in form.letter.asked] == [
        "conversation",
        "smoking-cessation",
        "diabetes-education",
        "diet",
    ]
    assert [one.code for one in form.letter.diagnoses] == ["T90"]
    assert {one.measure for one in form.letter.values} >= {"hba1c", "ldl", "bmi"}
    assert form.letter.smoking is not None
    assert form.letter.smoking.answer == "dagligt"
    assert form.letter.interpreter == "unknown"
    assert form.letter.reason == "Har type 2-diabetes. Ønsker hjælp til at leve godt med det."
    assert there.organization.pk in {place.id for place in form.places}


def test_a_letter_arrives_once_with_its_receipt_and_opens_the_plan(there: Referring):
    patient = there.new_patient()
    assert not can_read(there, patient)
    name = there.send(patient)
    assert can_read(there, patient)
    assert states(there.sent(patient, name)) == [("request", "queued")]
    work()
    assert states(there.sent(patient, name)) == [("request", "received")]
    work()
    held = there.system.held()[str(name)]
    assert held["times"] == 1
    told = held.get("text") or held["resource"]["note"][0]["text"]
    assert "Rygestop" in told
    assert "HbA1c: 64 mmol/mol" in told
    assert "Behov for tolk:\nikke oplyst" in told


def test_what_the_patient_wants_left_out_is_not_sent(there: Referring):
    patient = there.new_patient()
    name = there.send(patient, included=("complications", "medicines", "words"))
    work()
    told = str(there.system.held()[str(name)])
    assert "64 mmol/mol" not in told
    assert "dagligt" not in told
    assert "Ikke medsendt efter patientens ønske" in told


def test_a_municipality_that_saves_and_answers_500_has_the_letter_once(there: Referring):
    patient = there.new_patient()
    there.system.switch(fail_after_saving=2)
    name = there.send(patient)
    for _ in range(3):
        work()
    assert states(there.sent(patient, name)) == [("request", "received")]
    letters = [one for one in there.system.held() if one == str(name)]
    assert len(letters) == 1


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_at_any_step_loses_no_letter_and_sends_none_twice(
    there: Referring, database: dict[str, str], step: str
):
    patient = there.new_patient()
    name = there.send(patient)
    assert dying(database, "referral-worker", step) == -9
    time.sleep(1.2)
    work()
    assert states(there.sent(patient, name)) == [("request", "received")]
    held = there.system.held()[str(name)]
    assert held.get("letter_id", "") == ("" if there.receiver.adapter == "fhir" else f"H{sent_as(name):013}")


def sent_as(name: UUID) -> int:
    """Give the number of the one message that a letter was sent as."""
    ((number,),) = sql(
        "SELECT m.id FROM careplans_referralmessage m JOIN careplans_referralletter l ON l.id = m.letter_id"
        " WHERE l.name = %s",
        name,
    )
    return int(number)


def test_what_is_tried_for_a_day_is_given_up_and_on_the_start_page(there: Referring):
    patient = there.new_patient()
    there.system.switch(down=True)
    name = there.send(patient)
    sql("UPDATE procrastinate_jobs SET attempts = %s WHERE queue_name = 'referrals' AND status = 'todo'", TRIES)
    work()
    assert states(there.sent(patient, name)) == [("request", "given-up")]
    with looking(there.doctor):
        to_do = referrals_sent.to_do(seen_by=there.doctor, at=there.cast.at, as_of=there.cast.as_of)
    assert (name, "given-up") in {(one.name, one.state) for one in to_do}


def test_a_municipality_that_is_down_is_waited_for(there: Referring):
    patient = there.new_patient()
    there.system.switch(down=True)
    name = there.send(patient)
    work()
    assert states(there.sent(patient, name)) == [("request", "waiting")]
    assert str(name) not in there.system.held()
    there.system.switch(down=False)
    work()
    assert states(there.sent(patient, name)) == [("request", "received")]


def test_a_refusal_is_on_the_start_page_with_their_words_and_can_be_sent_again(there: Referring):
    patient = there.new_patient()
    there.system.switch(refuse="Ukendt modtager", receipt="negative")
    name = there.send(patient)
    work()
    page = there.sent(patient, name)
    (message,) = page.sent.messages
    assert message.state.value == "refused"
    if there.receiver.adapter == "fhir":
        assert message.said == "Ukendt modtager"
    at, as_of = there.cast.at, there.cast.as_of
    with looking(there.doctor):
        (to_do,) = [one for one in referrals_sent.to_do(seen_by=there.doctor, at=at, as_of=as_of) if one.name == name]
        assert to_do.state == "refused"
    there.system.switch(refuse="", receipt="now")
    for _ in range(2):
        with looking(there.doctor):
            referring.send_again(patient.public_id, message.id, by=there.doctor, at=at, as_of=as_of)
    work()
    assert states(there.sent(patient, name)) == [("request", "received")]
    with looking(there.doctor):
        assert name not in {one.name for one in referrals_sent.to_do(seen_by=there.doctor, at=at, as_of=as_of)}


def test_the_answer_comes_into_the_plan_and_ends_the_access(there: Referring):
    patient = there.new_patient()
    name = there.send(patient)
    work()
    assert there.system.answer(name, "active") == 202
    work()
    assert there.sent(patient, name).sent.course.status is ReferralStatus.ACTIVE
    there.system.answer(name, "on-hold", "Vi mangler højde og vægt.")
    work()
    page = there.sent(patient, name)
    assert page.sent.course.status is ReferralStatus.ON_HOLD
    assert can_read(there, patient)
    there.system.answer(name, "completed", "Røgfri i tre måneder.\nAfsluttet med aftale om opfølgning.")
    work()
    page = there.sent(patient, name)
    assert page.sent.course.status is ReferralStatus.COMPLETED
    assert [note.text for note in page.notes if note.text] == [
        "Røgfri i tre måneder.\nAfsluttet med aftale om opfølgning.",
        "Vi mangler højde og vægt.",
    ]
    assert page.notes[0].written_by_name == "Visitator Vibeke"
    assert not can_read(there, patient)


def test_an_answer_that_comes_twice_or_late_changes_nothing(there: Referring):
    patient = there.new_patient()
    name = there.send(patient)
    work()
    there.system.answer(name, "completed", "Færdig.")
    work()
    there.system.answer(name, "active", "Startet.")
    work()
    page = there.sent(patient, name)
    assert page.sent.course.status is ReferralStatus.COMPLETED
    assert sorted(note.text for note in page.notes) == ["Færdig.", "Startet."]
    sql("UPDATE procrastinate_jobs SET status = 'todo' WHERE queue_name = 'referrals'")
    work()
    assert len(there.sent(patient, name).notes) == 2


def test_a_referral_that_is_not_taken_on_is_revoked_with_the_reason(there: Referring):
    patient = there.new_patient()
    name = there.send(patient)
    work()
    there.system.answer(name, "revoked", "Borgeren bor i en anden kommune.")
    work()
    page = there.sent(patient, name)
    assert page.sent.course.status is ReferralStatus.REVOKED
    assert page.sent.course.ended_how == "declined"
    assert "anden kommune" in page.notes[0].text


def test_taking_back_is_told_there_or_by_a_person(there: Referring):
    patient = there.new_patient()
    name = there.send(patient)
    work()
    there.revoke(patient, name)
    assert not can_read(there, patient)
    work()
    if there.receiver.adapter == "fhir":
        assert states(there.sent(patient, name)) == [("request", "received"), ("revocation", "received")]
        assert there.system.held()[str(name)]["status"] == "revoked"
        return
    page = there.sent(patient, name)
    assert states(page)[1] == ("revocation", "refused")
    assert page.sent.messages[1].fault == "say-it-yourself"
    with looking(there.doctor):
        referring.told(
            patient.public_id, page.sent.messages[1].id, by=there.doctor, at=there.cast.at, as_of=there.cast.as_of
        )
    assert states(there.sent(patient, name))[1] == ("revocation", "told")


def test_what_is_taken_back_before_it_left_never_leaves(there: Referring):
    patient = there.new_patient()
    name = there.send(patient)
    there.revoke(patient, name)
    work()
    assert states(there.sent(patient, name)) == [("request", "cancelled")]
    assert str(name) not in there.system.held()


def test_a_task_for_the_nursing_is_a_letter_of_its_own_kind(there: Referring):
    patient = there.new_patient()
    name = there.send(patient, LetterKind.TASK, asked=("wound",))
    other = there.send(patient, LetterKind.TASK, asked=("measure",))
    work()
    held = there.system.held()
    assert {str(name), str(other)} <= set(held)
    told = held[str(name)].get("text") or held[str(name)]["resource"]["note"][0]["text"]
    assert "Sårpleje" in told
    assert "Skift forbinding" in told
    if there.receiver.adapter == "xref15":
        assert told.startswith("OPGAVEREKVISITION")
    else:
        assert held[str(name)]["resource"]["code"]["coding"][0]["code"] == "task"


def test_a_letter_without_what_it_needs_is_not_sent(there: Referring):
    patient = there.new_patient()
    refused = [
        {"asked": ()},
        {"asked": ("wound",)},
        {"reason": " "},
        {"reason": "x" * 1001},
        {"interpreter": "yes"},
        {"until": there.cast.as_of - timedelta(days=1)},
    ]
    for chosen in refused:
        with pytest.raises(referring.LetterIncomplete):
            there.send(patient, **chosen)
    with pytest.raises(referring.LetterIncomplete):
        there.send(patient, LetterKind.TASK, instruction="")
    with pytest.raises(referrals.NoSuchOrganization):
        there.send(patient, organization_id=there.cast.demo.hospital.pk)
    with looking(there.doctor):
        assert referrals_sent.letters_of(patient.pk) == ()


def test_a_letter_that_has_changed_since_it_was_shown_is_shown_again(there: Referring):
    patient = there.new_patient()
    typed = there.typed(patient)
    there.cast.give_values(patient, 0, hba1c="71")
    with looking(there.doctor), pytest.raises(referring.SomethingNew):
        referring.send(
            patient.public_id,
            LetterKind.PREVENTION,
            typed,
            by=there.doctor,
            at=there.cast.at,
            as_of=there.cast.as_of,
        )


def test_a_letter_is_sent_once_however_often_it_is_pressed(there: Referring):
    patient = there.new_patient()
    there.send(patient)
    with pytest.raises(referrals.AlreadyReferred):
        there.send(patient)


def test_letters_of_one_patient_leave_in_the_order_they_were_made(there: Referring):
    patient = there.new_patient()
    first = there.send(patient, LetterKind.TASK, asked=("wound",))
    there.system.switch(down=True)
    second = there.send(patient, LetterKind.TASK, asked=("measure",))
    work()
    assert states(there.sent(patient, second)) == [("request", "queued")]
    there.system.switch(down=False)
    work()
    assert str(first) in there.system.held()
    assert states(there.sent(patient, second)) == [("request", "received")]


def test_a_municipality_that_reads_here_has_the_letter_and_pauses_and_ends_the_course(there: Referring, cast: Cast):
    sql("UPDATE people_referralreceiver SET adapter = 'here' WHERE id = %s", there.receiver.pk)
    try:
        patient = there.new_patient()
        name = there.send(patient)
        work()
        assert states(there.sent(patient, name)) == [("request", "received")]
        course = there.sent(patient, name).sent.course.id
        told = {"by": there.nurse, "at": cast.at, "as_of": cast.as_of}
        with looking(there.nurse):
            letter = referrals_sent.letter_for(patient.pk, course)
            assert letter is not None
            assert letter.letter.values
            sectors.pause_course(patient.public_id, course, "Vi mangler højden.", **told)
        assert there.sent(patient, name).sent.course.status is ReferralStatus.ON_HOLD
        with looking(there.nurse):
            sectors.resume_course(patient.public_id, course, **told)
        assert there.sent(patient, name).sent.course.status is ReferralStatus.ACTIVE
        with looking(there.nurse):
            sectors.end_course(patient.public_id, course, "Færdig.", completed=True, **told)
            assert referrals_sent.letter_for(patient.pk, course) is None
        assert there.sent(patient, name).sent.course.status is ReferralStatus.COMPLETED
    finally:
        sql(
            "UPDATE people_referralreceiver SET adapter = %s WHERE id = %s",
            there.receiver.adapter,
            there.receiver.pk,
        )
