"""Plans that were made elsewhere come in as CPD-DK documents: into the plan, and never over what was said later."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connections

from forloeb.access.own_log import get_own_log
from forloeb.careplans import actions, documents, queries
from forloeb.careplans.control import Control
from forloeb.careplans.models import CarePlan, CarePlanVersion, PlanEvent, ReceivedPlan
from forloeb.careplans.submission import prefill
from forloeb.cda import codes
from forloeb.cda.document import (
    Diagnosis,
    Document,
    Observed,
    Related,
)
from forloeb.cda.export import plan_document
from forloeb.cda.reading import read
from forloeb.cda.values import (
    Code,
    Id,
    Nothing,
    Period,
    Stamp,
    Words,
)
from forloeb.cda.writing import write
from forloeb.jobs import exporting_cpd, importing_cpd
from forloeb.jobs.importing_cpd import CannotImport
from forloeb.kernel.identifiers import CprNumber, Sex
from forloeb.people.models import Organization, Patient
from forloeb.people.viewers import looking
from forloeb.web.log_words import what_was_done
from tests.support import cpd
from tests.support.personas import Cast

SETS = itertools.count(1)


@pytest.fixture
def somebody(cast: Cast) -> Patient:
    return cast.new_patient(conditions=())


class Importing:
    """Imports documents as the command does, and tells what the report said."""

    def __init__(self, cast: Cast, folder: Path) -> None:
        self._cast, self._folder = cast, folder
        self.said = ""

    def __call__(self, *documents: Document | bytes) -> list[dict[str, Any]]:
        files = self._folder / f"in-{next(SETS)}"
        files.mkdir()
        for place, one in enumerate(documents):
            (files / f"{place}.xml").write_bytes(one if isinstance(one, bytes) else write(one))
        report = self._folder / "report.ndjson"
        assert importing_cpd.run([files], report=report, at=self._cast.at, tell=self._tell) == 0
        return [orjson.loads(line) for line in report.read_bytes().splitlines()]

    def _tell(self, line: str) -> None:
        self.said = line


@pytest.fixture
def take_in(cast: Cast, tmp_path: Path) -> Importing:
    return Importing(cast, tmp_path)


def about(patient: Patient, *, number: int = 1, made: str = "20250602101532+0200") -> Document:
    """Give the tests' own document as one about somebody, in a set of versions of their own."""
    document = cpd.document(cpr=patient.cpr_number or "", number=number, made=made)
    serial = f"{patient.pk:012x}"
    named = replace(
        document.header,
        id=Id(codes.MEDCOM, f"5f4dcc3b-00{number:02}-4000-8000-{serial}"),
        set_id=Id(codes.MEDCOM, f"5f4dcc3b-ffff-4000-8000-{serial}"),
        authors=(replace(document.header.authors[0], at=Stamp(made)),),
    )
    return replace(document, header=named)


def control_of(cast: Cast, patient: Patient) -> Control:
    holm = cast.staff("holm")
    with looking(holm):
        return queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of)


def counted(patient: Patient) -> dict[str, int]:
    tables = (
        *("careplans_careplan", "careplans_careplanversion", "careplans_annualreview", "careplans_planevent"),
        *("careplans_goal", "careplans_statement", "careplans_activity", "careplans_receivedplan"),
        *("records_observation", "records_condition", "records_received"),
    )
    with connections["loader"].cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE patient_id = %s", [patient.pk])
            found[table] = cursor.fetchone()[0]
    return found


