"""An app is told what happened: in order, numbered without gaps, signed, and only what its person may see."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from django.db import connections
from django.test import override_settings

from forloeb.jobs import hooks, outbox
from tests.integration.test_apps_of_others import browser_of
from tests.integration.test_who_may_read import finished
from tests.support.app import App, proof, register
from tests.support.personas import Cast
from tests.support.receiver import Receiver, receiver
from tests.support.site import served

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
TOPIC = "https://forloeb.dk/fhir/SubscriptionTopic/"
SCOPES = "system/*.cruds"


@pytest.fixture(scope="module")
def site(cast: Cast) -> Iterator[str]:
    with served() as address, override_settings(SITE_URL=address):
        yield address


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Receiver]:
    sql("DELETE FROM procrastinate_jobs")
    sql("UPDATE careplans_subscription SET status = 'off'")
    with receiver(tmp_path) as running:
        yield running
    sql("DELETE FROM procrastinate_jobs")


def sql(statement: str) -> list[tuple[Any, ...]]:
    with connections["loader"].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def work() -> None:
    """Let the worker do all that waits, as if its time had come; aside, away from a browser's event loop."""
    sql("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
    with ThreadPoolExecutor(max_workers=1) as aside:
        aside.submit(outbox.run_worker, until_empty=True).result(timeout=60)


@dataclass(slots=True)
class Subscriber:
    """An app with a token, and the addresses it asks."""

    site: str
    token: str

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        answer = requests.request(
            method, f"{self.site}/fhir/{path}", json=body, headers={"Authorization": f"Bearer {self.token}"}, timeout=30
        )
        return answer.status_code, answer.json() if answer.content else {}

    def subscribe(self, listener: Receiver, topic: str = "new-value", **changed: Any) -> tuple[int, dict[str, Any]]:
        return self.ask("POST", "Subscription", subscription(listener.host, topic, **changed))


def subscription(host: str, topic: str = "new-value", **changed: Any) -> dict[str, Any]:
    channel = {"type": "rest-hook", "endpoint": f"http://{host}/hook", "payload": "application/fhir+json"}
    channel.update(changed.pop("channel", {}))
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "to know",
        "criteria": TOPIC + topic,
        "channel": channel,
        **changed,
    }


@pytest.fixture
def system(cast: Cast, site: str, listener: Receiver) -> Subscriber:
    number = cast.demo.practice.ydernummer
    name = register(kind="system", scopes=SCOPES, organization=number, hook_hosts=[listener.host])
    return Subscriber(site, token_of(App(site, name), SCOPES))


def token_of(app: App, scope: str) -> str:
    form = proof(app.client_id, app.configuration["token_endpoint"])
    return str(app.post(grant_type="client_credentials", scope=scope, **form)["access_token"])


def told(listener: Receiver, kind: str = "event-notification") -> list[dict[str, str]]:
    """Give the events that came, each with its number and focus."""
    found = []
    for message in listener.heard():
        status = json.loads(message["body"])["entry"][0]["resource"]["parameter"]
        if message["status"] == 200 and {"name": "type", "valueCode": kind} in status:
            for event in (part["part"] for part in status if part["name"] == "notification-event"):
                said = {part["name"]: part for part in event}
                focus = said["focus"]["valueReference"]["reference"]
                found.append({"number": said["event-number"]["valueString"], "focus": focus})
            if kind != "event-notification":
                found.append({"number": "", "focus": ""})
    return found


def numbers(listener: Receiver) -> list[str]:
    return [event["number"] for event in told(listener)]


def test_a_handshake_comes_first_and_then_each_change_with_the_next_number(
    cast: Cast, system: Subscriber, listener: Receiver
):
    patient = cast.new_patient()
    status, made = system.subscribe(listener)
    assert (status, made["status"]) == (201, "requested")
    work()
    assert len(told(listener, "handshake")) == 1
    assert system.ask("GET", f"Subscription/{made['id']}")[1]["status"] == "active"
    for months in (3, 2, 1):
        cast.give_values(patient, months, weight="80")
        work()
    assert numbers(listener) == ["1", "2", "3"]
    assert all("/fhir/Observation/" in event["focus"] for event in told(listener))


def test_what_is_sent_is_signed_and_names_nobody(cast: Cast, system: Subscriber, listener: Receiver):
    patient = cast.new_patient()
    _status, made = system.subscribe(listener)
    (secret,) = [e["valueString"] for e in made["channel"]["extension"] if e["url"].endswith("subscription-secret")]
    cast.give_values(patient, 1, weight="80")
    work()
    for message in listener.heard():
        given = dict(part.split("=") for part in message["headers"][hooks.SIGNATURE].split(","))
        signed = hmac.new(secret.encode(), f"{given['t']}.{message['body']}".encode(), sha256).hexdigest()
        assert hmac.compare_digest(signed, given["v1"])
        for personal in (patient.cpr_number, patient.family_name, str(patient.public_id), "80"):
            assert f'"{personal}' not in message["body"]
    assert secret not in str(system.ask("GET", f"Subscription/{made['id']}"))


