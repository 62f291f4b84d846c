"""A person's year across diseases, from the guidelines' own intervals: what is bundled, and what it saves."""

from __future__ import annotations

from forloeb.kernel.periods import months_after
from forloeb.people.models import Patient
from forloeb.people.viewers import looking
from forloeb.population.worklist import get_entry
from forloeb.population.year import Year, plan_year
from tests.integration.test_access import signed_in
from tests.integration.test_who_may_read import finished
from tests.integration.test_work_list import medicine
from tests.support.personas import Cast


def year_of(cast: Cast, patient: Patient) -> Year:
    holm = cast.staff("holm")
    with looking(holm):
        closely = get_entry(patient.public_id, seen_by=holm, as_of=cast.as_of)
    return plan_year(closely.evaluation, medicines=closely.medicines)


def test_three_diseases_share_their_visits(cast: Cast):
    patient = cast.new_patient(conditions=("T90", "R95", "K76"))
    medicine(cast, patient, "A10BA02", "C10AA05")
    year = year_of(cast, patient)
    assert year.visits[0].on == cast.as_of
    assert year.visits[0].has_blood
    assert year.separate > len(year.visits)
    assert year.saved == year.separate - len(year.visits)
    assert year.medicines == 2
    assert [title.en for title, _ in year.elsewhere] == ["Eyes"]


def test_every_thing_of_every_guideline_is_done_within_its_interval(cast: Cast):
    patient, holm = cast.new_patient(conditions=("T90", "R95")), cast.staff("holm")
    cast.give_values(patient, 2, hba1c="45", ldl="1,5", egfr="80", uacr="5", mrc="1", cat="5", exac="0")
    finished(cast, patient, holm)
    with looking(holm):
        closely = get_entry(patient.public_id, seen_by=holm, as_of=cast.as_of)
    year = plan_year(closely.evaluation, medicines=0)
    for due in closely.evaluation.due:
        days = [visit.on for visit in year.visits if due.title in visit.whats]
        for asked in due.asked:
            if due.what == "eyes" or asked.due_on >= months_after(cast.as_of, 12):
                continue
            by = max(asked.due_on, cast.as_of)
            for day in days:
                assert day <= by, due.what
                by = months_after(day, asked.months)
            assert by >= months_after(cast.as_of, 12), due.what


def test_who_has_no_disease_has_no_year(cast: Cast):
    year = year_of(cast, cast.new_patient(conditions=()))
    assert (year.visits, year.separate, year.saved) == ((), 0, 0)


def test_the_page_shows_the_year_and_what_is_saved(cast: Cast):
    patient = cast.new_patient(conditions=("T90", "R95", "K76"))
    page = signed_in(cast, "holm").get(f"/work-list/{patient.public_id}/").content.decode()
    assert "Året i så få besøg som muligt" in page
    assert "færre end hvis hver sygdom havde sine egne" in page
