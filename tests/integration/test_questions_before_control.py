"""The patient answers a few questions before the control, and the practice reads them; the answers stay with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from forloeb.access.policies import NotForThisViewer
from forloeb.careplans import actions, questions
from forloeb.careplans.queries import get_control, get_own_plan
from forloeb.careplans.submission import prefill
from forloeb.people.models import Patient
from forloeb.people.viewers import looking
from forloeb.records.models import QuestionnaireResponse
from tests.integration.test_access import signed_in
from tests.integration.test_audit import entries
from tests.integration.test_own_words import themselves
from tests.support.personas import Cast

ALL_THREE = ("T90", "R95", "K76")


def answer(cast: Cast, patient: Patient, *, minutes: int = 0, **answers: str) -> dict[str, str]:
    """Answer: `chest_pain="no"`. Gives the faults."""
    me = themselves(patient)
    fields = {f"answer.{name.replace('_', '-')}": text for name, text in answers.items()}
    with looking(me):
        found = questions.answer(fields, by=me, at=cast.at + timedelta(minutes=minutes), as_of=cast.as_of)
    return {fault.field: fault.text.da for fault in found}


def page_of(cast: Cast, patient: Patient) -> questions.QuestionsPage:
    me = themselves(patient)
    with looking(me):
        return questions.get_questions(seen_by=me, as_of=cast.as_of)


def responses(patient: Patient) -> list[QuestionnaireResponse]:
    with looking(themselves(patient)):
        return list(QuestionnaireResponse.objects.filter(patient_id=patient.pk).order_by("pk"))


def practice_page(cast: Cast, patient: Patient) -> str:
    return signed_in(cast, "holm").get(f"/patient/{patient.public_id}/").content.decode()


def finish(cast: Cast, patient: Patient, *, minutes: int, next_in_days: int = 365) -> None:
    holm = cast.staff("holm")
    with looking(holm):
        base = prefill(get_control(patient.public_id, seen_by=holm, as_of=cast.as_of))
        mine = base | {"next_review_on": (cast.as_of + timedelta(days=next_in_days)).isoformat()}
        at = cast.at + timedelta(minutes=minutes)
        result = actions.finish_review(patient.public_id, base=base, mine=mine, by=holm, at=at, as_of=cast.as_of)
    assert isinstance(result, actions.Finished)


def test_one_with_three_diseases_is_asked_each_question_once(cast: Cast):
    asked = [item.link_id for item in page_of(cast, cast.new_patient(conditions=ALL_THREE)).items]
    assert len(asked) == len(set(asked)) == 10
    assert asked[-3:] == ["medicine", "mood", "talk-about"]


def test_one_is_asked_about_the_diseases_one_has(cast: Cast):
    asked = [item.link_id for item in page_of(cast, cast.new_patient(conditions=("K76",))).items]
    assert asked == ["chest-pain", "more-breathless", "medicine", "mood", "talk-about"]


def test_the_answers_are_kept_as_fhir_one_response_for_each_disease(cast: Cast):
    patient = cast.new_patient(conditions=("T90", "K76"))
    assert answer(cast, patient, chest_pain="no", feet="yes", mood="good") == {}
    kept = {response.questionnaire: response.content for response in responses(patient)}
    assert set(kept) == {"type2_diabetes", "ischaemic_heart_disease"}
    heart = kept["ischaemic_heart_disease"]
    assert (heart["resourceType"], heart["status"]) == ("QuestionnaireResponse", "completed")
    assert heart["questionnaire"] == "urn:forloeb:questionnaire:ischaemic_heart_disease|2026.1"
    assert [item["linkId"] for item in heart["item"]] == ["chest-pain", "mood"]
    assert heart["subject"] == {"reference": f"Patient/{patient.public_id}"}


def test_the_practice_reads_the_answers_and_what_worries_is_said_in_words(cast: Cast):
    patient = cast.new_patient(conditions=("T90", "K76"))
    answer(cast, patient, chest_pain="at-rest", feet="yes", talk_about="Må jeg flyve?")
    page = practice_page(cast, patient)
    assert "Svar fra patienten" in page
    assert "Må jeg flyve?" in page
    assert "Kan være akut" in page
    assert "Bekymrende" in page
    assert "Afventer klinisk godkendelse: ingen kliniker har set spørgsmålene igennem endnu." in page


def test_without_answers_the_practices_page_says_nothing_of_them(cast: Cast):
    assert "Svar fra patienten" not in practice_page(cast, cast.new_patient())


def test_the_same_answers_again_change_nothing_and_others_are_a_new_version(cast: Cast):
    patient = cast.new_patient()
    for minutes, feet in ((0, "no"), (1, "no"), (2, "yes")):
        answer(cast, patient, minutes=minutes, feet=feet)
    assert [(r.version, r.superseded_at is None) for r in responses(patient)] == [(1, False), (2, True)]
    assert page_of(cast, patient).answers == {"feet": "yes"}


def test_what_cannot_be_an_answer_saves_nothing(cast: Cast):
    patient = cast.new_patient()
    faults = answer(cast, patient, feet="maybe", mood="good", talk_about="x" * 301)
    assert faults == {"answer.feet": "Vælg et af svarene.", "answer.talk-about": "Skriv højst 300 tegn."}
    assert responses(patient) == []
    assert answer(cast, patient) == {"answer.low-sugar": "Svar på mindst ét spørgsmål."}


def test_the_answers_stay_with_the_control_they_were_given_for(cast: Cast):
    patient = cast.new_patient()
    answer(cast, patient, feet="yes")
    finish(cast, patient, minutes=5)
    assert page_of(cast, patient).answers == {}
    assert "Svar fra patienten" in practice_page(cast, patient)
    answer(cast, patient, minutes=10, feet="no")
    assert [(r.version, r.superseded_at is None) for r in responses(patient)] == [(1, True), (2, True)]


@pytest.mark.parametrize(("days", "is_now"), [(1, True), (60, True), (61, False)])
def test_the_plan_page_asks_when_the_control_is_near(cast: Cast, days: int, is_now: bool):
    patient = cast.new_patient()
    finish(cast, patient, minutes=0, next_in_days=days)
    assert invited(cast, patient)() is is_now
    answer(cast, patient, minutes=5, feet="no")
    assert invited(cast, patient)() is False


def invited(cast: Cast, patient: Patient) -> Callable[[], bool]:
    def ask() -> bool:
        me = themselves(patient)
        with looking(me):
            return questions.invitation(get_own_plan(seen_by=me, as_of=cast.as_of)).is_now

    return ask


def test_one_whose_control_is_overdue_is_asked_on_the_plan_page(cast: Cast):
    page = signed_in(cast, "ove").get("/my-plan/").content.decode()
    assert "Vil du svare på et par spørgsmål først?" in page


def test_one_without_the_diseases_has_nothing_to_answer(cast: Cast):
    patient = cast.new_patient(conditions=())
    assert page_of(cast, patient).items == ()
    assert answer(cast, patient, feet="yes") == {}
    assert responses(patient) == []


def test_looking_and_answering_are_in_the_log(database, cast: Cast):
    patient = cast.new_patient()
    page_of(cast, patient)
    answer(cast, patient, feet="no")
    said = entries(database, f"patient_id = {patient.pk}")
    assert set(said) == {("read", "own-questions", "own-plan"), ("write", "own-answers", "own-plan")}


def test_staff_do_not_answer_as_the_patient(cast: Cast):
    holm = cast.staff("holm")
    with looking(holm), pytest.raises(NotForThisViewer):
        questions.answer({"answer.feet": "no"}, by=holm, at=cast.at, as_of=cast.as_of)
    assert signed_in(cast, "holm").post("/my-plan/questions/", {"answer.feet": "no"}).status_code == 403


def test_dr_lund_sees_no_answers(cast: Cast):
    answer(cast, cast.new_patient(), feet="no")
    with looking(cast.staff("lund")):
        assert not QuestionnaireResponse.objects.exists()


def test_what_was_answered_cannot_be_changed(cast: Cast):
    patient = cast.new_patient()
    answer(cast, patient, feet="no")
    with looking(themselves(patient)), pytest.raises(DatabaseError), transaction.atomic():
        QuestionnaireResponse.objects.filter(patient_id=patient.pk).update(content={})