@pytest.mark.parametrize("topic", ["plan-changed", "referral"])
def test_a_saved_plan_and_a_referral_are_told_too(cast: Cast, system: Subscriber, listener: Receiver, topic: str):
    patient = cast.new_patient()
    system.subscribe(listener, topic)
    finished(cast, patient, cast.staff("holm"))
    cast.refer(patient, cast.demo.municipality)
    work()
    assert {event["focus"].split("/")[-2] for event in told(listener)} == {
        {"plan-changed": "CarePlan", "referral": "ServiceRequest"}[topic]
    }


def test_nobody_is_told_of_a_patient_they_may_not_see(cast: Cast, site: str, listener: Receiver):
    doctor = cast.new_practice_doctor()
    number = cast.organization_of(doctor).ydernummer
    name = register(kind="system", scopes=SCOPES, organization=number, hook_hosts=[listener.host])
    elsewhere = Subscriber(site, token_of(App(site, name), SCOPES))
    _status, made = elsewhere.subscribe(listener)
    cast.give_values(cast.new_patient(), 1, weight="80")
    work()
    assert told(listener) == []
    assert "notification-event" not in str(elsewhere.ask("GET", f"Subscription/{made['id']}/$events"))


def test_a_patients_app_is_told_of_that_patient_alone(cast: Cast, site: str, listener: Receiver):
    patient, other = cast.new_patient(), cast.new_patient()
    scopes = "patient/Observation.rs patient/Subscription.crd offline_access"
    app = App(site, register(scopes=scopes, hook_hosts=[listener.host]), scope=scopes)
    token = app.token(app.code(browser_of(cast, patient)))
    Subscriber(site, token["access_token"]).subscribe(listener)
    cast.give_values(other, 1, weight="80")
    cast.give_values(patient, 1, weight="81")
    work()
    assert numbers(listener) == ["1"]


def test_when_the_consent_ends_nothing_more_is_told(cast: Cast, site: str, listener: Receiver):
    patient = cast.new_patient()
    scopes = "patient/Observation.rs patient/Subscription.crd offline_access"
    app, browser = (
        App(site, register(scopes=scopes, hook_hosts=[listener.host]), scope=scopes),
        browser_of(cast, patient),
    )
    token = app.token(app.code(browser))
    Subscriber(site, token["access_token"]).subscribe(listener)
    work()
    app.post("revocation_endpoint", token=token["refresh_token"], client_id=app.client_id)
    cast.give_values(patient, 1, weight="80")
    work()
    assert told(listener) == []
    assert sql("SELECT status FROM careplans_subscription ORDER BY id DESC LIMIT 1") == [("off",)]


def test_a_subscriber_that_is_down_is_told_in_order_when_it_is_back(cast: Cast, system: Subscriber, listener: Receiver):
    patient = cast.new_patient()
    system.subscribe(listener)
    work()
    listener.say(503)
    for months in (3, 2, 1):
        cast.give_values(patient, months, weight="80")
        work()
    assert numbers(listener) == []
    listener.say(200)
    work()
    assert numbers(listener) == ["1", "2", "3"]


def test_one_that_stays_down_is_given_up_and_catches_up_by_asking(cast: Cast, system: Subscriber, listener: Receiver):
    patient = cast.new_patient()
    _status, made = system.subscribe(listener)
    work()
    listener.say(302)
    cast.give_values(patient, 1, weight="80")
    for _ in range(hooks.TRIES + 1):
        work()
    found = system.ask("GET", f"Subscription/{made['id']}")[1]
    assert (found["status"], found["error"]) == ("error", "HTTP 302")
    assert len(listener.heard()) == 1 + hooks.TRIES  # and nobody was led elsewhere
    caught_up = system.ask("GET", f"Subscription/{made['id']}/$events?eventsSinceNumber=1")[1]
    assert '"event-number"' in json.dumps(caught_up)
    state = system.ask("GET", f"Subscription/{made['id']}/$status")[1]["entry"][0]["resource"]["parameter"]
    assert {"name": "status", "valueCode": "error"} in state
    assert {"name": "events-since-subscription-start", "valueString": "1"} in state


def test_a_change_that_commits_late_is_told_before_what_began_after_it(
    database: dict[str, str], cast: Cast, system: Subscriber, listener: Receiver
):
    early, late = cast.new_patient(), cast.new_patient()
    for patient in (early, late):
        cast.give_values(patient, 5, weight="80")
    system.subscribe(listener)
    work()
    again = (
        "INSERT INTO records_observation (patient_id, source_system, source_id, version, recorded_at, code_system,"
        " code, measure, value, unit, setting, measured_on, status)"
        " SELECT patient_id, source_system, source_id || '-again', 1, now(), code_system, code, measure, value, unit,"
        " setting, measured_on, status FROM records_observation"
        " WHERE patient_id = %s LIMIT 1 RETURNING logical_id"
    )
    with psycopg.connect(database["FORLOEB_LOADER_DATABASE_URL"]) as slow:
        (first,) = slow.execute(again, [early.pk]).fetchone() or ()
        with psycopg.connect(database["FORLOEB_LOADER_DATABASE_URL"]) as quick:
            (second,) = quick.execute(again, [late.pk]).fetchone() or ()
            quick.commit()
        hooks.tell_subscriber(sql("SELECT max(id) FROM careplans_subscription")[0][0])
        assert numbers(listener) == []  # an older transaction is still under way
        slow.commit()
    work()
    assert [event["focus"].split("/")[-1] for event in told(listener)] == [str(first), str(second)]


