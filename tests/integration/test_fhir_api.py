"""The FHIR face, asked as other systems ask it: what it says it does it does, and a stranger learns nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forloeb.api.fhir.served import EVERY, SERVED
from forloeb.careplans import actions, queries
from forloeb.careplans.submission import prefill
from forloeb.people.models import Patient
from forloeb.people.viewers import looking
from tests.integration.test_access import signed_in
from tests.integration.test_audit import entries
from tests.integration.test_who_may_read import finished
from tests.support.fhir.client import Answer, FhirClient
from tests.support.personas import Cast

STRANGERS = (None, "lund", "nygaard", "birk", "bent", "sofie")
SECRETS = ("Skjultnavn", "87,65", "87.65")


@pytest.fixture(scope="module")
def known(cast: Cast) -> Patient:
    """Somebody with two plans, values and goals, on the practice's list and known to nobody else."""
    patient = cast.new_patient(conditions=("T90", "R95"))
    Patient.objects.using("loader").filter(pk=patient.pk).update(family_name=SECRETS[0])
    cast.give_values(patient, 14, hba1c="71", weight="90")
    cast.give_values(patient, 1, hba1c="60", weight="87,65")
    finished(cast, patient, cast.staff("holm"))
    return patient


@pytest.fixture(scope="module")
def karen(cast: Cast) -> str:
    """The demo's Karen, about whom there is something of everything."""
    cast.answer_questions(cast.patient("karen"), {"breath": "worse"})
    return str(cast.id_of("karen"))


@pytest.fixture(scope="module")
def doctor(cast: Cast) -> FhirClient:
    return FhirClient(signed_in(cast, "holm"))


def test_the_statement_needs_no_sign_in_and_everything_else_does(cast: Cast):
    assert FhirClient().ask("/fhir/metadata").resource["fhirVersion"] == "4.0.1"
    assert FhirClient().ask("/fhir/Organization").status == 401


def statement(doctor: FhirClient) -> dict[str, Any]:
    (rest,) = doctor.ask("/fhir/metadata").resource["rest"]
    return {one["type"]: one for one in rest["resource"]}


def test_every_declared_parameter_can_be_searched_by(doctor: FhirClient, known: Patient):
    values = {
        "token": "x",
        "uri": "x",
        "date": "ge2020",
        "quantity": "gt1",
        "string": "x",
        "reference": str(known.public_id),
    }
    for kind, said in statement(doctor).items():
        if kind == "AuditEvent":
            continue  # patients' own: test_fhir_own_log.py
        for parameter in said.get("searchParam", ()):
            value = str(known.public_id) if parameter["name"] == "_id" else values[parameter["type"]]
            # Documents are those of one patient.
            whose = {"patient": str(known.public_id)} if kind == "DocumentReference" else {}
            answer = doctor.post_search(kind, **{**whose, parameter["name"]: value, "_count": "2"})
            assert answer.status == 200, (kind, parameter, answer.body)


@pytest.mark.parametrize("kind", sorted(SERVED))
def test_what_is_found_can_be_read_in_every_way_that_is_declared(doctor: FhirClient, karen: str, kind: str):
    asked = {"_id" if kind == "Patient" else "patient": karen} if SERVED[kind].is_about_patients else {}
    found = doctor.post_search(kind, _count="5", **asked).found
    declared = {one["code"] for one in statement(doctor)[kind]["interaction"]}
    for resource in found:
        path = f"/fhir/{kind}/{resource['id']}"
        read = doctor.ask(path)
        assert (read.status, read.resource) == (200, resource)
        versions = doctor.ask(f"{path}/_history")
        assert versions.resource["entry"][0]["resource"] == resource
        if "vread" in declared:
            assert doctor.ask(f"{path}/_history/{resource['meta']['versionId']}").resource == resource
    assert found