def test_a_plan_comes_in_as_the_practice_wrote_it(cast: Cast, somebody: Patient, take_in: Importing) -> None:
    (told,) = take_in(about(somebody))
    assert told["outcome"] == "version"
    control = control_of(cast, somebody)
    rows = {row.goal_name: row for row in control.rows if row.shows_goal}
    ldl, exercise = rows["ldl"].agreed, rows["exercise"].agreed
    assert ldl
    assert ldl.range
    assert (ldl.range.text(), ldl.source, str(ldl.said_on), ldl.said_by_name) == (
        "< 1,8",
        "cpd-dk",
        "2025-06-02",
        "Ida Test Holm",
    )
    assert exercise
    assert exercise.answer == "Ugentligt"
    assert control.statements["own-goal"] == "At kunne cykle til stranden."
    assert [one.text for one in control.agreements if one.is_reminder] == [
        "Bestil tid hos egen læge i juni",
        "Bestil tid hos øjenlægen",
    ]
    assert (control.reviews[0].source, str(control.reviews[0].reviewed_on)) == ("cpd-dk", "2025-06-02")
    values = {row.measure.id: row.value for row in control.rows}
    assert str(values["ldl"].quantity.value if values["ldl"].quantity else None) == "2"
    assert [plan.guideline for plan in control.plans if plan.created_at] == ["type2_diabetes"]
    (plan,) = CarePlan.objects.using("loader").filter(patient=somebody)
    assert plan.organization.sor_code == "999900000000777"


def test_the_patient_reads_in_their_log_what_was_taken_in_and_out(
    cast: Cast, somebody: Patient, take_in: Importing, tmp_path: Path
) -> None:
    take_in(about(somebody))
    exporting_cpd.run(somebody.public_id, tmp_path / "out", as_of=cast.as_of)
    patient = cast.as_patient(somebody)
    with looking(patient):
        looks = {look.event: look for look in get_own_log(seen_by=patient, as_of=cast.as_of)}
    assert {"plan-received", "plan-exported"} <= set(looks)
    assert what_was_done(looks["plan-received"]) == "Tog en plan ind fra forløbsplaner.dk."


def test_the_same_document_again_changes_nothing(somebody: Patient, take_in: Importing) -> None:
    take_in(about(somebody))
    before = counted(somebody)
    assert [told["outcome"] for told in take_in(about(somebody))] == ["known"]
    respaced = write(about(somebody)).replace(b"><", b">\n<")
    assert [told["outcome"] for told in take_in(respaced)] == ["known"]
    after = counted(somebody)
    assert {**after, "records_received": 0} == {**before, "records_received": 0}
    assert after["records_received"] == before["records_received"] + 1  # other bytes are kept as they came


def test_an_older_document_is_known_again_by_its_bare_number_and_by_its_mended_one(
    cast: Cast, somebody: Patient, take_in: Importing, tmp_path: Path
) -> None:
    document = about(somebody)
    bare = replace(document, header=replace(document.header, id=None))
    body = write(bare).decode()
    place, end = body.index("<id "), body.index("/>", body.index("<id ")) + 2
    named = f'{body[:place]}<id root="{str(somebody.public_id).upper()}"/>{body[end:]}'.encode()
    assert [told["outcome"] for told in take_in(named)] == ["version"]
    exporting_cpd.run(somebody.public_id, tmp_path / "out", as_of=cast.as_of)
    (file,) = (tmp_path / "out").iterdir()
    assert file.read_bytes() != named
    assert [told["outcome"] for told in take_in(file.read_bytes(), named)] == ["known", "known"]


