"""The worker's tasks that speak with national services. No job names a person but by our id."""

from __future__ import annotations

from typing import Any

from procrastinate import App

from forloeb.jobs import medication, persons, registering
from forloeb.records import medication_card

QUEUE = registering.QUEUE


def has_work() -> bool:
    """Whether any national service is named."""
    return registering.has_work() or persons.has_work() or medication.has_work()


def add_tasks(app: App, run: Any) -> None:
    """Register the tasks. `run` wraps each so that it finds fresh database connections."""
    # With the same name for what waits and what runs: one at a time, and one at most that waits.
    sending = app.task(name="send_registrations", queue=QUEUE, lock="minlog", queueing_lock="minlog")
    app.periodic(cron="* * * * *")(sending(run(registering.send_registrations)))
    asking = app.task(name="fetch_persons", queue=QUEUE, lock="cpr", queueing_lock="cpr")
    app.periodic(cron="*/10 * * * *")(asking(run(persons.fetch_persons)))
    app.task(name=medication_card.TASK, queue=QUEUE)(run(medication.fetch_medication))
    again = app.task(name="fetch_medication_again", queue=QUEUE, lock="fmk", queueing_lock="fmk")
    app.periodic(cron="*/10 * * * *")(again(run(medication.fetch_again)))
    nightly = app.task(name="ask_for_medication_due", queue=QUEUE, queueing_lock="fmk-due")
    app.periodic(cron="30 1 * * *")(nightly(run(medication.ask_for_those_due)))
