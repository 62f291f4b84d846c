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
from django.views.decorators.http import require_GET, require_POST

from forloeb.access import sign_ins
from forloeb.access.policies import NotForThisViewer
from forloeb.access.queries import SignedIn, find_login
from forloeb.web import asking
from forloeb.web.asking import for_anyone
from forloeb.web.signin import personas, provider
from forloeb.web.signin.provider import Identity

log = logging.getLogger(__name__)

_NEXT = "sign_in_next"
_WAITING = "sign_in_waiting"
"""An identity that has been proved and has yet to choose a workplace."""
_ID_TOKEN = "sign_in_id_token"  # noqa: S105  the name of a place in the session


@for_anyone
@require_GET
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the ways in."""
    _remember_next(request)
    today = timezone.localdate()
    known = list(personas.personas(today))
    context = {
        "staff": [p for p in known if not p.is_patient],
        "patients": [p for p in known if p.is_patient],
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
@require_POST
def choose_workplace(request: HttpRequest) -> HttpResponse:
    """Let in someone who works in several places, at the one they chose."""
    waiting = request.session.get(_WAITING)
    chosen = request.POST.get("organization", "")
    if not waiting or not chosen.isdecimal():
        return redirect("sign-in")
    return _let_in(request, Identity(**waiting), int(chosen))


@for_anyone
@require_POST
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


def _let_in(request: HttpRequest, identity: Identity, organization_id: int | None = None) -> HttpResponse:
    who = find_login(identity.issuer, identity.subject, as_of=timezone.localdate())
    if who is None or (who.patient_id is None and not who.workplaces):
        return _stranger(request, identity)
    if len(who.workplaces) > 1 and organization_id is None:
        return _ask_for_workplace(request, identity, who)
    where = _next(request)
    request.session.flush()
    try:
        asking.sign_in(request, who, organization_id)
    except NotForThisViewer:
        return _stranger(request, identity)
    _remember_identity(request, identity, who)
    if identity.id_token:
        request.session[_ID_TOKEN] = identity.id_token
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


def _ask_for_workplace(request: HttpRequest, identity: Identity, who: SignedIn) -> HttpResponse:
    request.session.cycle_key()
    request.session[_WAITING] = {
        "issuer": identity.issuer,
        "subject": identity.subject,
        "id_token": identity.id_token,
        "sid": identity.sid,
    }
    _remember_identity(request, identity, who)
    return render(request, "choose_workplace.html.j2", {"who": who})


def _stranger(request: HttpRequest, identity: Identity) -> HttpResponse:
    """Say that we do not know them, and keep the proof so that they can sign out at the provider."""
    request.session.flush()
    if identity.id_token:
        request.session[_ID_TOKEN] = identity.id_token
    return render(request, "stranger.html.j2", status=403)


def _unreachable(request: HttpRequest) -> HttpResponse:
    log.error("the OpenID provider does not answer")
    return render(request, "provider_unreachable.html.j2", status=502)


def _remember_next(request: HttpRequest) -> None:
    where = request.GET.get("next", "")
    if where and url_has_allowed_host_and_scheme(where, {request.get_host()}, require_https=request.is_secure()):
        request.session[_NEXT] = where


def _next(request: HttpRequest) -> str:
    return str(request.session.get(_NEXT, "/"))
