"""`forloeb import`: what can be used goes in, what cannot is listed with its line, and nothing is half saved."""

from __future__ import annotations

import gzip
import itertools
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import psycopg
import pytest
from django.db import connections

from forloeb.jobs import importing
from forloeb.kernel.codes import ICPC2_DK, SKS
from forloeb.kernel.identifiers import X_ECPR, CprNumber, Sex
from forloeb.people import intake as people_intake
from forloeb.people.viewers import looking
from forloeb.records import intake
from tests.support.personas import Cast
from tests.support.resources import (
    Resource,
    coded,
    condition,
    medication,
    observation,
    organization,
    patient,
    write_bundle,
    write_ndjson,
)

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
_serial = itertools.count(1)


@dataclass(slots=True)
class Imported:
    """What the command said, and what it listed as refused."""

    said: str
    rejects: list[dict[str, Any]]

    @property
    def reasons(self) -> list[tuple[int, str]]:
        return [(one["line"], one["reason"]) for one in self.rejects]


@dataclass(slots=True)
class Desk:
    """A place to import at: a folder, and a source system that no other test uses."""

    folder: Path
    source: str

    def take(self, *paths: Path, at: datetime = AT) -> Imported:
        rejects, said = self.folder / "rejects.ndjson", []
        code = importing.run(paths, rejects=rejects, at=at, tell=said.append, source=self.source)
        assert code == 0
        listed = [orjson.loads(line) for line in rejects.read_bytes().splitlines()] if rejects.exists() else []
        return Imported("\n".join(said), listed)

    def lines(self, *lines: Resource | bytes, name: str = "in.ndjson", at: datetime = AT) -> Imported:
        return self.take(write_ndjson(self.folder / name, lines), at=at)

    def rows(self, table: str, columns: str, where: str = "superseded_at IS NULL") -> list[tuple[Any, ...]]:
        with connections["loader"].cursor() as cursor:
            cursor.execute(
                f"SELECT {columns} FROM {table} WHERE source_system = %s AND {where} ORDER BY id", [self.source]
            )
            return cursor.fetchall()

    def values(self, where: str = "superseded_at IS NULL") -> list[tuple[str, float]]:
        rows = self.rows("records_observation", "measure, value", where)
        return [(measure, float(value)) for measure, value in rows]


@pytest.fixture
def desk(database: dict[str, str], tmp_path: Path) -> Desk:
    return Desk(tmp_path, f"urn:test:{uuid4()}")


def someone(id: str = "p1", **more: Any) -> Resource:
    """Give a Patient nobody else is, with a CPR number that can belong to nobody."""
    born = date(1931, 1, 2) + timedelta(days=next(_serial))
    while born.day == born.month == 1:
        born = date(1931, 1, 2) + timedelta(days=next(_serial))
    number = CprNumber.synthetic(born, Sex.FEMALE, seventh=1)
    return patient(id=id, cpr=number.digits, born=born.isoformat(), **more)


def hba1c(value: float, **more: Any) -> Resource:
    return observation("NPU27300", **{"id": "a1", "value": value, "unit": "mmol/mol", **more})


# --- what goes in


@pytest.mark.parametrize("name", ["in.ndjson", "in.ndjson.gz"])
def test_lines_of_ndjson_go_in_also_compressed(desk: Desk, name: str):
    done = desk.lines(
        someone(), hba1c(53), condition("T90"), medication("A10BA02", effectivePeriod={"start": "2024-02"}), name=name
    )
    assert done.said == "1 patients; 3 facts new, 0 changed, 0 known already; 0 lines refused"
    assert desk.values() == [("hba1c", 53)]
    assert desk.rows("records_condition", "code, onset_on") == [("T90", date(2015, 5, 4))]
    assert desk.rows("records_medicationstatement", "code, started_on") == [("A10BA02", date(2024, 2, 15))]
    assert not (desk.folder / "rejects.ndjson").exists()


@pytest.mark.parametrize("name", ["in.json", "in.json.gz"])
def test_a_bundle_goes_in_also_compressed_and_in_any_order(desk: Desk, name: str):
    done = desk.take(write_bundle(desk.folder / name, hba1c(53), condition("T90"), someone()))
    assert done.said.startswith("1 patients; 2 facts new")
    assert desk.values() == [("hba1c", 53)]


