"""The addresses of CDS Hooks. Nobody's browser comes here: every call carries a token its record system has signed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import uuid4

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt

from forloeb.access.record_systems import RecordSystem
from forloeb.access.signed_tokens import NotTrusted, note_refused, read_signed
from forloeb.api.cds.advice import patient_view
from forloeb.api.cds.calls import PATIENT_VIEW, BadCall, Call, read_call
from forloeb.api.cds.cards import Card, Link, as_json
from forloeb.api.cds.feedback import read_feedback
from forloeb.api.cds.ordering import ordering
from forloeb.api.cds.services import SERVICES, Service, discovery
from forloeb.api.cds.subject import Subject, subject_of
from forloeb.careplans.feedback import Given, NoSuchAdvice, remember, take_feedback
from forloeb.people.viewers import looking

log = logging.getLogger(__name__)

LONGEST_TOKEN = timedelta(minutes=5)
LARGEST_CALL = 10_000_000
"""Bytes: a patient's whole record with decades of values is a tenth of it."""

View = Callable[..., HttpResponse]


def _for_systems(view: View) -> View:
    """Make an address for record systems: in their language, and a refusal or a fault as JSON."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with override("en" if request.headers.get("Accept-Language", "").lower().startswith("en") else "da"):
            try:
                return view(request, *args, **kwargs)
            except NotTrusted as refusal:
                note_refused("decision-support", refusal)
                log.warning("a CDS Hooks call was refused: %s", refusal.why)
                refused = _refusal(401, refusal.why, "the call's token is not one of a registered record system")
                refused.headers["WWW-Authenticate"] = f'Bearer error="invalid_token", error_description="{refusal.why}"'
                return refused
            except BadCall as fault:
                return _refusal(400, "bad-call", fault.text, element=fault.element)

    answer.for_whom = "record-system"  # type: ignore[attr-defined]
    return csrf_exempt(answer)


def _json(said: object, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(said), status=status, content_type="application/json")


def _refusal(status: int, error: str, message: str, **more: object) -> HttpResponse:
    return _json({"error": error, "message": message, **more}, status)


@_for_systems
def services(request: HttpRequest) -> HttpResponse:
    """Tell which services there are. Anybody may ask."""
    if request.method != "GET":
        return _not_allowed("GET")
    return _json(discovery())


@_for_systems
def call(request: HttpRequest, service: str) -> HttpResponse:
    """Answer a call of a service with cards."""
    if request.method != "POST":
        return _not_allowed("POST")
    asked_of = SERVICES.get(service)
    if asked_of is None:
        return _no_such_service()
    at = timezone.now()
    system = _system(request, at)
    asked = read_call(_body(request), hook=asked_of.hook)
    return _json({"cards": _answer(asked_of, asked, system, request, at)})


@_for_systems
def feedback(request: HttpRequest, service: str) -> HttpResponse:
    """Take what became of cards."""
    if request.method != "POST":
        return _not_allowed("POST")
    if service not in SERVICES:
        return _no_such_service()
    at = timezone.now()
    viewer = _system(request, at).viewer()
    told = read_feedback(_body(request))
    try:
        with looking(viewer):
            take_feedback(told, by=viewer, at=at)
    except NoSuchAdvice as refusal:
        raise BadCall(f"feedback[{refusal.places[0]}].card", "is no card that your practice was given") from None
    return _json({})


def _answer(
    service: Service, asked: Call, system: RecordSystem, request: HttpRequest, at: datetime
) -> list[dict[str, Any]]:
    viewer = system.viewer()
    with looking(viewer):
        subject = subject_of(asked, seen_by=viewer, as_of=timezone.localdate(at))
        cards = _cards(service, asked, subject, _links(system, subject, request))
        named = [(uuid4(), card) for card in cards]
        remember([Given(name, card.topic, card.indicator) for name, card in named], hook=service.hook, by=viewer, at=at)
    return [as_json(card, name) for name, card in named]


def _cards(service: Service, asked: Call, subject: Subject, links: tuple[Link, ...]) -> list[Card]:
    if service.hook == PATIENT_VIEW:
        return list(patient_view(subject, patient_id=asked.patient_id, links=links))
    return list(ordering(asked, subject, links=links))


def _links(system: RecordSystem, subject: Subject, request: HttpRequest) -> tuple[Link, ...]:
    """Lead into the plan: by SMART where the record system can, else to its page; nowhere for who is not ours."""
    if subject.patient is None:
        return ()
    label = _("Open the care plan")
    if system.has_smart:
        return (Link(label, request.build_absolute_uri(reverse("launch")), is_smart=True),)
    page = reverse("control", args=[subject.patient.public_id])
    return (Link(label, request.build_absolute_uri(page), is_smart=False),)


def _system(request: HttpRequest, at: datetime) -> RecordSystem:
    """Find out who calls. Raises NotTrusted."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise NotTrusted("no-token")
    here = request.build_absolute_uri(request.path)
    return read_signed(token.strip(), audience=here, lasts=LONGEST_TOKEN, at=at).by


def _body(request: HttpRequest) -> bytes:
    """Read what was sent, past Django's smaller limit for forms. Raises BadCall."""
    body = request.read(LARGEST_CALL + 1)
    if len(body) > LARGEST_CALL:
        raise BadCall("body", f"is larger than {LARGEST_CALL // 1_000_000} MB")
    return bytes(body)


def _no_such_service() -> HttpResponse:
    return _refusal(404, "no-such-service", f"the services are {', '.join(SERVICES)}")


def _not_allowed(method: str) -> HttpResponse:
    refused = _refusal(405, "method-not-allowed", f"this address takes {method}")
    refused.headers["Allow"] = method
    return refused
