"""The patient sees who has looked at their plan, and nobody sees anybody else's log."""

from __future__ import annotations

from django.db import connection

from forloeb.access import policies
from forloeb.access.own_log import get_own_log
from forloeb.careplans import actions, queries
from forloeb.careplans.submission import prefill
from forloeb.people.models import Patient
from forloeb.people.viewers import Viewer, ViewerKind, looking
from tests.integration.test_access import signed_in
from tests.support.personas import Cast


def looked_at(cast: Cast, patient: Patient) -> None:
    """Let the doctor open a patient twice, and finish a control."""
    holm = cast.staff("holm")
    with looking(holm):
        queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of)
        base = prefill(queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of))
        actions.finish_review(patient.public_id, base=base, mine=base, by=holm, at=cast.at, as_of=cast.as_of)


def as_themselves(patient: Patient) -> Viewer:
    return Viewer(ViewerKind.PATIENT, 0, "", patient_id=patient.pk)


def test_the_patient_reads_who_looked_for_whom_and_by_which_rule(cast: Cast):
    patient = cast.new_patient()
    looked_at(cast, patient)
    with looking(as_themselves(patient)):
        looks = get_own_log(seen_by=as_themselves(patient), as_of=cast.as_of)
    theirs = {look.event: look for look in looks if not look.is_patient}
    opened = theirs["control"]
    assert (opened.name, opened.role, opened.organization) == ("Anne Holm", "general-practitioner", "Lægerne ved Åen")
    assert opened.rule == policies.ON_OUR_LIST
    assert opened.times == 2
    assert opened.day == cast.as_of
    assert theirs["review-finished"].action == "write"
    assert [look.event for look in looks if look.is_patient] == ["own-log"]


def test_nobody_reads_another_patients_log(cast: Cast):
    patient, other = cast.new_patient(), cast.new_patient()
    looked_at(cast, patient)
    with looking(as_themselves(other)):
        assert {look.event for look in get_own_log(seen_by=as_themselves(other), as_of=cast.as_of)} == {"own-log"}


def test_staff_read_no_patients_log_not_even_past_the_first_lock(cast: Cast):
    patient, holm = cast.new_patient(), cast.staff("holm")
    looked_at(cast, patient)
    with looking(holm), connection.cursor() as cursor:
        # Whoever is looking is told by the viewer's kind: a staff member's is never a patient's.
        cursor.execute("SELECT set_config('forloeb.patient_id', %s, true)", [str(patient.pk)])
        cursor.execute("SELECT count(*) FROM audit.own_entries(500)")
        assert cursor.fetchone() == (0,)
    assert signed_in(cast, "holm").get("/my-plan/log/").status_code == 403


def test_the_page_says_it_in_plain_words(cast: Cast):
    signed_in(cast, "holm").get(f"/patient/{cast.id_of('karen')}/")
    page = signed_in(cast, "karen").get("/my-plan/log/").content.decode()
    assert "Anne Holm" in page
    assert "Åbnede din plan." in page
    assert "Fordi du er patient der." in page
