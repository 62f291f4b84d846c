"""Patients write in their own plan; the practice reads it, and neither overwrites the other unseen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forloeb.access.policies import NotForThisViewer
from forloeb.careplans import actions, own_words, queries
from forloeb.careplans.submission import prefill
from forloeb.people.models import Patient
from forloeb.people.viewers import Viewer, ViewerKind, looking
from tests.integration.test_access import signed_in
from tests.support.personas import Cast


def themselves(patient: Patient) -> Viewer:
    return Viewer(ViewerKind.PATIENT, 7, "Ny Nummer", patient_id=patient.pk)


def write(cast: Cast, patient: Patient, *, minutes: int = 0, **words: str) -> tuple[str, ...]:
    """Let a patient write: `own_goal` stands for `own-goal`. What is not named stays as it is."""
    me = themselves(patient)
    with looking(me):
        now = own_words.get_own_words(seen_by=me, as_of=cast.as_of)
        texts = now | {kind.replace("_", "-"): text for kind, text in words.items()}
        at = cast.at + timedelta(minutes=minutes)
        return own_words.write_own_words(texts, by=me, at=at, as_of=cast.as_of)


def control_of(cast: Cast, patient: Patient) -> queries.Control:
    holm = cast.staff("holm")
    with looking(holm):
        return queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of)


def finish(cast: Cast, patient: Patient, **changes: str) -> None:
    holm = cast.staff("holm")
    with looking(holm):
        base = prefill(queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of))
        at = cast.at + timedelta(minutes=30)
        result = actions.finish_review(
            patient.public_id, base=base, mine=base | changes, by=holm, at=at, as_of=cast.as_of
        )
    assert isinstance(result, actions.Finished)


def test_what_the_patient_writes_is_on_the_practices_page(cast: Cast):
    patient = cast.new_patient()
    assert write(cast, patient, matters="At kunne danse", questions="Må jeg rejse?") == ("matters", "questions")
    control = control_of(cast, patient)
    assert prefill(control)["statement.matters"] == "At kunne danse"
    page = signed_in(cast, "holm").get(f"/patient/{patient.public_id}/").content.decode()
    assert "Patienten spørger:" in page
    assert "Må jeg rejse?" in page


def test_the_questions_were_for_the_control_and_the_rest_stays(cast: Cast):
    patient = cast.new_patient()
    write(cast, patient, matters="At kunne danse", questions="Må jeg rejse?")
    finish(cast, patient)
    assert control_of(cast, patient).statements == {"matters": "At kunne danse"}


def test_what_the_patient_wrote_after_a_draft_was_kept_stands_in_the_draft(cast: Cast):
    patient, holm = cast.new_patient(), cast.staff("holm")
    with looking(holm):
        base = prefill(queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of))
        mine = base | {"value.weight": "82", "statement.matters": "Gammelt"}
        actions.save_draft(patient.public_id, base=base, mine=mine, by=holm, at=cast.at, as_of=cast.as_of)
    write(cast, patient, minutes=5, matters="Nyt")
    draft = control_of(cast, patient).draft.fields
    assert (draft["statement.matters"], draft["value.weight"]) == ("Nyt", "82")


def test_a_page_that_was_open_meanwhile_asks_which_words_are_right(cast: Cast):
    patient, holm = cast.new_patient(), cast.staff("holm")
    with looking(holm):
        base = prefill(queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of))
    write(cast, patient, minutes=5, matters="Patientens")
    with looking(holm):
        result = actions.finish_review(
            patient.public_id,
            base=base,
            mine=base | {"statement.matters": "Lægens"},
            by=holm,
            at=cast.at,
            as_of=cast.as_of,
        )
    assert isinstance(result, actions.Refused)
    assert [(c.mine, c.theirs) for c in result.merge.conflicts] == [("Lægens", "Patientens")]


def test_words_can_be_taken_back_and_the_same_words_change_nothing(cast: Cast):
    patient = cast.new_patient()
    write(cast, patient, matters="At kunne danse")
    assert write(cast, patient, minutes=1) == ()
    assert write(cast, patient, minutes=2, matters="") == ("matters",)
    assert "matters" not in control_of(cast, patient).statements


def test_a_text_that_is_too_long_saves_nothing(cast: Cast):
    patient = cast.new_patient()
    with pytest.raises(own_words.TooLong) as refusal:
        write(cast, patient, matters="kort", own_goal="x" * 301)
    assert refusal.value.kinds == ("own-goal",)
    assert control_of(cast, patient).statements == {}


def test_staff_do_not_write_as_the_patient(cast: Cast):
    holm = cast.staff("holm")
    with looking(holm), pytest.raises(NotForThisViewer):
        own_words.write_own_words({"matters": "x"}, by=holm, at=cast.at, as_of=cast.as_of)
    assert signed_in(cast, "holm").post("/my-plan/write/", {"matters": "x"}).status_code == 403


def test_nothing_typed_is_lost_when_a_text_is_too_long(cast: Cast):
    answer = signed_in(cast, "lis").post("/my-plan/write/", {"matters": "Ro", "questions": "å" * 301})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Skriv højst 300 tegn" in page
    assert "å" * 301 in page
    assert ">Ro</textarea>" in page
