"""CDS Hooks: a registered record system asks and gets cards; what is not known is said; nobody else learns anything."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from forloeb.access.own_log import get_own_log
from forloeb.careplans.actions import finish_review
from forloeb.careplans.feedback import count_advice
from forloeb.careplans.models import AdviceFeedback
from forloeb.careplans.queries import get_control
from forloeb.careplans.submission import prefill
from forloeb.jobs.advising import write_counts
from forloeb.kernel.identifiers import X_ECPR
from forloeb.people.models import Patient
from forloeb.people.viewers import looking
from tests.integration.test_who_may_read import finished
from tests.support import resources
from tests.support.personas import Cast
from tests.support.record_system import SITE, Signer, register

VIEW, SELECT, SIGN = "forloeb-patient-view", "forloeb-order-select", "forloeb-order-sign"
HOOKS = {VIEW: "patient-view", SELECT: "order-select", SIGN: "order-sign"}


@pytest.fixture
def system(cast: Cast) -> Signer:
    """The record system of the cast's practice."""
    return register(cast.demo.practice)


def asked(
    service: str, *sent: Any, cpr: str | None = None, orders: tuple[Any, ...] = (), **context: Any
) -> dict[str, Any]:
    """Give a call about patient p1 with everything that is prefetched."""
    by_kind: dict[str, list[Any]] = {"Condition": [], "Observation": [], "MedicationStatement": []}
    for one in sent:
        by_kind[one["resourceType"]].append(one)
    bundles = (resources.bundle(*found) for found in by_kind.values())
    drafts = {"draftOrders": resources.bundle(*orders)} if service != VIEW else {}
    if service == SELECT:
        drafts["selections"] = [f"{one['resourceType']}/{one['id']}" for one in orders]
    return {
        "hook": HOOKS[service],
        "hookInstance": str(uuid4()),
        "context": {"userId": "Practitioner/1", "patientId": "p1", **drafts, **context},
        "prefetch": {
            "patient": resources.patient(cpr=cpr),
            **dict(zip(("conditions", "observations", "medications"), bundles, strict=True)),
        },
    }


def order(atc: str, *, id: str = "m1", **more: Any) -> dict[str, Any]:
    """Give a draft order."""
    return resources.medication(atc, id=id, **more) | {"resourceType": "MedicationRequest", "status": "draft"}


def cards(answer: HttpResponse) -> dict[str, dict[str, Any]]:
    """Give the cards of an answer by their topic."""
    assert answer.status_code == 200, answer.content
    return {card["source"]["topic"]["code"]: card for card in orjson.loads(answer.content)["cards"]}


