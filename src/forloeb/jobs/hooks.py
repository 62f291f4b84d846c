"""Telling subscribers: in order, signed, again with longer pauses, and given up when it goes on failing.

What happened gets its number in each subscription here, in the order in which transactions began, once all earlier
ones have ended. An event is told at least once: a worker that is stopped between telling and saying so tells again,
under the same number.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import orjson
import requests
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.models import F
from django.utils import timezone

from forloeb.access.models import AppRegistration
from forloeb.access.tokens import Holder, find_holder_by_consent
from forloeb.careplans.subscription_models import Subscription, SubscriptionEvent, SubscriptionStatus, Topic
from forloeb.careplans.subscriptions import MOST_EVENTS, READS
from forloeb.fhir.subscriptions import Kind, State, Told, to_notification
from forloeb.people.actions import LOADER
from forloeb.people.viewers import looking

QUEUE = "hooks"
TRIES = 8
SIGNATURE = "X-Forloeb-Signature"
_SECONDS = (3.05, 10)
_AT_ONCE = 1_000


class NotReceived(Exception):
    """The subscriber did not take what we told. Nothing of the answer is repeated."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not received: {why}")


class GivenUp(Exception):
    """The subscriber has not taken what we told for too long: the subscription now says so."""


def has_work() -> bool:
    """Whether anybody may want to be told, and we can say where we are."""
    held = AppRegistration.objects.using(LOADER).filter(removed_at=None).exclude(hook_hosts=[])
    return bool(settings.SITE_URL) and held.exists()


def sign(secret: str, body: bytes, at: datetime) -> str:
    """Give the signature of a body: its moment, and HMAC-SHA256 over moment, dot and body."""
    moment = str(int(at.timestamp()))
    return f"t={moment},v1={hmac.new(secret.encode(), moment.encode() + b'.' + body, sha256).hexdigest()}"


def tell_subscriber(subscription_id: int) -> None:
    """Tell one subscriber all that waits. Raises NotReceived, to be tried again."""
    found = Subscription.objects.using(LOADER).filter(pk=subscription_id).first()
    if found is None or found.status in (SubscriptionStatus.OFF, SubscriptionStatus.ERROR):
        return
    holder = _holder(found)
    if holder is None:
        _end(found)
        return
    while _number(found, holder):
        pass
    try:
        _tell_all(found)
    except GivenUp:
        return
    _come_again(found)


def _tell_all(found: Subscription) -> None:
    """Shake hands first, then tell what waits. Raises NotReceived, GivenUp."""
    held = Subscription.objects.using(LOADER).filter(pk=found.pk)
    if found.status == SubscriptionStatus.REQUESTED:
        _send(found, "handshake", [])
        held.filter(status=SubscriptionStatus.REQUESTED).update(status=SubscriptionStatus.ACTIVE)
    while events := _waiting(found):
        _send(found, "event-notification", events)
        held.update(delivered=events[-1].number)


def _holder(found: Subscription) -> Holder | None:
    """Give the subscriber's eyes as they are now; None where they may no longer be told."""
    holder = find_holder_by_consent(found.consent_id)
    may = holder is not None and holder.may("r", READS[Topic(found.topic)]) and holder.may("c", "Subscription")
    return holder if may else None


def _end(found: Subscription) -> None:
    Subscription.objects.using(LOADER).filter(pk=found.pk).update(status="off", error="the consent has ended")


_SCANNED = """
SELECT xact, id FROM careplans_change
WHERE topic = %s AND (xact, id) > (%s, %s) AND xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
ORDER BY xact, id LIMIT %s
"""
_SEEN = "SELECT id FROM careplans_change WHERE id = ANY (%s) ORDER BY xact, id"