@pytest.mark.parametrize("kind", sorted(SERVED))
def test_every_declared_include_is_followed(doctor: FhirClient, karen: str, kind: str):
    said = statement(doctor)[kind]
    whose = f"{'_id' if kind == 'Patient' else 'patient'}={karen}" if SERVED[kind].is_about_patients else ""
    asked = [f"_include={name}" for name in said.get("searchInclude", ())]
    asked += [f"_revinclude={name}" for name in said.get("searchRevInclude", ())]
    for one in asked:
        answer = doctor.ask(f"/fhir/{kind}?{whose}&{one}")
        modes = {entry["search"]["mode"] for entry in answer.resource["entry"]}
        assert (answer.status, modes) == (200, {"match", "include"}), one


def test_an_adjusted_goal_is_a_new_one_that_names_the_one_before(cast: Cast, doctor: FhirClient):
    patient = cast.new_patient()
    holm = cast.staff("holm")
    finished(cast, patient, holm)
    later = {"by": holm, "at": cast.at + timedelta(days=1), "as_of": cast.as_of + timedelta(days=1)}
    with looking(holm):
        base = prefill(queries.get_control(patient.public_id, seen_by=holm, as_of=later["as_of"]))
        mine = base | {"goal.ldl": "< 1,1", "reason.ldl": "Vi vil lavere"}
        assert isinstance(actions.finish_review(patient.public_id, base=base, mine=mine, **later), actions.Finished)
    code = "lifecycle-status=active"
    (now,) = [
        goal
        for goal in doctor.ask(f"/fhir/Goal?patient={patient.public_id}&{code}").found
        if goal["description"]["text"].startswith("LDL")
    ]
    assert (now["description"]["text"], now["statusReason"]) == ("LDL-kolesterol: < 1,1 mmol/L", "Vi vil lavere")
    (before,) = [
        part["valueReference"]["reference"]
        for extension in now["extension"]
        for part in extension["extension"]
        if extension["url"].endswith("goal-relationship") and part["url"] == "target"
    ]
    assert doctor.ask(f"/fhir/{before}").resource["lifecycleStatus"] == "cancelled"


def test_a_code_is_found_under_either_address_of_its_system(doctor: FhirClient, known: Patient):
    about = f"patient={known.public_id}"
    ours = doctor.ask(f"/fhir/Observation?{about}&code=http://npu-terminology.org|NPU27300").found
    theirs = doctor.ask(f"/fhir/Observation?{about}&code=urn:oid:1.2.208.176.2.1|NPU27300").found
    assert ours == theirs
    assert sorted(one["valueQuantity"]["value"] for one in ours) == [60, 71]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("gt60", [71]), ("ge60", [60, 71]), ("60", [60]), ("ne60", [71]), ("lt71", [60]), ("eb60", []), ("6e1", [60])],
)
def test_numbers_are_compared_as_precisely_as_they_are_asked_for(
    doctor: FhirClient, known: Patient, asked: str, expected: list[int]
):
    found = doctor.ask(f"/fhir/Observation?patient={known.public_id}&code=NPU27300&value-quantity={asked}").found
    assert sorted(one["valueQuantity"]["value"] for one in found) == expected


def test_pages_together_are_the_whole_and_a_page_cannot_be_made_up(doctor: FhirClient, known: Patient):
    about = f"/fhir/Goal?patient={known.public_id}"
    whole = [one["id"] for one in doctor.ask(about).found]
    paged: list[str] = []
    where = f"{about}&_count=2"
    while where:
        answer = doctor.ask(where)
        paged += [one["id"] for one in answer.found]
        following = [link["url"] for link in answer.resource["link"] if link["relation"] == "next"]
        where = following[0].removeprefix("http://localhost") if following else ""
        assert str(known.public_id) not in where
    assert paged == whole
    assert len(whole) > 4
    assert doctor.ask("/fhir/Goal?_page=made-up").status == 410


def test_what_tells_of_a_person_is_searched_by_post_only(doctor: FhirClient, known: Patient):
    number = f"urn:oid:1.2.208.176.1.2|{known.cpr_number}"
    assert [one["id"] for one in doctor.post_search("Patient", identifier=number).found] == [str(known.public_id)]
    for asked in (f"identifier={number}", "family=Skjultnavn", "birthdate=1966"):
        refused = doctor.ask(f"/fhir/Patient?{asked}")
        assert refused.status == 400
        assert SECRETS[0] not in refused.body.decode()


