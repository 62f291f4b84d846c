"""The outbox's tasks for referrals: letters out, receipts and answers in. Each may be done twice and does it once."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string
from procrastinate import App, JobContext

from forloeb.careplans import referral_arrivals, referral_work
from forloeb.careplans.referral_letter import Answer, Inbox, LetterRefused, NotAnAnswer, Receipt
from forloeb.careplans.referring import QUEUE, TASK
from forloeb.fhir.reading import Resource, read_moment
from forloeb.fhir.referral import read_answer, read_posted
from forloeb.jobs.laboratory_card import TRIES, Patiently
from forloeb.jobs.quiet import Quiet
from forloeb.medcom.municipality import read_message
from forloeb.people.actions import LOADER
from forloeb.people.models import ReferralAdapter, ReferralReceiver
from forloeb.records import arrivals
from forloeb.records.intake import keep_received
from forloeb.records.laboratory_card import NotNow

OVERLAP = timedelta(minutes=2)
"""How far back each look reaches: what was saved while the last one ran may carry an earlier moment."""
quiet = Quiet()
log = logging.getLogger(__name__)


def add_tasks(app: App, run: Any) -> None:
    """Register the tasks. `run` wraps each so that it finds fresh database connections."""
    app.task(name=TASK, queue=QUEUE, retry=Patiently(), pass_context=True)(run(deliver))
    app.task(name="fetch_answers", queue=QUEUE, retry=Patiently())(run(fetch_answers))
    app.task(name="take_in_answer", queue=QUEUE, retry=Patiently())(run(take_in_answer))


def deliver(context: JobContext, message_id: int) -> None:
    """Send one message. Raises NotNow to be tried again."""
    begun = referral_work.begin(message_id, at=timezone.now())
    if begun is None:
        return
    receiver, message = begun
    inbox: Inbox = import_string(settings.OPEN_REFERRAL_INBOX)(receiver)
    try:
        with quiet.asking(receiver.pk):
            is_receipt = inbox.put(message)
    except LetterRefused as refusal:
        referral_work.refuse(message_id, fault=refusal.fault, said=refusal.said, at=timezone.now())
    except NotNow as fault:
        if context.job.attempts >= TRIES:
            referral_work.give_up(message_id, fault=fault.fault)
            return
        referral_work.note_waiting(message_id, fault=fault.fault)
        raise
    else:
        referral_work.note_sent(message_id, is_receipt=is_receipt, at=timezone.now())


# --- What comes back


def take_in_answer(received_id: int, organization_id: int) -> None:
    """Take in what was told and kept."""
    _kind, body, _source = arrivals.get_received(received_id)
    told = read_posted(body) if body.lstrip().startswith(b"{") else read_message(body)
    for one in told:
        _take_in(one, organization_id=organization_id, received=received_id, at=timezone.now())


def _take_in(one: Answer | Receipt, *, organization_id: int, received: int, at: datetime) -> None:
    if isinstance(one, Receipt):
        referral_work.take_receipt(one, organization_id=organization_id, at=at)
        return
    letter_id = referral_work.find_letter(one, organization_id=organization_id)
    if letter_id is not None:
        referral_work.take_answer(one, letter_id=letter_id, received=received, at=at)


def fetch_answers(organization_id: int) -> None:
    """Fetch a municipality's answers. One that cannot be reached is asked again within a minute."""
    receiver = ReferralReceiver.objects.using(LOADER).get(organization_id=organization_id)
    if receiver.adapter == ReferralAdapter.FHIR:
        with suppress(NotNow, LetterRefused):
            fetch(receiver, at=timezone.now())


def fetch(receiver: ReferralReceiver, *, at: datetime) -> None:
    """Fetch what has changed at a municipality, and remember how far we have come. Raises NotNow, LetterRefused."""
    answers = import_string(settings.OPEN_REFERRAL_ANSWERS)(receiver)
    since = receiver.answers_until - OVERLAP if receiver.answers_until else None
    newest = receiver.answers_until
    for resource in answers.answers_since(since):
        _take_in_resource(resource, receiver, at=at)
        moment = _updated(resource)
        newest = moment if newest is None or (moment and moment > newest) else newest
    if newest is not None:
        ReferralReceiver.objects.using(LOADER).filter(pk=receiver.pk).update(answers_until=newest)


def _take_in_resource(resource: Resource, receiver: ReferralReceiver, *, at: datetime) -> None:
    """Keep a resource as it came and take it in; one that cannot be read is kept, and told of without what it says."""
    body = orjson.dumps(resource, option=orjson.OPT_SORT_KEYS)
    received = keep_received(body, kind=referral_arrivals.KIND, source_system=receiver.source, at=at)
    try:
        answer = read_answer(resource)
    except NotAnAnswer as refusal:
        log.warning("an answer (received %s) of organization %s: %s", received, receiver.organization_id, refusal)
        return
    _take_in(answer, organization_id=receiver.organization_id, received=received, at=at)


def _updated(resource: Resource) -> datetime | None:
    meta = resource.get("meta")
    return read_moment(meta.get("lastUpdated")) if isinstance(meta, dict) else None


def look_around() -> None:
    """Once a minute: ask every municipality that has a FHIR server for its answers."""
    for receiver in ReferralReceiver.objects.using(LOADER).filter(adapter=ReferralAdapter.FHIR):
        referral_arrivals.ask_for_answers(receiver.organization_id)


def has_work() -> bool:
    """Whether a municipality can receive anything."""
    return ReferralReceiver.objects.using(LOADER).exists()
