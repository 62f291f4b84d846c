"""A nurse and a doctor in the same control at the same time lose nothing, and see each other's changes."""

from __future__ import annotations

from forloeb.careplans import actions, queries
from forloeb.careplans.submission import prefill
from forloeb.people.viewers import looking
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
