"""The practice's start page: today's controls and who needs a plan, each row with its reason."""

from __future__ import annotations

from typing import Literal, get_args

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
from forloeb.population.worklist import Entry, get_worklist
from forloeb.web.asking import Asking, for_anyone, for_practice, viewer_of
from forloeb.web.numbers import number_of

HOME = {
    ViewerKind.PRACTICE: "start",
    ViewerKind.PROFESSIONAL: "look-up",
    ViewerKind.PATIENT: "own-plan",
    ViewerKind.PROXY: "own-plan",
}
"""The page that each kind of viewer begins on."""

Order = Literal["need", "name", "age", "last-review"]


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
    entries = get_worklist(seen_by=asking.viewer, as_of=asking.as_of)
    order: Order = request.GET["order"] if request.GET.get("order") in get_args(Order) else "need"  # type: ignore[assignment]
    reason = request.GET.get("reason", "")
    today = [e for e in entries if e.reasons[0].kind in ("planned-today", "draft")]
    rest = [e for e in entries if e not in today]
    context = {
        "asking": asking,
        "today": today,
        "entries": sort(_with_reason(rest, reason), order),
        "counts": count_reasons(rest),
        "order": order,
        "reason": reason,
        "waiting": waiting_for_answer(seen_by=asking.viewer, as_of=asking.as_of),
        "letters": referrals_sent.to_do(seen_by=asking.viewer, at=asking.at, as_of=asking.as_of),
        "card": laboratory_card.to_do(seen_by=asking.viewer, as_of=asking.as_of),
    }
    template = "start_list.html.j2" if request.headers.get("HX-Target") == "work-list" else "start.html.j2"
    return render(request, template, context)


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


def _with_reason(entries: list[Entry], kind: str) -> list[Entry]:
    return [e for e in entries if not kind or any(r.kind == kind for r in e.reasons)]


def sort(entries: list[Entry], order: Order) -> list[Entry]:
    """Order the list: by need (as it comes), name, age or how long ago the last control was."""
    match order:
        case "name":
            return sorted(entries, key=lambda e: (e.family_name, e.given_name))
        case "age":
            return sorted(entries, key=lambda e: -e.age)
        case "last-review":
            return sorted(entries, key=lambda e: (e.last_review_on is not None, e.last_review_on))
    return entries


def count_reasons(entries: list[Entry]) -> dict[str, int]:
    """Count the people with each kind of reason; one person may have several."""
    counts: dict[str, int] = {}
    for entry in entries:
        for kind in {reason.kind for reason in entry.reasons}:
            counts[kind] = counts.get(kind, 0) + 1
    return counts
