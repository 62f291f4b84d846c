"""The values of one patient on their way to the laboratory card: how far each has come, and what can be done."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from forloeb.careplans import laboratory_card as card
from forloeb.records.deliveries import NothingToWithdraw
from forloeb.web.asking import Asking, for_practice


@require_http_methods(["GET", "POST"])
@for_practice
def laboratory_card(request: HttpRequest, asking: Asking, public_id: UUID) -> HttpResponse:
    """Show the values; send one again; say that one was entered in error."""
    if request.method == "GET":
        page = card.get_card(public_id, seen_by=asking.viewer, as_of=asking.as_of)
        return render(request, "laboratory_card.html.j2", {"asking": asking, "page": page, "patient": page.patient})
    do, _colon, number = request.POST.get("do", "").partition(":")
    number = number if number.isdecimal() and len(number) <= 18 else ""
    match do:
        case "again" if number:
            card.send_again(public_id, int(number), by=asking.viewer, at=asking.at, as_of=asking.as_of)
            messages.success(request, _("The value is on its way again."))
        case "error" if number:
            _withdraw(request, asking, public_id, int(number))
    return redirect("laboratory-card", public_id)


def _withdraw(request: HttpRequest, asking: Asking, public_id: UUID, observation_id: int) -> None:
    try:
        card.withdraw(public_id, observation_id, by=asking.viewer, at=asking.at, as_of=asking.as_of)
    except NothingToWithdraw:
        messages.info(request, _("The value had been taken back already."))
    else:
        messages.success(request, _("The value no longer counts here, and is taken back from the laboratory card."))
