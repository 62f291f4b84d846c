"""Who else takes part in a patient's care, seen from the practice: referrals, notes, and what the patient disputes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from forloeb.access import blocks, policies, proxies, referrals
from forloeb.access.queries import open_patient
from forloeb.careplans import disputes, referrals_sent, referring, sectors
from forloeb.web.asking import Asking, for_practice


@require_http_methods(["GET", "POST"])
@for_practice
def team(request: HttpRequest, asking: Asking, public_id: UUID) -> HttpResponse:
    """Show the care team and what goes between the sectors; refer, take back, answer the patient."""
    policies.check_is_practice(asking.viewer)
    if request.method == "GET":
        return _page(request, asking, public_id)
    do, _colon, number = request.POST.get("do", "").partition(":")
    match do:
        case "refer":
            return _refer(request, asking, public_id)
        case "revoke" if number.isdecimal():
            return _revoke(request, asking, public_id, int(number))
        case "answer" if number.isdecimal():
            return _answer(request, asking, public_id, int(number))
    return redirect("team", public_id)


def _refer(request: HttpRequest, asking: Asking, public_id: UUID) -> HttpResponse:
    organization = request.POST.get("organization", "")
    try:
        referrals.refer(
            public_id,
            organization_id=int(organization) if organization.isdecimal() else 0,
            offer=request.POST.get("offer", ""),
            purpose=request.POST.get("purpose", ""),
            by=asking.viewer,
            at=asking.at,
            as_of=asking.as_of,
        )
    except (referrals.NoSuchOrganization, referrals.NoSuchOffer):
        return _page(request, asking, public_id, fault=_("Choose a place and what the patient is to have there."))
    except referrals.AlreadyReferred:
        messages.info(request, _("The patient is referred there for that already."))
    except policies.PatientIsDead:
        messages.error(request, _("The patient is registered as dead, so nobody can be referred to."))
    else:
        messages.success(request, _("The plan is open to them. Send the referral itself from your record system."))
    return redirect("team", public_id)


def _revoke(request: HttpRequest, asking: Asking, public_id: UUID, referral_id: int) -> HttpResponse:
    try:
        referring.revoke(public_id, referral_id, by=asking.viewer, at=asking.at, as_of=asking.as_of)
        messages.success(request, _("The referral is withdrawn, and the plan is closed to them."))
    except referrals.NoOpenReferral:
        messages.info(request, _("The referral had ended already."))
    return redirect("team", public_id)


def _answer(request: HttpRequest, asking: Asking, public_id: UUID, dispute_id: int) -> HttpResponse:
    reply, outcome = request.POST.get(f"reply.{dispute_id}", ""), request.POST.get(f"outcome.{dispute_id}", "")
    try:
        disputes.answer(
            public_id, dispute_id, outcome=outcome, reply=reply, by=asking.viewer, at=asking.at, as_of=asking.as_of
        )
        messages.success(request, _("The patient can read your answer."))
    except disputes.DisputeRefused:
        return _page(
            request,
            asking,
            public_id,
            fault=_("Choose an answer and write a few words to the patient, at most 500 characters."),
            fault_field=f"reply.{dispute_id}",
        )
    except disputes.NoOpenDispute:
        messages.info(request, _("A colleague has answered already."))
    return redirect("team", public_id)


def _page(
    request: HttpRequest, asking: Asking, public_id: UUID, *, fault: str = "", fault_field: str = "organization"
) -> HttpResponse:
    patient = open_patient(public_id, seen_by=asking.viewer, as_of=asking.as_of, event="team")
    context: dict[str, Any] = {
        "asking": asking,
        "patient": patient,
        "team": sectors.care_team(patient.id, as_of=asking.as_of),
        "courses": referrals.courses_of(patient.id),
        "letters": {sent.course.id: sent for sent in referrals_sent.letters_of(patient.id)},
        "notes": sectors.notes_of(patient.id),
        "disputes": disputes.disputes_of(patient.id),
        "proxies": proxies.proxies_of(patient.id, as_of=asking.as_of),
        "blocks": blocks.blocks_of(patient.id),
        "place_options": [
            ("", _("Choose a place")),
            *((str(place.id), place.name) for place in referrals.places(as_of=asking.as_of)),
        ],
        "typed": request.POST,
        "fault": fault,
        "fault_field": fault_field,
    }
    return render(request, "team.html.j2", context, status=422 if fault else 200)
