"""What new versions of guidelines propose for running plans: the practice's list, and one patient's."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from forloeb.access.policies import PatientIsDead
from forloeb.careplans import plan_changing
from forloeb.population.plan_changes import get_waiting_plans
from forloeb.web.asking import Asking, for_practice
from forloeb.web.pages.history import titles

_MOST_AT_ONCE = 2_000


@require_http_methods(["GET", "POST"])
@for_practice
def waiting(request: HttpRequest, asking: Asking) -> HttpResponse:
    """List the patients whose plans wait for an answer; take over what is proposed for those who are chosen."""
    if request.method == "POST":
        chosen = [each for text in request.POST.getlist("patient")[:_MOST_AT_ONCE] if (each := _public_id(text))]
        count = plan_changing.accept_all(chosen, by=asking.viewer, at=asking.at, as_of=asking.as_of)
        done = ngettext("%(count)d goal was changed.", "%(count)d goals were changed.", count) % {"count": count}
        messages.success(request, done)
        return redirect("plan-changes")
    found = get_waiting_plans(seen_by=asking.viewer, as_of=asking.as_of)
    return render(request, "plan_changes.html.j2", {"asking": asking, "waiting": found, "titles": titles()})


@require_http_methods(["GET", "POST"])
@for_practice
def changes(request: HttpRequest, asking: Asking, public_id: UUID) -> HttpResponse:
    """Show what is proposed for one patient and what was answered; take over, keep, or go back."""
    status = 200
    if request.method == "POST":
        do, _colon, what = request.POST.get("do", "").partition(":")
        status = _answered(request, asking, public_id, do, what)
        if status == 200:
            return redirect("changes", public_id)
    found = plan_changing.get_plan_changes(public_id, seen_by=asking.viewer, as_of=asking.as_of)
    context = {
        "asking": asking,
        "patient": found.control.patient,
        "found": found,
        "titles": titles(),
        "typed": request.POST,
    }
    return render(request, "changes.html.j2", context, status=status)


def _answered(request: HttpRequest, asking: Asking, public_id: UUID, do: str, what: str) -> int:
    by, at, as_of = asking.viewer, asking.at, asking.as_of
    try:
        match do:
            case "accept":
                plan_changing.answer_change(public_id, what, "accept", by=by, at=at, as_of=as_of)
                messages.success(request, _("The goal was changed. The patient can read why."))
            case "keep":
                reason = request.POST.get(f"reason.{what}", "")
                plan_changing.answer_change(public_id, what, "keep", reason, by=by, at=at, as_of=as_of)
                messages.success(request, _("The agreed goal is kept. It asks again when its grounds change."))
            case "undo" if what.isdecimal() and len(what) < 19:
                plan_changing.undo_change(public_id, int(what), by=by, at=at, as_of=as_of)
                messages.success(request, _("The earlier goal holds again, as it was."))
    except plan_changing.ReasonNeeded:
        messages.error(request, _("Write why the agreed goal is kept. The patient can read it."))
        return 422
    except plan_changing.NoSuchChange:
        messages.warning(request, _("That change is no longer there: it was answered, or another goal was agreed."))
    except PatientIsDead:
        messages.error(request, _("The patient has died."))
    return 200


def _public_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
