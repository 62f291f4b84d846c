"""The patient's page, phone first: what matters, how it goes, what we agreed, what is next."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from forloeb.access.own_log import get_own_log
from forloeb.access.referrals import courses_of
from forloeb.careplans import own_words, queries
from forloeb.careplans.contacts import own_invitation
from forloeb.careplans.plan_changing import answered_of
from forloeb.careplans.questions import invitation
from forloeb.careplans.sectors import notes_of
from forloeb.people.queries import find_practice
from forloeb.people.viewers import ViewerKind
from forloeb.web.asking import HAS_MORE_WAYS, Asking, for_patient, for_reader
from forloeb.web.pages.history import titles
from forloeb.web.patient_view import patient_view

NEWEST_NOTES = 3


@require_GET
@for_reader
def own_plan(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Show the patient their plan."""
    control = queries.get_own_plan(seen_by=asking.viewer, as_of=asking.as_of)
    practice = find_practice(control.patient.id, as_of=asking.as_of)
    context = {
        "asking": asking,
        "plan": patient_view(control),
        "practice": practice,
        "reads_for_another": asking.viewer.kind is ViewerKind.PROXY,
        "has_more_ways": request.session.get(HAS_MORE_WAYS, False),
        "courses": [course for course in courses_of(control.patient.id) if course.ended_at is None],
        "questions": invitation(control),
        "invited": own_invitation(control.patient.id, as_of=asking.as_of),
        "notes": [note for note in notes_of(control.patient.id) if note.text][:NEWEST_NOTES],
    }
    return render(request, "own_plan.html.j2", context)


@require_GET
@for_reader
def own_history(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Show the patient what changed in their plan, and when."""
    versions = queries.get_own_history(seen_by=asking.viewer, as_of=asking.as_of)
    between = answered_of(asking.viewer.patient_id) if asking.viewer.patient_id else ()
    context = {"asking": asking, "versions": versions, "titles": titles(), "between": between}
    return render(request, "own_history.html.j2", context)


@require_GET
@for_patient
def own_log(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Show the patient who has looked at their plan."""
    looks = get_own_log(seen_by=asking.viewer, as_of=asking.as_of)
    others = [look for look in looks if not look.is_patient]
    context = {"asking": asking, "others": others, "own": [look for look in looks if look.is_patient]}
    return render(request, "own_log.html.j2", context)


@require_http_methods(["GET", "POST"])
@for_patient
def own_writing(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Let the patient write in their own plan: what matters, own goal, what helps, questions."""
    if request.method == "GET":
        words = own_words.get_own_words(seen_by=asking.viewer, as_of=asking.as_of)
        return render(request, "own_writing.html.j2", {"asking": asking, "words": words, "too_long": ()})
    try:
        changed = own_words.write_own_words(request.POST, by=asking.viewer, at=asking.at, as_of=asking.as_of)
    except own_words.TooLong as refusal:
        context = {"asking": asking, "words": request.POST, "too_long": refusal.kinds}
        return render(request, "own_writing.html.j2", context, status=422)
    if changed:
        messages.success(request, _("It is saved. Your doctor can read it."))
    return redirect("own-plan")
