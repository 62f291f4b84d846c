"""One row of the work list: why, what to do now, and what came of what was done."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from forloeb.access import policies
from forloeb.careplans import contacts, ending
from forloeb.population.inviting import months_offered, proposed_month
from forloeb.population.worklist import Entry, get_entry
from forloeb.population.year import plan_year
from forloeb.web.asking import Asking, for_practice


@require_http_methods(["GET", "POST"])
@for_practice
def work_list_person(request: HttpRequest, asking: Asking, public_id: UUID) -> HttpResponse:
    """Show one row closely; invite, put off, set aside, end a plan, or tell what came of a contact."""
    if request.method == "GET":
        return _page(request, asking, public_id)
    do, _colon, about = request.POST.get("do", "").partition(":")
    try:
        match do:
            case "invite":
                _invite(request, asking, public_id)
            case "later":
                _put_off(request, asking, public_id)
            case "settle":
                _set_aside(request, asking, public_id)
            case "outcome" if about.isdecimal():
                _tell(request, asking, public_id, int(about))
            case "end":
                _end(request, asking, public_id, about)
    except contacts.NotReachable:
        fault = _("The patient has not asked for messages. Send a letter instead.")
        return _page(request, asking, public_id, fault=fault, field="channel")
    except contacts.ContactRefused:
        return _page(request, asking, public_id, fault=_FAULTS.get(do, _anything)(), field=_FIELDS.get(do, "month"))
    except policies.PatientIsDead:
        messages.error(request, _("The patient is registered as dead, so nobody is invited."))
    return redirect("work-list-person", public_id)


def _anything() -> str:
    return _("Choose one of the answers on the page.")


_FAULTS = {
    "later": lambda: _("Choose a day that is to come, and at least one reason."),
    "settle": lambda: _("Choose why, and at least one reason."),
    "outcome": lambda: _("Choose what came of it; for a booked control also the day, which must be to come."),
}
_FIELDS = {"later": "until", "settle": "why", "outcome": "outcome"}


def _invite(request: HttpRequest, asking: Asking, public_id: UUID) -> None:
    entry = get_entry(public_id, seen_by=asking.viewer, as_of=asking.as_of).entry
    contacts.invite(
        public_id,
        answers=entry.keys,
        channel=request.POST.get("channel", ""),
        month=_day(request.POST.get("month", "")),
        before=entry.before,
        batch=uuid4(),
        by=asking.viewer,
        at=asking.at,
        as_of=asking.as_of,
    )
    if request.POST.get("channel") == "message":
        messages.success(request, _("The invitation is on its way, and stands on the patient's own page."))
    else:
        messages.success(request, _("The invitation is written down. Print the letter below."))


def _put_off(request: HttpRequest, asking: Asking, public_id: UUID) -> None:
    told = {"by": asking.viewer, "at": asking.at, "as_of": asking.as_of}
    until = _day(request.POST.get("until", ""))
    contacts.put_off(public_id, answers=_chosen(request), until=until, **told)  # type: ignore[arg-type]
    messages.success(request, _("The row comes back on that day, or when there is a new reason."))


def _set_aside(request: HttpRequest, asking: Asking, public_id: UUID) -> None:
    told = {"by": asking.viewer, "at": asking.at, "as_of": asking.as_of}
    why, note = request.POST.get("why", ""), request.POST.get("note", "")
    contacts.set_aside(public_id, answers=_chosen(request), why=why, note=note, **told)  # type: ignore[arg-type]
    messages.success(request, _("The row comes back when there is a new reason, and is asked about again in a year."))


def _tell(request: HttpRequest, asking: Asking, public_id: UUID, contact_id: int) -> None:
    kind, on = request.POST.get("outcome", ""), request.POST.get("on", "")
    told = {"by": asking.viewer, "at": asking.at, "as_of": asking.as_of}
    try:
        contacts.tell_outcome(
            public_id,
            contact_id,
            kind=kind,
            on=_day(on) if kind == "booked" else None,
            **told,  # type: ignore[arg-type]
        )
        messages.success(request, _("It is written down."))
    except contacts.NoSuchContact:
        messages.info(request, _("That contact has been taken back already."))


def _end(request: HttpRequest, asking: Asking, public_id: UUID, guideline: str) -> None:
    try:
        ending.end_plan(public_id, guideline, by=asking.viewer, at=asking.at, as_of=asking.as_of)
        messages.success(request, _("The plan is ended. Its versions stay, and the patient can read them."))
    except ending.StillNeeded:
        messages.info(request, _("The plan has ended already, or its disease is on the record."))


def _chosen(request: HttpRequest) -> list[str]:
    return [key for ticked in request.POST.getlist("reason") for key in ticked.split() if key][:200]


def _day(text: str) -> date:
    """Read a day or a month. Raises ContactRefused."""
    try:
        return date.fromisoformat(text if len(text) > len("2027-03") else f"{text}-01")
    except ValueError:
        raise contacts.ContactRefused from None


def _page(
    request: HttpRequest, asking: Asking, public_id: UUID, *, fault: str = "", field: str = "channel"
) -> HttpResponse:
    closely = get_entry(public_id, seen_by=asking.viewer, as_of=asking.as_of)
    entry: Entry = closely.entry
    context = {
        "asking": asking,
        "entry": entry,
        "months": months_offered(asking.as_of),
        "proposed": proposed_month(closely.evaluation, entry.birth_date),
        "year": plan_year(closely.evaluation, medicines=closely.medicines),
        "is_reached": bool(contacts.reached_by_message([entry.patient_id])),
        "typed": request.POST,
        "fault": fault,
        "field": field,
    }
    return render(request, "work_list_person.html.j2", context, status=422 if fault else 200)
