"""Telling patients by e-mail that there is news, without saying what. The person chooses, and can choose none.

`notify` puts a job in the outbox, in the transaction of what it tells of; who wants to be told, and where, is read when
the job is done. A job holds ids only. The address is confirmed before anything else is sent to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import orjson
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import DEFAULT_DB_ALIAS, connections

from forloeb.access.models import NoticeChoice
from forloeb.access.queries import open_own
from forloeb.people.actions import LOADER
from forloeb.people.viewers import Viewer

Kind = Literal["news", "emergency"]

QUEUE = "mail"
TOLD_TOGETHER = timedelta(minutes=15)
"""News within this time is told once."""
CONFIRM_WITHIN = timedelta(days=7)
_SALT = "forloeb.access.notices"


class NotAnAddress(ValueError):
    """The text is no e-mail address. It is not repeated."""

    def __init__(self) -> None:
        super().__init__("not an e-mail address")


class NoSuchChoice(LookupError):
    """The link is too old, has been changed, or the choice has ended."""

    def __init__(self) -> None:
        super().__init__("no choice of notices waits for that confirmation")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a patient wants to be told, and where."""

    id: int
    email: str
    news: bool
    emergencies: bool
    is_confirmed: bool

    def __repr__(self) -> str:
        return f"Choice({self.id})"


def get_choice(*, seen_by: Viewer, as_of: date) -> Choice | None:
    """Give the patient their choice; None where they have chosen none. Raises NotForThisViewer."""
    patient = open_own(seen_by=seen_by, as_of=as_of, event="own-notices")
    found = NoticeChoice.objects.filter(patient_id=patient.id, ended_at=None).first()
    return (
        Choice(found.pk, found.email, found.news, found.emergencies, found.confirmed_at is not None) if found else None
    )


def choose(email: str, *, news: bool, emergencies: bool, language: str, by: Viewer, at: datetime, as_of: date) -> None:
    """Keep what a patient wants to be told; nothing at all ends it. A new address is asked to confirm itself.

    Raises NotForThisViewer, NotAnAddress.
    """
    wants = news or emergencies
    address = email.strip()
    try:
        if wants:
            validate_email(address)
    except ValidationError:
        raise NotAnAddress from None
    patient = open_own(seen_by=by, as_of=as_of, event="own-notices-chosen", action="write")
    held = NoticeChoice.objects.filter(patient_id=patient.id, ended_at=None)
    before = held.first()
    held.update(ended_at=at)
    if not wants:
        return
    is_known = before is not None and before.confirmed_at is not None and before.email == address
    made = NoticeChoice.objects.create(
        patient_id=patient.id,
        email=address,
        news=news,
        emergencies=emergencies,
        language=language,
        chosen_at=at,
        confirmed_at=at if is_known else None,
    )
    if not is_known and settings.SENDS_MAIL:
        _defer("ask_to_confirm", {"choice_id": made.pk}, lock=f"confirm:{made.pk}", moment=None)


def confirmation_of(choice_id: int) -> str:
    """Give the mark that stands in the link of the message that asks to confirm."""
    return signing.dumps(choice_id, salt=_SALT)


def confirm(mark: str, *, at: datetime) -> None:
    """Confirm an address by the mark that was sent to it. Again, it changes nothing. Raises NoSuchChoice.

    Done by the loader: who follows the link need not be signed in.
    """
    try:
        choice_id = signing.loads(mark, salt=_SALT, max_age=CONFIRM_WITHIN)
    except signing.BadSignature:
        raise NoSuchChoice from None
    found = NoticeChoice.objects.using(LOADER).filter(pk=choice_id, ended_at=None)
    if not found.exists():
        raise NoSuchChoice
    found.filter(confirmed_at=None).update(confirmed_at=at)


# Straight into the outbox's own table: one statement, so that news that is waiting to be told is not told twice. The
# table's shape is procrastinate's; its own function would raise where we want nothing to happen.
_DEFER = """
INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args, scheduled_at)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
"""


def notify(patient_id: int, kind: Kind, *, at: datetime, using: str = DEFAULT_DB_ALIAS) -> None:
    """Have the patient told that there is news in the plan, or that it was opened as an emergency, if they want it."""
    if settings.SENDS_MAIL:
        moment = at + TOLD_TOGETHER if kind == "news" else None
        _defer(
            "tell", {"patient_id": patient_id, "kind": kind}, lock=f"{kind}:{patient_id}", moment=moment, using=using
        )


def tell_of_invitation(contact_id: int) -> None:
    """Have the patient told, at once, that the practice invites them; who is invited is read when the job is done."""
    _defer("tell_of_invitation", {"contact_id": contact_id}, lock=f"invitation:{contact_id}", moment=None)


def _defer(
    task: str, args: dict[str, object], *, lock: str, moment: datetime | None, using: str = DEFAULT_DB_ALIAS
) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(_DEFER, [QUEUE, task, lock, orjson.dumps(args).decode(), moment])