def empty_members(value: Any) -> Iterator[Any]:
    """Give everything null or empty, anywhere in an answer; the list of cards itself may be empty."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        if one is None or one == "" or one == [] or one == {}:
            yield one
        yield from empty_members(one)


def test_anybody_may_ask_which_services_there_are():
    answer = Client(headers={"host": "localhost"}).get("/cds-services")
    found = {service["id"]: service for service in orjson.loads(answer.content)["services"]}
    assert {name: service["hook"] for name, service in found.items()} == HOOKS
    assert found[VIEW]["prefetch"]["patient"] == "Patient/{{context.patientId}}"
    assert not list(empty_members(found))


def test_what_is_sent_suffices_for_somebody_we_have_never_seen(system: Signer):
    sent = resources.condition("T90"), resources.observation("NPU27300", value=71, unit="mmol/mol", on=_days_ago(20))
    found = cards(system.call(VIEW, asked(VIEW, *sent)))
    assert "HbA1c" in found["off-goal"]["summary"]
    assert found["off-goal"]["indicator"] == "warning"
    assert "T2D-A1C" in found["off-goal"]["detail"]
    assert "[skal bekræftes af en kliniker]" in found["off-goal"]["detail"]
    assert "afventer klinisk godkendelse" in found["off-goal"]["detail"]
    assert "Om der er en forløbsplan, vides ikke" in found["not-known"]["detail"]


def _days_ago(days: int) -> str:
    return (timezone.localdate() - timedelta(days=days)).isoformat()


def test_somebody_healthy_of_whom_all_is_known_gets_no_card(system: Signer):
    assert cards(system.call(VIEW, asked(VIEW))) == {}


def test_nothing_is_null_or_empty_in_any_card(system: Signer):
    sent = resources.condition("T90"), resources.observation("DNK35302", value=22, unit="mL/min", on=_days_ago(9))
    for service, orders in ((VIEW, ()), (SIGN, (order("A10BA02"), order("A10BK01", id="m2")))):
        answer = system.call(service, asked(service, *sent, orders=orders))
        assert cards(answer)
        assert not list(empty_members(orjson.loads(answer.content)["cards"]))
        assert all(len(card["summary"]) < 140 for card in cards(answer).values())


def test_our_own_patient_without_a_plan_needs_one(cast: Cast, system: Signer):
    patient = cast.new_patient(conditions=("T90",))
    found = cards(system.call(VIEW, asked(VIEW, resources.condition("T90"), cpr=patient.cpr_number)))
    assert found["no-plan"]["summary"] == "Ingen forløbsplan for Type 2-diabetes"
    assert found["no-plan"]["suggestions"][0]["actions"][0]["resource"]["resourceType"] == "Task"
    assert found["no-plan"]["selectionBehavior"] == "at-most-one"
    assert found["no-plan"]["links"][0] == {
        "label": "Åbn forløbsplanen",
        "url": f"{SITE}/patient/{patient.public_id}/",
        "type": "absolute",
    }


def test_a_record_system_with_smart_gets_a_smart_link_and_no_empty_context(cast: Cast):
    system = register(cast.demo.practice, fhir_base_url="https://lps.example/fhir", client_id="forloeb")
    patient = cast.new_patient(conditions=("T90",))
    found = cards(system.call(VIEW, asked(VIEW, resources.condition("T90"), cpr=patient.cpr_number)))
    assert found["no-plan"]["links"] == [{"label": "Åbn forløbsplanen", "url": f"{SITE}/launch", "type": "smart"}]


def test_our_own_record_answers_where_too_little_was_sent(cast: Cast, system: Signer):
    patient = cast.new_patient(conditions=("T90",))
    cast.give_values(patient, 1, hba1c="80")
    call = asked(VIEW, cpr=patient.cpr_number)
    call["prefetch"]["observations"] = None
    found = cards(system.call(VIEW, call))
    assert "HbA1c: 80 mmol/mol" in found["off-goal"]["detail"]


def test_the_first_page_of_several_is_not_taken_for_all(cast: Cast, system: Signer):
    call = asked(VIEW)
    call["prefetch"]["observations"]["link"] = [{"relation": "next", "url": "https://lps.example/fhir?page=2"}]
    found = cards(system.call(VIEW, call))
    assert "observations" in found["not-known"]["detail"]


def test_a_control_that_is_overdue_is_said(cast: Cast, system: Signer):
    ove = cast.demo.patients["ove"]
    found = cards(system.call(VIEW, asked(VIEW, resources.condition("T90"), cpr=ove.cpr_number)))
    assert found["overdue"]["summary"].startswith("Årskontrollen er overskredet: den sidste var")
    assert "no-plan" not in found


def test_an_agreed_goal_is_what_a_value_is_held_against(cast: Cast, system: Signer):
    karen = cast.demo.patients["karen"]
    call = asked(VIEW, cpr=karen.cpr_number)
    call["prefetch"]["conditions"] = None
    found = cards(system.call(VIEW, call))
    assert "aftalt mål" in found["off-goal"]["detail"]


@pytest.mark.parametrize("diagnosis", ["K90", "K76"], ids=["a fact of the same rule", "another disease's rule"])
def test_a_diagnosis_that_changes_what_a_goal_rested_on_is_said(cast: Cast, system: Signer, diagnosis: str):
    patient, holm = cast.new_patient(conditions=("T90",)), cast.staff("holm")
    with looking(holm):
        base = prefill(get_control(patient.public_id, seen_by=holm, as_of=cast.as_of))
        agreed = {**base, "goal.ldl": "< 2,2", "reason.ldl": "Ønsker mindre medicin"}
        finish_review(patient.public_id, base=base, mine=agreed, by=holm, at=cast.at, as_of=cast.as_of)
    before = asked(VIEW, resources.condition("T90"), cpr=patient.cpr_number)
    assert "premise-changed" not in cards(system.call(VIEW, before))
    after = asked(VIEW, resources.condition("T90"), resources.condition(diagnosis, id="c2"), cpr=patient.cpr_number)
    found = cards(system.call(VIEW, after))["premise-changed"]
    assert "LDL-kolesterol" in found["summary"]


def test_an_urgent_flag_is_a_critical_card_of_its_own(system: Signer):
    sent = (
        resources.condition("T90"),
        resources.medication("A10BA02"),
        resources.observation("DNK35302", value=24, unit="mL/min", on=_days_ago(9)),
    )
    found = cards(system.call(VIEW, asked(VIEW, *sent)))
    assert found["T2D-FLAG-METFORMIN"]["indicator"] == "critical"
    assert "eGFR 24 mL/min" in found["T2D-FLAG-METFORMIN"]["detail"]


def test_a_sign_of_a_disease_that_nobody_has_diagnosed_is_not_taken_for_health(system: Signer):
    sent = [resources.observation("NPU27300", id=f"o{n}", value=52, unit="mmol/mol", on=_days_ago(n)) for n in (9, 99)]
    found = cards(system.call(VIEW, asked(VIEW, *sent)))
    assert found["not-known"]["summary"] == "Vides ikke: om patienten har Type 2-diabetes"


def test_what_cannot_be_used_is_counted_in_a_card(system: Signer):
    broken = resources.observation("NPU27300", value=71, unit="furlong", on=_days_ago(9))
    found = cards(system.call(VIEW, asked(VIEW, resources.condition("T90"), broken)))
    assert "1 ting i det, der blev sendt, kunne ikke bruges." in found["not-known"]["detail"]


def test_a_patient_of_another_practice_is_nobody_to_this_one(cast: Cast, system: Signer):
    other = register(cast.organization_of(cast.new_practice_doctor()))
    patient = cast.new_patient(conditions=("T90",))
    finished(cast, patient, cast.staff("holm"))
    call = asked(VIEW, cpr=patient.cpr_number)
    call["prefetch"]["conditions"] = None
    stranger = other.call(VIEW, call)
    unknown = asked(VIEW)
    unknown["prefetch"]["conditions"] = None
    assert _without_names(stranger) == _without_names(other.call(VIEW, unknown))
    assert "not-known" in cards(stranger)


def _without_names(answer: HttpResponse) -> list[dict[str, Any]]:
    return [
        {key: value for key, value in card.items() if key != "uuid"} for card in orjson.loads(answer.content)["cards"]
    ]


def test_the_patient_reads_in_the_log_that_they_were_asked_about(cast: Cast, system: Signer):
    patient = cast.new_patient(conditions=("T90",))
    system.call(VIEW, asked(VIEW, cpr=patient.cpr_number))
    viewer = cast.as_patient(patient)
    with looking(viewer):
        looks = get_own_log(seen_by=viewer, as_of=cast.as_of)
    assert any(look.event == "decision-support" and look.organization == cast.demo.practice.name for look in looks)


# --- Orders ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", [SELECT, SIGN])
def test_metformin_with_low_kidney_function_is_warned_about_with_the_order_to_take_away(system: Signer, service: str):
    kidneys = resources.observation("DNK35302", value=24, unit="mL/min", on=_days_ago(30))
    found = cards(system.call(service, asked(service, kidneys, orders=(order("A10BA02"),))))
    card = found["T2D-ORDER-METFORMIN"]
    assert card["indicator"] == "critical"
    assert card["suggestions"][0]["actions"] == [
        {"type": "delete", "description": "Fjern ordinationen", "resourceId": ["MedicationRequest/m1"]}
    ]
    assert card["source"]["label"].startswith("Forløb – Danish GP clinic")
    assert "[skal bekræftes af en kliniker]" in card["summary"]


def test_an_order_without_a_known_kidney_function_is_not_silent(system: Signer):
    found = cards(system.call(SIGN, asked(SIGN, orders=(order("A10BK01"),))))
    suggested = found["T2D-ORDER-SGLT2-UNKNOWN"]["suggestions"][0]["actions"][0]
    assert suggested["resource"]["code"]["coding"][0]["code"] == "DNK35302"


def test_a_dose_is_no_matter_of_an_order_with_good_kidneys(system: Signer):
    kidneys = resources.observation("DNK35302", value=90, comparator=">", unit="mL/min", on=_days_ago(30))
    assert cards(system.call(SIGN, asked(SIGN, kidneys, orders=(order("A10BA02"),)))) == {}


def test_only_what_was_selected_is_looked_at_while_choosing(system: Signer):
    kidneys = resources.observation("DNK35302", value=15, unit="mL/min", on=_days_ago(30))
    call = asked(SELECT, kidneys, orders=(order("A10BA02"), order("A10BK01", id="m2")))
    call["context"]["selections"] = ["MedicationRequest/m2"]
    assert set(cards(system.call(SELECT, call))) == {"T2D-ORDER-SGLT2"}


def test_an_order_without_a_code_is_said_to_be_unchecked(system: Signer):
    bare = order("A10BA02") | {"medicationCodeableConcept": {"text": "Metformin 500 mg"}}
    found = cards(system.call(SIGN, asked(SIGN, orders=(bare,))))
    assert found["not-known"]["summary"] == "1 ordination har ingen ATC-kode og er ikke kontrolleret"


def test_an_order_for_somebody_of_whom_too_little_is_known_is_said_to_be_unchecked(system: Signer):
    call = asked(SIGN, orders=(order("A10BA02"),))
    del call["prefetch"]
    found = cards(system.call(SIGN, call))
    assert found["not-known"]["indicator"] == "warning"
    assert "patient, conditions, observations, medications" in found["not-known"]["detail"]


# --- Who asks -------------------------------------------------------------------------------------------------------


def refused(answer: HttpResponse) -> str:
    assert answer.status_code == 401, answer.content
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    return str(orjson.loads(answer.content)["error"])


HERE = f"{SITE}/cds-services/{VIEW}"


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("audience", {"aud": f"{SITE}/cds-services/{SIGN}"}),
        ("audience", {"aud": None}),
        ("expired", {"iat": 1_700_000_000, "exp": 1_700_000_060}),
        ("expired", {"iat": 4_000_000_000, "exp": 4_000_000_060}),
        ("too-long", {"lasts": 3600}),
        ("incomplete", {"exp": None}),
        ("incomplete", {"exp": "soon"}),
        ("incomplete", {"jti": None}),
        ("incomplete", {"jti": ""}),
        ("incomplete", {"jti": "x" * 201}),
        ("unknown-system", {"iss": "https://somebody.else"}),
        ("signature", {"by": "another"}),
    ],
)
def test_a_token_that_is_not_in_order_is_refused_and_says_why(system: Signer, why: str, told: dict[str, Any]):
    token = system.token(told.pop("aud", HERE), **told) if told.get("aud", HERE) else system.token(HERE, **told)
    answer = system.call(VIEW, asked(VIEW), token=token)
    assert refused(answer) == why


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer "}, {"Authorization": "Bearer a.b.c"}]
)
def test_a_call_without_a_token_is_refused(database: dict[str, str], header: dict[str, str]):
    answer = Client(headers={"host": "localhost"}).post(
        f"/cds-services/{VIEW}", b"{}", content_type="application/json", headers=header
    )
    assert refused(answer) == "no-token"


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "HS256"}])
def test_an_unsigned_token_or_one_signed_with_a_public_key_as_secret_is_refused(system: Signer, header: dict[str, str]):
    parts = [urlsafe_b64encode(orjson.dumps(one)).rstrip(b"=").decode() for one in (header, system.claims(HERE))]
    assert (
        refused(
            system.call(VIEW, asked(VIEW), token=f"{parts[0]}.{parts[1]}.{'AAAA' if header['alg'] != 'none' else ''}")
        )
        == "signature"
    )


def test_a_token_is_taken_once(system: Signer):
    token = system.token(HERE)
    assert system.call(VIEW, asked(VIEW), token=token).status_code == 200
    assert refused(system.call(VIEW, asked(VIEW), token=token)) == "replayed"


# --- Calls that are not in order ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("element", "change"),
    [
        ("hook", {"hook": "order-sign"}),
        ("hookInstance", {"hookInstance": "1"}),
        ("hookInstance", {"hookInstance": None}),
        ("context", {"context": []}),
        ("context.patientId", {"context": {"userId": "Practitioner/1"}}),
        ("context.userId", {"context": {"patientId": "p1"}}),
        ("fhirServer", {"fhirAuthorization": {"access_token": "x"}}),
        ("prefetch", {"prefetch": 3}),
        ("prefetch.patient", {"prefetch": {"patient": {"resourceType": "Practitioner"}}}),
        ("prefetch.patient", {"prefetch": {"patient": {"resourceType": "Patient", "id": "p2"}}}),
        ("prefetch.conditions", {"prefetch": {"conditions": {"resourceType": "Condition"}}}),
        ("prefetch.observations", {"prefetch": {"observations": {"resourceType": "Bundle", "entry": [1]}}}),
    ],
)
def test_a_call_that_cannot_be_read_names_the_element(system: Signer, element: str, change: dict[str, Any]):
    answer = system.call(VIEW, {**asked(VIEW), **change})
    assert answer.status_code == 400
    assert orjson.loads(answer.content)["element"] == element


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b'{"hook": NaN}'])
def test_a_body_that_is_no_json_object_is_refused(system: Signer, body: bytes):
    answer = system.call(VIEW, body)
    assert answer.status_code == 400
    assert orjson.loads(answer.content)["element"] == "body"


def test_orders_that_are_not_there_cannot_be_selected(system: Signer):
    answer = system.call(SELECT, asked(SELECT, selections=["MedicationRequest/other"]))
    assert orjson.loads(answer.content)["element"] == "context.selections"


def test_a_service_that_is_not_there_and_a_method_that_is_not_taken(system: Signer):
    assert system.call("forloeb-nothing", asked(VIEW)).status_code == 404
    assert Client(headers={"host": "localhost"}).get(f"/cds-services/{VIEW}").status_code == 405


# --- Feedback -------------------------------------------------------------------------------------------------------


def told(card: str, outcome: str = "accepted", **more: Any) -> dict[str, Any]:
    return {"card": card, "outcome": outcome, "outcomeTimestamp": "2026-11-23T09:30:00+01:00", **more}


def test_what_became_of_a_card_is_kept_and_counted(cast: Cast, system: Signer):
    before = {c.topic: c for c in count_advice(since=cast.at)}.get("T2D-ORDER-SGLT2-UNKNOWN")
    given = [
        cards(system.call(SIGN, asked(SIGN, orders=(order("A10BK01"),))))["T2D-ORDER-SGLT2-UNKNOWN"] for _ in range(3)
    ]
    where = reverse("cds-feedback", args=[SIGN])
    said = [
        told(given[0]["uuid"], acceptedSuggestions=[{"id": given[0]["suggestions"][0]["uuid"]}]),
        told(
            given[1]["uuid"], "overridden", overrideReason={"reason": {"code": "already-done"}, "userComment": "I går"}
        ),
    ]
    assert system.post(where, {"feedback": said}).status_code == 200
    after = {c.topic: c for c in count_advice(since=cast.at)}["T2D-ORDER-SGLT2-UNKNOWN"]
    assert (after.given - (before.given if before else 0), after.accepted, after.overridden) == (3, 1, 1)
    assert after.reasons == {"already-done": 1}
    # The last word counts.
    system.post(where, {"feedback": [told(given[1]["uuid"])]})
    after = {c.topic: c for c in count_advice(since=cast.at)}["T2D-ORDER-SGLT2-UNKNOWN"]
    assert (after.accepted, after.overridden, after.reasons) == (2, 0, {})


def test_what_a_clinician_wrote_is_read_by_their_practice_alone(cast: Cast, system: Signer):
    card = cards(system.call(SIGN, asked(SIGN, orders=(order("A10BK01"),))))["T2D-ORDER-SGLT2-UNKNOWN"]
    said = told(card["uuid"], "overridden", overrideReason={"userComment": "Aftalt i telefonen"})
    system.post(reverse("cds-feedback", args=[SIGN]), {"feedback": [said]})
    for staff, may_read in (("holm", True), ("lund", False), ("nygaard", False)):
        with looking(cast.staff(staff)):
            read = AdviceFeedback.objects.filter(advice_id=card["uuid"]).values_list("comment", flat=True)
            assert list(read) == (["Aftalt i telefonen"] if may_read else [])


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_counts_are_written_for_who_runs_the_system(cast: Cast, system: Signer, form: str):
    system.call(SIGN, asked(SIGN, orders=(order("A10BK03"),)))
    out = StringIO()
    write_counts(out, since=cast.as_of, form=form)
    assert "T2D-ORDER-SGLT2-UNKNOWN" in out.getvalue()
    out = StringIO()
    write_counts(out, since=cast.as_of + timedelta(days=1), form="text")
    assert out.getvalue() == "no advice has been given\n"


def test_feedback_on_another_practices_card_is_refused(cast: Cast, system: Signer):
    card = cards(system.call(SIGN, asked(SIGN, orders=(order("A10BK01"),))))["T2D-ORDER-SGLT2-UNKNOWN"]
    other = register(cast.organization_of(cast.new_practice_doctor()))
    answer = other.post(reverse("cds-feedback", args=[SIGN]), {"feedback": [told(card["uuid"])]})
    assert orjson.loads(answer.content)["element"] == "feedback[0].card"


@pytest.mark.parametrize(
    ("element", "said"),
    [
        ("feedback", {}),
        ("feedback", {"feedback": []}),
        ("feedback[0]", {"feedback": [3]}),
        ("feedback[0].outcome", {"feedback": [told(str(uuid4()), "maybe")]}),
        ("feedback[0].card", {"feedback": [told("x")]}),
        ("feedback[0].outcomeTimestamp", {"feedback": [{"card": str(uuid4()), "outcome": "accepted"}]}),
        ("feedback[0].acceptedSuggestions[0].id", {"feedback": [told(str(uuid4()), acceptedSuggestions=[{}])]}),
        (
            "feedback[0].overrideReason.userComment",
            {"feedback": [told(str(uuid4()), "overridden", overrideReason={"userComment": "x" * 501})]},
        ),
    ],
)
def test_feedback_that_cannot_be_read_names_the_element(system: Signer, element: str, said: dict[str, Any]):
    answer = system.post(reverse("cds-feedback", args=[VIEW]), said)
    assert answer.status_code == 400
    assert orjson.loads(answer.content)["element"] == element


def test_cards_are_in_english_for_who_asks_for_it(system: Signer):
    answer = system.call(SIGN, asked(SIGN, orders=(order("A10BK01"),)), **{"Accept-Language": "en"})
    assert "eGFR is unknown" in cards(answer)["T2D-ORDER-SGLT2-UNKNOWN"]["summary"]


def test_text_that_the_database_cannot_keep_is_no_fault_of_ours(system: Signer):
    nameless = asked(VIEW)
    nameless["prefetch"]["patient"]["identifier"] = [{"system": X_ECPR, "value": "a\0b"}]
    nameless["prefetch"]["conditions"] = None
    assert "not-known" in cards(system.call(VIEW, nameless))
    stranger = Signer("https://lps.example\0")
    assert refused(stranger.call(VIEW, asked(VIEW))) == "unknown-system"
    card = cards(system.call(SIGN, asked(SIGN, orders=(order("A10BK01"),))))["T2D-ORDER-SGLT2-UNKNOWN"]
    why = {"reason": {"code": "x\0"}, "userComment": "y\0"}
    said = {"feedback": [told(card["uuid"], "overridden", overrideReason=why)]}
    assert system.post(reverse("cds-feedback", args=[SIGN]), said).status_code == 200


def test_no_card_holds_the_patients_number_or_name(cast: Cast, system: Signer):
    patient = cast.new_patient(conditions=("T90",))
    answer = system.call(VIEW, asked(VIEW, resources.condition("T90"), cpr=patient.cpr_number))
    assert Patient.objects.using("loader").get(pk=patient.pk).family_name not in answer.content.decode()
    assert str(patient.cpr_number) not in answer.content.decode()