def test_a_later_document_is_the_next_version_and_ends_what_it_no_longer_says(
    cast: Cast, somebody: Patient, take_in: Importing
) -> None:
    first, second = about(somebody), about(somebody, number=2, made="20260115090000+0100")
    later = replace(
        second,
        goals=(
            cpd.goal("MCS88026", "LDL kolesterol aftalt mål", cpd.under("1.4", "mmol/L"), "20260115"),
            *second.goals,
        ),
        results=(cpd.result("NPU01568", "LDL-kolesterol", "1.6", "mmol/L", "20260110"), *second.results),
        reminders=(cpd.reminder("Bestil tid hos fodterapeuten"),),
        header=replace(second.header, related=(Related("RPLC", (first.header.id or Id(""),), None, 1),)),
    )
    # In one folder, and the later one first: they go in by when they were made.
    assert [told["outcome"] for told in take_in(later, first)] == ["version", "version"]
    control = control_of(cast, somebody)
    ldl = next(row for row in control.rows if row.goal_name == "ldl" and row.shows_goal)
    assert ldl.agreed
    assert ldl.agreed.range
    assert ldl.agreed.range.text() == "< 1,4"
    assert [one.text for one in control.agreements] == ["Bestil tid hos fodterapeuten"]
    versions = CarePlanVersion.objects.using("loader").filter(patient=somebody).order_by("number")
    assert [version.number for version in versions] == [1, 2]
    events = PlanEvent.objects.using("loader").filter(patient=somebody).order_by("happened_at")
    assert [event.kind for event in events] == ["new", "maintained"]
    assert len(ldl.history) == 3


def test_a_document_older_than_the_plan_is_kept_and_changes_no_plan(
    cast: Cast, somebody: Patient, take_in: Importing
) -> None:
    take_in(about(somebody, number=2, made="20260115090000+0100"))
    goals = counted(somebody)["careplans_goal"]
    (told,) = take_in(about(somebody, number=1))
    assert told["outcome"] == "older"
    after = counted(somebody)
    assert (after["careplans_careplanversion"], after["careplans_goal"]) == (1, goals)
    assert after["careplans_receivedplan"] == 2


def test_a_goal_agreed_here_later_is_not_overwritten(cast: Cast, take_in: Importing) -> None:
    patient, holm = cast.new_patient(), cast.staff("holm")
    cast.give_values(patient, 1, ldl="2,2")
    finish(cast, patient, {"goal.ldl": "< 2,2", "reason.ldl": "Aftalt i dag", "statement.own-goal": "Mit eget"})
    (told,) = take_in(about(patient, made=f"{cast.as_of + timedelta(days=1):%Y%m%d}080000+0100"))
    assert told["outcome"] == "version"
    ldl = next(row for row in control_of(cast, patient).rows if row.goal_name == "ldl" and row.shows_goal)
    assert ldl.agreed
    assert ldl.agreed.range
    assert (ldl.agreed.range.text(), ldl.agreed.source) == ("< 2,2", "")
    assert {"ldl", "own-goal"} <= {finding["path"] for finding in told["findings"]}
    with looking(holm):
        assert (
            queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of).statements["own-goal"] == "Mit eget"
        )


def finish(cast: Cast, patient: Patient, fields: dict[str, str]) -> None:
    holm = cast.staff("holm")
    with looking(holm):
        base = prefill(queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of))
        done = actions.finish_review(
            patient.public_id, base=base, mine=base | fields, by=holm, at=cast.at, as_of=cast.as_of
        )
    assert isinstance(done, actions.Finished)


def test_a_control_here_goes_on_with_the_received_set_of_versions(
    cast: Cast, somebody: Patient, take_in: Importing
) -> None:
    received = about(somebody, number=3)
    take_in(received)
    finish(cast, somebody, {})
    holm = cast.staff("holm")
    with looking(holm):
        patient, (plan,) = documents.get_plans(somebody.public_id, seen_by=holm, as_of=cast.as_of)
    document = plan_document(patient, plan, plan.version(None))
    header = document.header
    assert header.set_id == received.header.set_id
    assert header.version_number == 4
    assert [(one.kind, one.ids, one.version_number) for one in header.related] == [("RPLC", (received.header.id,), 3)]
    ldl = [goal.value for goal in document.goals if goal.code and goal.code.code == "MCS88026"]
    assert ldl[0] == cpd.under("1.8", "mmol/L")  # the agreed goal was kept through the control
    events = PlanEvent.objects.using("loader").filter(patient=somebody).order_by("happened_at")
    assert [event.kind for event in events][-1] == "maintained"


