"""The file for the patient's calendar: read back by a calendar's own eyes."""

from __future__ import annotations

from datetime import timedelta

from icalendar import Calendar

from forloeb.careplans import actions, queries
from forloeb.careplans.submission import prefill
from forloeb.people.models import Patient
from forloeb.people.viewers import looking
from tests.integration.test_access import signed_in
from tests.support.personas import Cast


def with_appointments(cast: Cast) -> Patient:
    patient, holm = cast.new_patient(), cast.staff("holm")
    soon, later = (cast.as_of + timedelta(days=days) for days in (14, 365))
    with looking(holm):
        base = prefill(queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of))
        mine = base | {
            "next_review_on": later.isoformat(),
            "new-agreement.1.text": "Ring til rygestop; det hjælper, ja",
            "new-agreement.1.by": "patient",
            "new-agreement.1.due": soon.isoformat(),
            "new-agreement.2.text": "Sender henvisning",
            "new-agreement.2.by": "practice",
            "new-agreement.2.due": soon.isoformat(),
        }
        actions.finish_review(patient.public_id, base=base, mine=mine, by=holm, at=cast.at, as_of=cast.as_of)
    return patient


def events_of(cast: Cast, persona: str) -> list[dict[str, str]]:
    answer = signed_in(cast, persona).get("/my-plan/calendar.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    found = Calendar.from_ical(answer.content).walk("VEVENT")
    return [{"uid": str(e["uid"]), "what": str(e["summary"]), "day": e.decoded("dtstart").isoformat()} for e in found]


def test_the_next_control_and_the_patients_own_days_are_there_and_nobody_elses(cast: Cast):
    from django.conf import settings
    from django.test import override_settings

    key = cast.give_login(with_appointments(cast))
    with override_settings(DEMO_PERSONAS=(*settings.DEMO_PERSONAS, (key, ""))):
        events = events_of(cast, key)
        again = events_of(cast, key)
    assert {event["what"] for event in events} == {"Kontrol hos lægen", "Ring til rygestop; det hjælper, ja"}
    assert {event["day"] for event in events} == {(cast.as_of + timedelta(days=days)).isoformat() for days in (14, 365)}
    assert [event["uid"] for event in events] == [event["uid"] for event in again]


def test_it_names_no_disease(cast: Cast):
    body = signed_in(cast, "karen").get("/my-plan/calendar.ics").content.decode()
    assert not any(word in body.lower() for word in ("diabetes", "kol", "hjerte"))
