"""The pages of a launch. Each ends on the control page of the patient open in the record system, or says why not.

Nothing of anybody stands in an address or in a log; a refusal says what to do, and is written in the audit log.
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from forloeb.access import policies, sign_ins
from forloeb.access.client_keys import ClientKeys
from forloeb.access.identities import find_login
from forloeb.access.models import LoginKind
from forloeb.access.our_keys import client_keys
from forloeb.access.queries import find_on_list
from forloeb.access.record_systems import RecordSystem, find_by_fhir_server, get_record_system
from forloeb.access.signed_tokens import NotTrusted, note_refused
from forloeb.fhir.people import BadResource, read_patient
from forloeb.people.viewers import looking
from forloeb.web import asking
from forloeb.web.asking import for_anyone
from forloeb.web.launch import framing, smart
from forloeb.web.launch.context import read_context
from forloeb.web.launch.smart import LaunchFailed, Question

log = logging.getLogger(__name__)

EVENT = "launch"
_QUESTION = "launch_question"
_LONGEST = 2_000

STATUS = {"no-answer": 502, "unfit-server": 502, "not-set-up": 503, "patient-unknown": 404}
"""The status of a refusal where it is not 403."""


@for_anyone
@require_GET
def launch(request: HttpRequest) -> HttpResponse:
    """Begin a SMART launch: send the browser to the record system's authorization server."""
    issuer, launched = (request.GET.get(name, "") for name in ("iss", "launch"))
    system = find_by_fhir_server(issuer) if issuer and launched and len(launched) <= _LONGEST else None
    if system is None:
        return _refused(request, "unknown-system" if issuer and launched else "nothing-to-launch")
    framing.show_to(request, system)
    if client_keys() is None:
        return _refused(request, "not-set-up")
    try:
        where, question = smart.begin(
            system, launched, come_back_to=request.build_absolute_uri(reverse("launch-callback"))
        )
    except LaunchFailed as failure:
        return _refused(request, failure.why)
    request.session[_QUESTION] = asdict(question)
    return redirect(where)


@for_anyone
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Take the answer of the authorization server, and open the patient."""
    at = timezone.now()
    kept, keys = request.session.pop(_QUESTION, None), client_keys()
    system = get_record_system(kept["system_id"]) if kept else None
    if kept is None or system is None or keys is None:
        return _refused(request, "not-ours")
    framing.show_to(request, system)
    if request.GET.get("iss", system.issuer) != system.issuer:  # RFC 9207: an answer of another server's
        return _refused(request, "not-ours")
    if "error" in request.GET:
        return _refused(request, "said-no")
    try:
        launched = _finish(request, system, Question(**kept), keys, at)
        number = _number(launched)
    except LaunchFailed as failure:
        return _refused(request, failure.why)
    return _open(request, system, _Person(launched.issuer, launched.subject, launched.sid), number, at)


def _finish(
    request: HttpRequest, system: RecordSystem, question: Question, keys: ClientKeys, at: datetime
) -> smart.Launched:
    state, code = (request.GET.get(name, "") for name in ("state", "code"))
    return smart.finish(system, question, state=state, code=code, keys=keys, at=at)


def _number(launched: smart.Launched) -> str:
    """Give the CPR or replacement number of the patient who is open. Raises LaunchFailed."""
    try:
        found = read_patient(dict(launched.patient), 0)
    except BadResource:
        raise LaunchFailed("no-patient") from None
    return found.cpr_number or found.replacement_id or ""


# The record system's page posts here from its own origin; its signature is the proof that it meant to.
@for_anyone
@csrf_exempt
@require_POST
def context(request: HttpRequest) -> HttpResponse:
    """Take a signed context launch, and open the patient."""
    at = timezone.now()
    here = request.build_absolute_uri(reverse("launch-context"))
    try:
        told = read_context(request.POST.get("token", ""), audience=here, at=at)
    except NotTrusted as refusal:
        if refusal.by is not None:
            framing.show_to(request, refusal.by)
        return _refused(request, refusal.why)
    framing.show_to(request, told.system)
    return _open(request, told.system, _Person(told.system.launch_issuer, told.subject), told.number, at)


@for_anyone
@require_GET
def jwks(request: HttpRequest) -> HttpResponse:
    """Publish the keys by which we prove who we are."""
    keys = client_keys()
    response = JsonResponse(keys.jwks() if keys else {"keys": []})
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@for_anyone
@require_GET
def again(request: HttpRequest) -> HttpResponse:
    """Say, in the record system's frame, that the session has ended and how to go on."""
    return render(request, "launch_refused.html.j2", {"why": "ended"})


class _Person:
    """Somebody whom a record system vouches for."""

    def __init__(self, issuer: str, subject: str, sid: str = "") -> None:
        self.issuer, self.subject, self.sid = issuer, subject, sid


def _open(request: HttpRequest, system: RecordSystem, person: _Person, number: str, at: datetime) -> HttpResponse:
    """Let somebody in at the practice whose record system it is, straight to the patient."""
    as_of = timezone.localdate(at)
    who = find_login(person.issuer, person.subject, as_of=as_of)
    if who is None or who.kind != LoginKind.PRACTITIONER:
        return _refused(request, "login-unknown")
    request.session.flush()
    try:
        viewer = asking.sign_in(request, who, system.organization_id)
        policies.check_is_practice(viewer)
    except policies.NotForThisViewer:
        request.session.flush()
        return _refused(request, "not-employed")
    framing.open_from(request, system)
    request.session.save()
    assert request.session.session_key
    sign_ins.remember(
        session_key=request.session.session_key,
        login_id=who.login_id,
        issuer=person.issuer,
        subject=person.subject,
        sid=person.sid,
        at=at,
    )
    with looking(viewer):
        patient = find_on_list(number, seen_by=viewer, as_of=as_of, event=EVENT)
    if patient is None:
        return _refused(request, "patient-unknown")
    return redirect("control", patient.public_id)


def _refused(request: HttpRequest, why: str) -> HttpResponse:
    note_refused(EVENT, NotTrusted(why))
    log.warning("a launch was refused: %s", why)
    status = STATUS.get(why, 403)
    return render(request, "launch_refused.html.j2", {"why": why}, status=status)
