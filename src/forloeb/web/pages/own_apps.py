"""The apps that a professional has said yes to, and the way to stop them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from forloeb.access import consents
from forloeb.web.asking import Asking, for_professional


@require_http_methods(["GET", "POST"])
@for_professional
def own_apps(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Show them, and stop one."""
    if request.method == "POST":
        stop_app(request, asking, request.POST.get("do", "").removeprefix("stop-app:"))
        return redirect("own-apps")
    given = consents.consents_of(asking.viewer, at=asking.at)
    return render(request, "own_apps.html.j2", {"asking": asking, "consents": given})


def stop_app(request: HttpRequest, asking: Asking, number: str) -> None:
    """Take back a yes to an app, and say so."""
    try:
        consents.withdraw(int(number) if number.isdecimal() else 0, by=asking.viewer, at=asking.at)
        messages.success(request, _("The app can no longer see anything."))
    except consents.NoSuchConsent:
        messages.info(request, _("The app had been stopped already."))
