"""`forloeb evaluate` and `forloeb generate` at the command line: what comes out, and what is refused in one line."""

from __future__ import annotations

import copy
import gzip
import hashlib
import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from forloeb.config.cli import main
from forloeb.fhir.bundle import read_bundle
from forloeb.fhir.reading import NotFhir
from forloeb.guidelines.library import Library
from forloeb.guidelines.to_json import to_json
from forloeb.kernel.content import content_folder
from forloeb.terminology import measures
from tests.support.resources import bundle, coded, condition, medication, observation, patient

ROOT = Path(__file__).parents[2]
P1 = ROOT / "tests" / "support" / "fhir" / "P1.json"


@pytest.fixture
def evaluate(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Evaluate a Bundle (or bytes): the exit code, what was printed, and what was said on standard error."""

    def run(what: object, *options: str, name: str = "in.json") -> tuple[int, str, str]:
        path = tmp_path / name
        path.write_bytes(what if isinstance(what, bytes) else orjson.dumps(what))
        code = main(["evaluate", str(path), "--as-of", "2026-03-01", "--format", "json", *options])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def whole() -> dict[str, Any]:
    """Give a Bundle with every kind of thing in it that is read."""
    return bundle(
        patient(),
        observation("NPU27300", id="hba1c", value=53, unit="mmol/mol", comparator="<", method={"text": "hjemme"}),
        observation("MCS88022", id="exac", valueInteger=1),
        observation("MCS88011", id="smoking", valueCodeableConcept={"coding": [{"code": "dagligt"}]}),
        observation(
            coded("85354-9"),
            id="pressure",
            on=None,
            effectivePeriod={"start": "2026-01-01", "end": "2026-01-02"},
            component=[{"code": coded("8480-6"), "valueQuantity": {"value": 136, "code": "mm[Hg]"}}],
        ),
        condition("T90", verificationStatus=coded("confirmed"), clinicalStatus=coded("active")),
        condition("R95", id="copd", onsetDateTime=None, onsetAge={"value": 50, "code": "a"}),
        medication("A10BA02", id="metformin"),
        medication(
            "C10AA05",
            id="statin",
            medicationCodeableConcept=None,
            medicationReference={"reference": "#m"},
            contained=[{"resourceType": "Medication", "id": "m", "code": coded("C10AA05", "http://www.whocc.no/atc")}],
        ),
    )


def test_a_plan_comes_out_as_json_and_nothing_is_said_beside_it(evaluate):
    code, out, err = evaluate(whole())
    plan = orjson.loads(out)
    assert (code, err) == (0, "")
    assert plan["as_of"] == "2026-03-01"
    assert {d["guideline"]: d["included"] for d in plan["diseases"]} == {
        "type2_diabetes": "yes",
        "copd": "yes",
        "ischaemic_heart_disease": "no",
    }
    assert [f for f in plan["findings"] if f["fault"]] == []


def test_the_same_bundle_gives_the_same_bytes_whatever_the_order_of_its_entries(evaluate):
    turned = whole()
    turned["entry"].reverse()
    assert evaluate(whole()) == evaluate(whole()) == evaluate(turned)


def test_the_text_says_that_no_clinician_has_signed(evaluate):
    code, out, _ = evaluate(whole(), "--format", "text")
    assert code == 0
    assert out.startswith("Indholdet afventer klinisk godkendelse")


def test_standard_input_is_read_for_a_dash(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(P1.read_bytes())))
    assert main(["evaluate", "-", "--as-of", "2026-03-01", "--format", "json"]) == 0
    from_stdin = capsys.readouterr().out
    assert main(["evaluate", str(P1), "--as-of", "2026-03-01", "--format", "json"]) == 0
    assert capsys.readouterr().out == from_stdin


def test_what_cannot_be_used_is_a_finding_with_its_place_and_the_rest_counts(evaluate):
    given = bundle(
        patient(),
        condition("T90"),
        observation("NPU27300", id="good", value=53, unit="mmol/mol"),
        observation("NPU03230", id="text", valueString="hæmolyseret"),
        observation("NPU01568", id="no-day", value=2.6, on=None),
        observation("MCS88025", id="goal", value=48),
        observation("NPU01568", id="stranger", value=9.9, subject="p2"),
        {"resourceType": "Immunization", "id": "shot"},
    )
    code, out, _ = evaluate(given)
    plan = orjson.loads(out)
    assert code == 0
    assert {(f["where"], f["fault"]) for f in plan["findings"]} == {
        ("Observation/text", True),
        ("Observation/no-day", True),
        ("Observation/goal", True),
        ("Observation/stranger", True),
        ("Immunization/shot", False),
    }
    assert next(v["value"] for v in plan["values"] if v["measure"] == "hba1c") == 53
    assert "hæmolyseret" not in out
    assert "9.9" not in out


def test_somebodys_full_address_is_theirs(evaluate):
    given = bundle(patient(), condition("T90"))
    del given["entry"][0]["resource"]["id"]
    for address, reference in (
        ("urn:uuid:7f0c", "urn:uuid:7f0c"),
        ("https://example.org/fhir/Patient/7", "Patient/7"),
        ("https://example.org/fhir/Patient/7", "https://example.org/fhir/Patient/7/_history/2"),
    ):
        given["entry"][0]["fullUrl"] = address
        given["entry"][1]["resource"]["subject"]["reference"] = reference
        assert orjson.loads(evaluate(given)[1])["findings"] == []


def _without_birth() -> dict[str, Any]:
    given = whole()
    del given["entry"][0]["resource"]["birthDate"]
    return given


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (b"", "not JSON, line 1"),
        (b'{"resourceType":\n "Bundle",\n oops}', "not JSON, line 3"),
        (b"\xff\xfe", "not JSON, line 1"),
        (b"[" * 100_000, "not JSON"),
        (b"null", "not a FHIR Bundle"),
        ([], "not a FHIR Bundle"),
        (patient(), "not a FHIR Bundle"),
        ({"resourceType": "Bundle", "entry": 5}, "Bundle.entry is not a list"),
        ({"resourceType": "Bundle", "entry": [{}]}, "Bundle.entry[0] holds no resource"),
        ({"resourceType": "Bundle"}, "holds 0 patients"),
        (bundle(patient(), patient(id="p2")), "holds 2 patients; give one patient at a time"),
        (_without_birth(), "has no birthDate"),
        (b'{"resourceType":"Bundle"}\n{"resourceType":"Bundle"}', "not JSON"),  # NDJSON is for the import
        (gzip.compress(b"{}"), "not JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_input_ends_with_2_one_line_and_nothing_printed(evaluate, given, says):
    code, out, err = evaluate(given)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


def test_a_file_that_cannot_be_read_is_told_with_its_name(tmp_path: Path, capsys):
    for path in (tmp_path / "nowhere.json", tmp_path):
        assert main(["evaluate", str(path), "--as-of", "2026-03-01"]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith(f"{path}: cannot be read: ")
        assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["evaluate", str(P1)], "--as-of"),
        (["evaluate", str(P1), "--as-of", "2026-02-30"], "'2026-02-30' is not a day; write it as 2026-03-01"),
        (["evaluate", str(P1), "--as-of", "01-03-2026"], "'01-03-2026' is not a day"),
        (["evaluate", str(P1), "--as-of", "2026-03-01", "--format", "xml"], "invalid choice: 'xml'"),
        (["generate", "--patients", "0", "--out", "x"], "'0' is not a count"),
        (["generate", "--patients", "5"], "one of the arguments --out --database --national is required"),
    ],
)
def test_arguments_that_mean_nothing_end_with_2(arguments, says, capsys):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert says in capsys.readouterr().err.splitlines()[-1]


STRANGE: tuple[Any, ...] = (
    *(None, 5, -1, 1.5, 1e300, True, "x", "", [], {}, [5], ["x"], [None], [[]], {"a": 1}),
    *("2026-13-01", "0000-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
)


def places(given: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = given.items() if isinstance(given, dict) else enumerate(given) if isinstance(given, list) else ()
    for key, value in inner:
        yield from places(value, (*path, key))


def changed(given: Any, path: tuple[Any, ...], value: Any) -> Any:
    given = copy.deepcopy(given)
    place = given
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return given


@pytest.mark.parametrize("kind", ["Patient", "Observation", "Condition", "MedicationStatement"])
def test_whatever_stands_in_whichever_place_is_read_or_told_and_never_a_crash(kind: str):
    """Every place of every resource takes each strange value in turn; reading ends with a record or a refusal."""
    library = Library.load(content_folder(), measures())
    given = whole()
    tried = 0
    for number, entry in enumerate(given["entry"]):
        if entry["resource"]["resourceType"] != kind:
            continue
        for path in places(entry["resource"]):
            for value in STRANGE:
                if path:
                    tried += 1
                    try:
                        read = read_bundle(changed(given, ("entry", number, "resource", *path), value))
                    except NotFhir:
                        continue
                    if tried % 10 == 0:
                        orjson.dumps(to_json(library.evaluate(read.record, date(2026, 3, 1))))
    assert tried > 100


# --- generate


def digest(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def generate(out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    given = ("--practices", "2", "--patients", "120", "--as-of", "2026-03-01", "--out", str(out))
    forloeb = Path(sys.executable).with_name("forloeb")
    return subprocess.run([str(forloeb), "generate", *given, *options], capture_output=True, text=True)


def test_the_same_seed_gives_the_same_bytes_in_another_process_and_another_seed_does_not(tmp_path: Path):
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        done = generate(tmp_path / name, "--seed", seed)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.endswith(f"resources in {tmp_path / name}\n")
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    assert digest(tmp_path / "a")["Patient.ndjson"] != digest(tmp_path / "c")["Patient.ndjson"]


def test_compressed_files_hold_the_same_people(tmp_path: Path):
    for name, options in (("plain", ()), ("small", ("--gzip",))):
        assert generate(tmp_path / name, "--seed", "7", *options).returncode == 0
    for path in (tmp_path / "plain").iterdir():
        assert gzip.decompress((tmp_path / "small" / f"{path.name}.gz").read_bytes()) == path.read_bytes()


def test_a_population_that_cannot_be_made_ends_with_2_one_line_and_no_files(tmp_path: Path):
    done = generate(tmp_path / "out", "--as-of", "1999-01-01")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "--as-of must lie in the years 2010 to 2036: CPR numbers tell those centuries\n"
    assert not (tmp_path / "out").exists()
