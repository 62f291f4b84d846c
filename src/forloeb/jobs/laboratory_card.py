"""The outbox's tasks for the laboratory card: values out, results in. Each may be done twice and does it once."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string
from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.jobs import Job

from forloeb.jobs import results
from forloeb.jobs.quiet import Quiet
from forloeb.people.actions import LOADER
from forloeb.people.models import RecordSystem
from forloeb.records import arrivals, card_work
from forloeb.records.deliveries import QUEUE, TASK
from forloeb.records.laboratory_card import CardRefused, LaboratoryCard, NotNow

LONGEST_WAIT = 600
TRIES = 150
"""Waits of 1, 2, 4 … seconds, then ten minutes each: given up after a day."""
quiet = Quiet()


class Patiently(BaseRetryStrategy):
    """Try again soon, then every ten minutes; a fault of our own waits just as long, and is not hidden."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Say when to try again; None when it has been long enough."""
        if job.attempts >= TRIES:
            return None
        return RetryDecision(retry_in={"seconds": min(2 ** min(job.attempts, 12), LONGEST_WAIT)})


def add_tasks(app: App, run: Any) -> None:
    """Register the tasks. `run` wraps each so that it finds fresh database connections."""
    app.task(name=TASK, queue=QUEUE, retry=Patiently(), pass_context=True)(run(deliver))
    app.task(name="fetch_results", queue=QUEUE, retry=Patiently())(run(fetch_results))
    app.task(name="take_in_report", queue=QUEUE, retry=Patiently())(run(take_in_report))


def deliver(context: JobContext, delivery_id: int) -> None:
    """Send one value. Raises NotNow to be tried again."""
    begun = card_work.begin(delivery_id, at=timezone.now())
    if begun is None:
        return
    system, entry = begun
    try:
        with quiet.asking(system.pk):
            remote_id = _card(system).put(entry)
    except CardRefused as refusal:
        card_work.give_up(delivery_id, fault=refusal.fault)
    except NotNow as fault:
        if context.job.attempts >= TRIES:
            card_work.give_up(delivery_id, fault=fault.fault)
            return
        card_work.note_waiting(delivery_id, fault=fault.fault)
        raise
    else:
        card_work.note_received(delivery_id, remote_id=remote_id, at=timezone.now())


def _card(system: RecordSystem) -> LaboratoryCard:
    card: LaboratoryCard = import_string(settings.OPEN_CARD)(system)
    return card


def forget_silence() -> None:
    """Speak at once with record systems that were out of reach: a person asks for it."""
    quiet.forget()


def fetch_results(system_id: int) -> None:
    """Fetch a record system's new results. One that cannot be reached is asked again within a minute."""
    system = RecordSystem.objects.using(LOADER).select_related("organization").get(pk=system_id)
    if system.fhir_base_url:
        with suppress(NotNow, CardRefused):
            results.fetch(system, import_string(settings.OPEN_RESULTS)(system), at=timezone.now())


def take_in_report(received_id: int) -> None:
    """Take in a report that was posted and kept."""
    _kind, body, source_system = arrivals.get_received(received_id)
    results.take_in_report(body, source_system=source_system, at=timezone.now())


def look_around() -> None:
    """Once a minute: ask every record system for its results, and take in what waited for somebody known by now."""
    for system in RecordSystem.objects.using(LOADER).exclude(fhir_base_url=""):
        arrivals.ask_for_results(system.pk)
    results.take_in_waiting(at=timezone.now())
