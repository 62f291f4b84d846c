"""Plans as CPD-DK documents: to download, and what was met in those that were received."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from forloeb.access.queries import OpenPatient
from forloeb.careplans import documents
from forloeb.careplans.documents import NoSuchVersion, SavedPlan
from forloeb.careplans.received import NoSuchDocument, get_received_plan
from forloeb.cda.export import plan_document
from forloeb.cda.reading import read
from forloeb.cda.writing import write
from forloeb.web.asking import Asking, for_practice, for_reader

_CDA = "text/xml; charset=utf-8"


@require_GET
@for_practice
def plan_cpd(request: HttpRequest, asking: Asking, public_id: UUID, name: str, number: int) -> HttpResponse:
    """Give one version of a patient's plan as a CPD-DK document."""
    patient, plans = documents.get_plans(public_id, seen_by=asking.viewer, as_of=asking.as_of)
    return _document(request, patient, plans, name, number)


@require_GET
@for_reader
def own_plan_cpd(request: HttpRequest, asking: Asking, name: str) -> HttpResponse:
    """Give one's own plan for a disease, as it was saved last, as a CPD-DK document."""
    patient, plans = documents.get_own_plans(seen_by=asking.viewer, as_of=asking.as_of)
    return _document(request, patient, plans, name, None)


def _document(
    request: HttpRequest, patient: OpenPatient, plans: tuple[SavedPlan, ...], name: str, number: int | None
) -> HttpResponse:
    try:
        plan = documents.find_plan(plans, name, number)
        version = plan.version(number)
    except NoSuchVersion:
        raise Http404 from None
    received = documents.received_document(version)
    wants = request.GET.get("recommended") == "1"
    document = read(received)[0] if received else plan_document(patient, plan, version, recommends=wants)
    # The file's name carries no name: it stands in the browser's history and in the downloads folder.
    return _file(write(document), f"forloebsplan-{plan.guideline.replace('_', '-')}-{version.number}.xml")


def _file(body: bytes, name: str) -> HttpResponse:
    return HttpResponse(body, content_type=_CDA, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@require_GET
@for_practice
def received_plan(request: HttpRequest, asking: Asking, public_id: UUID, number: int) -> HttpResponse:
    """Show what was met in a received document and what of it is kept only; `?original=1` gives it as it came."""
    try:
        patient, received, body = get_received_plan(public_id, number, seen_by=asking.viewer, as_of=asking.as_of)
    except NoSuchDocument:
        raise Http404 from None
    if request.GET.get("original") == "1":
        return _file(body, f"modtaget-{received.id}.xml")
    document, _ = read(body)
    context = {"asking": asking, "patient": patient, "received": received, "document": document}
    return render(request, "received_plan.html.j2", context)
