"""The patient's pages for home measurements: one form for single values, one for three days of blood pressure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from forloeb.careplans import home_measurements as home
from forloeb.careplans.submission import Fault
from forloeb.records.home import NothingToWithdraw
from forloeb.web.asking import Asking, for_patient
from forloeb.web.translated import local


@require_http_methods(["GET", "POST"])
@for_patient
def own_measuring(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Let the patient send what they measured at home, and take back what was typed wrongly today."""
    if request.method == "GET":
        return _measuring(request, asking, {"form": str(uuid4()), "measured_on": asking.as_of.isoformat()})
    if request.POST.get("do") == "withdraw":
        return _withdraw(request, asking)
    sent = home.send(request.POST, by=asking.viewer, at=asking.at, as_of=asking.as_of)
    if sent.faults:
        return _measuring(request, asking, request.POST, sent.faults)
    messages.success(request, _("It is sent. Your doctor can see it."))
    return redirect("own-measuring")


def _measuring(
    request: HttpRequest, asking: Asking, fields: Mapping[str, str], faults: tuple[Fault, ...] = ()
) -> HttpResponse:
    page = home.get_home_page(seen_by=asking.viewer, as_of=asking.as_of)
    context = {"asking": asking, "page": page, "protocol": home.home_content().pressure, **_form(fields, faults)}
    return render(request, "own_measuring.html.j2", context, status=422 if faults else 200)


def _form(fields: Mapping[str, str], faults: tuple[Fault, ...]) -> dict[str, object]:
    """Give what a form shows again: all that was typed, and what is to be put right."""
    texts = {fault.field: _said(fault) for fault in faults}
    return {
        "fields": fields,
        "fault_list": list(texts.items()),
        "fault_text": lambda field: texts.get(field, ""),
        "to_confirm": {fault.field for fault in faults if fault.can_confirm},
        "day_typed": _iso(fields.get("measured_on", "")),
    }


def _iso(text: str) -> str:
    """Give a day as the browser's picker can hold it; nothing for what is not a day."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _withdraw(request: HttpRequest, asking: Asking) -> HttpResponse:
    wanted = request.POST.get("value", "")[:18]
    try:
        home.withdraw(int(wanted) if wanted.isdecimal() else 0, by=asking.viewer, at=asking.at, as_of=asking.as_of)
    except NothingToWithdraw:
        messages.info(request, _("It was not sent today, or you have taken it back already."))
    else:
        messages.success(request, _("You have taken it back. It does not count any more."))
    return redirect("own-measuring")


@require_http_methods(["GET", "POST"])
@for_patient
def own_pressure(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Let the patient measure blood pressure for three days, day by day, and hand the mean in."""
    match request.POST.get("do") if request.method == "POST" else None:
        case "hand-in":
            return _hand_in(request, asking)
        case "put-aside":
            home.put_aside(by=asking.viewer, at=asking.at, as_of=asking.as_of)
            messages.info(request, _("You can begin anew. What you wrote before does not count."))
            return redirect("own-pressure")
    asked = _number((request.POST or request.GET).get("day", ""))
    if request.method == "GET":
        page = home.get_pressure_page(asked, seen_by=asking.viewer, as_of=asking.as_of)
        return _pressure(request, asking, page)
    page, faults = home.save_day(asked or 0, request.POST, by=asking.viewer, at=asking.at, as_of=asking.as_of)
    if faults:
        return _pressure(request, asking, page, request.POST, faults)
    messages.success(request, _("It is saved. You can come back and write more."))
    return redirect(f"{reverse('own-pressure')}?day={page.day}")


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 3 else None


def _pressure(
    request: HttpRequest,
    asking: Asking,
    page: home.PressurePage,
    typed: Mapping[str, str] | None = None,
    faults: tuple[Fault, ...] = (),
) -> HttpResponse:
    fields = typed if typed is not None else _saved(page)
    context = {
        "asking": asking,
        "page": page,
        "protocol": home.home_content().pressure,
        "slot_name": home.slot_name,
        "earliest": home.earliest_day(asking.as_of),
        **_form(fields, faults),
        "fault_list": [(fault.field, _which(fault.field) + local(fault.text)) for fault in faults],
    }
    return render(request, "own_pressure.html.j2", context, status=422 if faults else 200)


def _said(fault: Fault) -> str:
    return local(fault.text)


def _which(field: str) -> str:
    """Say which measurement a field belongs to, where many look alike: Morning 2."""
    for time in home.home_content().pressure.times.value:
        if field.startswith(f"{time.id}-"):
            return f"{local(time.title)} {field.removeprefix(f'{time.id}-')[0]}: "
    return ""


def _saved(page: home.PressurePage) -> dict[str, str]:
    """Give a day's fields as they were saved."""
    fields = {"measured_on": page.measured_on(page.day).isoformat()}
    for (time, place), reading in page.readings(page.day).items():
        name = home.slot_name(time, place)
        fields |= {f"{name}.sbp": str(reading.systolic), f"{name}.dbp": str(reading.diastolic)}
    fields["shown"] = " ".join(home.slot_name(*place) for place in page.readings(page.day))
    return fields


def _hand_in(request: HttpRequest, asking: Asking) -> HttpResponse:
    try:
        mean = home.hand_in(by=asking.viewer, at=asking.at, as_of=asking.as_of)
    except home.NotDone:
        messages.error(request, _("There are too few measurements yet. The page says what is missing."))
        return redirect("own-pressure")
    if mean is not None:
        said = ngettext(
            "It is sent: %(upper)s/%(lower)s, the mean of %(count)d measurement.",
            "It is sent: %(upper)s/%(lower)s, the mean of %(count)d measurements.",
            mean.counted,
        )
        numbers = {"upper": mean.systolic, "lower": mean.diastolic, "count": mean.counted}
        messages.success(request, said % numbers)
    return redirect("own-measuring")
