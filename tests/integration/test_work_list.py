"""The practice's lists: who is on each and why, once each, fresh, with every number's source."""

from __future__ import annotations

import re
import time

from django.test import Client
from django.urls import reverse

from forloeb.careplans import actions, queries
from forloeb.careplans.submission import prefill
from forloeb.kernel.codes import ATC, ICPC2_DK, SKS
from forloeb.kernel.periods import months_before
from forloeb.people.models import Patient
from forloeb.people.viewers import looking
from forloeb.population.reasons import Reason
from forloeb.population.worklist import Entry, by_place, get_entry, get_worklist
from forloeb.records import intake
from tests.integration.test_access import signed_in
from tests.integration.test_audit import entries
from tests.integration.test_who_may_read import finished
from tests.support.personas import SOURCE, Cast


def entry_of(cast: Cast, patient: Patient) -> Entry:
    holm = cast.staff("holm")
    with looking(holm):
        return get_entry(patient.public_id, seen_by=holm, as_of=cast.as_of).entry


def reason(cast: Cast, patient: Patient, kind: str) -> Reason | None:
    return next((r for r in entry_of(cast, patient).reasons if r.kind == kind), None)


def medicine(cast: Cast, patient: Patient, *codes: str) -> None:
    since = months_before(cast.as_of, 10)
    rows = [
        intake.MedicationIn(place, patient.source_id, f"{patient.source_id}-{code}", ATC, code, since, None)
        for place, code in enumerate(codes)
    ]
    intake.take_in(intake.MEDICATION, rows, source_system=SOURCE, at=cast.at)


def condition(cast: Cast, patient: Patient, system: str, code: str, months_ago: int) -> None:
    onset = months_before(cast.as_of, months_ago)
    row = intake.ConditionIn(0, patient.source_id, f"{patient.source_id}-{code}", system, code, "active", onset, None)
    intake.take_in(intake.CONDITIONS, [row], source_system=SOURCE, at=cast.at)


def test_a_diagnosis_without_a_plan_is_on_the_list_with_the_rule_and_its_source(cast: Cast):
    found = reason(cast, cast.new_patient(), "no-plan")
    assert found is not None
    assert found.disease is not None
    assert found.disease.guideline == "type2_diabetes"
    assert [(one.rule, one.status) for one in found.because] == [("T2D-IN-2", "V")]
    assert found.because[0].source is not None
    assert found.list is not None
    assert found.list.do.da.startswith("Indkald")


def test_two_values_above_the_goal_in_a_row_are_a_reason_and_one_is_not(cast: Cast):
    patient = cast.new_patient()
    cast.give_values(patient, 4, hba1c="45")
    cast.give_values(patient, 1, hba1c="61")
    assert reason(cast, patient, "above-twice") is None
    other = cast.new_patient()
    cast.give_values(other, 4, hba1c="63", ldl="1,9")
    cast.give_values(other, 1, hba1c="61", ldl="3,9")
    found = reason(cast, other, "above-twice")
    assert found is not None
    assert [measure.id for measure in found.measures] == ["hba1c"]
    assert [str(value.quantity.value) for value in found.values if value.quantity] == ["61", "63"]


def test_a_goal_agreed_to_be_milder_is_the_one_that_counts(cast: Cast):
    patient, holm = cast.new_patient(), cast.staff("holm")
    cast.give_values(patient, 4, hba1c="59")
    cast.give_values(patient, 1, hba1c="58")
    assert reason(cast, patient, "above-twice") is not None
    typed = {"goal.hba1c": "< 65", "reason.hba1c": "Vi går roligt frem.", "plan.type2_diabetes": "yes"}
    with looking(holm):
        base = prefill(queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of))
        mine = base | typed
        done = actions.finish_review(patient.public_id, base=base, mine=mine, by=holm, at=cast.at, as_of=cast.as_of)
    assert isinstance(done, actions.Finished)
    assert reason(cast, patient, "above-twice") is None


def test_too_low_on_insulin_and_inhaled_steroid_without_indication_are_over_treatment(cast: Cast):
    patient = cast.new_patient()
    cast.give_values(patient, 1, hba1c="42")
    assert reason(cast, patient, "over-treatment") is None
    medicine(cast, patient, "A10AE04")
    found = reason(cast, patient, "over-treatment")
    assert found is not None
    assert [one.rule for one in found.because] == ["T2D-FLAG-LOW"]
    assert {fact.fact for one in found.because for fact in one.facts} >= {"hba1c", "on_insulin"}
    lungs = cast.new_patient(conditions=("R95",))
    medicine(cast, lungs, "R03AK06")
    cast.give_values(lungs, 1, eos="0,05")
    found = reason(cast, lungs, "over-treatment")
    assert found is not None
    assert [one.rule for one in found.because] == ["KOL-FLAG-ICS"]


def test_low_pressure_is_over_treatment_from_75_years_alone(cast: Cast):
    younger, older = (cast.new_patient(conditions=("K76",), years=years) for years in (60, 80))
    for patient in (younger, older):
        cast.give_values(patient, 1, sbp_home="112", dbp_home="72")
    assert reason(cast, younger, "over-treatment") is None
    assert reason(cast, older, "over-treatment") is not None


