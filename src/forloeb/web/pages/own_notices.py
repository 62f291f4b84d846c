"""The patient chooses whether to get an e-mail when there is news, and confirms the address."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from forloeb.access import notices
from forloeb.web.asking import Asking, for_anyone, for_patient
from forloeb.web.speaking import spoken


@require_http_methods(["GET", "POST"])
@for_patient
def own_notices(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Show the choice, and take another."""
    if request.method == "POST":
        try:
            notices.choose(
                request.POST.get("email", ""),
                news=request.POST.get("news") == "yes",
                emergencies=request.POST.get("emergencies") == "yes",
                language=spoken().code,
                by=asking.viewer,
                at=asking.at,
                as_of=asking.as_of,
            )
        except notices.NotAnAddress:
            return _page(request, asking, fault=_("Write an e-mail address, such as name@example.dk."))
        messages.success(request, _("Your choice is saved."))
        return redirect("own-notices")
    return _page(request, asking)


def _page(request: HttpRequest, asking: Asking, *, fault: str = "") -> HttpResponse:
    choice = notices.get_choice(seen_by=asking.viewer, as_of=asking.as_of)
    context = {
        "asking": asking,
        "choice": choice,
        "typed": request.POST.get("email", choice.email if choice else ""),
        "news": request.POST.get("news") == "yes" if fault else choice is not None and choice.news,
        "emergencies": request.POST.get("emergencies") == "yes" if fault else choice is not None and choice.emergencies,
        "fault": fault,
        "sends_mail": settings.SENDS_MAIL,
    }
    return render(request, "own_notices.html.j2", context, status=422 if fault else 200)


@for_anyone
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, mark: str) -> HttpResponse:
    """Ask for the press of a button, which programs that open links in mails do not give, and take it."""
    if request.method == "GET":
        return render(request, "notices_confirm.html.j2", {"mark": mark, "state": "ask"})
    try:
        notices.confirm(mark, at=timezone.now())
    except notices.NoSuchChoice:
        return render(request, "notices_confirm.html.j2", {"mark": mark, "state": "too-old"}, status=404)
    return render(request, "notices_confirm.html.j2", {"mark": mark, "state": "done"})
