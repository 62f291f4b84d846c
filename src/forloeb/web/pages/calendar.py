"""The next control and what was agreed with a day, as a file for the patient's own calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from icalendar import Alarm, Calendar, Event

from forloeb.careplans import queries
from forloeb.people.queries import find_practice
from forloeb.web.asking import Asking, for_reader
from forloeb.web.patient_view import PatientView, patient_view


@require_GET
@for_reader
def own_calendar(_request: HttpRequest, asking: Asking) -> HttpResponse:
    """Give the file. It names no disease: a calendar is often shared."""
    control = queries.get_own_plan(seen_by=asking.viewer, as_of=asking.as_of)
    practice = find_practice(control.patient.id, as_of=asking.as_of)
    calendar = Calendar()
    calendar.add("prodid", "-//Forloeb//my plan//")
    calendar.add("version", "2.0")
    for event in _events(patient_view(control), practice.name if practice else "", asking.at):
        calendar.add_component(event)
    return HttpResponse(
        calendar.to_ical(),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="forloebsplan.ics"'},
    )


def _events(plan: PatientView, practice: str, at: datetime) -> Iterator[Event]:
    patient = plan.control.patient.public_id
    if plan.next_review_on and plan.next_review_on >= plan.control.as_of:
        text = _("Control at the doctor's")
        yield _event(patient, text, plan.next_review_on, at, where=practice, days_before=7)
    for item in (*plan.agreements, *plan.reminders):
        if item.due_on and item.due_on >= plan.control.as_of and (item.is_reminder or item.done_by == "patient"):
            yield _event(patient, item.text, item.due_on, at)


def _event(patient: UUID, text: str, day: date, at: datetime, *, where: str = "", days_before: int = 1) -> Event:
    event = Event()
    # The same thing on the same day keeps its id, so that a calendar brings it up to date and does not double it.
    event.add("uid", str(uuid5(NAMESPACE_URL, f"{patient}/{text}/{day}")))
    event.add("dtstamp", at)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", text)
    if where:
        event.add("location", where)
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text)
    alarm.add("trigger", timedelta(days=-days_before))
    event.add_component(alarm)
    return event
