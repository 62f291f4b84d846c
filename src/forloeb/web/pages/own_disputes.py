"""The patient says that something in the plan is wrong, and reads the answer."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from forloeb.careplans import disputes, queries
from forloeb.careplans.control import Control
from forloeb.kernel.languages import DANISH
from forloeb.web.asking import Asking, for_patient
from forloeb.web.formatting import format_long_date, isolated
from forloeb.web.patient_view import PatientView, patient_view
from forloeb.web.patient_words import card_goal, card_title, card_unit, card_value


@require_http_methods(["GET", "POST"])
@for_patient
def own_disputes(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Show what has been said and answered, and take something new."""
    if request.method == "POST":
        try:
            disputes.raise_dispute(
                request.POST.get("subject", ""),
                request.POST.get("text", ""),
                by=asking.viewer,
                at=asking.at,
                as_of=asking.as_of,
            )
        except disputes.DisputeRefused:
            return _page(request, asking, status=422)
        messages.success(request, _("Your practice will look at it. You read the answer here."))
        return redirect("own-disputes")
    return _page(request, asking)


def _page(request: HttpRequest, asking: Asking, *, status: int = 200) -> HttpResponse:
    control = queries.get_own_plan(seen_by=asking.viewer, as_of=asking.as_of)
    context = {
        "asking": asking,
        "disputes": disputes.disputes_of(control.patient.id),
        "subjects": _options(control),
        "typed": request.POST,
        "refused": status != 200,
    }
    return render(request, "own_disputes.html.j2", context, status=status)


def _options(control: Control) -> list[tuple[str, str]]:
    """Give what can be wrong: in Danish, as the practice reads it, and as the patient reads it."""
    with translation.override(DANISH.code):
        kept = list(_subjects(control, patient_view(control)))
    return list(zip(kept, _subjects(control, patient_view(control)), strict=True))


def _subjects(control: Control, plan: PatientView) -> Iterator[str]:
    """Name what in the plan can be wrong, as it stands today."""
    for card in plan.cards:
        unit = card_unit(card)
        day = f", {format_long_date(card.row.value.measured_on)}" if card.row.value.measured_on else ""
        yield f"{card_title(card)}: {isolated(f'{card_value(card)} {unit}'.rstrip())}" + day
        if goal := card_goal(card):
            yield _("The goal for %(what)s: %(goal)s") % {"what": card_title(card), "goal": goal}
    for agreement in control.agreements:
        yield _("Agreed: %(what)s") % {"what": isolated(agreement.text[:200])}
    yield _("Something else in my plan")
