"""The synthetic people as FHIR R4 NDJSON: what Denmark writes, the same bytes each time, and all or nothing."""

from __future__ import annotations

import gzip
import os
import re
import signal
from collections import Counter
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from forloeb.jobs import generating
from forloeb.jobs.generating import CannotGenerate, Recipe, run
from forloeb.jobs.synthetic_files import FILES, Chunk, Folder
from forloeb.jobs.synthetic_resources import LIST_MEMBERSHIP
from forloeb.kernel.codes import ATC, ICPC2_DK, MCS, NPU, SNOMED_CT, UCUM
from forloeb.kernel.identifiers import AUTHORIZATION_ID, CPR, SOR, YDERNUMMER, CprNumber
from forloeb.population.synthesis.measured import WRITTEN
from forloeb.terminology import measures

AS_OF = date(2026, 3, 1)
SMALL = Recipe(practices=3, patients=300, seed=5, as_of=AS_OF)
Json = dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small population, written."""
    out = tmp_path_factory.mktemp("generated")
    run(Recipe(practices=3, patients=2000, seed=5, as_of=AS_OF), out, measures=measures())
    return out


def _read(folder: Path, kind: str) -> list[Json]:
    return [orjson.loads(line) for line in (folder / f"{kind}.ndjson").read_bytes().splitlines()]


def _bytes(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def _identifier(resource: Json, system: str) -> str:
    return next(str(i["value"]) for i in resource["identifier"] if i["system"] == system)


@pytest.mark.parametrize("kind", FILES)
def test_each_line_is_a_resource_with_an_id_of_its_own_and_a_synthetic_identifier(folder: Path, kind: str) -> None:
    resources = _read(folder, kind)
    assert resources
    assert {resource["resourceType"] for resource in resources} == {kind}
    ids = [resource["id"] for resource in resources]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", resource_id) for resource_id in ids)
    for resource in resources:
        ours = [i for i in resource["identifier"] if i["system"].startswith("urn:forloeb:synthetic:")]
        assert [i["value"] for i in ours] == [resource["id"]]


def test_every_reference_leads_somewhere(folder: Path) -> None:
    known = {f"{kind}/{resource['id']}" for kind in FILES for resource in _read(folder, kind)}
    for kind in FILES:
        text = (folder / f"{kind}.ndjson").read_text()
        assert set(re.findall(r'"reference":"([^"]+)"', text)) <= known, kind


def test_patients_carry_cpr_numbers_names_and_their_practice(folder: Path) -> None:
    for patient in _read(folder, "Patient"):
        number = CprNumber(_identifier(patient, CPR))
        assert number.is_synthetic
        assert number.birth_date.isoformat() == patient["birthDate"]
        assert number.sex.value == patient["gender"]
        assert patient["name"][0]["family"]
        assert patient["name"][0]["given"][0]
        memberships = [e["extension"] for e in patient["extension"] if e["url"] == LIST_MEMBERSHIP]
        lists = [(m[0]["valueReference"], m[1]["valuePeriod"]) for m in memberships]
        assert lists[-1][0] == patient["generalPractitioner"][0]
        assert lists[-1][1].get("end") == patient.get("deceasedDateTime")
        assert all(before[1]["end"] == after[1]["start"] for before, after in pairwise(lists))
        assert all(period["start"] >= patient["birthDate"] for _, period in lists)


def test_practices_carry_ydernummer_and_sor(folder: Path) -> None:
    for practice in _read(folder, "Organization"):
        assert _identifier(practice, YDERNUMMER).startswith("99")
        assert len(_identifier(practice, SOR)) == 16
    for practitioner in _read(folder, "Practitioner"):
        assert practitioner["qualification"][0]["identifier"][0]["system"] == AUTHORIZATION_ID


def test_conditions_and_medicines_are_coded_as_denmark_does(folder: Path) -> None:
    conditions = [c["code"]["coding"][0] for c in _read(folder, "Condition")]
    assert {coding["system"] for coding in conditions} == {ICPC2_DK, SNOMED_CT}
    assert {"T90", "R95", "K74", "K75", "K76"} <= {coding["code"] for coding in conditions}
    for medicine in _read(folder, "MedicationStatement"):
        assert medicine["medicationCodeableConcept"]["coding"][0]["system"] == ATC
        assert medicine["status"] == ("completed" if "end" in medicine["effectivePeriod"] else "active")


def test_values_are_coded_and_in_the_unit_of_their_measure(folder: Path) -> None:
    systems = {"NPU": NPU, "MCS": MCS}
    written = {
        (systems[measure.write.system], measure.write.code): measure
        for measure in (measures()[w.measure] for w in WRITTEN)
        if measure.write
    }
    seen: Counter[str] = Counter()
    for observation in _read(folder, "Observation"):
        coding = observation["code"]["coding"][0]
        measure = written[coding["system"], coding["code"]]
        seen[measure.id] += 1
        assert observation["effectiveDateTime"] <= AS_OF.isoformat()
        if measure.kind == "choice":
            assert observation["valueString"] in {choice.value for choice in measure.choices}
            continue
        quantity = observation["valueQuantity"]
        assert (quantity["system"], quantity["code"]) == (UCUM, measure.unit)
        if measure.hard:
            assert Decimal(str(quantity["value"])) in measure.hard, measure.id
    assert set(seen) == {w.measure for w in WRITTEN}


def test_measures_are_written_with_their_own_decimals_and_answers() -> None:
    for written in WRITTEN:
        measure = measures()[written.measure]
        assert (measure.kind == "choice") == bool(written.answers), written.measure
        assert set(written.answers) <= {choice.value for choice in measure.choices}, written.measure
        assert written.answers or measure.decimals == written.decimals, written.measure


def test_comparators_are_kept(folder: Path) -> None:
    quantities = [o["valueQuantity"] for o in _read(folder, "Observation") if "valueQuantity" in o]
    signs = {(q["comparator"], q["value"]) for q in quantities if "comparator" in q}
    assert (">", 90) in signs
    assert ("<", 9) in signs


def test_the_same_recipe_gives_the_same_bytes_however_many_processes_write(tmp_path: Path) -> None:
    recipe = Recipe(practices=2, patients=9000, seed=3, as_of=AS_OF)
    lines = [run(recipe, tmp_path / str(n), measures=measures(), processes=n) for n in (1, 2, 3)]
    assert len(set(lines)) == 1
    assert _bytes(tmp_path / "1") == _bytes(tmp_path / "2") == _bytes(tmp_path / "3")


def test_more_patients_only_add_lines(tmp_path: Path) -> None:
    run(SMALL, tmp_path / "few", measures=measures())
    run(Recipe(3, 400, 5, AS_OF), tmp_path / "more", measures=measures())
    few, more = _bytes(tmp_path / "few"), _bytes(tmp_path / "more")
    assert all(more[name].startswith(few[name]) for name in few)


def test_compressed_files_hold_the_same_lines(tmp_path: Path) -> None:
    recipe = Recipe(practices=2, patients=5000, seed=3, as_of=AS_OF)
    run(recipe, tmp_path / "plain", measures=measures(), processes=2)
    run(recipe, tmp_path / "small", measures=measures(), gzip=True, processes=2)
    plain, small = _bytes(tmp_path / "plain"), _bytes(tmp_path / "small")
    assert {f"{name}.gz": text for name, text in plain.items()} == {n: gzip.decompress(b) for n, b in small.items()}


def test_standard_output_has_what_is_referred_to_first(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    lines = run(SMALL, Path("-"), measures=measures())
    run(SMALL, tmp_path, measures=measures())
    printed = capfdbinary.readouterr().out.splitlines(keepends=True)
    assert len(printed) == lines
    assert sorted(printed) == sorted(
        line for text in _bytes(tmp_path).values() for line in text.splitlines(keepends=True)
    )
    kinds = [orjson.loads(line)["resourceType"] for line in printed]
    assert list(dict.fromkeys(kinds)) == list(FILES)


@pytest.mark.parametrize(
    ("recipe", "complaint"),
    [
        (Recipe(0, 10, 1, AS_OF), "--practices must be from 1 to 10000"),
        (Recipe(1, 0, 1, AS_OF), "--patients must be from 1 to"),
        (Recipe(1, 10**9, 1, AS_OF), "no more unreal CPR numbers"),
        (Recipe(1, 10, -1, AS_OF), "--seed must be"),
        (Recipe(1, 10, 1, date(2040, 1, 1)), "--as-of must lie"),
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is_written(
    tmp_path: Path, recipe: Recipe, complaint: str
) -> None:
    with pytest.raises(CannotGenerate, match=complaint):
        run(recipe, tmp_path / "out", measures=measures())
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("taken")
    with pytest.raises(CannotGenerate, match="cannot be written"):
        run(SMALL, tmp_path / "out", measures=measures())


@pytest.mark.parametrize("processes", [1, 2])
def test_when_writing_fails_the_old_files_stay_and_no_half_ones_are_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    run(SMALL, tmp_path, measures=measures())
    before = _bytes(tmp_path)

    class FullDisk(Folder):
        def write(self, number: int, chunk: Chunk) -> None:
            if number == 2:
                raise OSError(28, os.strerror(28))
            super().write(number, chunk)

    monkeypatch.setattr(generating, "Folder", FullDisk)
    with pytest.raises(CannotGenerate, match="No space left on device"):
        run(Recipe(3, 20_000, 9, AS_OF), tmp_path, measures=measures(), processes=processes)
    assert _bytes(tmp_path) == before


def test_when_a_process_is_killed_the_rest_stop_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Doomed(Folder):
        def write(self, number: int, chunk: Chunk) -> None:
            if number == 2:
                with self.turns.turn(number, chunk):  # the others wait for a turn that never ends
                    os.kill(os.getpid(), signal.SIGKILL)
            super().write(number, chunk)

    monkeypatch.setattr(generating, "Folder", Doomed)
    with pytest.raises(CannotGenerate, match="stopped from outside"):
        run(Recipe(3, 20_000, 9, AS_OF), tmp_path, measures=measures(), processes=2)
    assert _bytes(tmp_path) == {}
