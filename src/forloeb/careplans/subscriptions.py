"""Wanting to be told: asked for by an app with its token, and seen by that app alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.db import connection
from django.db.models import F

from forloeb.access.app_registry import is_loopback
from forloeb.access.models import AppRegistration
from forloeb.access.queries import note
from forloeb.access.tokens import Holder
from forloeb.careplans.subscription_models import Subscription, SubscriptionEvent, SubscriptionStatus, Topic

__all__ = ["Event", "Subscription", "Topic"]

MOST_EVENTS = 100
"""How many events are given at once, told or caught up on."""
HEARTBEAT_SECONDS = range(60, 86_401)
READS = {Topic.PLAN_CHANGED: "CarePlan", Topic.NEW_VALUE: "Observation", Topic.REFERRAL: "ServiceRequest"}
"""What an app must be allowed to read to be told of a topic."""


class NotAllowed(Exception):
    """The token's scopes do not let the app do that."""

    def __init__(self, needed: str) -> None:
        super().__init__(f"the token needs the scope {needed}")


class BadEndpoint(ValueError):
    """The address is not one that the app was registered with."""

    def __init__(self) -> None:
        super().__init__("the endpoint begins with https:// and its host is registered with the app (hook_hosts)")


class NoSuchSubscription(LookupError):
    """This app has no such subscription."""

    def __init__(self) -> None:
        super().__init__("no such subscription of this app")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: its number in the subscription, the resource, and when."""

    number: int
    focus: str
    happened_at: datetime


def subscribe(
    topic: Topic, endpoint: str, heartbeat_seconds: int | None, *, by: Holder, allows_loopback: bool, at: datetime
) -> Subscription:
    """Let an app be told of a topic from now on. Inside `looking`. Raises NotAllowed, BadEndpoint.

    The subscription's secret signs what is sent; it is told in the answer to this and never again.
    """
    _check("c", by)
    if not by.may("r", READS[topic]):
        raise NotAllowed(f"{READS[topic]}.r")
    held = AppRegistration.objects.get(application__client_id=by.client_id)
    if not _is_registered(endpoint, held.hook_hosts, allows_loopback=allows_loopback):
        raise BadEndpoint
    _tell(by)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        (horizon,) = cursor.fetchone()
    made = Subscription.objects.create(
        consent_id=by.consent_id,
        topic=topic,
        endpoint=endpoint,
        secret=secrets.token_hex(32),
        heartbeat_seconds=heartbeat_seconds,
        status=SubscriptionStatus.REQUESTED,
        # Changes of transactions that are under way now are told: better twice known than missed.
        seen_xact=horizon - 1,
        created_at=at,
    )
    _defer(made.pk)
    _note(by, "subscribed", made.pk)
    return made


def _is_registered(endpoint: str, hosts: list[str], *, allows_loopback: bool) -> bool:
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname
    except ValueError:
        return False
    is_known = parts.netloc in hosts and not parts.fragment
    return is_known and (parts.scheme == "https" or (parts.scheme == "http" and allows_loopback and is_loopback(host)))


def get_subscription(public_id: UUID, *, seen_by: Holder) -> Subscription:
    """Give one of the app's own. Inside `looking`. Raises NotAllowed, NoSuchSubscription."""
    _check("r", seen_by)
    _tell(seen_by)
    found = Subscription.objects.filter(public_id=public_id).exclude(status=SubscriptionStatus.OFF).first()
    if found is None:
        raise NoSuchSubscription
    _note(seen_by, "subscription-read", found.pk)
    return found


def unsubscribe(public_id: UUID, *, by: Holder) -> None:
    """Tell the app no more; what it was told stays on record. Raises NotAllowed, NoSuchSubscription."""
    _check("d", by)
    _tell(by)
    if not Subscription.objects.filter(public_id=public_id).exclude(status="off").update(status="off"):
        raise NoSuchSubscription
    _note(by, "unsubscribed", None)


def events_of(found: Subscription, *, since: int, until: int | None) -> list[Event]:
    """Give what happened by number, the first MOST_EVENTS; what the app may no longer see is left out."""
    rows = SubscriptionEvent.objects.filter(subscription=found, number__gte=since)
    if until is not None:
        rows = rows.filter(number__lte=until)
    named = rows.order_by("number").annotate(focus=F("change__focus"), happened=F("change__happened_at"))
    return [Event(row.number, row.focus, row.happened) for row in named[:MOST_EVENTS]]


def _check(letter: str, by: Holder) -> None:
    if not by.may(letter, "Subscription"):
        raise NotAllowed(f"Subscription.{letter}")


def _tell(by: Holder) -> None:
    """Tell PostgreSQL which consent it is that asks, for the length of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('forloeb.consent_id', %s, true)", [str(by.consent_id)])


def _defer(subscription_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args)"
            " VALUES ('hooks', 'tell_subscriber', %s, jsonb_build_object('subscription_id', %s::bigint))",
            [f"hook:{subscription_id}", subscription_id],
        )


def _note(by: Holder, event: str, subscription_id: int | None) -> None:
    detail: dict[str, object] = {"subscription": subscription_id, "client": by.client_id}
    note(by.viewer, event=event, action="write", patient_id=by.viewer.patient_id, detail=detail)
