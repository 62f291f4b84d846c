"""A nurse and a doctor in the same control at the same time lose nothing, and see each other's changes."""

from __future__ import annotations

from forloeb.careplans import actions, queries
from forloeb.careplans.submission import prefill
from forloeb.people.viewers import looking
from tests.integration.test_access import signed_in
from tests.support.personas import Cast


def opened(cast: Cast, public_id, who):
    with looking(who):
        return prefill(queries.get_control(public_id, seen_by=who, as_of=cast.as_of))


def saved(cast: Cast, public_id, who, base, changes, *, save=actions.save_draft):
    with looking(who):
        return save(public_id, base=base, mine={**base, **changes}, by=who, at=cast.at, as_of=cast.as_of)


def test_the_nurses_draft_is_there_when_the_doctor_opens(cast: Cast):
    patient, nurse, doctor = cast.new_patient(), cast.staff("krogh"), cast.staff("holm")
    saved(cast, patient.public_id, nurse, opened(cast, patient.public_id, nurse), {"value.weight": "82"})
    with looking(doctor):
        draft = queries.get_control(patient.public_id, seen_by=doctor, as_of=cast.as_of).draft
    assert (draft.fields["value.weight"], draft.saved_by_name) == ("82", "Mette Krogh")


def test_changes_to_different_fields_are_both_kept(cast: Cast):
    patient, nurse, doctor = cast.new_patient(), cast.staff("krogh"), cast.staff("holm")
    page = opened(cast, patient.public_id, nurse)
    saved(cast, patient.public_id, nurse, page, {"value.weight": "82"})
    _, merged = saved(cast, patient.public_id, doctor, page, {"statement.matters": "Ro"})
    assert (merged.fields["value.weight"], merged.fields["statement.matters"]) == ("82", "Ro")
    assert merged.from_them == ("value.weight",)


def test_two_values_for_one_field_are_both_shown_and_nothing_is_finished(cast: Cast):
    patient, nurse, doctor = cast.new_patient(), cast.staff("krogh"), cast.staff("holm")
    page = opened(cast, patient.public_id, nurse)
    saved(cast, patient.public_id, nurse, page, {"value.weight": "82"})
    result = saved(cast, patient.public_id, doctor, page, {"value.weight": "83"}, save=actions.finish_review)
    assert isinstance(result, actions.Refused)
    assert [(c.field, c.mine, c.theirs) for c in result.merge.conflicts] == [("value.weight", "83", "82")]


def test_what_was_typed_survives_that_the_other_finished_first(cast: Cast):
    patient, nurse, doctor = cast.new_patient(), cast.staff("krogh"), cast.staff("holm")
    page = opened(cast, patient.public_id, nurse)
    saved(cast, patient.public_id, doctor, page, {"statement.matters": "Ro"}, save=actions.finish_review)
    control, merged = saved(cast, patient.public_id, nurse, page, {"value.weight": "82"})
    assert merged.fields["value.weight"] == "82"
    assert control.last_review is not None
    assert "statement.matters" in merged.from_them


def counted(cast: Cast, patient) -> dict[str, int]:
    """Count what is kept of a patient's plan."""
    with looking(cast.staff("holm")):
        control = queries.get_control(patient.public_id, seen_by=cast.staff("holm"), as_of=cast.as_of)
        versions = sum(plan.versions for plan in control.plans)
        return {
            "reviews": len(control.reviews),
            "agreements": len(control.agreements),
            "versions": versions,
            "draft": len(control.draft.fields),
        }


EVERYTHING = {
    "value.weight": "82,4",
    "statement.matters": "Ro",
    "new-agreement.1.text": "Går en tur hver dag",
    "new-agreement.1.by": "patient",
    "new-reminder.1.text": "Mål blodtryk hjemme",
    "note_to_patient": "Godt gået",
    "goal.hba1c": "< 62",
    "reason.hba1c": "Du bliver let svimmel.",
}


def test_a_page_that_is_sent_twice_is_saved_once(cast: Cast):
    patient, doctor = cast.new_patient(), cast.staff("holm")
    page = opened(cast, patient.public_id, doctor)
    first = saved(cast, patient.public_id, doctor, page, EVERYTHING, save=actions.finish_review)
    again = saved(cast, patient.public_id, doctor, page, EVERYTHING, save=actions.finish_review)
    assert isinstance(again, actions.Finished)
    assert again.review_id == first.review_id
    assert counted(cast, patient) == {"reviews": 1, "agreements": 2, "versions": 1, "draft": 0}


def test_a_draft_that_comes_in_late_leaves_no_ghost_of_what_was_saved(cast: Cast):
    patient, doctor = cast.new_patient(), cast.staff("holm")
    page = opened(cast, patient.public_id, doctor)
    saved(cast, patient.public_id, doctor, page, EVERYTHING, save=actions.finish_review)
    saved(cast, patient.public_id, doctor, page, EVERYTHING)
    assert counted(cast, patient)["draft"] == 0


def test_what_is_added_after_the_control_is_saved_as_well(cast: Cast):
    patient, doctor = cast.new_patient(), cast.staff("holm")
    page = opened(cast, patient.public_id, doctor)
    saved(cast, patient.public_id, doctor, page, EVERYTHING, save=actions.finish_review)
    more = EVERYTHING | {"new-agreement.2.text": "Svømmer om torsdagen", "new-agreement.2.by": "patient"}
    saved(cast, patient.public_id, doctor, page, more, save=actions.finish_review)
    assert counted(cast, patient) == {"reviews": 2, "agreements": 3, "versions": 2, "draft": 0}


def test_what_the_page_keeps_by_itself_is_a_draft_whatever_button_was_pressed(cast: Cast):
    patient = cast.new_patient()
    client = signed_in(cast, "holm")
    posted = {"base": "{}", "do": "finish", "plan.type2_diabetes": "yes", "value.weight": "82,4"}
    answer = client.post(f"/patient/{patient.public_id}/", posted, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    found = counted(cast, patient)
    assert (found["reviews"], found["versions"]) == (0, 0)
    assert found["draft"] > 0