def test_a_bundle_whose_resources_are_named_by_their_full_address_alone_goes_in(desk: Desk):
    who, what = someone(), hba1c(53)
    del who["id"], what["id"]
    what["subject"] = {"reference": "urn:uuid:4d3c0b2a-0001"}
    entries = [
        {"fullUrl": "urn:uuid:4d3c0b2a-0001", "resource": who},
        {"fullUrl": "urn:uuid:4d3c0b2a-0002", "resource": what},
    ]
    path = desk.folder / "in.json"
    path.write_bytes(orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}))
    assert desk.take(path).rejects == []
    assert desk.values() == [("hba1c", 53)]


def test_a_folder_is_read_whole_and_its_own_rejects_are_not_read_back(desk: Desk):
    (desk.folder / "one").mkdir()
    write_ndjson(desk.folder / "one" / "Patient.ndjson", [someone()])
    write_ndjson(desk.folder / "Observation.ndjson", [hba1c(53), b"{"])
    (desk.folder / "notes.txt").write_text("not looked at")
    for _ in range(2):
        assert [line for line, _ in desk.take(desk.folder).reasons] == [2]
    assert desk.values() == [("hba1c", 53)]


def test_what_came_in_is_kept_byte_for_byte(desk: Desk):
    desk.lines(someone(), hba1c(53), observation("NPU99999", id="later", value=1))
    ((body,),) = desk.rows("records_received", "body", "true")
    assert zlib.decompress(body) == (desk.folder / "in.ndjson").read_bytes()


def test_a_patient_of_the_practices_list_is_seen_by_the_practice(desk: Desk, cast: Cast):
    at_practice = [{"reference": "Organization/org1"}]
    practice = cast.demo.practice
    known = organization(practice.ydernummer, name=practice.name)
    desk.lines(known, someone(generalPractitioner=at_practice), hba1c(53))
    seen = "SELECT count(*) FROM records_observation WHERE source_system = %s"
    for key, count in (("holm", 1), ("lund", 0)):
        with looking(cast.staff(key)), connections["default"].cursor() as cursor:
            cursor.execute(seen, [desk.source])
            assert cursor.fetchone() == (count,)


def test_what_a_source_does_not_tell_of_a_practice_is_left_as_it_is_known(desk: Desk):
    number = f"97{next(_serial):04}"
    kinds = {"urn:forloeb:practice-type": "80"}
    told = "SELECT name, practice_type, region, phone FROM people_organization WHERE ydernummer = %s"
    whole = organization(
        number,
        name="Havnens Læger",
        type=[{"coding": [{"system": system, "code": code}]} for system, code in kinds.items()],
        address=[{"state": "Sjælland"}],
        telecom=[{"system": "phone", "value": "12 34 56 78"}],
    )
    desk.lines(whole)
    desk.lines(organization(number, name="Havnens Lægehus"))
    with connections["loader"].cursor() as cursor:
        cursor.execute(told, [number])
        assert cursor.fetchone() == ("Havnens Lægehus", "80", "Sjælland", "12 34 56 78")


# --- what does not


def test_a_bad_line_is_listed_with_its_number_and_reason_and_the_rest_goes_in(desk: Desk):
    done = desk.lines(
        someone(),
        b"{ this is not JSON",
        b"",
        b"[1, 2]",
        b'{"resourceType": 7}',
        b"\xff\xfe{}",
        hba1c(53),
        hba1c(7.2, id="percent"),
        observation("NPU27300", id="no-day", value=53, on=None),
        observation("NPU03230", id="text", valueString="hæmolyseret"),
        observation("MCS88025", id="goal", value=48),
        {"resourceType": "Immunization", "id": "i1"},
        hba1c(54, id=None),
        condition("x" * 40, id="long"),
        observation("NPU01568", id="large", value=1e30),
        condition("R95", id="null\x00"),
        condition("K76"),
    )
    assert {line for line, _ in done.reasons} == {2, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16}
    reasons = dict(done.reasons)
    assert reasons[2].startswith("not JSON")
    assert reasons[4] == reasons[5] == "no FHIR resource: 'resourceType' is missing"
    assert "outside what is possible" in reasons[8]
    assert reasons[9] == "has no day on which it was measured"
    assert "is a goal" in reasons[11]
    assert reasons[12] == "Immunization is not taken in"
    assert "no id" in reasons[13]
    assert "larger than any value" in reasons[15]
    assert f"{len(done.rejects)} lines refused (listed in {desk.folder / 'rejects.ndjson'})" in done.said
    # One that cannot be true is kept too, and marked by its size; it is never used.
    assert desk.values() == [("hba1c", 53), ("hba1c", 7.2)]
    assert desk.rows("records_condition", "code") == [("K76",)]


