"""Referring to the municipality: the letter is shown, sent with a yes, and seen afterwards with what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from forloeb.access import policies, referrals
from forloeb.careplans import referrals_sent, referring
from forloeb.careplans.referral_letter import Interpreter, Priority
from forloeb.careplans.referral_models import LetterKind
from forloeb.web.asking import Asking, for_practice
from forloeb.web.referring_words import askable

_PRIORITIES: dict[str, Priority] = {"urgent": "urgent"}
_INTERPRETERS: dict[str, Interpreter] = {"yes": "yes", "no": "no"}


@require_http_methods(["GET", "POST"])
@for_practice
def refer(request: HttpRequest, asking: Asking, public_id: UUID) -> HttpResponse:
    """Show the referral to municipal prevention, filled in, and send it."""
    return _letter(request, asking, public_id, LetterKind.PREVENTION)


@require_http_methods(["GET", "POST"])
@for_practice
def nursing_task(request: HttpRequest, asking: Asking, public_id: UUID) -> HttpResponse:
    """Show a task for the municipal nursing, and send it."""
    return _letter(request, asking, public_id, LetterKind.TASK)


def _letter(request: HttpRequest, asking: Asking, public_id: UUID, kind: LetterKind) -> HttpResponse:
    if request.method == "GET":
        return _form_page(request, asking, public_id, kind)
    who: dict[str, Any] = {"by": asking.viewer, "at": asking.at, "as_of": asking.as_of}
    try:
        name = referring.send(public_id, kind, _typed(request), **who)
    except referring.LetterIncomplete as incomplete:
        return _form_page(request, asking, public_id, kind, faults=[(f, _fault(f)) for f in incomplete.fields])
    except referring.SomethingNew:
        new = _("Something new has come in since you opened the page. Look at the letter again with the patient.")
        return _form_page(request, asking, public_id, kind, faults=[("reason", new)])
    except referrals.NoSuchOrganization:
        return _form_page(request, asking, public_id, kind, faults=[("organization", _("Choose a municipality."))])
    except referrals.AlreadyReferred:
        messages.info(request, _("The patient is referred there for that already."))
        return redirect("team", public_id)
    except policies.PatientIsDead:
        messages.error(request, _("The patient is registered as dead, so nobody can be referred to."))
        return redirect("team", public_id)
    messages.success(request, _("It is on its way. The plan is open to the municipality until the course ends."))
    return redirect("referral", public_id, name)


def _typed(request: HttpRequest) -> referring.Typed:
    said = request.POST
    organization = said.get("organization", "")
    return referring.Typed(
        organization_id=int(organization) if organization.isdecimal() and len(organization) <= 18 else 0,
        asked=tuple(said.getlist("asked")),
        reason=said.get("reason", ""),
        shown=said.get("shown", ""),
        included=tuple(said.getlist("include")),
        instruction=said.get("instruction", ""),
        until=_day(said.get("until", "")),
        priority=_PRIORITIES.get(said.get("priority", ""), "routine"),
        interpreter=_INTERPRETERS.get(said.get("interpreter", ""), "unknown"),
        interpreter_language=said.get("interpreter_language", ""),
    )


def _day(text: str) -> date | None:
    """Read a day as a browser sends it; None for nothing, and a day long past for what is none, so that it is asked."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min


def _fault(field: str) -> str:
    return {
        "asked": _("Choose at least one thing to ask for."),
        "reason": _("Write why, in at most 1,000 characters."),
        "instruction": _("Write what is to be done, in at most 1,000 characters."),
        "until": _("Choose a day that has not passed."),
        "interpreter_language": _("Write which language the interpreter is to speak."),
    }[field]


def _form_page(
    request: HttpRequest,
    asking: Asking,
    public_id: UUID,
    kind: LetterKind,
    *,
    faults: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    form = referring.get_form(public_id, kind, seen_by=asking.viewer, as_of=asking.as_of)
    only = str(form.places[0].id) if len(form.places) == 1 else ""
    typed = _typed(request) if faults else None
    letter = form.letter
    if typed:
        letter = letter.model_copy(
            update={
                "reason": typed.reason,
                "instruction": typed.instruction,
                "priority": typed.priority,
                "interpreter": typed.interpreter,
                "interpreter_language": typed.interpreter_language,
            }
        )
    context = {
        "asking": asking,
        "form": replace(form, letter=letter),
        "patient": form.patient,
        "letter": letter,
        "options": askable(kind),
        "proposed": {one.id for one in form.letter.asked},
        "chosen": set(typed.asked) if typed else {one.id for one in form.letter.asked},
        "included": set(typed.included) if typed else set(referring.SECTIONS),
        "place_options": [("", _("Choose a municipality")), *((str(one.id), one.name) for one in form.places)],
        "organization": request.POST.get("organization", "") if typed else only,
        "until": request.POST.get("until", ""),
        "is_task": kind is LetterKind.TASK,
        "address": request.path,
        "faults": faults or [],
        "fault_of": dict(faults or []),
    }
    return render(request, "refer.html.j2", context, status=422 if faults else 200)


@require_http_methods(["GET", "POST"])
@for_practice
def referral(request: HttpRequest, asking: Asking, public_id: UUID, letter: UUID) -> HttpResponse:
    """Show a letter that was sent, how far it has come and what they answered; send it again, or take it back."""
    if request.method == "POST":
        _act(request, asking, public_id)
        return redirect("referral", public_id, letter)
    try:
        page = referrals_sent.get_letter(public_id, letter, seen_by=asking.viewer, as_of=asking.as_of)
    except referrals_sent.NoSuchLetter:
        raise Http404 from None
    context = {"asking": asking, "page": page, "patient": page.patient, "sent": page.sent, "letter": page.sent.letter}
    return render(request, "referral.html.j2", context)


def _act(request: HttpRequest, asking: Asking, public_id: UUID) -> None:
    do, _colon, number = request.POST.get("do", "").partition(":")
    number = number if number.isdecimal() and len(number) <= 18 else ""
    who: dict[str, Any] = {"by": asking.viewer, "at": asking.at, "as_of": asking.as_of}
    match do:
        case "again" if number:
            referring.send_again(public_id, int(number), **who)
            messages.success(request, _("It is on its way again."))
        case "told" if number:
            referring.told(public_id, int(number), **who)
            messages.success(request, _("Noted: the municipality has been told."))
        case "revoke" if number:
            try:
                referring.revoke(public_id, int(number), **who)
                messages.success(request, _("The referral is withdrawn, and the plan is closed to them."))
            except referrals.NoOpenReferral:
                messages.info(request, _("The referral had ended already."))