def test_an_admission_or_two_courses_within_a_year_are_on_the_list_of_copd(cast: Cast):
    courses, admitted, long_ago = (cast.new_patient(conditions=("R95",)) for _ in range(3))
    cast.give_values(courses, 1, exac="2")
    condition(cast, admitted, SKS, "DJ441", 3)
    condition(cast, long_ago, SKS, "DJ441", 14)
    assert reason(cast, courses, "admission") is not None
    assert reason(cast, admitted, "admission") is not None
    assert reason(cast, long_ago, "admission") is None


def test_evidence_without_a_diagnosis_shows_the_values_it_was_read_from(cast: Cast):
    patient = cast.new_patient(conditions=())
    cast.give_values(patient, 8, hba1c="49")
    assert reason(cast, patient, "evidence") is None
    cast.give_values(patient, 2, hba1c="51")
    found = reason(cast, patient, "evidence")
    assert found is not None
    assert [str(value.quantity.value) for value in found.values if value.quantity] == ["51", "49"]


def test_who_has_type_1_diabetes_is_left_out_and_stands_apart(cast: Cast):
    patient, holm = cast.new_patient(conditions=("T89",)), cast.staff("holm")
    cast.give_values(patient, 1, hba1c="60")
    entry = entry_of(cast, patient)
    assert [r.kind for r in entry.reasons] == ["excluded"]
    with looking(holm):
        places = by_place(get_worklist(seen_by=holm, as_of=cast.as_of))
    assert patient.public_id in {one.public_id for one in places["left-out"]}
    assert patient.public_id not in {one.public_id for one in places["open"]}


def test_a_plan_whose_disease_is_gone_is_no_longer_needed(cast: Cast):
    patient = cast.new_patient()
    finished(cast, patient, cast.staff("holm"))
    assert reason(cast, patient, "plan-not-needed") is None
    key = f"{patient.source_id}-T90"
    gone = intake.ConditionIn(0, patient.source_id, key, ICPC2_DK, "T90", "inactive", None, cast.as_of)
    intake.take_in(intake.CONDITIONS, [gone], source_system=SOURCE, at=cast.at)
    found = reason(cast, patient, "plan-not-needed")
    assert found is not None
    assert reason(cast, patient, "no-plan") is None


def test_one_person_is_there_once_with_all_reasons_and_the_most_pressing_come_first(cast: Cast):
    patient, holm = cast.new_patient(conditions=("T90", "R95")), cast.staff("holm")
    cast.give_values(patient, 1, hba1c="42", exac="2")
    medicine(cast, patient, "A10AE04")
    with looking(holm):
        entries = get_worklist(seen_by=holm, as_of=cast.as_of)
    ids = [entry.public_id for entry in entries]
    assert len(set(ids)) == len(ids)
    entry = entries[ids.index(patient.public_id)]
    kinds = list(dict.fromkeys(r.kind for r in entry.reasons))
    assert kinds == ["over-treatment", "admission", "no-plan", "missing"]
    assert [e.need for e in entries] == sorted(e.need for e in entries)


def test_another_practices_doctor_finds_nobody(cast: Cast):
    patient, stranger = cast.new_patient(), cast.new_practice_doctor()
    with looking(stranger):
        found = get_worklist(seen_by=stranger, as_of=cast.as_of)
    assert patient.public_id not in {entry.public_id for entry in found}


# --- As a page ------------------------------------------------------------------------------------------------------


def fresh_list(client: Client, mark: str = "") -> tuple[int, str]:
    asked = {"list": "over-treatment", **({"mark": mark} if mark else {})}
    answer = client.get(reverse("start"), asked, headers={"HX-Request": "true", "HX-Target": "work-list"})
    return answer.status_code, answer.content.decode()


def test_a_new_result_moves_the_row_within_a_minute(cast: Cast):
    patient, client = cast.new_patient(), signed_in(cast, "holm")
    medicine(cast, patient, "A10AE04")
    cast.give_values(patient, 3, hba1c="55")
    status, before = fresh_list(client)
    assert status == 200
    assert str(patient.public_id) not in before
    (mark,) = re.findall(r"mark=(\w+)", before)
    assert fresh_list(client, mark) == (204, "")
    begun = time.monotonic()
    cast.give_values(patient, 0, hba1c="41")
    status, after = fresh_list(client, mark)
    took = time.monotonic() - begun
    assert status == 200
    assert str(patient.public_id) in after
    (every,) = re.findall(r"every (\d+)s", after)
    assert int(every) + took < 60


def test_a_list_that_has_not_changed_leaves_no_entry_in_the_log(database: dict[str, str], cast: Cast):
    client = signed_in(cast, "holm")
    _, shown = fresh_list(client)
    (mark,) = re.findall(r"mark=(\w+)", shown)
    before = len(entries(database, "event = 'work-list'"))
    assert fresh_list(client, mark)[0] == 204
    assert len(entries(database, "event = 'work-list'")) == before


def test_what_cannot_be_asked_for_is_as_if_it_was_not(cast: Cast):
    client = signed_in(cast, "holm")
    for asked in ("place=nowhere", "list=nothing", "order=rot", "page=0", "page=-1", "page=99999999999", "page=²"):
        answer = client.get(f"/start/?{asked}")
        assert answer.status_code == 200
        assert "<tbody>" in answer.content.decode()
