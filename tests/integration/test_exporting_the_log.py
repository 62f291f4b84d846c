"""Look-ups leave in MinLog's form: one registration each, to a file and never to a terminal."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from forloeb.careplans import queries
from forloeb.config.cli import main
from forloeb.jobs.minlog import CannotExport, Wanted, run
from forloeb.people.models import Patient
from forloeb.people.viewers import Viewer, ViewerKind, looking
from tests.support.personas import Cast

Registration = dict[str, object]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def export(wanted: Wanted, folder: Path) -> list[Registration]:
    said = io.StringIO()
    assert run(wanted, folder / "minlog.ndjson", io.StringIO(), say=said) == 0
    lines = (folder / "minlog.ndjson").read_text().splitlines()
    assert f"{len(lines)} look-ups exported\n" in said.getvalue()
    return [json.loads(line) for line in lines]


def today(cast: Cast, patient: Patient | None = None) -> Wanted:
    day = timedelta(days=1)
    return Wanted(cast.as_of, cast.as_of + day, patient.public_id if patient else None)


@pytest.fixture
def seen(cast: Cast) -> Patient:
    """Somebody whose doctor has looked at them twice, and who has looked at their own plan."""
    patient, holm = cast.new_patient(), cast.staff("holm")
    themselves = Viewer(ViewerKind.PATIENT, 0, "", patient_id=patient.pk)
    for _ in range(2):
        with looking(holm):
            queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of)
    with looking(themselves):
        queries.get_own_plan(seen_by=themselves, as_of=cast.as_of)
    return patient


def test_each_look_by_somebody_else_is_one_registration(cast: Cast, seen: Patient, tmp_path):
    found = export(today(cast, seen), tmp_path)
    assert len(found) == 2
    assert len({registration["id"] for registration in found}) == 2
    one = found[0]
    user, organization = one["agent"]
    assert one["resourceType"] == "AuditEvent"
    assert (user["who"]["display"], user["name"], user["requestor"]) == ("Anne Holm", "general-practitioner", True)
    assert organization["who"]["display"] == "Lægerne ved Åen"
    (entity,) = one["entity"]
    assert entity["what"]["identifier"] == {"system": "urn:oid:1.2.208.176.1.2", "value": seen.cpr_number}
    assert (entity["name"], entity["description"]) == ("plan-and-record", "control")
    assert entity["detail"] == [{"type": "rule", "valueString": "on-our-list"}]
    assert one["purposeOfEvent"][0]["coding"][0]["code"] == "TREAT"


def test_without_a_patient_everybody_who_was_seen_is_there(cast: Cast, seen: Patient, tmp_path):
    found = export(today(cast), tmp_path)
    persons = [registration["entity"][0]["what"]["identifier"]["value"] for registration in found]
    assert persons.count(seen.cpr_number) == 2
    assert all("null" not in line for line in (tmp_path / "minlog.ndjson").read_text().splitlines())


def test_another_day_has_no_look_ups_of_today(cast: Cast, seen: Patient, tmp_path):
    day = timedelta(days=1)
    assert export(Wanted(cast.as_of - day, cast.as_of, seen.public_id), tmp_path) == []
    assert export(Wanted(cast.as_of + day, cast.as_of + 2 * day, seen.public_id), tmp_path) == []


def test_the_file_is_ours_alone_to_read(cast: Cast, seen: Patient, tmp_path):
    export(today(cast, seen), tmp_path)
    assert (tmp_path / "minlog.ndjson").stat().st_mode & 0o777 == 0o600


def test_the_export_stands_in_the_log_itself(database, cast: Cast, seen: Patient, tmp_path):
    export(today(cast, seen), tmp_path)
    with psycopg.connect(database["FORLOEB_OWNER_DATABASE_URL"]) as owner:
        query = "SELECT viewer, data FROM audit.entry WHERE event = 'log-export' AND detail->>'patient' = %s"
        assert owner.execute(query, [str(seen.pk)]).fetchall() == [("operator", "log")]


def test_a_terminal_shows_no_cpr_number(cast: Cast, seen: Patient):
    terminal = Terminal()
    with pytest.raises(CannotExport, match="not shown on a terminal"):
        run(today(cast, seen), None, terminal, say=io.StringIO())
    assert terminal.getvalue() == ""


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"until": timedelta(0)}, "is not before"),
        ({"patient": uuid4()}, "no patient here has the public id"),
        ({"folder": "not/there"}, "cannot be written"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_one_line_and_leaves_no_file(cast: Cast, tmp_path, change, refusal):
    wanted = Wanted(cast.as_of, cast.as_of + change.get("until", timedelta(days=1)), change.get("patient"))
    with pytest.raises(CannotExport, match=refusal) as refused:
        run(wanted, tmp_path / change.get("folder", "") / "minlog.ndjson", io.StringIO(), say=io.StringIO())
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "asked",
    [["--from", "yesterday", "--until", "2026-03-01"], ["--from", "2026-03-01"], ["--from", "2026-02-29"]],
)
def test_a_day_that_is_none_ends_with_two(capsys, asked: list[str]):
    with pytest.raises(SystemExit) as ended:
        main(["audit", "export", *asked])
    assert ended.value.code == 2
    assert capsys.readouterr().out == ""
