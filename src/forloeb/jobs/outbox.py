"""The outbox's worker: does what waits to leave, again and again with longer pauses, and keeps what could not be sent.

E-mail is sent at least once: a worker that is stopped between sending and saying so sends again. A message without
content does no harm twice.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.core.mail import send_mail
from django.db import close_old_connections, connections
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate import App, PsycopgConnector, RetryStrategy
from psycopg.conninfo import make_conninfo

from forloeb.access.models import NoticeChoice
from forloeb.access.notices import QUEUE, Kind, confirmation_of
from forloeb.jobs import hooks
from forloeb.people.actions import LOADER

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 8
RETRY = RetryStrategy(max_attempts=TRIES, exponential_wait=4)
"""4, 16, 64 … seconds before each new try: given up after a day."""

_NAMED = ("host", "port", "dbname", "user", "password", "options")


def make_app() -> App:
    """Make the worker's application, with the loader's login: it sees whom to tell, through nobody's eyes."""
    parameters = connections[LOADER].get_connection_params()
    address = make_conninfo(**{name: parameters[name] for name in _NAMED if parameters.get(name)})
    app = App(connector=PsycopgConnector(conninfo=address, min_size=1, max_size=3))
    app.task(name="tell", queue=QUEUE, retry=RETRY)(tell)
    app.task(name="ask_to_confirm", queue=QUEUE, retry=RETRY)(ask_to_confirm)
    app.task(name="tell_subscriber", queue=hooks.QUEUE, retry=RETRY)(_with_connections(hooks.tell_subscriber))
    beating = app.task(name="send_heartbeats", queue=hooks.QUEUE)(_with_connections(hooks.send_heartbeats))
    app.periodic(cron="* * * * *")(beating)
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


def run_worker(*, until_empty: bool = False) -> None:
    """Do what waits, and go on waiting; with `until_empty` stop when nothing is due."""
    make_app().run_worker(queues=[QUEUE, hooks.QUEUE], wait=not until_empty, concurrency=2, delete_jobs="successful")


def failed() -> list[tuple[int, str, int]]:
    """Give the jobs that were given up: number, what it was, how many times it was tried."""
    with connections[LOADER].cursor() as cursor:
        cursor.execute("SELECT id, task_name, attempts FROM procrastinate_jobs WHERE status = 'failed' ORDER BY id")
        return [(int(number), str(what), int(tries)) for number, what, tries in cursor.fetchall()]
