"""The page where a person says yes or no to an app."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from forloeb.access import app_server, consents
from forloeb.web.app_words import what_it_may
from forloeb.web.asking import Asking, for_app_users
from forloeb.web.security import content_security_policy


@require_http_methods(["GET", "POST"])
@for_app_users
def app_consent(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Say what an app asks for, and take a yes or a no to it."""
    site = settings.SITE_URL or request.build_absolute_uri("/").rstrip("/")
    try:
        asked = app_server.read_request(request.get_full_path(), audience=f"{site}/fhir")
    except app_server.UnknownApp:
        return render(request, "app_unknown.html.j2", {"asking": asking}, status=400)
    except app_server.RefusedRequest as refusal:
        return HttpResponseRedirect(refusal.where)
    try:
        what = consents.ask(asked.client_id, asked.scopes, of=asking.viewer, at=asking.at)
    except consents.AsksForNothing:
        return HttpResponseRedirect(asked.refusal("invalid_scope"))
    match request.POST.get("do") if request.method == "POST" else None:
        case "yes":
            return HttpResponseRedirect(app_server.answer_yes(asked, what, by=asking.viewer))
        case "no":
            consents.say_no(asked.client_id, by=asking.viewer)
            return HttpResponseRedirect(asked.refusal("access_denied"))
    return _page(request, asking, asked, what)


def _page(request: HttpRequest, asking: Asking, asked: app_server.AppRequest, what: consents.Asked) -> HttpResponse:
    context = {
        "asking": asking,
        "asked": what,
        "may": what_it_may(what.granted),
        "is_patient": asking.viewer.patient_id is not None,
        "where": request.get_full_path(),
    }
    response = render(request, "app_consent.html.j2", context)
    # The form's answer leads to the app, and a browser asks the page's policy whether it may.
    response.headers["Content-Security-Policy"] = content_security_policy(asked.redirect_uri)
    return response
