"""A yearly control, saved: values, goals, words, agreements, versions and events, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection

from forloeb.access import policies
from forloeb.careplans import actions, models, queries
from forloeb.careplans.control import Control
from forloeb.careplans.submission import prefill
from forloeb.kernel.periods import months_after
from forloeb.people.models import Patient
from forloeb.people.viewers import looking
from tests.support.personas import Cast


@pytest.fixture
def finish(cast: Cast):
    """Finish a control for a patient with some fields changed, as Dr Holm."""

    def run(patient: Patient, changes: Mapping[str, str], *, years_later: int = 0):
        holm = cast.staff("holm")
        as_of = months_after(cast.as_of, 12 * years_later)
        with looking(holm):
            base = prefill(queries.get_control(patient.public_id, seen_by=holm, as_of=as_of))
            return actions.finish_review(
                patient.public_id, base=base, mine={**base, **changes}, by=holm, at=cast.at, as_of=as_of
            )

    return run


@pytest.fixture
def control(cast: Cast):
    """Give the control page's data for a patient."""

    def run(patient: Patient, *, years_later: int = 0) -> Control:
        holm = cast.staff("holm")
        as_of = months_after(cast.as_of, 12 * years_later)
        with looking(holm):
            return queries.get_control(patient.public_id, seen_by=holm, as_of=as_of)

    return run


def row(control: Control, measure: str):
    return next(row for row in control.rows if row.measure.id == measure)


def test_a_prefilled_control_makes_a_new_plan_with_the_recommended_goals(cast, finish, control):
    patient = cast.new_patient()
    result = finish(patient, {})
    assert result.plans == (("type2_diabetes", "new"),)
    saved = control(patient)
    assert [(p.guideline, p.label, p.versions) for p in saved.plans] == [("type2_diabetes", "ALAL22", 1)]
    ldl = row(saved, "ldl")
    assert ldl.agreed is not None
    assert not ldl.agreed.differs
    assert ldl.agreed.range.same_as(ldl.agreed.recommended_then)


def test_a_second_control_maintains_the_plan(cast, finish, control):
    patient = cast.new_patient()
    finish(patient, {})
    assert finish(patient, {}, years_later=1).plans == (("type2_diabetes", "maintained"),)
    assert control(patient, years_later=1).plans[0].versions == 2


def test_a_plan_of_another_disease_is_new_though_the_patient_has_one(cast, finish):
    patient = cast.new_patient(conditions=("T90", "R95"))
    assert finish(patient, {"plan.copd": ""}).plans == (("type2_diabetes", "new"),)
    assert finish(patient, {}, years_later=1).plans == (("copd", "new"), ("type2_diabetes", "maintained"))


def test_a_typed_value_is_recorded_once_and_seen_at_once(cast, finish, control):
    patient = cast.new_patient()
    finish(patient, {"value.sbp_home": "128", "value.dbp_home": "76", "value.weight": "81,5"})
    saved = control(patient)
    assert (row(saved, "sbp_home").value.quantity.value, row(saved, "sbp_home").value.status) == (128, "in_target")
    assert str(row(saved, "weight").value.quantity.value) == "81.5"
    assert row(saved, "weight").value.measured_on == cast.as_of


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("value.sbp_home", "12,8"),
        ("value.weight", "firs"),
        ("goal.ldl", "lav"),
        ("next_review_on", "31.02.2027"),
        ("next_review_on", "01.01.2020"),
        ("statement.matters", "x" * 301),
        ("new-agreement.1.text", "x" * 301),
    ],
)
def test_a_field_at_fault_saves_nothing_and_loses_nothing(cast, finish, control, field, text):
    patient = cast.new_patient()
    result = finish(patient, {"value.dbp_home": "70", field: text})
    assert isinstance(result, actions.Refused)
    assert [fault.field for fault in result.faults] == [field]
    after = control(patient)
    assert after.plans[0].created_at is None
    assert row(after, "dbp_home").value.status == "missing"
    assert after.draft.fields[field] == text
    assert after.draft.fields["value.dbp_home"] == "70"


def test_an_unlikely_value_asks_and_is_kept_when_confirmed(cast, finish, control):
    patient = cast.new_patient()
    result = finish(patient, {"value.weight": "270"})
    assert [(f.field, f.can_confirm) for f in result.faults] == [("value.weight", True)]
    finish(patient, {"value.weight": "270", "confirm.weight": "270"})
    assert row(control(patient), "weight").value.quantity.value == 270


