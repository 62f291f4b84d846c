"""The outbox's worker: does what waits to leave, again and again with longer pauses, and keeps what could not be sent.

Everything is done at least once: a job whose worker was killed is found by its missing heartbeat and done again. A
message without content does no harm twice; a value goes to the laboratory card, and a referral to the municipality,
under a name of its own and is there once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.core.mail import send_mail
from django.db import close_old_connections, connections
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status
from psycopg import Error as DatabaseLost
from psycopg.conninfo import make_conninfo
from psycopg_pool import PoolTimeout

from forloeb.access.models import NoticeChoice
from forloeb.access.notices import QUEUE, Kind, confirmation_of
from forloeb.careplans import referring
from forloeb.careplans.contact_models import Contact, ContactOutcome
from forloeb.jobs import hooks, laboratory_card, national, referrals
from forloeb.people.actions import LOADER
from forloeb.people.models import RecordSystem
from forloeb.records import deliveries

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 8
RETRY = RetryStrategy(max_attempts=TRIES, exponential_wait=4)
"""4, 16, 64 … seconds before each new try: given up after a day."""

QUEUES = (QUEUE, deliveries.QUEUE, referring.QUEUE, hooks.QUEUE, national.QUEUE)
CONCURRENCY = 4
STALLED_SECONDS = 30.0
"""A worker that has given no sign of life for so long is dead, and what it was doing is done again."""
LOOK_AROUND_SECONDS = 60.0
_PAUSES = (1, 2, 5, 10, 30)
"""Seconds to wait for a database that is away, the last again and again."""

log = logging.getLogger(__name__)

_NAMED = ("host", "port", "dbname", "user", "password", "options")


def make_app() -> App:
    """Make the worker's application, with the loader's login: it sees whom to tell, through nobody's eyes."""
    parameters = connections[LOADER].get_connection_params()
    address = make_conninfo(**{name: parameters[name] for name in _NAMED if parameters.get(name)})
    app = App(connector=PsycopgConnector(conninfo=address, min_size=1, max_size=CONCURRENCY + 2))
    app.task(name="tell", queue=QUEUE, retry=RETRY)(tell)
    app.task(name="ask_to_confirm", queue=QUEUE, retry=RETRY)(ask_to_confirm)
    app.task(name="tell_of_invitation", queue=QUEUE, retry=RETRY)(tell_of_invitation)
    app.task(name="tell_subscriber", queue=hooks.QUEUE, retry=RETRY)(_with_connections(hooks.tell_subscriber))
    beating = app.task(name="send_heartbeats", queue=hooks.QUEUE)(_with_connections(hooks.send_heartbeats))
    app.periodic(cron="* * * * *")(beating)
    laboratory_card.add_tasks(app, _with_connections)
    national.add_tasks(app, _with_connections)
    referrals.add_tasks(app, _with_connections)
    return app


def _with_connections(task: Callable[P, R]) -> Callable[P, R]:
    """Let a task find fresh connections, and leave none open in the worker's thread."""

    @wraps(task)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        close_old_connections()
        try:
            return task(*args, **kwargs)
        finally:
            connections.close_all()

    return run


@_with_connections
def tell(patient_id: int, kind: Kind) -> None:
    """Tell a patient that there is news, if they want to be told of that kind."""
    choice = NoticeChoice.objects.using(LOADER).filter(patient_id=patient_id, ended_at=None).first()
    if choice is None or choice.confirmed_at is None or choice.patient.deceased_on is not None:
        return
    if choice.emergencies if kind == "emergency" else choice.news:
        with translation.override(choice.language):
            subject, said = _told(kind)
            _send(choice, subject, said, reverse("own-plan"))


@_with_connections
def tell_of_invitation(contact_id: int) -> None:
    """Tell a patient that the practice invites them, and write down whether it could be told. Once."""
    contact = Contact.objects.using(LOADER).filter(pk=contact_id).first()
    if contact is None or contact.outcomes.filter(kind__in=("sent", "not-sent", "taken-back")).exists():
        return
    choice = NoticeChoice.objects.using(LOADER).filter(patient_id=contact.patient_id, ended_at=None, news=True).first()
    is_wanted = choice is not None and choice.confirmed_at is not None and choice.patient.deceased_on is None
    if choice is not None and is_wanted:
        with translation.override(choice.language):
            said = _("Your doctor's practice invites you to a control. Sign in to read more.")
            _send(choice, _("You are invited to a control"), said, reverse("own-plan"))
    ContactOutcome.objects.using(LOADER).create(
        contact_id=contact.pk,
        patient_id=contact.patient_id,
        kind="sent" if is_wanted else "not-sent",
        told_at=timezone.now(),
    )