def test_a_reason_never_repeats_what_the_line_says(desk: Desk):
    who = someone(name=[{"given": ["Ulla"], "family": "Hemmelig"}], birthDate="Hemmelig")
    desk.lines(who, observation("NPU03230", valueString="Hemmelig"), someone("p2", deceasedDateTime="1900-01-01"))
    listed = (desk.folder / "rejects.ndjson").read_text()
    assert listed.count("\n") == 3
    assert "Hemmelig" not in listed
    assert who["identifier"][0]["value"] not in listed


def test_lines_keep_their_numbers_in_the_file_they_came_from(desk: Desk):
    first = write_ndjson(desk.folder / "a.ndjson", [someone(), b"", b"{"])
    second = write_ndjson(desk.folder / "b.ndjson.gz", [hba1c(53), b"{"])
    done = desk.take(first, second)
    assert [(one["file"], one["line"]) for one in done.rejects] == [(str(first), 3), (str(second), 2)]


def test_a_result_of_someone_unknown_is_refused_and_goes_in_once_they_are_known(desk: Desk):
    result = hba1c(53, subject="somebody")
    assert desk.lines(result, name="first.ndjson").reasons == [(1, "the patient is not known here")]
    assert desk.values("true") == []
    assert desk.lines(someone("somebody"), result, name="second.ndjson").rejects == []
    assert desk.values() == [("hba1c", 53)]


def test_another_sources_patient_with_the_same_id_is_somebody_else(desk: Desk):
    desk.lines(someone())
    other = Desk(desk.folder, desk.source + ":other")
    assert other.lines(hba1c(53)).reasons == [(1, "the patient is not known here")]


@pytest.mark.parametrize("kind", ["cpr", "replacement"])
def test_two_patients_with_one_number_are_not_merged(desk: Desk, kind: str):
    first, second = someone("p1"), someone("p2")
    if kind == "replacement":
        first["identifier"] = [{"system": X_ECPR, "value": f"X-{desk.source}"}]
    second["identifier"] = first["identifier"]
    for name in ("a.ndjson", "b.ndjson"):
        done = desk.lines(first, second, hba1c(53, subject="p1"), hba1c(90, id="a2", subject="p2"), name=name)
        assert done.reasons == [
            (2, "another patient has the same CPR or replacement number"),
            (4, "the patient is not known here"),
        ]
    assert desk.values() == [("hba1c", 53)]


@pytest.mark.parametrize(
    "change",
    [
        {"birthDate": None},
        {"identifier": []},
        {"identifier": [{"system": "urn:oid:1.2.208.176.1.2", "value": "9999999999"}]},
        {"deceasedDateTime": "1900-01-01"},
        {"name": "Ulla"},
        {"identifier": [{"system": X_ECPR, "value": "x" * 65}]},
    ],
)
def test_a_patient_who_cannot_be_used_stops_nobody_else(desk: Desk, change: dict[str, Any]):
    done = desk.lines({**someone("bad"), **change}, someone("good"), hba1c(53, subject="good"))
    assert desk.values() == [("hba1c", 53)]
    assert [line for line, _ in done.reasons] in ([1], [] if "name" in change else [1])


