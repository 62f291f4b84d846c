"""The patient says that something is wrong and gets an answer from the practice; both stay."""

from __future__ import annotations

import pytest

from forloeb.access import policies
from forloeb.careplans import disputes
from forloeb.people.viewers import looking
from tests.support.personas import Cast


def told(cast: Cast, by):
    return {"by": by, "at": cast.at, "as_of": cast.as_of}


def test_what_is_said_reaches_the_practice_and_the_answer_the_patient(cast: Cast):
    patient, holm = cast.new_patient(), cast.staff("holm")
    by = cast.as_patient(patient)
    with looking(by):
        disputes.raise_dispute("Vægt: 82 kg", "Jeg vejede 78.", **told(cast, by))
        disputes.raise_dispute("Vægt: 82 kg", "Jeg vejede 78.", **told(cast, by))  # the page was sent twice
    with looking(holm):
        assert patient.public_id in {
            one.public_id for one in disputes.waiting_for_answer(seen_by=holm, as_of=cast.as_of)
        }
        (waiting,) = disputes.disputes_of(patient.pk)
        disputes.answer(
            patient.public_id, waiting.id, outcome="corrected", reply="Du har ret. Det er rettet.", **told(cast, holm)
        )
        assert patient.public_id not in {
            one.public_id for one in disputes.waiting_for_answer(seen_by=holm, as_of=cast.as_of)
        }
    with looking(by):
        (answered,) = disputes.disputes_of(patient.pk)
    assert (answered.text, answered.outcome, answered.reply, answered.replied_by_name) == (
        "Jeg vejede 78.",
        "corrected",
        "Du har ret. Det er rettet.",
        "Anne Holm",
    )


def test_it_is_answered_once_and_never_without_words(cast: Cast):
    patient, holm, krogh = cast.new_patient(), cast.staff("holm"), cast.staff("krogh")
    by = cast.as_patient(patient)
    with looking(by):
        disputes.raise_dispute("Noget andet", "Det passer ikke.", **told(cast, by))
        (waiting,) = disputes.disputes_of(patient.pk)
    with looking(holm):
        for outcome, reply in (("kept", " "), ("", "Tak"), ("never", "Tak"), ("kept", "x" * 501)):
            with pytest.raises(disputes.DisputeRefused):
                disputes.answer(patient.public_id, waiting.id, outcome=outcome, reply=reply, **told(cast, holm))
        disputes.answer(patient.public_id, waiting.id, outcome="kept", reply="Vi har set på det.", **told(cast, holm))
    with looking(krogh), pytest.raises(disputes.NoOpenDispute):
        disputes.answer(patient.public_id, waiting.id, outcome="talk", reply="Kom ind.", **told(cast, krogh))


@pytest.mark.parametrize(("subject", "text"), [("Vægt", ""), ("", "Forkert"), ("Vægt", "x" * 501), ("x" * 301, "Ja")])
def test_nothing_is_kept_of_what_says_nothing(cast: Cast, subject: str, text: str):
    patient = cast.new_patient()
    by = cast.as_patient(patient)
    with looking(by):
        with pytest.raises(disputes.DisputeRefused):
            disputes.raise_dispute(subject, text, **told(cast, by))
        assert disputes.disputes_of(patient.pk) == ()


def test_another_practice_neither_sees_nor_answers(cast: Cast):
    patient, lund = cast.new_patient(), cast.staff("lund")
    by = cast.as_patient(patient)
    with looking(by):
        disputes.raise_dispute("Vægt", "Forkert.", **told(cast, by))
        (waiting,) = disputes.disputes_of(patient.pk)
    with looking(lund):
        assert disputes.disputes_of(patient.pk) == ()
        with pytest.raises(policies.NoCareRelation):
            disputes.answer(patient.public_id, waiting.id, outcome="kept", reply="Nej", **told(cast, lund))


def test_a_sign_that_cannot_be_kept_is_left_out_and_the_rest_is_said(cast: Cast):
    by = cast.as_patient(cast.new_patient())
    with looking(by):
        disputes.raise_dispute("Vægt\0", "Jeg vejede\0 78.", **told(cast, by))
        (waiting,) = disputes.disputes_of(by.patient_id or 0)
    assert (waiting.subject, waiting.text) == ("Vægt", "Jeg vejede 78.")