def _number(found: Subscription, holder: Holder) -> bool:
    """Give the next changes their numbers; those that the subscriber may not see get none. False when none is left."""
    with transaction.atomic(using=LOADER), connections[LOADER].cursor() as cursor:
        held = Subscription.objects.using(LOADER).select_for_update().get(pk=found.pk)
        cursor.execute(_SCANNED, [held.topic, held.seen_xact, held.seen_id, _AT_ONCE])
        scanned = cursor.fetchall()
        if not scanned:
            return False
        with looking(holder.viewer), connection.cursor() as theirs:
            theirs.execute(_SEEN, [[number for _xact, number in scanned]])
            visible = [row[0] for row in theirs.fetchall()]
        SubscriptionEvent.objects.using(LOADER).bulk_create(
            SubscriptionEvent(subscription_id=held.pk, number=held.events + place, change_id=change)
            for place, change in enumerate(visible, start=1)
        )
        xact, last = scanned[-1]
        Subscription.objects.using(LOADER).filter(pk=held.pk).update(
            events=held.events + len(visible), seen_xact=xact, seen_id=last
        )
    return True


def _waiting(found: Subscription) -> list[Told]:
    found.refresh_from_db(using=LOADER)
    if found.status != SubscriptionStatus.ACTIVE:
        return []
    rows = SubscriptionEvent.objects.using(LOADER).filter(subscription=found, number__gt=found.delivered)
    named = rows.order_by("number").annotate(focus=F("change__focus"), happened=F("change__happened_at"))
    return [Told(row.number, row.focus, row.happened) for row in named[:MOST_EVENTS]]


def _send(found: Subscription, kind: Kind, events: list[Told]) -> None:
    """Send one notification. Raises NotReceived; the eighth failure in a row sets `error` and raises GivenUp."""
    at, base = timezone.now(), f"{settings.SITE_URL}/fhir"
    status = "active" if kind != "handshake" else "requested"
    state = State(f"{base}/Subscription/{found.public_id}", found.topic, status, found.events)
    body = orjson.dumps(to_notification(str(uuid4()), kind, state, events, base=base, at=at))
    headers = {"Content-Type": "application/fhir+json", SIGNATURE: sign(found.secret, body, at)}
    try:
        # Nobody leads us elsewhere: the host was registered, and a redirect is a refusal.
        answer = requests.post(
            found.endpoint, body, headers=headers, timeout=_SECONDS, allow_redirects=False, stream=True
        )
        answer.close()
        why = "" if 200 <= answer.status_code < 300 else f"HTTP {answer.status_code}"
    except requests.RequestException as fault:
        why = type(fault).__name__
    if why:
        _failed(found, why)
    Subscription.objects.using(LOADER).filter(pk=found.pk).update(failures=0, error="", told_at=at)


def _failed(found: Subscription, why: str) -> None:
    failures = found.failures + 1
    status = {"status": SubscriptionStatus.ERROR} if failures >= TRIES else {}
    Subscription.objects.using(LOADER).filter(pk=found.pk).update(failures=failures, error=why, **status)
    raise GivenUp if status else NotReceived(why)


_LATER = """
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args, scheduled_at)
SELECT %(queue)s, 'tell_subscriber', %(lock)s, jsonb_build_object('subscription_id', %(id)s::bigint),
       now() + interval '1 second'
WHERE EXISTS (SELECT FROM careplans_change WHERE topic = %(topic)s AND (xact, id) > (%(xact)s, %(last)s))
  AND NOT EXISTS (SELECT FROM procrastinate_jobs WHERE lock = %(lock)s AND status = 'todo')
"""


def _come_again(found: Subscription) -> None:
    """Come back soon for changes that an older transaction, still under way, keeps from being numbered."""
    found.refresh_from_db(using=LOADER)
    if found.status == SubscriptionStatus.ACTIVE:
        seen: dict[str, str | int] = {"topic": found.topic, "xact": found.seen_xact, "last": found.seen_id}
        with connections[LOADER].cursor() as cursor:
            cursor.execute(_LATER, {"queue": QUEUE, "lock": f"hook:{found.pk}", "id": found.pk, **seen})


def send_heartbeats(timestamp: int) -> None:
    """Tell those who asked for it, and have heard nothing for a while, that we are here; each minute."""
    at = timezone.now()
    for found in Subscription.objects.using(LOADER).filter(status="active", heartbeat_seconds__isnull=False):
        quiet = found.told_at is None or found.told_at + timedelta(seconds=found.heartbeat_seconds or 0) <= at
        if quiet and _holder(found) is not None:
            try:
                _send(found, "heartbeat", [])
            except (NotReceived, GivenUp):
                continue