@_with_connections
def ask_to_confirm(choice_id: int) -> None:
    """Ask whoever reads at an address to confirm that it is theirs."""
    choice = NoticeChoice.objects.using(LOADER).filter(pk=choice_id, ended_at=None, confirmed_at=None).first()
    if choice is None:
        return
    with translation.override(choice.language):
        said = _("You have asked for messages about your plan. Press the link to confirm that this is your address.")
        _send(choice, _("Confirm your address"), said, reverse("notices-confirm", args=[confirmation_of(choice.pk)]))


def _told(kind: Kind) -> tuple[str, str]:
    if kind == "emergency":
        return _("Your plan was opened as an emergency"), _("Sign in to see who opened your plan, and why.")
    return _("There is news in your plan"), _("Sign in to read it.")


def _send(choice: NoticeChoice, subject: str, said: str, path: str) -> None:
    stop = _("You get this message because you asked for it. Change it here:")
    lines = (said, settings.SITE_URL + path, "", f"{stop} {settings.SITE_URL}{reverse('own-notices')}", "")
    send_mail(subject, "\n".join(lines), None, [choice.email], fail_silently=False)


def has_work() -> bool:
    """Whether there is anything to do: for mail, a record system, a municipality, an app, or a national service."""
    connected = RecordSystem.objects.using(LOADER).exists() or referrals.has_work()
    return settings.SENDS_MAIL or connected or national.has_work() or hooks.has_work()


def run_worker(*, until_empty: bool = False, stalled_after: float = STALLED_SECONDS) -> None:
    """Do what waits, and go on waiting; with `until_empty` stop when nothing is due.

    A database that goes away is waited for. `stalled_after` is in seconds.
    """
    if until_empty:
        # A worker ends when it finds nothing to begin; what stood behind a lock may be begun now.
        asyncio.run(_work(make_app(), wait=False, stalled_after=stalled_after))
        while _is_due():
            asyncio.run(_work(make_app(), wait=False, stalled_after=stalled_after))
        return
    pauses = 0
    while True:
        begun = time.monotonic()
        try:
            asyncio.run(_work(make_app(), wait=True, stalled_after=stalled_after))
            return
        except (ConnectorException, DatabaseLost, PoolTimeout) as fault:
            pauses = 0 if time.monotonic() - begun > max(_PAUSES) else pauses
            log.warning("the database was lost (%s); trying again", type(fault).__name__)
            time.sleep(_PAUSES[min(pauses, len(_PAUSES) - 1)])
            pauses += 1


_DUE = """
SELECT EXISTS (SELECT FROM procrastinate_jobs j
               WHERE j.status = 'todo' AND j.queue_name = ANY (%s)
                 AND (j.scheduled_at IS NULL OR j.scheduled_at <= now())
                 AND NOT EXISTS (SELECT FROM procrastinate_jobs o
                                 WHERE o.lock = j.lock AND (o.status = 'doing' OR (o.status = 'todo' AND o.id < j.id))))
"""


def _is_due() -> bool:
    """Whether a job could be begun now."""
    with connections[LOADER].cursor() as cursor:
        cursor.execute(_DUE, [list(QUEUES)])
        return bool(cursor.fetchone()[0])


async def _work(app: App, *, wait: bool, stalled_after: float) -> None:
    async with app.open_async():
        await rescue(app, stalled_after)
        minder = asyncio.create_task(_mind(app, stalled_after)) if wait else None
        try:
            await app.run_worker_async(
                queues=list(QUEUES),
                wait=wait,
                concurrency=CONCURRENCY,
                delete_jobs="successful",
                listen_notify=wait,
                update_heartbeat_interval=max(stalled_after / 3, 0.2),
                stalled_worker_timeout=stalled_after,
            )
        finally:
            if minder is not None:
                minder.cancel()


async def rescue(app: App, stalled_after: float) -> None:
    """Put back what a dead worker was doing. What waits already under the same name need not wait twice."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=stalled_after):
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:
            await app.job_manager.finish_job(job, Status.ABORTED, delete_job=True)


async def _mind(app: App, stalled_after: float) -> None:
    """Beside the work: find what dead workers left, and look around once a minute."""
    looked = float("-inf")
    while True:
        with suppress(ConnectorException, DatabaseLost, PoolTimeout):
            await rescue(app, stalled_after)
        if time.monotonic() - looked > LOOK_AROUND_SECONDS:
            looked = time.monotonic()
            with suppress(Exception):
                await asyncio.to_thread(_with_connections(laboratory_card.look_around))
            with suppress(Exception):
                await asyncio.to_thread(_with_connections(referrals.look_around))
        await asyncio.sleep(stalled_after)


def failed() -> list[tuple[int, str, int]]:
    """Give the jobs that were given up: number, what it was, how many times it was tried."""
    with connections[LOADER].cursor() as cursor:
        cursor.execute("SELECT id, task_name, attempts FROM procrastinate_jobs WHERE status = 'failed' ORDER BY id")
        return [(int(number), str(what), int(tries)) for number, what, tries in cursor.fetchall()]
