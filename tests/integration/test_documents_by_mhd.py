"""IHE MHD: the patient's documents as a registry gives them, to the patient, who reads for them, and their practice."""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
from base64 import b64decode
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.test import Client

from forloeb.cda.reading import read
from forloeb.people.models import Patient
from tests.integration.test_access import signed_in
from tests.integration.test_who_may_read import finished
from tests.support.fhir.client import FhirClient
from tests.support.personas import Cast

VALIDATOR = os.environ.get("FORLOEB_FHIR_VALIDATOR", "")
"""A command that validates FHIR resources, where there is one: it is given files, and ends with 0 without errors."""


@pytest.fixture(scope="module")
def twice(cast: Cast) -> Patient:
    """Somebody whose one plan was saved twice."""
    patient = cast.new_patient()
    finished(cast, patient, cast.staff("holm"), days_later=-400)
    finished(cast, patient, cast.staff("holm"))
    return patient


def asked(client: Client, where: str, status: int = 200) -> dict[str, Any]:
    answer = client.get(f"/fhir/{where}")
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"].startswith("application/fhir+json")
    found: dict[str, Any] = orjson.loads(answer.content)
    return found


def found(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    assert bundle["total"] == len(bundle.get("entry", ()))
    return [entry["resource"] for entry in bundle.get("entry", ())]


@pytest.mark.parametrize("who", ["karen", "sofie", "holm"])
def test_those_who_may_read_the_plan_find_its_documents_and_fetch_them(cast: Cast, who: str) -> None:
    client = signed_in(cast, who)
    references = found(asked(client, f"DocumentReference?patient={cast.id_of('karen')}"))
    assert {one["context"]["event"][0]["coding"][0]["code"] for one in references} == {"ALAL02", "ALAL21", "ALAL22"}
    for one in references:
        attachment = one["content"][0]["attachment"]
        binary = client.get("/fhir/" + attachment["url"].rpartition("/fhir/")[2])
        assert binary.headers["Content-Type"].startswith("text/xml")
        assert (len(binary.content), hashlib.sha1(binary.content).digest()) == (
            attachment["size"],
            b64decode(attachment["hash"]),
        )
        document, _ = read(binary.content)
        assert document.header.id
        assert document.header.id.extension == one["masterIdentifier"]["value"]
        assert asked(client, f"DocumentReference/{one['id']}") == one


def test_a_patient_need_not_say_who_they_are_and_staff_must_say_whom(cast: Cast) -> None:
    assert len(found(asked(signed_in(cast, "karen"), "DocumentReference"))) == 3
    told = asked(signed_in(cast, "holm"), "DocumentReference", 400)
    assert told["issue"][0]["diagnostics"].startswith("patient: name one")


@pytest.mark.parametrize(
    ("search", "count"),
    [
        ("event=ALAL22", 1),
        ("event=urn:oid:1.2.208.176.2.4|ALAL22", 1),
        ("event=urn:oid:9|ALAL22", 0),
        ("event=ALAL21,ALAL22", 2),
        ("status=current", 3),
        ("status=superseded", 0),
        ("type=81215-6", 3),
        ("type=http://loinc.org|81215-6&event=ALAL02", 1),
        ("category=001&format=urn:ad:dk:medcom:cpd-v2.0:full", 3),
        ("date=ge2000-01-01", 3),
        ("date=lt2000-01-01", 0),
        ("date=gt2999", 0),
        ("date=ge2000-02", 3),
    ],
)
def test_a_search_gives_what_is_all_that_is_asked_for(cast: Cast, search: str, count: int) -> None:
    assert len(found(asked(signed_in(cast, "karen"), f"DocumentReference?{search}"))) == count


@pytest.mark.parametrize(
    ("search", "says"),
    [("colour=red", "colour: is not"), ("date=soon", "date: write it"), ("patient=karen", "patient: is no")],
)
def test_a_search_that_cannot_be_answered_says_which_parameter(cast: Cast, search: str, says: str) -> None:
    told = asked(signed_in(cast, "karen"), f"DocumentReference?{search}", 400)
    assert (told["resourceType"], told["issue"][0]["code"]) == ("OperationOutcome", "invalid")
    assert told["issue"][0]["diagnostics"].startswith(says)


def test_a_number_is_searched_by_only_in_what_is_posted(cast: Cast) -> None:
    holm = signed_in(cast, "holm")
    number = f"urn:oid:1.2.208.176.1.2|{cast.demo.patients['karen'].cpr_number}"
    assert asked(holm, f"DocumentReference?patient.identifier={number}", 400)
    answer = holm.post("/fhir/DocumentReference/_search", {"patient.identifier": number})
    assert len(found(orjson.loads(answer.content))) == 3
    nobody = holm.post("/fhir/DocumentReference/_search", {"patient.identifier": "0101010000"})
    stranger = signed_in(cast, "lund").post("/fhir/DocumentReference/_search", {"patient.identifier": number})
    assert (nobody.status_code, stranger.status_code) == (200, 200)
    assert nobody.content == stranger.content
    assert found(orjson.loads(nobody.content)) == []


def test_an_earlier_version_is_superseded_and_the_newer_says_so(cast: Cast, twice: Patient) -> None:
    newer, older = found(asked(signed_in(cast, "holm"), f"DocumentReference?patient={twice.public_id}"))
    assert (newer["status"], older["status"]) == ("current", "superseded")
    assert newer["relatesTo"] == [{"code": "replaces", "target": {"reference": f"DocumentReference/{older['id']}"}}]
    assert newer["masterIdentifier"] != older["masterIdentifier"]


def test_the_entry_of_a_plans_newest_document_is_generated(cast: Cast, twice: Patient) -> None:
    holm = signed_in(cast, "holm")
    newest, _ = found(asked(holm, f"DocumentReference?patient={twice.public_id}"))
    plan = newest["id"].partition(".")[0]
    assert asked(holm, f"DocumentReference/$generate?url=CarePlan/{plan}") == newest
    assert asked(holm, f"DocumentReference/$generate?url=Binary/{newest['id']}") == newest
    assert asked(holm, f"DocumentReference/$generate?url={newest['content'][0]['attachment']['url']}") == newest
    for wrong in ("", "?url=http://elsewhere/a.xml", f"?url=CarePlan/{plan}&persist=true"):
        assert asked(holm, f"DocumentReference/$generate{wrong}", 400)
    assert asked(holm, f"DocumentReference/$generate?url=CarePlan/{uuid4()}", 404)


def test_strangers_are_told_nothing_and_it_is_written_down(cast: Cast) -> None:
    document = found(asked(signed_in(cast, "karen"), "DocumentReference"))[0]
    for who, status in (("lund", 403), ("bent", 200)):
        client = signed_in(cast, who)
        answer = client.get(f"/fhir/DocumentReference?patient={cast.id_of('karen')}")
        assert answer.status_code == status
        assert b"Karen" not in answer.content
        for where in (f"DocumentReference/{document['id']}", f"Binary/{document['id']}"):
            assert client.get(f"/fhir/{where}").status_code == 404
    assert asked(signed_in(cast, "nygaard"), f"DocumentReference?patient={cast.id_of('karen')}", 403)
    assert asked(Client(SERVER_NAME="localhost"), "DocumentReference", 401)["issue"][0]["code"] == "login"


def test_the_fhir_face_tells_of_documents_and_lets_them_through(cast: Cast) -> None:
    told = FhirClient().ask("/fhir/metadata").resource["rest"][0]["resource"]
    documents = next(one for one in told if one["type"] == "DocumentReference")
    karen = FhirClient(signed_in(cast, "karen"))
    answer = karen.ask("/fhir/DocumentReference?event=ALAL22")
    assert (answer.status, len(answer.found)) == (200, 1)
    for parameter in documents["searchParam"]:
        values = {"date": "ge2000-01-01", "patient": str(cast.id_of("karen")), "subject": str(cast.id_of("karen"))}
        asked = {parameter["name"]: values.get(parameter["name"], "x")}
        assert signed_in(cast, "karen").post("/fhir/DocumentReference/_search", asked).status_code == 200, parameter
    binary = karen.ask(f"/fhir/Binary/{answer.found[0]['id']}")
    assert read(binary.body)[1].findings == ()
    assert FhirClient().ask("/fhir/DocumentReference").status == 401


@pytest.mark.skipif(not VALIDATOR, reason="no FHIR validator is named in FORLOEB_FHIR_VALIDATOR")
def test_the_entries_keep_the_profile_they_claim(cast: Cast, tmp_path: Path) -> None:
    for one in found(asked(signed_in(cast, "karen"), "DocumentReference")):
        (tmp_path / f"{one['id']}.json").write_bytes(orjson.dumps(one))
    summary = signed_in(cast, "karen").get("/my-plan/summary.json").content
    (tmp_path / "summary.json").write_bytes(summary)
    done = subprocess.run(
        [*shlex.split(VALIDATOR), *map(str, sorted(tmp_path.iterdir()))], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-4000:]