def test_what_has_not_changed_is_not_sent_again(doctor: FhirClient, known: Patient):
    one = doctor.ask(f"/fhir/Observation?patient={known.public_id}").found[0]
    read = doctor.ask(f"/fhir/Observation/{one['id']}")
    again = doctor.ask(f"/fhir/Observation/{one['id']}", IF_NONE_MATCH=read.headers["ETag"])
    assert (again.status, again.body) == (304, b"")


def test_a_read_is_in_the_patients_log(database: dict[str, str], doctor: FhirClient, known: Patient):
    def looks() -> int:
        return len(entries(database, f"event = 'api-read' AND patient_id = {known.pk}"))

    before = looks()
    one = doctor.ask(f"/fhir/Condition?patient={known.public_id}").found[0]
    doctor.ask(f"/fhir/Condition/{one['id']}")
    doctor.ask("/fhir/Observation?_count=500")  # the whole practice's: each patient's log tells
    assert looks() == before + 3


@pytest.mark.parametrize("who", STRANGERS, ids=lambda who: who or "nobody")
def test_a_stranger_learns_nothing_by_any_type_in_any_way(
    cast: Cast, doctor: FhirClient, known: Patient, who: str | None
):
    stranger = FhirClient(signed_in(cast, who) if who else None)
    for one in EVERY:
        if not one.is_about_patients:
            continue
        about = {"_id": str(known.public_id)} if one.kind == "Patient" else {"patient": str(known.public_id)}
        ids = [resource["id"] for resource in doctor.post_search(one.kind, **about).found]
        answers = [stranger.post_search(one.kind, **about), stranger.post_search(one.kind, _count="500")]
        for name in ids[:3]:
            path = f"/fhir/{one.kind}/{name}"
            answers += [stranger.ask(path), stranger.ask(f"{path}/_history"), stranger.ask(f"{path}/_history/1")]
            assert {answer.status for answer in answers[2:]} <= {401, 403, 404}
        check_tells_nothing(answers, known, ids)


def check_tells_nothing(answers: list[Answer], known: Patient, ids: list[str]) -> None:
    for answer in answers:
        said = answer.body.decode()
        assert answer.status < 500
        assert not [secret for secret in (*SECRETS, known.cpr_number or "", str(known.public_id)) if secret in said]
        assert not set(ids) & {
            resource["id"] for resource in answer.found if resource["resourceType"] != "Patient"
        } or (answer.status == 200 and not answer.found)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from([*sorted(SERVED), "Foo", "", "metadata", "$x"]),
    rest=st.lists(st.one_of(TEXTS, st.sampled_from(["_history", "_search", "1", "$everything"])), max_size=3),
    asked=st.lists(
        st.tuples(
            st.one_of(
                TEXTS,
                st.sampled_from(
                    ["_id", "_count", "_sort", "_include", "_elements", "date", "code", "patient", "value-quantity",
                     "identifier", "name:exact", "status:not", "_lastUpdated", "_summary", "performer"]
                ),
            ),
            st.one_of(TEXTS, st.sampled_from(["-1", "9" * 30, "ge2026-99-99", "a|b|c", "|", ",", "1e999", "NaN"])),
        ),
        max_size=4,
    ),
)  # fmt: skip
def test_whatever_is_asked_is_answered_with_a_resource_and_never_a_failure(
    doctor: FhirClient, kind: str, rest: list[str], asked: list[tuple[str, str]]
):
    path = "/".join(["/fhir", kind, *(quote(part, safe="") for part in rest)])
    for answer in (doctor.ask(f"{path}?{urlencode(asked)}"), doctor.post_search(kind or "Patient", **dict(asked))):
        assert answer.status < 500, (answer.status, answer.body)
        assert answer.status in (304,) or answer.resource["resourceType"]