def test_a_file_that_breaks_off_is_listed_and_the_others_go_in(desk: Desk):
    whole = gzip.compress(b"\n".join(orjson.dumps(hba1c(50, id=f"x{n}")) for n in range(2000)))
    (desk.folder / "a.ndjson.gz").write_bytes(whole[: len(whole) // 2])
    (desk.folder / "b.json.gz").write_bytes(b"not gzip at all")
    (desk.folder / "c.json").write_bytes(b'{"resourceType": "Bundle", "entry": [{"resource": 5}]}')
    write_ndjson(desk.folder / "d.ndjson", [someone(), hba1c(53)])
    done = desk.take(desk.folder)
    broken = {Path(one["file"]).name: one["reason"] for one in done.rejects}
    assert set(broken) == {"a.ndjson.gz", "b.json.gz", "c.json"}
    assert "cannot be read from here on" in broken["a.ndjson.gz"]
    assert broken["c.json"] == "not a FHIR Bundle: Bundle.entry[0] holds no resource"
    assert ("hba1c", 53) in desk.values()


def test_nothing_to_read_is_said_in_one_line_and_changes_nothing(desk: Desk):
    (desk.folder / "empty").mkdir()
    for path, reason in (
        (desk.folder / "empty", "no .json or .ndjson file"),
        (desk.folder / "no.json", "no such file"),
    ):
        with pytest.raises(importing.CannotImport, match=reason):
            desk.take(path)


def test_rejects_that_cannot_be_written_stop_the_import_before_it_begins(desk: Desk):
    path = write_ndjson(desk.folder / "in.ndjson", [someone(), hba1c(53)])
    with pytest.raises(importing.CannotImport, match="cannot be written"):
        importing.run([path], rejects=desk.folder, at=AT, tell=print, source=desk.source)
    assert desk.rows("people_patient", "id", "true") == []


# --- again, and corrected


def test_running_it_again_changes_nothing(desk: Desk):
    panel = observation(
        coded("85354-9"),
        id="bp",
        component=[
            {"code": coded("8480-6"), "valueQuantity": {"value": 136, "code": "mm[Hg]"}},
            {"code": coded("8462-4"), "valueQuantity": {"value": 84, "code": "mm[Hg]"}},
        ],
    )
    two_codes = condition({"coding": [*coded("T90", ICPC2_DK)["coding"], *coded("DE119", SKS)["coding"]]})
    lines = (someone(), hba1c(53), panel, two_codes, medication("A10BA02"), b"{", hba1c(0.5, id="out"))

    def everything() -> list[Any]:
        tables = ("records_observation", "records_condition", "records_medicationstatement", "records_received")
        return [desk.rows(table, "*", "true") for table in (*tables, "people_patient")]

    first = desk.lines(*lines)
    before = everything()
    second = desk.lines(*lines, at=AT + timedelta(days=1))
    assert everything() == before
    assert first.rejects == second.rejects
    assert "0 facts new, 0 changed, 7 known already" in second.said


def test_a_corrected_result_counts_and_the_old_one_is_kept(desk: Desk):
    desk.lines(someone(), hba1c(53))
    later = AT + timedelta(days=2)
    done = desk.lines(hba1c(58, status="corrected"), name="second.ndjson", at=later)
    assert "0 facts new, 1 changed" in done.said
    columns = "value, version, superseded_at, recorded_at"
    rows = [(int(value), *rest) for value, *rest in desk.rows("records_observation", columns, "true")]
    assert rows == [(53, 1, later, AT), (58, 2, None, later)]


def test_of_two_lines_about_one_result_the_last_counts(desk: Desk):
    desk.lines(someone(), hba1c(53), hba1c(58))
    assert desk.values("true") == [("hba1c", 58)]


@pytest.mark.parametrize(
    "change",
    [
        {"status": "entered-in-error"},
        {"status": "cancelled", "valueQuantity": None},
        {"valueQuantity": None, "valueString": "hæmolyseret"},
        {"valueQuantity": {"value": 53, "unit": "kg"}},
    ],
)
def test_a_result_that_is_taken_back_or_made_unreadable_no_longer_counts_and_is_kept(desk: Desk, change):
    desk.lines(someone(), hba1c(53))
    done = desk.lines({**hba1c(53), **change}, name="second.ndjson")
    assert "0 facts new, 1 changed" in done.said
    assert desk.values() == []
    assert desk.values("true") == [("hba1c", 53)]
    again = desk.lines({**hba1c(53), **change}, name="second.ndjson")
    assert "0 facts new, 0 changed" in again.said


def test_a_result_that_was_taken_back_can_be_said_again(desk: Desk):
    desk.lines(someone(), hba1c(53))
    desk.lines(hba1c(53, status="entered-in-error"))
    desk.lines(hba1c(55))
    rows = desk.rows("records_observation", "value, version, superseded_at IS NULL", "true")
    assert [(int(value), version, holds) for value, version, holds in rows] == [(53, 1, False), (55, 2, True)]


@pytest.mark.parametrize(("states", "left"), [(("final", "cancelled"), []), (("cancelled", "final"), [("hba1c", 53)])])
def test_taken_back_and_said_in_one_file_the_last_line_counts(desk: Desk, states, left):
    desk.lines(someone(), *(hba1c(53, status=state) for state in states))
    assert desk.values() == left


def test_a_diagnosis_that_is_refuted_no_longer_holds_and_is_kept(desk: Desk):
    desk.lines(someone(), condition("T90"))
    desk.lines(condition("T90", verificationStatus=coded("refuted")))
    assert desk.rows("records_condition", "code") == []
    assert desk.rows("records_condition", "code", "true") == [("T90",)]


def test_a_medicine_entered_in_error_was_never_taken(desk: Desk):
    desk.lines(someone(), medication("A10BA02"))
    desk.lines(medication("A10BA02", status="entered-in-error"))
    assert desk.rows("records_medicationstatement", "code") == []


def test_a_part_that_a_corrected_panel_leaves_out_no_longer_counts(desk: Desk):
    systolic = {"code": coded("8480-6"), "valueQuantity": {"value": 136, "code": "mm[Hg]"}}
    diastolic = {"code": coded("8462-4"), "valueQuantity": {"value": 84, "code": "mm[Hg]"}}
    desk.lines(someone(), observation(coded("85354-9"), component=[systolic, diastolic]))
    assert desk.values() == [("sbp_clinic", 136), ("dbp_clinic", 84)]
    corrected = {**diastolic, "valueQuantity": {"value": 88, "code": "mm[Hg]"}}
    desk.lines(observation(coded("85354-9"), component=[corrected]))
    assert desk.values() == [("dbp_clinic", 88)]


def test_a_patients_new_name_is_kept_under_the_same_patient(desk: Desk):
    who = someone()
    desk.lines(who, hba1c(53))
    desk.lines({**who, "name": [{"given": ["Ny"], "family": "Navn"}]})
    assert desk.rows("people_patient", "family_name", "true") == [("Navn",)]
    assert desk.values() == [("hba1c", 53)]


# --- cut off


@pytest.fixture
def cut_before(monkeypatch: pytest.MonkeyPatch, database: dict[str, str]) -> Iterator[Any]:
    """Cut the importing connection off on the server, just before a step of a batch."""

    def arrange(step: Any) -> None:
        take_in = intake.take_in

        def cut(table: Any, *args: Any, **more: Any) -> Any:
            if table is step:
                pid = connections["loader"].connection.info.backend_pid
                with psycopg.connect(database["FORLOEB_LOADER_DATABASE_URL"], autocommit=True) as other:
                    assert other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone() == (True,)
            return take_in(table, *args, **more)

        monkeypatch.setattr(intake, "take_in", cut)

    yield arrange
    connections["loader"].close()


@pytest.mark.parametrize("step", [intake.OBSERVATIONS, intake.CONDITIONS, intake.MEDICATION], ids=lambda t: t.name)
def test_a_database_that_is_lost_in_the_middle_has_saved_nothing_of_the_batch(
    desk: Desk, cut_before, monkeypatch, step
):
    lines = (someone(), hba1c(53), condition("T90"), medication("A10BA02"))
    cut_before(step)
    with pytest.raises(importing.CannotImport, match=r"the database was lost .*: run the import again"):
        desk.lines(*lines)
    connections["loader"].close()
    for table in ("records_received", "records_observation", "records_condition", "records_medicationstatement"):
        assert desk.rows(table, "id", "true") == [], table
    monkeypatch.undo()
    assert "3 facts new" in desk.lines(*lines).said


def test_batches_that_were_saved_before_the_loss_are_whole(desk: Desk, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 10)
    calls = itertools.count(1)
    keep_received = intake.keep_received

    def lost(*args: Any, **more: Any) -> int:
        if next(calls) == 3:
            connections["loader"].connection.close()
        return keep_received(*args, **more)

    monkeypatch.setattr(intake, "keep_received", lost)
    lines = [someone(), *(hba1c(50, id=f"r{n}") for n in range(34))]
    with pytest.raises(importing.CannotImport):
        desk.lines(*lines)
    connections["loader"].close()
    assert len(desk.values()) == 19  # two batches of ten lines, the first with the patient
    monkeypatch.undo()
    assert "15 facts new, 0 changed, 19 known already" in desk.lines(*lines).said


def test_people_who_cannot_be_registered_whole_are_not_registered_at_all(desk: Desk, monkeypatch):
    monkeypatch.setattr(people_intake, "_PATIENTS", "SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(importing.CannotImport):
        desk.lines(someone(), hba1c(53))
    connections["loader"].close()
    assert desk.rows("people_patient", "id", "true") == []


# --- the command


def test_the_command_says_in_one_line_what_it_cannot_do_and_what_it_did(database, tmp_path: Path):
    def forloeb(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).with_name("forloeb")), *arguments],
            cwd=tmp_path,
            env={**os.environ, **database},
            capture_output=True,
            text=True,
        )

    missing = forloeb("import", "nowhere.ndjson")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr == "nowhere.ndjson: there is no such file or folder\n"
    write_ndjson(tmp_path / "in.ndjson.gz", [someone(), hba1c(53), b"{"])
    done = forloeb("import", "in.ndjson.gz", "--source", f"urn:test:{uuid4()}")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 patients; 1 facts new, 0 changed, 0 known already; 1 lines refused")
    assert orjson.loads((tmp_path / "rejects.ndjson").read_bytes())["line"] == 3
