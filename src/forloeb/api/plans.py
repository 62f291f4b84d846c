"""`/api/plans`: a citizen's plans in a small JSON feed, for portals such as Sundhed.dk and Min Læge.

docs/reference/plans-feed.schema.json lays the answer down. A name there keeps its meaning; a change that would break
a reader is a new `version`.
"""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from forloeb.access import policies
from forloeb.api.callers import NotSignedIn, find_caller, may
from forloeb.careplans.documents import SavedPlan, get_own_plans
from forloeb.careplans.engine import library
from forloeb.kernel.codes import SKS
from forloeb.people.viewers import Viewer, ViewerKind, looking

VERSION = 1
_READERS = frozenset({ViewerKind.PATIENT, ViewerKind.PROXY})


@require_GET
def plans_feed(request: HttpRequest) -> HttpResponse:
    """Give the plans of the patient who is signed in, or whom they read for; 401 or 403 with the reason otherwise."""
    viewer = signed_in(request)
    if viewer is None:
        return _answer({"error": "not-signed-in", "message": "Sign in first."}, status=401)
    if viewer.kind not in _READERS:
        return _answer({"error": "not-for-this-viewer", "message": "The feed is for patients."}, status=403)
    at = timezone.now()
    try:
        with looking(viewer):
            _, plans = get_own_plans(seen_by=viewer, as_of=timezone.localdate(at))
    except (policies.NotForThisViewer, policies.ProxyIsOver):
        return _answer({"error": "not-for-this-viewer", "message": "You may not read this plan."}, status=403)
    told = [_plan(request, plan) for plan in plans]
    return _answer({"version": VERSION, "generatedAt": at.isoformat(timespec="seconds"), "plans": told})


plans_feed.for_whom = "patient+proxy"  # type: ignore[attr-defined]


def signed_in(request: HttpRequest, kind: str = "CarePlan") -> Viewer | None:
    """Say who asks, as `api.callers` finds them, unless the app they ask through may not read resources of a kind."""
    try:
        caller = find_caller(request.META, at=timezone.now())
    except NotSignedIn:
        return None
    return caller.viewer if may(caller, kind, "read", whole=True) else None


def _plan(request: HttpRequest, plan: SavedPlan) -> dict[str, Any]:
    newest = plan.version(None)
    practice = newest.writer
    titles = {guideline.name: guideline.file.patient_title for guideline in library().guidelines}
    return {
        "id": str(plan.public_id),
        "type": {"system": SKS, "code": plan.label},
        "title": {"da": titles[plan.guideline].da, "en": titles[plan.guideline].en},
        "status": plan.status,
        "practice": {
            "name": practice.name,
            "sor": practice.sor_code,
            "ydernummer": practice.ydernummer,
            "phone": practice.phone or None,
        },
        "version": newest.number,
        "createdAt": plan.created_at.isoformat(timespec="seconds"),
        "changedAt": newest.saved_at.isoformat(timespec="seconds"),
        "endedAt": plan.ended_at.isoformat(timespec="seconds") if plan.ended_at else None,
        "nextControlOn": newest.content["next_review_on"],
        "links": {
            name: request.build_absolute_uri(where)
            for name, where in (
                ("page", reverse("own-plan")),
                ("pdf", reverse("own-plan-pdf")),
                ("cpd", reverse("own-plan-cpd", args=[plan.guideline])),
                ("fhir", reverse("own-plan-fhir")),
            )
        },
    }


def _answer(told: dict[str, Any], *, status: int = 200) -> HttpResponse:
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(orjson.dumps(told), status=status, content_type="application/json", headers=headers)