def test_a_goal_that_differs_needs_a_reason(cast, finish, control):
    patient = cast.new_patient()
    result = finish(patient, {"goal.ldl": "< 3,0"})
    assert [fault.field for fault in result.faults] == ["reason.ldl"]
    finish(patient, {"goal.ldl": "< 3,0", "reason.ldl": "Tåler ikke højere dosis"})
    agreed = row(control(patient), "ldl").agreed
    assert (agreed.range.text(), agreed.differs, agreed.reason) == ("< 3", True, "Tåler ikke højere dosis")


def test_an_agreed_goal_that_differs_survives_the_next_control_untouched(cast, finish, control):
    patient = cast.new_patient()
    finish(patient, {"goal.ldl": "< 3,0", "reason.ldl": "Tåler ikke højere dosis"})
    finish(patient, {}, years_later=1)
    assert row(control(patient, years_later=1), "ldl").agreed.differs


def test_a_goal_nobody_touched_follows_the_recommendation(cast, finish, control):
    from forloeb.kernel.codes import ICPC2_DK
    from forloeb.records import intake

    patient = cast.new_patient()
    finish(patient, {})
    before = row(control(patient), "ldl").agreed.range
    infarction = intake.ConditionIn(
        0, patient.source_id, f"{patient.source_id}-K75", ICPC2_DK, "K75", "active", cast.as_of, None
    )
    intake.take_in(intake.CONDITIONS, [infarction], source_system=patient.source_system, at=cast.at)
    finish(patient, {}, years_later=1)
    after = row(control(patient, years_later=1), "ldl").agreed
    assert not after.differs
    assert after.range.high < before.high


def test_what_matters_and_what_was_agreed_is_kept_until_it_is_ended(cast, finish, control):
    patient = cast.new_patient()
    finish(
        patient,
        {
            "statement.matters": "At komme på cykel igen",
            "new-agreement.1.text": "Cykler til arbejde",
            "new-agreement.1.by": "patient",
            "new-reminder.1.text": "Tag strømperne af før fodtjek",
        },
    )
    saved = control(patient)
    assert saved.statements == {"matters": "At komme på cykel igen"}
    assert [(a.text, a.is_reminder) for a in saved.agreements] == [
        ("Cykler til arbejde", False),
        ("Tag strømperne af før fodtjek", True),
    ]
    finish(patient, {f"agreement.{saved.agreements[0].id}": "ended"}, years_later=1)
    assert [a.text for a in control(patient, years_later=1).agreements] == ["Tag strømperne af før fodtjek"]


def test_without_a_chosen_plan_nothing_is_saved(cast, finish, control):
    patient = cast.new_patient()
    with pytest.raises(actions.NothingToSave):
        finish(patient, {"plan.type2_diabetes": "", "statement.matters": "Ro"})
    assert control(patient).statements == {}


def test_a_failure_on_the_way_leaves_everything_as_it_was(cast, finish, control, monkeypatch):
    patient = cast.new_patient()

    def fail(*_: object, **__: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

    monkeypatch.setattr(models.PlanEvent.objects, "create", fail)
    with pytest.raises(DatabaseError):
        finish(patient, {"value.weight": "80", "statement.matters": "Ro"})
    after = control(patient)
    assert (after.plans[0].created_at, after.reviews, after.statements) == (None, (), {})
    assert row(after, "weight").value.status == "missing"


def test_a_plan_is_not_made_for_someone_who_has_died(cast, finish):
    patient = cast.new_patient()
    type(patient).objects.using("loader").filter(pk=patient.pk).update(deceased_on=cast.as_of - timedelta(days=3))
    with pytest.raises(policies.PatientIsDead):
        finish(patient, {})


def test_the_history_tells_what_changed_and_why(cast, finish):
    patient = cast.new_patient()
    finish(patient, {})
    finish(patient, {"goal.ldl": "< 3,0", "reason.ldl": "Tåler ikke mere"}, years_later=1)
    holm = cast.staff("holm")
    with looking(holm):
        _, versions = queries.get_history(patient.public_id, seen_by=holm, as_of=cast.as_of)
    assert [(v.number, v.is_new) for v in versions] == [(2, False), (1, True)]
    change = next(c for c in versions[0].changes if c.kind == "goal" and c.about == "ldl")
    assert (change.after, change.reason) == ("< 3", "Tåler ikke mere")
