"""Where record systems tell us of laboratory results: a notice that there are some, or a report itself.

It shows nothing and answers with nothing but whether it was taken. Who posts shows the token of its record system.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from forloeb.medcom.report import NotAReport
from forloeb.medcom.results import read_reports
from forloeb.people.record_systems import NotARecordSystem, get_by_token
from forloeb.records import arrivals
from forloeb.web.asking import for_anyone

REPORT = "medcom"


# A system comes without a browser, so it has no form of ours to prove; its token is the proof.
@for_anyone
@csrf_exempt
@require_POST
def results(request: HttpRequest) -> HttpResponse:
    """Keep a MedCom report for the outbox to take in; anything else is a notice, and the results are fetched."""
    try:
        system = get_by_token(request.headers.get("Authorization", ""))
    except NotARecordSystem:
        return JsonResponse({"error": "unauthorized"}, status=401)
    body = request.body
    if not _is_report(request, body):
        arrivals.ask_for_results(system.pk)
        return HttpResponse(status=202)
    try:
        read_reports(body)
    except NotAReport as refusal:
        return JsonResponse({"error": str(refusal)}, status=422)
    arrivals.keep_for_later(body, kind=REPORT, source_system=system.source, at=timezone.now())
    return HttpResponse(status=202)


def _is_report(request: HttpRequest, body: bytes) -> bool:
    """Whether what is posted is a report: XML, or EDIFACT. FHIR's notices are JSON or nothing at all."""
    is_fhir = "fhir" in (request.content_type or "")
    return bool(body.strip()) and not is_fhir and not body.lstrip().startswith((b"{", b"["))
