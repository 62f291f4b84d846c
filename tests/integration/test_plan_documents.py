"""Documents to download: the patient their newest, the practice every version; and what was received."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from forloeb.access.own_log import get_own_log
from forloeb.careplans.models import ReceivedPlan
from forloeb.cda.reading import read
from forloeb.cda.writing import write
from forloeb.jobs import importing_cpd
from forloeb.people.models import Patient
from forloeb.people.viewers import looking
from tests.integration.test_access import signed_in
from tests.integration.test_importing_cpd import about
from tests.support import cpd
from tests.support.personas import Cast


@pytest.fixture
def received(cast: Cast, tmp_path: Path) -> ReceivedPlan:
    """A plan that was received, with something strange in it and something to look at."""
    patient = cast.new_patient(conditions=())
    strange = b"<component><section><title>Andet</title><text>Kolibrien</text></section></component></structuredBody>"
    document = about(patient)
    wrong = cpd.goal("MCS88028", "Motion aftalt mål", cpd.under("5", "k"))
    body = write(replace(document, goals=(*document.goals, wrong))).replace(b"</structuredBody>", strange)
    (tmp_path / "one.xml").write_bytes(body)
    importing_cpd.run([tmp_path], report=tmp_path / "report", at=cast.at, tell=print)
    return ReceivedPlan.objects.using("loader").get(patient=patient)


def test_the_patient_downloads_their_plan_as_a_document_and_it_is_in_their_log(cast: Cast) -> None:
    answer = signed_in(cast, "karen").get("/my-plan/plan/type2_diabetes.xml")
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="forloebsplan-type2-diabetes-1.xml"'
    document, report = read(answer.content)
    assert document.header.title == "Forløbsplan for diabetes"
    assert report.findings == ()
    karen = cast.patient("karen")
    with looking(karen):
        events = [look.event for look in get_own_log(seen_by=karen, as_of=cast.as_of)]
    assert "own-plan-document" in events


def test_a_relative_downloads_what_they_may_read(cast: Cast) -> None:
    assert signed_in(cast, "sofie").get("/my-plan/plan/copd.xml").status_code == 200


def test_a_plan_that_is_not_there_is_not_found(cast: Cast) -> None:
    assert signed_in(cast, "karen").get("/my-plan/plan/asthma.xml").status_code == 404
    holm, karen = signed_in(cast, "holm"), cast.id_of("karen")
    assert holm.get(f"/patient/{karen}/plan/copd/77.xml").status_code == 404
    assert holm.get(f"/patient/{karen}/received/999999/").status_code == 404


def test_the_practice_downloads_a_version_with_recommended_goals_on_a_switch(cast: Cast) -> None:
    holm, where = signed_in(cast, "holm"), f"/patient/{cast.id_of('karen')}/plan/type2_diabetes/1.xml"
    found = {asked: {g.code.code for g in read(holm.get(where + asked).content)[0].goals if g.code}
             for asked in ("", "?recommended=1")}  # fmt: skip
    assert "MCS88186" in found["?recommended=1"] - found[""]


def test_a_received_plan_is_told_with_all_that_was_met_in_it(cast: Cast, received: ReceivedPlan) -> None:
    holm, patient = signed_in(cast, "holm"), Patient.objects.using("loader").get(pk=received.patient_id)
    history = holm.get(f"/patient/{patient.public_id}/history/").content.decode()
    where = f"/patient/{patient.public_id}/received/{received.pk}/"
    assert where in history
    page = holm.get(where).content.decode()
    for said in (
        "Fjorden",
        "Navnet passer ikke til koden",
        "Enheden kendes ikke",
        "Konsultation",
        "Kolibrien",
    ):
        assert said in page, said
    original = holm.get(where + "?original=1")
    assert original.headers["Content-Type"].startswith("text/xml")
    assert b"Kolibrien" in original.content


def test_the_control_page_says_where_a_goal_comes_from(cast: Cast, received: ReceivedPlan) -> None:
    patient = Patient.objects.using("loader").get(pk=received.patient_id)
    page = signed_in(cast, "holm").get(f"/patient/{patient.public_id}/").content.decode()
    assert "Fra forløbsplaner.dk, 02.06.2025" in page


def test_a_received_version_is_downloaded_as_what_it_was(cast: Cast, received: ReceivedPlan) -> None:
    patient = Patient.objects.using("loader").get(pk=received.patient_id)
    body = signed_in(cast, "holm").get(f"/patient/{patient.public_id}/plan/type2_diabetes/1.xml").content
    assert b"Kolibrien" in body


def test_another_practice_is_shown_nothing_of_it(cast: Cast, received: ReceivedPlan) -> None:
    patient = Patient.objects.using("loader").get(pk=received.patient_id)
    lund = signed_in(cast, "lund")
    for where in (f"received/{received.pk}/", "plan/type2_diabetes/1.xml"):
        answer = lund.get(f"/patient/{patient.public_id}/{where}")
        assert answer.status_code == 403
        assert b"Fjorden" not in answer.content