def test_what_comes_in_goes_out_and_comes_in_as_the_same_plan(
    cast: Cast, somebody: Patient, take_in: Importing, tmp_path: Path
) -> None:
    strange = b"<component><section><title>Andet</title><text>Hej</text></section></component></structuredBody>"
    came = write(about(somebody)).replace(b"</structuredBody>", strange)
    take_in(came)
    assert exporting_cpd.run(somebody.public_id, tmp_path / "out", as_of=cast.as_of) == 1
    (file,) = (tmp_path / "out").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert read(file.read_bytes())[0] == read(came)[0]
    assert b"Hej" in file.read_bytes()
    before = counted(somebody)
    assert [told["outcome"] for told in take_in(file.read_bytes())] == ["known"]
    assert counted(somebody)["careplans_careplanversion"] == before["careplans_careplanversion"]


def test_our_own_documents_tell_us_nothing_new(cast: Cast, take_in: Importing, tmp_path: Path) -> None:
    patient = cast.new_patient()
    finish(cast, patient, {})
    exporting_cpd.run(patient.public_id, tmp_path / "out", as_of=cast.as_of)
    before = counted(patient)
    (file,) = (tmp_path / "out").iterdir()
    assert [told["outcome"] for told in take_in(file.read_bytes())] == ["known"]
    assert {**counted(patient), "records_received": 0} == {**before, "records_received": 0}


def test_somebody_we_do_not_know_waits_and_comes_in_when_they_are_known(
    cast: Cast, somebody: Patient, take_in: Importing
) -> None:
    stranger = CprNumber.synthetic(cast.as_of.replace(year=1955, day=3), Sex.MALE, seventh=2)
    document = about(somebody)
    patient = replace(document.header.patient, id=Id(codes.CPR, stranger.digits))
    (told,) = take_in(replace(document, header=replace(document.header, patient=patient)))
    assert told["outcome"] == "waiting"
    assert stranger.digits not in orjson.dumps(told).decode()
    Patient.objects.using("loader").filter(pk=somebody.pk).update(cpr_number=stranger.digits)
    other = cast.new_patient(conditions=())
    outcomes = [told["outcome"] for told in take_in(about(other))]
    assert sorted(outcomes) == ["version", "version"]
    assert ReceivedPlan.objects.using("loader").filter(patient=somebody, outcome="version").count() == 1


def test_a_plan_of_a_disease_we_have_no_plan_for_is_kept_and_told(somebody: Patient, take_in: Importing) -> None:
    document = about(somebody)
    label = Code("ALAL23", codes.SKS, codes.LABELS["ALAL23"])
    (told,) = take_in(replace(document, header=replace(document.header, label=label)))
    assert told["outcome"] == "no-plan"
    assert any("no plans are made for here" in finding["en"] for finding in told["findings"])
    after = counted(somebody)
    assert (after["careplans_careplan"], after["careplans_receivedplan"], after["records_observation"]) == (0, 1, 4)


def test_an_older_document_without_a_label_is_of_the_only_disease_its_diagnoses_name(
    somebody: Patient, take_in: Importing
) -> None:
    document = about(somebody)
    told_in_words = Observed(
        Code(None, null="NA"), Nothing("NA"), Period(Stamp("20140121104000+0100")), "active", "Under 58-64"
    )
    old = replace(
        document,
        header=replace(
            document.header,
            label=None,
            set_id=None,
            version_number=None,
            valid=Period(None, Stamp("20180928000000+0000"), Stamp("20180928000000+0000")),
        ),
        diagnoses=(Diagnosis(Code("T90", codes.PLACEHOLDER_ICPC2, "Diabetes"), status="active"),),
        goals=(told_in_words,),
    )
    (told,) = take_in(old)
    assert told["outcome"] == "version"
    said = " ".join(finding["en"] for finding in told["findings"])
    assert "only diagnosis that has a plan" in said
    assert "text only" in said
    assert "without an end" in said
    assert counted(somebody)["careplans_goal"] == 0


