"""The plan as FHIR: whole, exact, and readable by the program that reads everybody else's FHIR."""

from __future__ import annotations

from decimal import Decimal

import orjson
import pytest

from forloeb.fhir.bundle import read_bundle
from forloeb.guidelines.record import Measurement
from tests.integration.test_access import signed_in
from tests.support.personas import Cast


def downloaded(cast: Cast, who: str) -> dict:
    answer = signed_in(cast, who).get("/my-plan/plan.json")
    assert answer.headers["Content-Type"] == "application/fhir+json"
    return orjson.loads(answer.content)


def of_type(bundle: dict, resource_type: str) -> list[dict]:
    return [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == resource_type]


def numbers(measurements: list[Measurement]) -> set[tuple[str, object, object]]:
    return {(m.measure, m.measured_on, m.quantity) for m in measurements if m.quantity is not None}


def test_every_number_of_the_plan_survives_the_journey_to_fhir_and_back(cast: Cast):
    from forloeb.careplans import queries
    from forloeb.people.viewers import looking

    karen = cast.patient("karen")
    with looking(karen):
        control = queries.get_own_plan(seen_by=karen, as_of=cast.as_of)
    sent = numbers([m for row in control.rows for m in row.history])
    assert len(sent) > 100
    assert numbers(list(read_bundle(downloaded(cast, "karen")).record.measurements)) == sent


def test_decimals_keep_their_digits(cast: Cast):
    body = signed_in(cast, "karen").get("/my-plan/plan.json").content.decode()
    assert '"value": 1.6,' in body
    assert "1.60000" not in body


def test_it_holds_the_plans_the_agreed_goals_with_their_reasons_and_what_was_agreed(cast: Cast):
    bundle = downloaded(cast, "karen")
    assert {plan["category"][0]["coding"][0]["code"] for plan in of_type(bundle, "CarePlan")} == {
        "ALAL21",
        "ALAL22",
        "ALAL02",
    }
    goals = {goal["id"]: goal for goal in of_type(bundle, "Goal")}
    agreed, recommended = goals["hba1c-agreed"], goals["hba1c-recommended"]
    assert Decimal(str(agreed["target"][0]["detailRange"]["high"]["value"])) == 60
    assert agreed["description"]["text"] == "HbA1c: < 60 mmol/mol"
    assert agreed["statusReason"].startswith("Vi vil undgå for lavt blodsukker")
    assert recommended["lifecycleStatus"] == "cancelled"
    activities = of_type(bundle, "CarePlan")[0]["activity"]
    assert "Træner på lungeholdet to gange om ugen i 12 uger" in {a["detail"]["description"] for a in activities}


def test_every_reference_points_into_the_bundle(cast: Cast):
    bundle = downloaded(cast, "karen")
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(urls) == len(set(urls))
    found = list(references(bundle))
    assert found
    assert set(found) <= set(urls)


@pytest.mark.parametrize("who", ["karen", "ove", "bent", "pia"])
def test_nothing_in_it_is_empty(cast: Cast, who: str):
    assert list(empty(downloaded(cast, who), "Bundle")) == []


def empty(part: object, where: str):
    """Name the places that FHIR does not allow: empty texts, lists and objects, and null."""
    if part is None or part in ("", [], {}):
        yield where
    for name, inner in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        yield from empty(inner, f"{where}.{name}")


def references(part: object):
    if isinstance(part, dict):
        if isinstance(part.get("reference"), str):
            yield part["reference"]
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def test_a_relative_may_take_it_along_too_and_it_is_in_the_log(cast: Cast):
    assert of_type(downloaded(cast, "sofie"), "Patient")[0]["name"][0]["family"] == "Vestergaard"


def test_someone_without_a_cpr_number_is_named_by_the_replacement_number(cast: Cast):
    from django.conf import settings
    from django.test import override_settings

    patient = cast.new_patient()
    type(patient).objects.using("loader").filter(pk=patient.pk).update(cpr_number=None, replacement_id="010190AB12")
    key = cast.give_login(patient)
    with override_settings(DEMO_PERSONAS=(*settings.DEMO_PERSONAS, (key, ""))):
        bundle = downloaded(cast, key)
    (named,) = of_type(bundle, "Patient")[0]["identifier"]
    assert (named["use"], named["value"]) == ("temp", "010190AB12")


# --- the summary, as a document


def summary_of(cast: Cast, who: str) -> dict:
    answer = signed_in(cast, who).get("/my-plan/summary.json")
    assert answer.headers["Content-Type"] == "application/fhir+json"
    return orjson.loads(answer.content)


def test_a_summary_is_a_document_whose_every_reference_is_in_it(cast: Cast):
    bundle = summary_of(cast, "karen")
    assert (bundle["type"], bundle["entry"][0]["resource"]["resourceType"]) == ("document", "Composition")
    assert bundle["identifier"]["value"].startswith("urn:uuid:")
    held = {entry["fullUrl"] for entry in bundle["entry"]}
    assert len(held) == len(bundle["entry"])
    asked = set(references(bundle))
    assert asked
    assert asked <= held


def test_a_summary_has_problems_medication_results_and_the_plan_of_care_for_programs_and_for_eyes(cast: Cast):
    composition = summary_of(cast, "karen")["entry"][0]["resource"]
    sections = {section["code"]["coding"][0]["code"]: section for section in composition["section"]}
    assert list(sections) == ["11450-4", "10160-0", "30954-2", "18776-5"]
    assert all(section["entry"] for section in sections.values())
    assert "KOL, siden" in sections["11450-4"]["text"]["div"]
    assert "A10BA02" in sections["10160-0"]["text"]["div"]
    assert "HbA1c: 58 mmol/mol" in sections["30954-2"]["text"]["div"]
    assert "Aftalt mål: HbA1c: &lt; 60 mmol/mol" in sections["18776-5"]["text"]["div"]


def test_a_summary_says_unknown_where_nothing_is_on_record(cast: Cast):
    composition = summary_of(cast, "pia")["entry"][0]["resource"]
    problems = composition["section"][0]
    assert "entry" not in problems
    assert problems["emptyReason"]["coding"][0]["code"] == "unavailable"
