"""The CapabilityStatement tells the truth: what it names is there, and what it does not name is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.integration.test_access import signed_in
from tests.integration.test_fhir_writing import send
from tests.support.fhir.client import Answer, FhirClient
from tests.support.personas import Cast

NOBODY = "00000000-0000-4000-8000-000000000000"
BEHIND = ("DocumentReference", "Binary", "Subscription")
"""Types that the application behind the face answers for; their own tests ask for what they do."""


@pytest.fixture(scope="module")
def doctor(cast: Cast) -> FhirClient:
    return FhirClient(signed_in(cast, "holm"))


@pytest.fixture(scope="module")
def rest(cast: Cast) -> dict[str, Any]:
    (found,) = FhirClient().ask("/fhir/metadata").resource["rest"]
    assert isinstance(found, dict)
    return found


def is_unsupported(answer: Answer) -> bool:
    return answer.status == 404 and answer.resource["issue"][0]["code"] == "not-supported"


def test_operations_are_there_exactly_where_they_are_declared(doctor: FhirClient, rest: dict[str, Any]):
    resources = [one for one in rest["resource"] if one["type"] not in BEHIND]
    declared = {(one["type"], operation["name"]) for one in resources for operation in one.get("operation", ())}
    there = set()
    for one in resources:
        for name in {name for _, name in declared} | {"validate", "meta", "export"}:
            asked = [doctor.ask(f"/fhir/{one['type']}/{where}${name}") for where in ("", f"{NOBODY}/")]
            if not all(map(is_unsupported, asked)):
                there.add((one["type"], name))
    assert there == declared


def test_what_is_not_declared_to_be_written_is_refused(doctor: FhirClient, rest: dict[str, Any]):
    for one in rest["resource"]:
        if one["type"] in BEHIND:
            continue
        done = {interaction["code"] for interaction in one["interaction"]}
        sent = {"resourceType": one["type"], "id": NOBODY}
        path = f"/fhir/{one['type']}"
        tried = {
            "create": send(doctor, sent, path),
            "update": send(doctor, sent, f"{path}/{NOBODY}", "PUT"),
            "delete": doctor.ask(f"{path}/{NOBODY}", method="DELETE"),
            "patch": doctor.ask(f"{path}/{NOBODY}", method="PATCH"),
        }
        assert {name for name, answer in tried.items() if answer.status != 405} == done & tried.keys(), one["type"]


def test_bundles_are_taken_as_declared(doctor: FhirClient, rest: dict[str, Any]):
    declared = {one["code"] for one in rest["interaction"]}
    taken = {
        kind
        for kind in ("batch", "transaction", "collection", "document")
        if send(doctor, {"resourceType": "Bundle", "type": kind, "entry": []}, "/fhir").status == 200
    }
    assert declared == taken


def test_apps_are_shown_where_they_are_let_in(cast: Cast, rest: dict[str, Any]):
    told = Client(SERVER_NAME="localhost").get("/.well-known/smart-configuration").json()
    (uris,) = rest["security"]["extension"]
    said = {part["url"]: part["valueUri"] for part in uris["extension"]}
    kinds = {"authorize": "authorization", "token": "token", "revoke": "revocation", "introspect": "introspection"}
    assert said == {name: told[f"{kind}_endpoint"] for name, kind in kinds.items()}
    assert rest["security"]["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"


def test_subscriptions_are_told_of_and_need_a_token(cast: Cast, rest: dict[str, Any]):
    (said,) = [one for one in rest["resource"] if one["type"] == "Subscription"]
    asked = {"create": ("POST", ""), "read": ("GET", f"/{NOBODY}"), "delete": ("DELETE", f"/{NOBODY}")}
    assert {one["code"] for one in said["interaction"]} == asked.keys()
    ways = [*asked.values(), *(("GET", f"/{NOBODY}/${one['name']}") for one in said["operation"])]
    for method, where in ways:
        answer = Client(SERVER_NAME="localhost").generic(method, f"/fhir/Subscription{where}")
        assert (answer.status_code, answer.json()["resourceType"]) == (401, "OperationOutcome"), (method, where)
