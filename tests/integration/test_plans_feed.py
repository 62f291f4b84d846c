"""The feed for portals: a citizen's plans, to the citizen and who reads for them, in the form that is laid down."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from forloeb.careplans.models import CarePlan
from tests.integration.test_access import signed_in
from tests.support.personas import Cast

SCHEMA = orjson.loads((Path(__file__).parents[2] / "docs/reference/plans-feed.schema.json").read_bytes())


@pytest.mark.parametrize("who", ["karen", "sofie"])
def test_the_feed_is_as_its_schema_says_and_its_links_lead_somewhere(cast: Cast, who: str) -> None:
    client = signed_in(cast, who)
    answer = client.get("/api/plans")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    feed = orjson.loads(answer.content)
    Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(feed)
    assert {plan["type"]["code"] for plan in feed["plans"]} == {"ALAL02", "ALAL21", "ALAL22"}
    assert {plan["practice"]["name"] for plan in feed["plans"]} == {"Lægerne ved Åen"}
    assert {plan["nextControlOn"] for plan in feed["plans"]} == {cast.as_of.isoformat()}
    for link in (link for plan in feed["plans"] for link in plan["links"].values()):
        assert client.get(link).status_code == 200, link


def test_an_id_stays_the_same_and_names_nobody(cast: Cast) -> None:
    feed = orjson.loads(signed_in(cast, "karen").get("/api/plans").content)
    held = CarePlan.objects.using("loader").filter(patient=cast.demo.patients["karen"])
    assert {plan["id"] for plan in feed["plans"]} == {str(plan.public_id) for plan in held}
    assert (cast.demo.patients["karen"].cpr_number or "-") not in orjson.dumps(feed).decode()


def test_a_patient_without_a_plan_has_an_empty_feed(cast: Cast) -> None:
    assert orjson.loads(signed_in(cast, "pia").get("/api/plans").content)["plans"] == []


def test_nobody_else_is_given_anything(cast: Cast) -> None:
    nobody = Client(SERVER_NAME="localhost").get("/api/plans")
    assert (nobody.status_code, orjson.loads(nobody.content)["error"]) == (401, "not-signed-in")
    for who in ("holm", "nygaard"):
        staff = signed_in(cast, who).get("/api/plans")
        assert (staff.status_code, orjson.loads(staff.content)["error"]) == (403, "not-for-this-viewer")


def test_the_feed_is_only_read(cast: Cast) -> None:
    assert signed_in(cast, "karen").post("/api/plans").status_code == 405
