"""Every look-up reaches the national log, in order and at least once; what it refuses blocks nothing."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import requests
from django.conf import settings
from django.utils import timezone

from forloeb.adapters.national.gateway import Gateway
from forloeb.adapters.national.registrations import HttpRegistrations
from forloeb.audit import registering
from forloeb.audit.registrations import NotReceived, NotUnderstood
from forloeb.careplans import queries
from forloeb.config import auditing
from forloeb.jobs import outbox
from forloeb.jobs.minlog import Wanted, run
from forloeb.jobs.registering import LONGEST_PAUSE, send_registrations
from forloeb.people.models import Patient
from forloeb.people.viewers import looking
from tests.support.connected import sql
from tests.support.national.gateway import TOKEN
from tests.support.national.log import Log, log
from tests.support.personas import Cast

ONE = {
    "resourceType": "AuditEvent",
    "id": "0-1",
    "recorded": "2026-11-23T12:00:00+01:00",
    "agent": [{"requestor": True}],
    "entity": [{"what": {"identifier": {"value": "0101900000"}}}],
}


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Log]:
    with log(tmp_path) as started:
        yield started


@pytest.fixture
def minlog(gateway: Log, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """A log that has everything that other tests looked at, and nothing set aside."""
    monkeypatch.setattr(settings, "MINLOG_URL", gateway.address)
    monkeypatch.setattr(settings, "MINLOG_TOKEN", TOKEN)
    send()
    (gateway.folder / "kept").write_text("")
    yield gateway
    for mood in ("mood", "poison"):
        (gateway.folder / mood).write_text("")
    gateway.refuse({})
    send()
    registering.try_again()
    send()


def send() -> None:
    sql("UPDATE audit.registering SET not_before = NULL")
    send_registrations(0)


def look(cast: Cast, patient: Patient, times: int = 1) -> None:
    holm = cast.staff("holm")
    for _ in range(times):
        with looking(holm):
            queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of)


def told_of(minlog: Log, patient: Patient) -> list[str]:
    """Give the ids of the registrations about a patient, in the order in which they were kept."""
    about = [one for one in minlog.kept() if one["entity"][0]["what"]["identifier"]["value"] == patient.cpr_number]
    return [str(one["id"]) for one in about]


def place(name: str) -> tuple[int, int]:
    chain, position = name.split("-")
    return int(chain), int(position)


# --- the contract: the gateway's side, spoken to by hand


@pytest.mark.parametrize(
    ("body", "token", "status"),
    [
        ({"registrations": [ONE]}, TOKEN, 200),
        ({"registrations": [ONE]}, "another", 401),
        ({"registrations": []}, TOKEN, 400),
        ({"registrations": [ONE] * 201}, TOKEN, 400),
        ({"registrations": [{**ONE, "entity": []}]}, TOKEN, 400),
        ({"registrations": [ONE], "more": 1}, TOKEN, 400),
        ([ONE], TOKEN, 400),
    ],
)
def test_the_invented_gateway_keeps_the_contract(gateway: Log, body: object, token: str, status: int):
    for _ in range(2):
        answer = requests.post(gateway.address, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=5)
        assert answer.status_code == status
        assert answer.json() == ({"received": ["0-1"], "refused": []} if status == 200 else {})
    assert gateway.ids() == (["0-1"] if status == 200 else [])


# --- the contract: our side


def test_a_receipt_tells_what_was_taken_and_a_reason_in_words_is_not_repeated(gateway: Log):
    national = HttpRegistrations(Gateway(gateway.address, TOKEN))
    two = {**ONE, "id": "0-2"}
    assert national.send([ONE, two]) == {}
    gateway.refuse({"0-1": "unknown-organization", "0-2": "Ida Holm, 010190-0000, is nobody"})
    assert national.send([ONE, two]) == {"0-1": "unknown-organization", "0-2": "refused"}
    gateway.choke_on("0-2")
    with pytest.raises(NotUnderstood):
        national.send([ONE, two])
    assert gateway.ids() == ["0-1", "0-2"]
    assert TOKEN not in repr(national)


@pytest.mark.parametrize(
    ("mood", "fault"),
    [
        ("failing", "answered-500"),
        ("refusing", "answered-503"),
        ("silent", "not-understood"),
        ("odd", "not-understood"),
        ("slow", "too-slow"),
    ],
)
def test_all_but_a_whole_receipt_is_none(gateway: Log, mood: str, fault: str):
    gateway.be(mood)
    with pytest.raises(NotReceived, match=fault):
        HttpRegistrations(Gateway(gateway.address, TOKEN)).send([ONE])


def test_a_wrong_token_and_nobody_at_home_are_no_receipt(gateway: Log):
    with pytest.raises(NotReceived, match="answered-401"):
        HttpRegistrations(Gateway(gateway.address, "another")).send([ONE])
    with pytest.raises(NotReceived, match="unreachable"):
        HttpRegistrations(Gateway("http://127.0.0.1:9/", TOKEN)).send([ONE])


# --- what is sent


def test_what_is_sent_is_what_the_export_writes_each_once_and_in_order(minlog: Log, cast: Cast, tmp_path: Path):
    patient = cast.new_patient()
    look(cast, patient, 3)
    send()
    send()
    sent = told_of(minlog, patient)
    assert len(sent) == 3
    assert sent == sorted(sent, key=place)
    wanted = Wanted(cast.as_of, cast.as_of + timedelta(days=1), patient.public_id)
    run(wanted, tmp_path / "export", io.StringIO(), say=io.StringIO())
    exported = [json.loads(line) for line in (tmp_path / "export").read_text().splitlines()]
    kept = [one for one in minlog.kept() if one["id"] in sent]
    assert sorted(kept, key=lambda one: one["id"]) == sorted(exported, key=lambda one: one["id"])


def test_more_than_a_batch_arrives_whole(minlog: Log, cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("forloeb.jobs.registering.BATCH", 4)
    patient = cast.new_patient()
    look(cast, patient, 9)
    send()
    assert len(told_of(minlog, patient)) == 9


def test_nothing_is_sent_where_no_log_is_named(gateway: Log, cast: Cast):
    look(cast, cast.new_patient())
    before = registering.unregistered()
    send()
    assert (registering.unregistered(), gateway.kept()) == (before, [])


def test_a_silent_log_is_asked_with_longer_pauses_and_gets_all_in_the_end(minlog: Log, cast: Cast):
    patient = cast.new_patient()
    look(cast, patient, 2)
    minlog.be("refusing")
    pauses = []
    for _ in range(9):
        send()
        told = registering.standing()
        assert told.not_before is not None
        pauses.append(told.not_before - timezone.now())
    assert (told.failures, told.fault) == (9, "answered-503")
    assert pauses[0] < timedelta(minutes=1) < pauses[1] < pauses[2] < pauses[-1] <= LONGEST_PAUSE
    minlog.be("")
    send_registrations(0)
    assert told_of(minlog, patient) == []
    send()
    assert len(told_of(minlog, patient)) == 2
    assert registering.standing().failures == 0


def test_an_answer_that_was_lost_makes_no_second_registration(minlog: Log, cast: Cast):
    patient = cast.new_patient()
    look(cast, patient, 2)
    minlog.be("failing")
    send()
    minlog.be("")
    send()
    assert len(told_of(minlog, patient)) == 2


@pytest.mark.parametrize("how", ["refuse", "choke"])
def test_one_that_is_refused_waits_aside_and_the_rest_goes_on(minlog: Log, cast: Cast, how: str, capsys):
    patient = cast.new_patient()
    look(cast, patient, 5)
    waiting = [one for stretch in registering.unregistered() for one in registering.look_ups_in(stretch, most=99)]
    ids = [f"{one.chain}-{one.position}" for one in waiting if one.patient_id == patient.pk]
    if how == "refuse":
        minlog.refuse({ids[1]: "unknown-organization"})
    else:
        minlog.choke_on(ids[1])
    send()
    assert set(told_of(minlog, patient)) == {*ids} - {ids[1]}
    reason = "unknown-organization" if how == "refuse" else "not-understood"
    assert (reason, 1, ids[1]) in registering.standing().set_aside
    assert auditing.minlog.__wrapped__(_asked("status")) == 1
    said = capsys.readouterr().out
    assert f"set aside: 1 ({reason}), the first is {ids[1]}" in said
    assert str(patient.cpr_number) not in said
    minlog.refuse({})
    minlog.choke_on()
    assert auditing.minlog.__wrapped__(_asked("again")) == 0
    send()
    assert set(told_of(minlog, patient)) == {*ids}
    assert auditing.minlog.__wrapped__(_asked("status")) == 0


def _asked(what: str):
    return type("Asked", (), {"what": what})()


def waiting_for_a_number() -> int:
    """Count the look-ups at patients without a CPR number; other tests' too."""
    return sum(count for reason, count, _ in registering.standing().set_aside if reason == "no-cpr-number")


