"""The pages of signing in and out. A session begins anew when someone is let in, so that no earlier one lives on."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forloeb.access import sign_ins
from forloeb.access.actions import note_refused_code
from forloeb.access.identities import SignedIn, find_login
from forloeb.access.policies import NotForThisViewer
from forloeb.access.proxies import NoSuchCode, accept_proxy
from forloeb.web import asking
from forloeb.web.asking import for_anyone
from forloeb.web.own_device import leaves_nothing_on_the_device
from forloeb.web.signin import personas, provider
from forloeb.web.signin.provider import Identity

log = logging.getLogger(__name__)

_NEXT = "sign_in_next"
_PROVED = "sign_in_proved"
"""An identity that has been proved: it may yet choose whose eyes to look with, or type a relative's code."""
_ID_TOKEN = "sign_in_id_token"  # noqa: S105  the name of a place in the session


@for_anyone
@require_GET
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the ways in."""
    _remember_next(request)
    today = timezone.localdate()
    known = list(personas.personas(today))
    context = {
        "personas": {
            group: [p for p in known if p.group == group] for group in ("practice", "patient", "relative", "sector")
        },
        "has_personas": bool(known),
        "has_provider": provider.is_set_up(),
    }
    return render(request, "sign_in.html.j2", context)


@for_anyone
@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """Send the person to the OpenID provider."""
    if not provider.is_set_up():
        raise Http404
    try:
        return provider.begin(request, request.build_absolute_uri(reverse("sign-in-callback")))
    except provider.ProviderUnreachable:
        return _unreachable(request)


@for_anyone
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Take the provider's answer and let the person in."""
    if not provider.is_set_up():
        raise Http404
    try:
        identity = provider.finish(request)
    except provider.NotSureEnough:
        messages.warning(request, _("Your sign-in is not secure enough for a plan. Sign in with MitID and your code."))
        return redirect("sign-in")
    except provider.SignInNotFinished as refusal:
        # The kind of refusal and nothing of its text, which the address could have carried.
        log.warning("sign-in was not finished: %s", type(refusal.__cause__).__name__)
        messages.warning(request, _("The sign-in was not finished. You can try again."))
        return redirect("sign-in")
    except provider.ProviderUnreachable:
        return _unreachable(request)
    return _let_in(request, identity)


@for_anyone
@require_POST
def choose_persona(request: HttpRequest) -> HttpResponse:
    """Let in one of the demo's invented people."""
    identity = personas.identity_of(request.POST.get("persona", ""))
    if identity is None:
        raise Http404
    return _let_in(request, identity)


@for_anyone
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Let in someone who works in several places or reads several plans, as they choose; also when they change."""
    proved = request.session.get(_PROVED)
    if not proved:
        return redirect("sign-in")
    identity = Identity(**proved)
    if request.method == "POST":
        organization, reads_for = (request.POST.get(name, "") for name in ("organization", "reads_for"))
        if organization.isdecimal() or reads_for.isdecimal():
            return _let_in(request, identity, _number(organization), _number(reads_for))
    who = find_login(identity.issuer, identity.subject, as_of=timezone.localdate())
    return _ask_for_way(request, identity, who) if who else _stranger(request, identity)


@for_anyone
@require_POST
def accept_code(request: HttpRequest) -> HttpResponse:
    """Tie a relative's code to the person who has signed in, and show them the plan."""
    proved = request.session.get(_PROVED)
    if not proved:
        return redirect("sign-in")
    identity = Identity(**proved)
    at = timezone.now()
    try:
        patient_id = accept_proxy(
            request.POST.get("code", ""),
            issuer=identity.issuer,
            subject=identity.subject,
            at=at,
            as_of=timezone.localdate(at),
        )
    except NoSuchCode:
        note_refused_code(identity.issuer)
        messages.error(request, _("No one has given that code, or it has been used or is too old. Ask for a new one."))
        who = find_login(identity.issuer, identity.subject, as_of=timezone.localdate(at))
        return redirect("own-access") if who and who.patient_id else _stranger(request, identity)
    return _let_in(request, identity, None, patient_id)


@for_anyone
@require_POST
@leaves_nothing_on_the_device
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session here, and at the provider when the person came from there."""
    id_token = request.session.get(_ID_TOKEN, "")
    asking.sign_out(request)
    if id_token and provider.is_set_up():
        back = request.build_absolute_uri(reverse("signed-out"))
        if where := provider.address_to_sign_out(id_token, back):
            return HttpResponseRedirect(where)
    return redirect("signed-out")


@for_anyone
@require_GET
def signed_out(request: HttpRequest) -> HttpResponse:
    """Say that the session has ended."""
    return render(request, "signed_out.html.j2")


def _let_in(
    request: HttpRequest, identity: Identity, organization_id: int | None = None, reads_for: int | None = None
) -> HttpResponse:
    who = find_login(identity.issuer, identity.subject, as_of=timezone.localdate())
    if who is None or not who.ways:
        return _stranger(request, identity)
    if who.ways > 1 and organization_id is None and reads_for is None:
        return _ask_for_way(request, identity, who)
    where = _next(request)
    request.session.flush()
    try:
        asking.sign_in(request, who, organization_id, reads_for)
    except NotForThisViewer:
        return _stranger(request, identity)
    _keep_proof(request, identity)
    request.session[asking.HAS_MORE_WAYS] = who.ways > 1
    _remember_identity(request, identity, who)
    # On the way in we tidy up after those who never signed out, so that the sessions do not pile up.
    request.session.clear_expired()
    return HttpResponseRedirect(where)


def _remember_identity(request: HttpRequest, identity: Identity, who: SignedIn) -> None:
    """Note whose session this is, so that the provider can end it."""
    assert request.session.session_key
    sign_ins.remember(
        session_key=request.session.session_key,
        login_id=who.login_id,
        issuer=identity.issuer,
        subject=identity.subject,
        sid=identity.sid,
        at=timezone.now(),
    )


def _ask_for_way(request: HttpRequest, identity: Identity, who: SignedIn) -> HttpResponse:
    request.session.cycle_key()
    _keep_proof(request, identity)
    _remember_identity(request, identity, who)
    return render(request, "choose_way.html.j2", {"who": who})


def _stranger(request: HttpRequest, identity: Identity) -> HttpResponse:
    """Say that we do not know them; they may have a relative's code, and can sign out at the provider."""
    request.session.flush()
    _keep_proof(request, identity)
    return render(request, "stranger.html.j2", status=403)


def _keep_proof(request: HttpRequest, identity: Identity) -> None:
    request.session[_PROVED] = {
        "issuer": identity.issuer,
        "subject": identity.subject,
        "id_token": identity.id_token,
        "sid": identity.sid,
    }
    if identity.id_token:
        request.session[_ID_TOKEN] = identity.id_token


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _unreachable(request: HttpRequest) -> HttpResponse:
    log.error("the OpenID provider does not answer")
    return render(request, "provider_unreachable.html.j2", status=502)


def _remember_next(request: HttpRequest) -> None:
    where = request.GET.get("next", "")
    if where and url_has_allowed_host_and_scheme(where, {request.get_host()}, require_https=request.is_secure()):
        request.session[_NEXT] = where


def _next(request: HttpRequest) -> str:
    return str(request.session.get(_NEXT, "/"))
