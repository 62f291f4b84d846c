"""`forloeb import`: what can be used goes in once, what cannot is listed with its reason, and nothing is half-saved."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import connections, transaction
from django.utils import timezone

from forloeb.jobs.importing import CannotImport, run
from forloeb.kernel.codes import ATC, ICPC2_DK, NPU
from forloeb.kernel.identifiers import CPR, CprNumber, Sex
from tests.support.personas import Cast

Resource = dict[str, Any]


class Source:
    """One sending system with one patient of its own; every id and CPR number is new for each test."""

    _people = iter(range(2, 28))

    def __init__(self, folder: Path) -> None:
        self.system = f"urn:test:{uuid4()}"
        self.folder = folder
        self.patient = f"p-{uuid4()}"
        self.rejects = folder / "rejects.ndjson"
        self.cpr = CprNumber.synthetic(date(1961, 3, next(self._people)), Sex.MALE, seventh=4)

    def person(self) -> Resource:
        return {
            "resourceType": "Patient",
            "id": self.patient,
            "identifier": [{"system": CPR, "value": self.cpr.digits}],
            "name": [{"use": "official", "family": "Prøve", "given": ["Per"]}],
            "gender": "male",
            "birthDate": self.cpr.birth_date.isoformat(),
        }

    def result(self, id: str, value: float, code: str = "NPU27300", unit: str = "mmol/mol", **more: Any) -> Resource:
        return {
            "resourceType": "Observation",
            "id": id,
            "status": "final",
            "subject": {"reference": f"Patient/{self.patient}"},
            "code": {"coding": [{"system": NPU, "code": code}]},
            "effectiveDateTime": "2026-02-01",
            "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
            **more,
        }

    def diagnosis(self, code: str = "T90") -> Resource:
        return {
            "resourceType": "Condition",
            "id": "c1",
            "subject": {"reference": f"Patient/{self.patient}"},
            "code": {"coding": [{"system": ICPC2_DK, "code": code}]},
            "onsetDateTime": "2020-01-10",
        }

    def medicine(self) -> Resource:
        return {
            "resourceType": "MedicationStatement",
            "id": "m1",
            "status": "active",
            "subject": {"reference": f"Patient/{self.patient}"},
            "medicationCodeableConcept": {"coding": [{"system": ATC, "code": "A10BA02"}]},
            "effectivePeriod": {"start": "2020-02-01"},
        }

    def take_in(self, *files: Path) -> str:
        """Import files; gives what was told."""
        told: list[str] = []
        run(files, rejects=self.rejects, at=timezone.now(), tell=told.append, source=self.system)
        return told[-1]

    def ndjson(self, *resources: Resource | bytes, name: str = "data.ndjson") -> Path:
        lines = [line if isinstance(line, bytes) else orjson.dumps(line) for line in resources]
        path = self.folder / name
        body = b"".join(line + b"\n" for line in lines)
        path.write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
        return path

    def bundle(self, *resources: Resource) -> Path:
        path = self.folder / "bundle.json"
        body = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}
        path.write_bytes(orjson.dumps(body))
        return path

    def values(self, which: str = "superseded_at IS NULL") -> list[tuple[Any, ...]]:
        """Ask the database for the source's observations, past every filter of ours."""
        with connections["loader"].cursor() as cursor:
            cursor.execute(
                "SELECT source_id, measure, trim_scale(value), comparator, version FROM records_observation"
                f" WHERE source_system = %s AND {which} ORDER BY source_id, version",
                [self.system],
            )
            return list(cursor.fetchall())

    def listed(self) -> list[Resource]:
        return [orjson.loads(line) for line in self.rejects.read_bytes().splitlines()] if self.rejects.exists() else []


@pytest.fixture
def source(cast: Cast, tmp_path: Path) -> Source:
    return Source(tmp_path)


def _as_ndjson(source: Source, *resources: Resource) -> Path:
    return source.ndjson(*resources)


def _as_gzip(source: Source, *resources: Resource) -> Path:
    return source.ndjson(*resources, name="data.ndjson.gz")


def _as_bundle(source: Source, *resources: Resource) -> Path:
    return source.bundle(*resources)


@pytest.mark.parametrize("written", [_as_ndjson, _as_gzip, _as_bundle])
def test_every_form_takes_in_the_same(source: Source, written: Callable[..., Path]) -> None:
    file = written(source, source.person(), source.diagnosis(), source.medicine(), source.result("o1", 51))
    assert source.take_in(file) == "1 patients; 3 facts new, 0 changed, 0 known already; 0 lines refused"
    assert [row[:3] for row in source.values()] == [("o1", "hba1c", 51)]
    assert not source.rejects.exists()