def test_what_is_undone_is_not_told(database: dict[str, str], cast: Cast, system: Subscriber, listener: Receiver):
    before = sql("SELECT count(*) FROM careplans_change")
    system.subscribe(listener)
    with psycopg.connect(database["FORLOEB_LOADER_DATABASE_URL"]) as loader:
        loader.execute("UPDATE access_referral SET seen_at = now()")
        loader.rollback()
    assert sql("SELECT count(*) FROM careplans_change") == before


def test_nothing_is_noted_that_nobody_wants_to_be_told(cast: Cast, listener: Receiver):
    before = sql("SELECT count(*) FROM careplans_change")
    cast.give_values(cast.new_patient(), 1, weight="80")
    assert sql("SELECT count(*) FROM careplans_change") == before
    assert sql("SELECT count(*) FROM procrastinate_jobs") == [(0,)]


def test_a_heartbeat_comes_to_who_asked_and_has_heard_nothing(system: Subscriber, listener: Receiver):
    beat = {"extension": [{"url": BACKPORT + "backport-heartbeat-period", "valueUnsignedInt": 60}]}
    system.subscribe(listener, channel=beat)
    work()
    hooks.send_heartbeats(0)
    assert told(listener, "heartbeat") == []
    sql("UPDATE careplans_subscription SET told_at = told_at - interval '61 seconds'")
    hooks.send_heartbeats(0)
    assert len(told(listener, "heartbeat")) == 1


def test_an_app_that_is_deleted_is_told_no_more(cast: Cast, system: Subscriber, listener: Receiver):
    _status, made = system.subscribe(listener)
    work()
    assert system.ask("DELETE", f"Subscription/{made['id']}")[0] == 204
    cast.give_values(cast.new_patient(), 1, weight="80")
    work()
    assert told(listener) == []
    assert system.ask("GET", f"Subscription/{made['id']}")[0] == 404


def test_a_subscription_is_its_own_apps_alone(cast: Cast, site: str, system: Subscriber, listener: Receiver):
    _status, made = system.subscribe(listener)
    name = register(kind="system", scopes=SCOPES, organization=cast.demo.practice.ydernummer)
    other = Subscriber(site, token_of(App(site, name), SCOPES))
    for path in (made["id"], f"{made['id']}/$status", f"{made['id']}/$events"):
        assert other.ask("GET", f"Subscription/{path}")[0] == 404
    assert other.ask("DELETE", f"Subscription/{made['id']}")[0] == 404
    assert Subscriber(site, "made-up").ask("GET", f"Subscription/{made['id']}")[0] == 401


def test_scopes_say_who_may_subscribe_and_to_what(site: str, cast: Cast, listener: Receiver):
    for scope in ("system/Observation.rs", "system/Subscription.crd"):
        name = register(
            kind="system", scopes=scope, organization=cast.demo.practice.ydernummer, hook_hosts=[listener.host]
        )
        status, outcome = Subscriber(site, token_of(App(site, name), scope)).subscribe(listener)
        assert (status, outcome["issue"][0]["code"]) == (403, "forbidden")


Change = Callable[[Receiver], dict[str, Any]]


@pytest.mark.parametrize(
    ("change", "element"),
    [
        (lambda _: {"criteria": "Observation?code=1"}, "Subscription.criteria"),
        (lambda _: {"status": "active"}, "Subscription.status"),
        (lambda _: {"resourceType": "Patient"}, "resourceType"),
        (lambda _: {"channel": {"type": "email"}}, "Subscription.channel.type"),
        (lambda _: {"channel": {"payload": "text/plain"}}, "Subscription.channel.payload"),
        (lambda _: {"channel": {"header": ["X: 1"]}}, "Subscription.channel.header"),
        (lambda _: {"channel": {"endpoint": "https://elsewhere.example/"}}, "Subscription.channel.endpoint"),
        (lambda _: {"channel": {"endpoint": "http://169.254.169.254/"}}, "Subscription.channel.endpoint"),
        (lambda one: {"channel": {"endpoint": f"http://{one.host}@evil.example/"}}, "Subscription.channel.endpoint"),
        (lambda one: {"channel": {"endpoint": f"ftp://{one.host}/"}}, "Subscription.channel.endpoint"),
        (lambda _: {"channel": {"endpoint": "http://[/"}}, "Subscription.channel.endpoint"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_element(
    system: Subscriber, listener: Receiver, change: Change, element: str
):
    status, outcome = system.subscribe(listener, **change(listener))
    assert (status, outcome["issue"][0]["expression"]) == (422, [element])


def test_no_loopback_where_real_patients_can_be(system: Subscriber, listener: Receiver):
    with override_settings(DEMO=False, DEBUG=False):
        assert system.subscribe(listener)[0] == 422
