"""Whatever is killed, down, slow or restarted between the save and the receipt: in the end each value is there once.

`FORLOEB_FAULTS` is how many values are in flight in the large test; `make faults` runs it with 10,000.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections

from forloeb.adapters import postgres
from forloeb.config.database import database_settings
from forloeb.jobs import laboratory_card, outbox
from forloeb.people.viewers import looking
from forloeb.records import deliveries
from forloeb.records.models import Observation
from tests.support.connected import Connected, connected, sql, states, work
from tests.support.dying import STEPS
from tests.support.personas import Cast, cast_on

MANY = int(os.environ.get("FORLOEB_FAULTS", "200"))
VALUES = {"value.weight": "81,5", "value.sbp_clinic": "134", "value.dbp_clinic": "82"}


@pytest.fixture(scope="module")
def practice(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connected]:
    with connected(cast, tmp_path_factory.mktemp("lps")) as found:
        yield found


def dying(database: Mapping[str, str], *told: str) -> int:
    """Run a process that kills itself; gives how it ended."""
    environment = {**os.environ, **database}
    run = subprocess.run([sys.executable, "-m", "tests.support.dying", *told], env=environment, timeout=60)
    return run.returncode


def entries(practice: Connected, patient: object) -> Counter[str]:
    """Count the entries on a patient's card by our name for them."""
    found = (one["identifier"][0]["value"] for one in practice.on_card(patient))  # type: ignore[arg-type]
    return Counter(found)


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_at_any_step_loses_nothing_and_says_nothing_twice(
    practice: Connected, database: dict[str, str], step: str
):
    patient = practice.new_patient()
    practice.save(patient, VALUES)
    assert dying(database, "worker", step) == -9
    time.sleep(1.2)
    work()
    assert set(states(patient)) == {"received"}
    found = entries(practice, patient)
    assert set(found.values()) == {1}
    assert len(found) == len(sql("SELECT DISTINCT card_id FROM records_delivery WHERE patient_id = %s", patient.pk))


@pytest.mark.parametrize(("when", "count"), [("before-commit", 0), ("after-commit", 1)])
def test_a_save_killed_before_or_after_its_commit_is_nothing_or_whole(
    practice: Connected, database: dict[str, str], when: str, count: int
):
    patient = practice.new_patient()
    doctor = practice.doctor
    told = (str(patient.public_id), str(doctor.login_id), str(doctor.organization_id), when)
    assert dying(database, "save", *told) == -9
    work()
    weights = Observation.objects.using("loader").filter(patient=patient, measure="weight")
    codes = [one["code"]["coding"][0]["code"] for one in practice.on_card(patient)]
    assert (weights.count(), codes.count("NPU03804")) == (count, count)


def test_a_slow_record_system_gets_each_value_once(practice: Connected):
    patient = practice.new_patient()
    practice.lps.switch(slow=0.3)
    practice.save(patient, VALUES)
    work()
    practice.lps.switch(slow=0)
    assert set(entries(practice, patient).values()) == {1}
    assert set(states(patient)) == {"received"}


def test_an_hour_of_silence_and_of_errors_costs_nothing(practice: Connected):
    """An hour is its tries: what waits is made due again and again, as the clock would."""
    patient = practice.new_patient()
    practice.lps.stop()
    practice.save(patient, VALUES)
    for _ in range(4):
        work()
    practice.lps.start()
    practice.lps.switch(fail_after_saving=3, fail=3, down=2)
    for _ in range(4):
        work()
    practice.lps.switch(fail_after_saving=0, fail=0, down=0)
    work()
    assert set(states(patient)) == {"received"}
    assert set(entries(practice, patient).values()) == {1}


def test_what_is_tried_for_a_day_is_given_up_and_told(practice: Connected):
    patient = practice.new_patient()
    practice.lps.switch(fail=True)
    practice.save(patient, {"value.weight": "81,5"})
    sql("UPDATE procrastinate_jobs SET attempts = %s WHERE lock = %s", laboratory_card.TRIES, f"card:{patient.pk}")
    work()
    practice.lps.switch(fail=False)
    assert set(states(patient)) == {"given-up"}
    with looking(practice.doctor):
        given_up = deliveries.given_up(practice.doctor.acts_for, as_of=practice.cast.as_of)
        shown = deliveries.shown(patient.pk, organization_id=practice.doctor.acts_for)
    assert patient.public_id in {one.public_id for one in given_up}
    assert {one.fault for one in shown} == {"answered-503"}


