"""The practice's start page: today's controls and who needs a plan, each row with its reason."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from forloeb.access import policies
from forloeb.access.queries import find_by_number, note
from forloeb.careplans import laboratory_card, referrals_sent
from forloeb.careplans.disputes import waiting_for_answer
from forloeb.people.queries import find_by_name
from forloeb.people.viewers import ViewerKind
from forloeb.web.asking import Asking, for_anyone, for_practice, viewer_of
from forloeb.web.numbers import number_of
from forloeb.web.pages import worklist

HOME = {
    ViewerKind.PRACTICE: "start",
    ViewerKind.PROFESSIONAL: "look-up",
    ViewerKind.PATIENT: "own-plan",
    ViewerKind.PROXY: "own-plan",
}
"""The page that each kind of viewer begins on."""


@for_anyone
@require_GET
def front(request: HttpRequest) -> HttpResponse:
    """Send everyone to the page that is theirs."""
    viewer = viewer_of(request)
    if viewer is None:
        return redirect("sign-in")
    return redirect(HOME[viewer.kind])


@require_GET
@for_practice
def start(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Show today's controls and the work list, sorted as asked."""
    if request.headers.get("HX-Target") == "work-list":
        return worklist.show_list(request, asking)
    shown = worklist.shown_list(request, asking)
    context = {
        "asking": asking,
        "work": shown,
        "waiting": waiting_for_answer(seen_by=asking.viewer, as_of=asking.as_of),
        "letters": referrals_sent.to_do(seen_by=asking.viewer, at=asking.at, as_of=asking.as_of),
        "card": laboratory_card.to_do(seen_by=asking.viewer, as_of=asking.as_of),
    }
    return render(request, "start.html.j2", context)


@require_POST
@for_practice
def search(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Find someone on the list by name, CPR or replacement number. Typed in a form: it stands in no address."""
    sought = request.POST.get("sought", "").strip()
    number = number_of(sought)
    if number is None:
        return _by_name(request, asking, sought)
    found = find_by_number(number, seen_by=asking.viewer, as_of=asking.as_of)
    if found is None:
        messages.warning(
            request,
            _("Nobody on the practice's list has that number. If you treat them all the same, look them up here."),
        )
        return redirect("look-up")
    if found.rule == policies.OUR_OWN_RECORD:
        messages.info(request, _("The patient has moved to another practice. You can read the plans that you made."))
        return redirect("history", found.public_id)
    return redirect("control", found.public_id)


def _by_name(request: HttpRequest, asking: Asking, sought: str) -> HttpResponse:
    found = find_by_name(sought, organization_id=asking.viewer.acts_for, as_of=asking.as_of)
    note(asking.viewer, event="name-search", rule=policies.ON_OUR_LIST, detail={"found": len(found)})
    return render(request, "search.html.j2", {"asking": asking, "found": found, "sought": sought})
