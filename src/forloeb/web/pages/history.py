"""Every version of a patient's plans, and what changed from one to the next, in words."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from forloeb.careplans import queries
from forloeb.careplans.engine import library
from forloeb.careplans.plan_changing import answered_of
from forloeb.careplans.received import received_of
from forloeb.kernel.content import Localized
from forloeb.web.asking import Asking, for_practice


@require_GET
@for_practice
def history(request: HttpRequest, asking: Asking, public_id: UUID) -> HttpResponse:
    """Show a patient's earlier versions."""
    patient, versions = queries.get_history(public_id, seen_by=asking.viewer, as_of=asking.as_of)
    received = received_of(patient.id)
    context = {
        "asking": asking,
        "patient": patient,
        "versions": versions,
        "titles": titles(),
        "received": received,
        "between": answered_of(patient.id),
    }
    return render(request, "history.html.j2", context)


def titles() -> dict[str, Localized]:
    """Give each guideline's title by its name."""
    return {guideline.name: guideline.file.patient_title for guideline in library().guidelines}
