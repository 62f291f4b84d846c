"""Subscriptions as the R5 backport writes them in R4 (hl7.fhir.uv.subscriptions-backport 1.1): to and from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

JsonObject = dict[str, Any]
Kind = Literal["handshake", "heartbeat", "event-notification", "query-status", "query-event"]

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
TOPICS = "https://forloeb.dk/fhir/SubscriptionTopic/"
SECRET = "https://forloeb.dk/fhir/StructureDefinition/subscription-secret"  # noqa: S105  the name of an extension


class BadSubscription(ValueError):
    """The resource is no subscription that we can keep; `element` is where."""

    def __init__(self, element: str, why: str) -> None:
        super().__init__(f"{element}: {why}")
        self.element = element


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a Subscription resource asks for."""

    topic: str
    endpoint: str
    heartbeat_seconds: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a notification."""

    number: int
    focus: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class State:
    """A subscription as a notification speaks of it."""

    url: str
    topic: str
    status: str
    events: int
    error: str = ""


def read_subscription(resource: object, *, heartbeats: range, topics: Sequence[str]) -> Wanted:
    """Read what is asked for. Raises BadSubscription with the element at fault."""
    if not isinstance(resource, dict) or resource.get("resourceType") != "Subscription":
        raise BadSubscription("resourceType", "is Subscription")
    if resource.get("status") != "requested":
        raise BadSubscription("Subscription.status", "is requested")
    topic = str(resource.get("criteria", "")).removeprefix(TOPICS)
    if topic not in topics:
        known = ", ".join(TOPICS + name for name in topics)
        raise BadSubscription("Subscription.criteria", f"is one of {known}")
    channel = resource.get("channel")
    if not isinstance(channel, dict) or channel.get("type") != "rest-hook":
        raise BadSubscription("Subscription.channel.type", "is rest-hook")
    endpoint = channel.get("endpoint")
    if not isinstance(endpoint, str) or len(endpoint) > 500:
        raise BadSubscription("Subscription.channel.endpoint", "is an address of at most 500 characters")
    if channel.get("header"):
        raise BadSubscription("Subscription.channel.header", "is not kept: what we send is signed instead")
    if channel.get("payload") not in (None, "application/fhir+json"):
        raise BadSubscription("Subscription.channel.payload", "is application/fhir+json")
    content = _extension(channel.get("_payload"), "backport-payload-content", "valueCode")
    if content not in (None, "id-only"):
        raise BadSubscription("Subscription.channel.payload", "its content is id-only")
    beat = _extension(channel, "backport-heartbeat-period", "valueUnsignedInt")
    if beat is not None and (type(beat) is not int or beat not in heartbeats):
        span = f"{heartbeats.start} to {heartbeats.stop - 1} seconds"
        raise BadSubscription("Subscription.channel.extension", f"the heartbeat is {span}")
    return Wanted(topic, endpoint, beat)


def _extension(holder: object, name: str, value: str) -> Any:
    held = holder.get("extension") if isinstance(holder, dict) else None
    for one in held if isinstance(held, list) else ():
        if isinstance(one, dict) and one.get("url") == BACKPORT + name:
            return one.get(value)
    return None


def to_subscription(name: str, state: State, wanted: Wanted, *, secret: str = "") -> JsonObject:
    """Write a subscription; with its secret only when it has just been made."""
    beat = wanted.heartbeat_seconds
    beats = [{"url": BACKPORT + "backport-heartbeat-period", "valueUnsignedInt": beat}] if beat else []
    kept = [{"url": SECRET, "valueString": secret}] if secret else []
    content = {"url": BACKPORT + "backport-payload-content", "valueCode": "id-only"}
    channel: JsonObject = {
        "type": "rest-hook",
        "endpoint": wanted.endpoint,
        "payload": "application/fhir+json",
        "_payload": {"extension": [content]},
    }
    if beats or kept:
        channel["extension"] = [*beats, *kept]
    found: JsonObject = {
        "resourceType": "Subscription",
        "id": name,
        "meta": {"profile": [BACKPORT + "backport-subscription"]},
        "status": state.status,
        "reason": state.topic,
        "criteria": TOPICS + state.topic,
        "channel": channel,
    }
    return {**found, "error": state.error} if state.error else found


def to_notification(
    name: str, kind: Kind, state: State, events: Sequence[Told], *, base: str, at: datetime
) -> JsonObject:
    """Write a notification, or the answer of $status and $events: a status first, then what it speaks of, ids only."""
    answered = {"status": "200"}
    status = {
        "fullUrl": f"urn:uuid:{name}",
        "resource": _status(kind, state, events, base),
        "request": {"method": "GET", "url": f"{state.url}/$status"},
        "response": answered,
    }
    spoken_of = [
        {"fullUrl": f"{base}/{event.focus}", "request": {"method": "GET", "url": event.focus}, "response": answered}
        for event in events
    ]
    is_search = kind == "query-status"
    entries = [{"fullUrl": status["fullUrl"], "resource": status["resource"]}] if is_search else [status, *spoken_of]
    return {
        "resourceType": "Bundle",
        "id": name,
        "meta": {"profile": [BACKPORT + "backport-subscription-notification-r4"]},
        "type": "searchset" if is_search else "history",
        "timestamp": at.isoformat(timespec="seconds"),
        "entry": entries,
    }


def _status(kind: Kind, state: State, events: Sequence[Told], base: str) -> JsonObject:
    said: list[JsonObject] = [
        {"name": "subscription", "valueReference": {"reference": state.url}},
        {"name": "topic", "valueCanonical": TOPICS + state.topic},
        {"name": "status", "valueCode": state.status},
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": str(state.events)},
    ]
    said += [
        {
            "name": "notification-event",
            "part": [
                {"name": "event-number", "valueString": str(event.number)},
                {"name": "timestamp", "valueInstant": event.happened_at.isoformat(timespec="milliseconds")},
                {"name": "focus", "valueReference": {"reference": f"{base}/{event.focus}"}},
            ],
        }
        for event in events
    ]
    profile = BACKPORT + "backport-subscription-status-r4"
    return {"resourceType": "Parameters", "meta": {"profile": [profile]}, "parameter": said}