# --- Many at once, and everything at once


class OwnDatabase:
    """A database that may be restarted: nobody else's test is in it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.server = postgres.start(data)

    def restart(self, *, after: float) -> None:
        self.server.stop()
        time.sleep(after)
        self.server = postgres.start(self.data)
        self.point()

    def point(self) -> None:
        _point(database_settings({**postgres.environment(self.server), "FORLOEB_DATABASE_POOL": "0"}))


@pytest.fixture
def own_database(tmp_path: Path) -> Iterator[OwnDatabase]:
    held = {alias: dict(connections[alias].settings_dict) for alias in ("default", "loader", "owner")}
    own = OwnDatabase(tmp_path / "data")
    try:
        own.point()
        call_command("migrate", database="owner", verbosity=0)
        yield own
    finally:
        _point(held)
        own.server.stop()


def _point(settings: Mapping[str, Mapping[str, object]]) -> None:
    for alias, told in settings.items():
        connections[alias].close()
        connections[alias].settings_dict.update(told)
        connections.settings[alias].update(told)


def fill(practice: Connected, count: int) -> None:
    """Put many values on their way, five to a patient, as if they were typed."""
    day: date = practice.cast.as_of
    for first in range(0, count, 5):
        # There are 312 birthdays in the cast's calendar; then another year.
        patient = practice.new_patient(years=40 + first // 5 // 300)
        made = Observation.objects.using("loader").bulk_create(
            Observation(
                patient=patient,
                source_system="urn:forloeb",
                source_id=f"flood-{first + number}",
                code_system="http://npu-terminology.org",
                code="NPU03804",
                measure="weight",
                value=60 + number,
                unit="kg",
                setting="clinic",
                measured_on=day,
                performer_id=practice.doctor.acts_for,
                recorded_at=practice.cast.at,
            )
            for number in range(min(5, count - first))
        )
        with looking(practice.doctor):
            deliveries.send([one.pk for one in made], organization_id=practice.doctor.acts_for, at=practice.cast.at)


def workers(count: int, stop: threading.Event) -> list[threading.Thread]:
    """Run workers that go on through whatever happens, as a service manager would have them."""

    def go_on() -> None:
        while not stop.is_set():
            try:
                sql("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
                outbox.run_worker(until_empty=True, stalled_after=2.0)
            except Exception:  # whatever it was, the next round begins anew
                time.sleep(0.5)
            finally:
                connections.close_all()
            time.sleep(0.2)

    made = [threading.Thread(target=go_on, daemon=True) for _ in range(count)]
    for one in made:
        one.start()
    return made


def test_many_values_in_flight_through_every_fault_are_each_there_once(own_database: tuple[Path, Cast], tmp_path: Path):
    cast = cast_on({})
    folder = tmp_path / "lps"
    folder.mkdir()
    with connected(cast, folder) as practice:
        fill(practice, MANY)
        begun, stop = time.monotonic(), threading.Event()
        running = workers(1, stop)
        _trouble(practice, own_database)
        limit = begun + 60 + MANY / 4  # a busy machine does ten a second
        while time.monotonic() < limit and _left():
            time.sleep(0.5)
        took = time.monotonic() - begun
        stop.set()
        for one in running:
            one.join(60)
        counted = Counter(dict(sql("SELECT state, count(*) FROM records_delivery GROUP BY 1")))
        there = _entries_there(practice)
        print(f"\n{MANY} values, {dict(counted)}, {len(there)} entries on the card, {took:.0f} s")
        assert counted == {"received": MANY}
        assert len(there) == MANY
        assert set(there.values()) == {1}


def _trouble(practice: Connected, database: OwnDatabase) -> None:
    """Everything that can go wrong, while values are on their way."""
    practice.lps.switch(fail_after_saving=10)
    time.sleep(1)
    practice.lps.stop()
    time.sleep(1)
    practice.lps.start()
    practice.lps.switch(slow=0.05, fail=5)
    time.sleep(1)
    database.restart(after=1)
    practice.lps.switch(slow=0, down=3)


def _left() -> int:
    try:
        return int(sql("SELECT count(*) FROM records_delivery WHERE state <> 'received'")[0][0])
    except Exception:  # the database is on its way up again
        connections.close_all()
        return 1


def _entries_there(practice: Connected) -> Counter[str]:
    with sqlite3.connect(practice.lps.store) as store:
        rows = store.execute("SELECT value FROM token WHERE kind = 'Observation' AND name = 'identifier'")
        return Counter(value for (value,) in rows)