def test_running_it_again_changes_nothing(source: Source) -> None:
    file = source.ndjson(source.person(), source.diagnosis(), source.medicine(), source.result("o1", 51))
    source.take_in(file)
    assert "0 facts new, 0 changed, 3 known already" in source.take_in(file)
    assert len(source.values("true")) == 1


def test_a_corrected_result_supersedes_and_the_old_one_stays(source: Source) -> None:
    source.take_in(source.ndjson(source.person(), source.result("o1", 51)))
    assert "1 changed" in source.take_in(source.ndjson(source.person(), source.result("o1", 57, status="corrected")))
    assert [row[2] for row in source.values()] == [57]
    assert [(row[2], row[4]) for row in source.values("true")] == [(51, 1), (57, 2)]


def test_bad_lines_are_listed_with_their_number_and_reason_and_the_rest_goes_in(source: Source) -> None:
    told = source.take_in(
        source.ndjson(
            source.person(),
            source.result("o1", 51),
            b'{"resourceType": "Observation", "id": ',
            b'{"id": "nothing"}',
            {"resourceType": "Immunization", "id": "i1"},
            source.result("o2", 53, subject={"reference": "Patient/nobody-we-know"}),
            source.result("o3", 48),
        )
    )
    assert "2 facts new" in told
    assert "4 lines refused" in told
    assert sorted(row[0] for row in source.values()) == ["o1", "o3"]
    assert {refused["line"]: refused["reason"].split(":")[0] for refused in source.listed()} == {
        3: "not JSON",
        4: "no FHIR resource",
        5: "Immunization is not taken in",
        6: "the patient is not known here",
    }
    assert all(refused["file"].endswith("data.ndjson") for refused in source.listed())


def test_the_rejects_file_repeats_nothing_of_what_was_refused(source: Source) -> None:
    source.take_in(source.ndjson(source.person(), source.result("o2", 53, subject={"reference": "Patient/Per-Prøve"})))
    assert "Prøve" not in source.rejects.read_text(encoding="utf-8")


def test_a_comparator_is_kept(source: Source) -> None:
    bound = source.result("o1", 90, "DNK35302", "mL/min")
    bound["valueQuantity"]["comparator"] = ">"
    source.take_in(source.ndjson(source.person(), bound))
    assert [row[1:4] for row in source.values()] == [("egfr", 90, ">")]


def test_what_was_received_is_kept_as_it_came(source: Source) -> None:
    file = source.ndjson(source.person(), source.result("o1", 51))
    source.take_in(file)
    with connections["loader"].cursor() as cursor:
        cursor.execute("SELECT body FROM records_received WHERE source_system = %s", [source.system])
        (body,) = cursor.fetchone()
    assert zlib.decompress(body) == file.read_bytes()


def test_another_patient_with_the_same_cpr_number_is_refused(source: Source) -> None:
    source.take_in(source.ndjson(source.person()))
    other = {**source.person(), "id": "another"}
    told = source.take_in(source.ndjson(other, name="other.ndjson"))
    assert "1 lines refused" in told
    (refused,) = source.listed()
    assert refused["reason"] == "another patient has the same CPR number"
    assert source.cpr.digits not in source.rejects.read_text(encoding="utf-8")


def test_a_batch_that_is_cut_off_leaves_nothing_of_itself(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    source.take_in(source.ndjson(source.person()))

    def cut(*_: object, **__: object) -> None:
        raise ConnectionError

    from forloeb.jobs import importing

    taken = importing.records.take_in
    calls: list[object] = []

    def take_in_one_table(*arguments: Any, **named: Any) -> Any:
        calls.append(arguments[0])
        return taken(*arguments, **named) if len(calls) == 1 else cut()

    monkeypatch.setattr(importing.records, "take_in", take_in_one_table)
    with pytest.raises(ConnectionError), transaction.atomic():
        source.take_in(source.ndjson(source.person(), source.result("o1", 51), source.diagnosis()))
    assert len(calls) == 2
    assert source.values("true") == []


@pytest.mark.parametrize("named", ["gone.ndjson", "empty-folder"])
def test_nothing_to_read_is_said_at_once(source: Source, named: str) -> None:
    path = source.folder / named
    if named == "empty-folder":
        path.mkdir()
    with pytest.raises(CannotImport):
        source.take_in(path)
