"""The patient's page about referrals: what was asked for them, what was told about them, and where it is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from forloeb.careplans import referrals_sent
from forloeb.people.viewers import ViewerKind
from forloeb.web.asking import Asking, for_reader


@require_GET
@for_reader
def own_referrals(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Show the patient what was asked for them, what was told about them, and where it is."""
    context = {
        "asking": asking,
        "letters": referrals_sent.get_own_letters(seen_by=asking.viewer, as_of=asking.as_of),
        "reads_for_another": asking.viewer.kind is ViewerKind.PROXY,
    }
    return render(request, "own_referrals.html.j2", context)
