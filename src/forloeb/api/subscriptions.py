"""Subscriptions over HTTP, for an app with its token: made, read, ended, asked how they stand and what was missed."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from forloeb.access.tokens import Holder
from forloeb.api.authorization import site_of
from forloeb.api.bearer import answer, for_holders, refuse
from forloeb.careplans import subscriptions
from forloeb.careplans.subscriptions import Subscription, Topic
from forloeb.fhir.subscriptions import (
    BadSubscription,
    Kind,
    State,
    Told,
    Wanted,
    read_subscription,
    to_notification,
    to_subscription,
)


@for_holders
@require_http_methods(["POST"])
def create(request: HttpRequest, holder: Holder) -> HttpResponse:
    """Begin to tell an app of a topic."""
    try:
        said = orjson.loads(request.body)
        wanted = read_subscription(said, heartbeats=subscriptions.HEARTBEAT_SECONDS, topics=Topic.values)
        made = subscriptions.subscribe(
            Topic(wanted.topic),
            wanted.endpoint,
            wanted.heartbeat_seconds,
            by=holder,
            allows_loopback=settings.DEBUG or settings.DEMO,
            at=timezone.now(),
        )
    except orjson.JSONDecodeError:
        return refuse(400, "structure", "the body is not JSON")
    except BadSubscription as wrong:
        return refuse(422, "invalid", str(wrong), wrong.element)
    except subscriptions.BadEndpoint as wrong:
        return refuse(422, "invalid", str(wrong), "Subscription.channel.endpoint")
    given = answer(_resource(request, made, secret=made.secret), 201)
    given.headers["Location"] = _url(request, made)
    return given


@for_holders
@require_http_methods(["GET", "DELETE"])
def one(request: HttpRequest, holder: Holder, public_id: UUID) -> HttpResponse:
    """Show a subscription, or end it."""
    if request.method == "DELETE":
        subscriptions.unsubscribe(public_id, by=holder)
        return HttpResponse(status=204)
    return answer(_resource(request, subscriptions.get_subscription(public_id, seen_by=holder)))


@for_holders
@require_GET
def status(request: HttpRequest, holder: Holder, public_id: UUID) -> HttpResponse:
    """Say how a subscription stands."""
    found = subscriptions.get_subscription(public_id, seen_by=holder)
    return answer(_notification(request, found, "query-status", []))


@for_holders
@require_GET
def events(request: HttpRequest, holder: Holder, public_id: UUID) -> HttpResponse:
    """Give the events from a number until a number, to catch up on what was missed."""
    numbers = [request.GET.get(name, "") for name in ("eventsSinceNumber", "eventsUntilNumber")]
    if any(text and not (text.isascii() and text.isdigit() and len(text) < 19) for text in numbers):
        return refuse(400, "value", "eventsSinceNumber and eventsUntilNumber are whole numbers")
    since, until = (int(text) if text else None for text in numbers)
    found = subscriptions.get_subscription(public_id, seen_by=holder)
    told = [
        Told(event.number, event.focus, event.happened_at)
        for event in subscriptions.events_of(found, since=since or 1, until=until)
    ]
    return answer(_notification(request, found, "query-event", told))


def _url(request: HttpRequest, found: Subscription) -> str:
    return f"{site_of(request)}/fhir/Subscription/{found.public_id}"


def _state(request: HttpRequest, found: Subscription) -> State:
    return State(_url(request, found), found.topic, found.status, found.events, found.error)


def _resource(request: HttpRequest, found: Subscription, *, secret: str = "") -> dict[str, Any]:
    wanted = Wanted(found.topic, found.endpoint, found.heartbeat_seconds)
    return to_subscription(str(found.public_id), _state(request, found), wanted, secret=secret)


def _notification(request: HttpRequest, found: Subscription, kind: Kind, told: list[Told]) -> dict[str, Any]:
    base = f"{site_of(request)}/fhir"
    return to_notification(str(uuid4()), kind, _state(request, found), told, base=base, at=timezone.now())


_DEFINED = "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition"
CAPABILITY: dict[str, Any] = {
    "type": "Subscription",
    "profile": "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription",
    "documentation": "For apps, with their token.",
    "interaction": [{"code": code} for code in ("create", "read", "delete")],
    "versioning": "no-version",
    "operation": [
        {"name": "status", "definition": f"{_DEFINED}/backport-subscription-status"},
        {"name": "events", "definition": f"{_DEFINED}/backport-subscription-events"},
    ],
}
"""What is served here, in the words of the CapabilityStatement."""

urlpatterns = [
    path("fhir/Subscription", create, name="fhir-subscription-create"),
    path("fhir/Subscription/<uuid:public_id>", one, name="fhir-subscription"),
    path("fhir/Subscription/<uuid:public_id>/$status", status, name="fhir-subscription-status"),
    path("fhir/Subscription/<uuid:public_id>/$events", events, name="fhir-subscription-events"),
]