def test_who_has_no_cpr_number_waits_until_they_have_one(minlog: Log, cast: Cast):
    patient = cast.new_patient()
    number, before = patient.cpr_number, waiting_for_a_number()
    sql("UPDATE people_patient SET cpr_number = NULL, replacement_id = %s WHERE id = %s", f"X{patient.pk}", patient.pk)
    look(cast, patient)
    send()
    assert waiting_for_a_number() == before + 1
    assert auditing.minlog.__wrapped__(_asked("status")) == 0
    sql("UPDATE people_patient SET cpr_number = %s WHERE id = %s", number, patient.pk)
    registering.try_again()
    send()
    assert len(told_of(minlog, patient)) == 1
    assert waiting_for_a_number() == before


@pytest.mark.parametrize("step", ["before-send", "after-send", "after-note"])
def test_a_worker_killed_between_the_sending_and_the_receipt_loses_nothing(
    minlog: Log, cast: Cast, database: dict[str, str], step: str
):
    patient = cast.new_patient()
    look(cast, patient, 3)
    sql("UPDATE audit.registering SET not_before = NULL")
    defer_sending()
    told = {"FORLOEB_MINLOG_URL": minlog.address, "FORLOEB_MINLOG_TOKEN": TOKEN}
    command = [sys.executable, "-m", "tests.support.dying", "registering", step]
    assert subprocess.run(command, env={**os.environ, **database, **told}, timeout=60).returncode == -9
    time.sleep(1.2)
    with ThreadPoolExecutor(max_workers=1) as aside:  # away from a browser's event loop
        aside.submit(outbox.run_worker, until_empty=True, stalled_after=0.5).result(timeout=120)
    sent = told_of(minlog, patient)
    assert (len(sent), len({*sent})) == (3, 3)
    assert registering.unregistered() == []


def defer_sending() -> None:
    """Put the job into the queue, as the worker does each minute."""
    sql(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)"
        " VALUES ('national', 'send_registrations', 'minlog', 'minlog', '{\"timestamp\": 0}')"
    )


def test_the_loader_sees_of_the_log_no_more_than_look_ups(database: dict[str, str]):
    with psycopg.connect(database["FORLOEB_LOADER_DATABASE_URL"], autocommit=True) as loader:
        for forbidden in ("SELECT * FROM audit.entry", "SELECT head FROM audit.chain", "DELETE FROM audit.set_aside"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                loader.execute(forbidden)
    nobody = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(database["FORLOEB_DATABASE_URL"], autocommit=True) as app, nobody:
        app.execute("SELECT * FROM audit.look_ups_after(0::smallint, 0, 9, 9)")
