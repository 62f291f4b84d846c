"""The patient decides who may read the plan: proxies, blocks, and the referrals that open it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from forloeb.access import blocks, consents, policies, proxies, referrals
from forloeb.access.queries import open_own
from forloeb.careplans import referring
from forloeb.careplans.sectors import care_team
from forloeb.web.asking import Asking, for_patient
from forloeb.web.pages.own_apps import stop_app


@require_http_methods(["GET", "POST"])
@for_patient
def own_access(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Show who may read the plan, and take a yes or a no."""
    if request.method == "GET":
        return _page(request, asking)
    match request.POST.get("do", "").partition(":"):
        case ("give", *_rest):
            return _give(request, asking)
        case ("withdraw", _colon, number) if number.isdecimal():
            proxies.withdraw_proxy(int(number), by=asking.viewer, at=asking.at, as_of=asking.as_of)
            messages.success(request, _("They can no longer read your plan."))
        case ("block-all", *_rest):
            blocks.set_block(None, by=asking.viewer, at=asking.at, as_of=asking.as_of)
            messages.success(request, _("Your plan is closed to all but your practice."))
        case ("block", *_rest) if request.POST.get("organization", "").isdecimal():
            return _block(request, asking, int(request.POST["organization"]))
        case ("lift", _colon, number) if number.isdecimal():
            blocks.lift_block(int(number), by=asking.viewer, at=asking.at, as_of=asking.as_of)
            messages.success(request, _("You have opened your plan again."))
        case ("stop", _colon, number) if number.isdecimal():
            _stop(request, asking, int(number))
        case ("stop-app", _colon, number):
            stop_app(request, asking, number)
    return redirect("own-access")


def _give(request: HttpRequest, asking: Asking) -> HttpResponse:
    months = request.POST.get("months", "")
    try:
        given = proxies.give_proxy(
            request.POST.get("holder_name", ""),
            int(months) if months.isdecimal() else 0,
            by=asking.viewer,
            at=asking.at,
            as_of=asking.as_of,
        )
    except policies.UnderFifteen:
        fault = _("You must be 15 to let others read your plan. Talk with your doctor.")
        return _page(request, asking, fault=fault, status=422)
    except ValueError:
        return _page(request, asking, fault=_("Write who it is, and choose for how long."), status=422)
    return _page(request, asking, given=given)


def _block(request: HttpRequest, asking: Asking, organization_id: int) -> HttpResponse:
    if organization_id not in {place.id for place in referrals.places(as_of=asking.as_of)}:
        return _page(request, asking, fault=_("Choose a place from the list."), status=422)
    blocks.set_block(organization_id, by=asking.viewer, at=asking.at, as_of=asking.as_of)
    messages.success(request, _("They can no longer read your plan."))
    return redirect("own-access")


def _stop(request: HttpRequest, asking: Asking, referral_id: int) -> None:
    try:
        referring.revoke_own(referral_id, by=asking.viewer, at=asking.at, as_of=asking.as_of)
        messages.success(request, _("The referral is withdrawn. They can no longer read your plan."))
    except referrals.NoOpenReferral:
        messages.info(request, _("The referral had ended already."))


def _page(request: HttpRequest, asking: Asking, *, status: int = 200, **more: Any) -> HttpResponse:
    patient = open_own(seen_by=asking.viewer, as_of=asking.as_of, event="own-access")
    said_no = blocks.blocks_of(patient.id)
    context = {
        "asking": asking,
        "team": care_team(patient.id, as_of=asking.as_of),
        "courses": [course for course in referrals.courses_of(patient.id) if course.ended_at is None],
        "proxies": proxies.proxies_of(patient.id, as_of=asking.as_of),
        "blocks": said_no,
        "blocks_all": any(block.organization_id is None for block in said_no),
        "places": [p for p in referrals.places(as_of=asking.as_of) if p.id not in {b.organization_id for b in said_no}],
        "apps_given": consents.consents_of(asking.viewer, at=asking.at),
        "months": proxies.MONTHS,
        "typed": request.POST.get("holder_name", ""),
        "given": None,
        "fault": "",
    }
    return render(request, "own_access.html.j2", context | more, status=status)
