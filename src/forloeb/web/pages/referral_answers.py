"""Where municipalities' systems answer: a receipt, an answer, or a notice that there is one.

It shows nothing and answers with nothing but whether it was taken. Who posts shows the token of its municipality.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from forloeb.careplans import referral_arrivals, referral_work
from forloeb.careplans.referral_letter import NotAnAnswer
from forloeb.fhir.referral import read_posted
from forloeb.medcom.municipality import read_message
from forloeb.people.referral_receivers import NotAReceiver, get_by_token
from forloeb.web.asking import for_anyone


# A system comes without a browser, so it has no form of ours to prove; its token is the proof.
@for_anyone
@csrf_exempt
@require_POST
def referral_answers(request: HttpRequest) -> HttpResponse:
    """Keep an answer or a receipt for the outbox to take in; with an empty body, have the answers fetched."""
    try:
        receiver = get_by_token(request.headers.get("Authorization", ""))
    except NotAReceiver:
        return JsonResponse({"error": "unauthorized"}, status=401)
    body = request.body
    if not body.strip():
        referral_arrivals.ask_for_answers(receiver.organization_id)
        return HttpResponse(status=202)
    try:
        told = read_posted(body) if body.lstrip().startswith(b"{") else read_message(body)
    except NotAnAnswer as refusal:
        return JsonResponse({"error": str(refusal)}, status=422)
    if not all(referral_work.is_ours(one, organization_id=receiver.organization_id) for one in told):
        return JsonResponse({"error": "no such referral was sent to you about that person"}, status=422)
    referral_arrivals.keep_answer(
        body, organization_id=receiver.organization_id, source_system=receiver.source, at=timezone.now()
    )
    return HttpResponse(status=202)
