"""A referral as a ServiceRequest says all that it was shown to say, and its answer is read without guessing."""

from __future__ import annotations

import os
import shlex
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forloeb.access.referrals import ReferralStatus
from forloeb.careplans.referral_letter import NotAnAnswer
from forloeb.careplans.referral_models import LetterKind
from forloeb.fhir.referral import read_answer, read_posted, to_service_request
from tests.support.letters import NAME, letter, outgoing

VALIDATOR = os.environ.get("FORLOEB_FHIR_VALIDATOR", "")


def answered(**more: Any) -> dict[str, Any]:
    return {**to_service_request(outgoing()), "meta": {"lastUpdated": "2026-03-02T08:00:00Z"}, **more}


def test_a_letter_is_a_service_request_of_dk_core():
    found = to_service_request(outgoing())
    assert found["meta"]["profile"] == ["http://hl7.dk/fhir/core/StructureDefinition/dk-core-person-servicerequest"]
    assert (found["status"], found["intent"], found["priority"]) == ("draft", "order", "routine")
    assert found["identifier"] == [{"system": "urn:forloeb:referral", "value": str(NAME)}]
    assert [one["coding"][0] for one in found["reasonCode"]] == [
        {"system": "urn:oid:1.2.208.176.2.31", "code": "T90"},
        {"system": "urn:oid:1.2.208.176.2.4.12", "code": "DH360"},
    ]
    hba1c = found["contained"][0]
    assert hba1c["code"]["coding"] == [{"system": "http://npu-terminology.org", "code": "NPU27300"}]
    assert hba1c["valueQuantity"]["value"] == 64
    assert found["supportingInfo"] == [{"reference": "#value-1"}, {"reference": "#value-2"}]
    assert "ja (arabisk)" in found["note"][0]["text"]
    assert found["requester"]["identifier"]["value"] == "999901"


@pytest.mark.skipif(not VALIDATOR, reason="no FHIR validator is named in FORLOEB_FHIR_VALIDATOR")
@pytest.mark.parametrize("kind", list(LetterKind))
def test_the_validator_finds_no_fault(tmp_path: Path, kind: LetterKind):
    resource = {**to_service_request(outgoing(letter_kind=kind, letter=letter(until=date(2026, 4, 1)))), "id": "one"}
    (tmp_path / "one.json").write_bytes(orjson.dumps(resource))
    said = subprocess.run([*shlex.split(VALIDATOR), str(tmp_path / "one.json")], capture_output=True, text=True)
    assert said.returncode == 0, said.stdout


def test_a_task_has_a_kind_of_its_own_and_an_end():
    found = to_service_request(outgoing(letter_kind=LetterKind.TASK))
    assert found["code"]["coding"][0]["code"] == "task"
    assert "occurrencePeriod" not in found


def test_nothing_is_empty_where_little_is_known():
    bare = letter(diagnoses=(), complications=(), values=(), smoking=None, medicines=(), matters="")
    found = to_service_request(outgoing(letter=bare))
    assert "contained" not in found
    assert "supportingInfo" not in found
    assert "reasonCode" not in found


@pytest.mark.parametrize("status", list(ReferralStatus))
def test_every_status_survives_the_journey(status: ReferralStatus):
    read = read_answer({**to_service_request(outgoing(status=status)), "meta": {"lastUpdated": "2026-03-02T08:00:00Z"}})
    assert read.status is status
    assert read.name == NAME
    assert read.patient_number == "1212778221"


def test_our_own_note_is_not_taken_for_an_answer():
    note = {"authorString": "Vibeke", "time": "2026-03-02T08:00:00Z", "text": "Startet på hold."}
    assert read_answer(answered()).words == ()
    read = read_answer(answered(note=[*to_service_request(outgoing())["note"], note], status="active"))
    assert (read.words, read.said_by) == (("Startet på hold.",), "Vibeke")


@pytest.mark.parametrize(
    "wrong",
    [
        {"resourceType": "Task"},
        {"identifier": []},
        {"identifier": [{"system": "urn:forloeb:referral", "value": "17"}]},
        {"status": "entered-in-error"},
        {"meta": {}, "authoredOn": "2026-03-01"},
    ],
)
def test_what_cannot_be_read_is_refused(wrong: dict[str, Any]):
    with pytest.raises(NotAnAnswer):
        read_answer(answered(**wrong))


_JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=10) | st.integers(-10, 10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(st.sampled_from(["meta", "note", "subject", "performer", "identifier", "authoredOn"]), _JSON)
def test_no_json_does_harm_as_an_answer(field: str, value: Any):
    body = orjson.dumps(answered(**{field: value}))
    try:
        (read,) = read_posted(body)
    except NotAnAnswer:
        return
    assert read.name == NAME
