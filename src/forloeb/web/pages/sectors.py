"""The plan in another sector: find the person, say why, read it, and write back to the practice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forloeb.access import lookups, national_blocks, policies, referrals, treatment_relations
from forloeb.careplans import queries, referrals_sent, sectors
from forloeb.careplans.models import SectorNoteKind
from forloeb.people.viewers import ViewerKind
from forloeb.web.asking import Asking, for_anyone, for_professional
from forloeb.web.clinical_words import groups
from forloeb.web.numbers import number_of
from forloeb.web.speaking import spoken_to_staff


@require_http_methods(["GET", "POST"])
@for_professional
def look_up(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Show what is open to the viewer, and take a number: to the plan when a referral opens it, else to the reason."""
    if request.method == "GET":
        return _look_up_page(request, asking)
    number = number_of(request.POST.get("number", ""))
    if number is None:
        return _look_up_page(request, asking, fault=_("A CPR number has ten digits, such as 010190-1234."), status=422)
    found = lookups.find_relation(number, seen_by=asking.viewer)
    if found is not None:
        return redirect("shared", found)
    return _reason_page(request, asking, number)


@require_POST
@for_professional
def state_reason(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Take the reason, and open the plan."""
    number = number_of(request.POST.get("number", ""))
    if number is None:
        return redirect("look-up")
    try:
        public_id = lookups.state_reason(
            number,
            reason=request.POST.get("reason", ""),
            explanation=request.POST.get("explanation", ""),
            by=asking.viewer,
            at=asking.at,
        )
    except lookups.NoKnownRelation:
        fault = _("The national register does not know that you treat the person. Write in your own words why.")
        return _reason_page(request, asking, number, fault=fault, status=422)
    except lookups.SayWhy:
        fault = _("Choose a reason. For another reason and for an emergency, write why, in at most 300 characters.")
        return _reason_page(request, asking, number, fault=fault, status=422)
    except (policies.PatientSaidNo, policies.BlocksUnknown) as refusal:
        return _reason_page(request, asking, number, closed=type(refusal).__name__, status=403)
    except policies.PatientIsDead:
        messages.warning(request, _("The person is registered as dead. The plan is not opened for new look-ups."))
        return redirect("look-up")
    except lookups.NobodyThere:
        messages.warning(request, _("Nobody with that number has a plan or values here. Check the number."))
        return redirect("look-up")
    return redirect("shared", public_id)


@require_http_methods(["GET", "POST"])
@for_professional
def shared(request: HttpRequest, asking: Asking, public_id: UUID) -> HttpResponse:
    """Show a plan to a professional of another sector, and take what they write back."""
    if request.method == "POST":
        return _write(request, asking, public_id)
    return _shared_page(request, asking, public_id)


def _write(request: HttpRequest, asking: Asking, public_id: UUID) -> HttpResponse:
    do, _colon, number = request.POST.get("do", "").partition(":")
    text = request.POST.get("text", "")
    who: dict[str, Any] = {"by": asking.viewer, "at": asking.at, "as_of": asking.as_of}
    referral_id = int(number) if number.isdecimal() else 0
    try:
        match do:
            case "seen":
                sectors.confirm_seen(public_id, referral_id, **who)
                messages.success(request, _("The practice can see that you have received the referral."))
            case "note":
                sectors.write_note(public_id, referral_id, text, **who)
                messages.success(request, _("It is written in the plan. The practice and the patient can read it."))
            case "hold":
                sectors.pause_course(public_id, referral_id, text, **who)
                messages.success(request, _("The practice can see what you wait for."))
            case "resume":
                sectors.resume_course(public_id, referral_id, **who)
                messages.success(request, _("The practice can see that you go on."))
            case "completed" | "declined":
                sectors.end_course(public_id, referral_id, text, completed=do == "completed", **who)
                messages.success(request, _("The course has ended, and the plan is closed to you. Thank you."))
                return redirect("look-up")
    except sectors.NoteRefused:
        fault = _("Write a few words to the practice, at most 1,000 characters.")
        return _shared_page(request, asking, public_id, fault=fault, typed=text, status=422)
    except referrals.NoOpenReferral:
        messages.info(request, _("The referral had ended already."))
    return redirect("shared", public_id)


def _look_up_page(request: HttpRequest, asking: Asking, *, fault: str = "", status: int = 200) -> HttpResponse:
    context = {
        "asking": asking,
        "received": referrals.received(seen_by=asking.viewer),
        "opened": lookups.lookups_of(asking.viewer, at=asking.at),
        "is_practice": asking.viewer.kind is ViewerKind.PRACTICE,
        "fault": fault,
    }
    return render(request, "look_up.html.j2", context, status=status)


def _reason_page(
    request: HttpRequest, asking: Asking, number: str, *, fault: str = "", closed: str = "", status: int = 200
) -> HttpResponse:
    context = {"asking": asking, "number": number, "typed": request.POST, "fault": fault, "closed": closed}
    return render(request, "look_up_reason.html.j2", context, status=status)


def _shared_page(
    request: HttpRequest, asking: Asking, public_id: UUID, *, fault: str = "", typed: str = "", status: int = 200
) -> HttpResponse:
    control = queries.get_shared_plan(public_id, seen_by=asking.viewer, as_of=asking.as_of)
    patient = control.patient
    courses = sectors.own_courses(patient, asking.viewer)
    context = {
        "asking": asking,
        "control": control,
        "fields": {},
        "groups": [(heading, [row for row in rows if not row.is_quiet]) for heading, rows in groups(control.rows)],
        "team": sectors.care_team(patient.id, as_of=asking.as_of),
        "notes": [note for note in sectors.notes_of(patient.id) if note.kind != SectorNoteKind.SEEN],
        "courses": courses,
        "letters": {course.id: referrals_sent.letter_for(patient.id, course.id) for course in courses},
        "is_emergency": patient.rule == policies.EMERGENCY,
        "fault": fault,
        "typed": typed,
    }
    return render(request, "shared.html.j2", context, status=status)


@for_anyone
@require_GET
@spoken_to_staff
def about_look_ups(request: HttpRequest) -> HttpResponse:
    """Explain to staff in municipalities and hospitals what they may see, by which law, and what the patient sees."""
    return render(
        request,
        "about_look_ups.html.j2",
        {"asks_nationally": national_blocks.is_asked(), "asks_relations": treatment_relations.is_asked()},
    )