def test_an_ended_plan_is_a_version_of_a_plan_that_has_ended(somebody: Patient, take_in: Importing) -> None:
    document = about(somebody)
    valid = Period(None, Stamp("20240301090000+0100"), Stamp("20250801090000+0200"))
    take_in(replace(document, header=replace(document.header, valid=valid)))
    (plan,) = CarePlan.objects.using("loader").filter(patient=somebody)
    assert (plan.status, f"{plan.ended_at:%Y-%m-%d}") == ("completed", "2025-08-01")
    assert counted(somebody)["careplans_goal"] == 0


def test_a_goal_under_a_name_of_something_else_is_never_agreed_by_us(
    cast: Cast, somebody: Patient, take_in: Importing
) -> None:
    document = about(somebody)
    wrong = cpd.goal("MCS88028", "Motion aftalt mål", Words("Ugentligt"))
    (told,) = take_in(replace(document, goals=(wrong,)))
    assert any("does not fit the code" in finding["en"] for finding in told["findings"])
    assert counted(somebody)["careplans_goal"] == 0


def test_a_value_that_the_laboratory_has_told_already_is_not_added_again(
    cast: Cast, somebody: Patient, take_in: Importing
) -> None:
    day = cast.as_of - timedelta(days=40)
    cast.give_values(somebody, 2, ldl="2,0")
    with connections["loader"].cursor() as cursor:
        cursor.execute("UPDATE records_observation SET measured_on = %s WHERE patient_id = %s", [day, somebody.pk])
    document = about(somebody)
    results = (cpd.result("NPU01568", "LDL-kolesterol", "2.0", "mmol/L", f"{day:%Y%m%d}"),)
    (told,) = take_in(replace(document, results=results))
    assert any("from another source already" in finding["en"] for finding in told["findings"])
    assert counted(somebody)["records_observation"] == 1


def test_a_practice_we_know_keeps_its_own_name(cast: Cast, somebody: Patient, take_in: Importing) -> None:
    take_in(about(somebody))
    Organization.objects.using("loader").filter(sor_code="999900000000777").update(name="Lægehuset ved Fjorden")
    take_in(about(somebody, number=2, made="20260115090000+0100"))
    assert Organization.objects.using("loader").get(sor_code="999900000000777").name == "Lægehuset ved Fjorden"


def test_what_is_no_document_is_refused_with_its_reason_and_the_rest_goes_in(
    somebody: Patient, take_in: Importing
) -> None:
    told = take_in(b"<a/>", about(somebody))
    assert [one["outcome"] for one in told] == ["refused", "version"]
    assert "not ClinicalDocument" in told[0]["reason"]
    assert take_in.said.startswith("1 taken into the plan; 1 refused")


def test_a_folder_without_documents_is_refused(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(CannotImport, match=r"holds no \.xml file"):
        importing_cpd.run([tmp_path], report=tmp_path / "r", at=cast.at, tell=print)


def test_a_stranger_sees_neither_the_received_document_nor_its_report(
    cast: Cast, somebody: Patient, take_in: Importing
) -> None:
    take_in(about(somebody))
    seen = {}
    for who in ("holm", "lund"):
        with looking(cast.staff(who)):
            plans = list(ReceivedPlan.objects.filter(patient=somebody))
            seen[who] = (len(plans), len(list(received_by(somebody))))
    assert seen == {"holm": (1, 1), "lund": (0, 0)}


def received_by(patient: Patient) -> Iterator[int]:
    from forloeb.records.models import Received

    yield from Received.objects.filter(patient=patient).values_list("pk", flat=True)


def test_the_command_says_what_it_needs(tmp_path: Path) -> None:
    done = subprocess.run(
        [".venv/bin/forloeb", "export", "cpd", "--patient", "no-id", "--output", str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "is not a patient's public id" in done.stderr
