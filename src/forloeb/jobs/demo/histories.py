"""What the cast's plans hold from before: controls that were made through the same action as today's."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from forloeb.access import proxies, referrals
from forloeb.access.identities import find_login
from forloeb.careplans import actions, queries, referring, sectors
from forloeb.careplans.referral_models import LetterKind
from forloeb.careplans.submission import prefill
from forloeb.jobs.demo.cast import ISSUER
from forloeb.jobs.demo.people import Demo
from forloeb.kernel.periods import months_before
from forloeb.people.viewers import Viewer, looking

COPENHAGEN = ZoneInfo("Europe/Copenhagen")

KARENS_CONTROL = {
    "statement.matters": "At kunne gå tur med mine børnebørn uden at skulle holde pause hele tiden.",
    "statement.own-goal": "At gå en halv time hver dag.",
    "statement.resources": "Min mand går gerne med. Jeg bor tæt på skoven og er med i et strikkehold.",
    "goal.hba1c": "< 60",
    "reason.hba1c": "Vi vil undgå for lavt blodsukker, når du går lange ture.",
    "new-agreement.1.text": "Går 30 minutter hver dag, helst om formiddagen",
    "new-agreement.1.by": "patient",
    "new-agreement.2.text": "Henviser til lungeholdet i kommunen",
    "new-agreement.2.by": "practice",
    "new-agreement.3.text": "Træner på lungeholdet to gange om ugen i 12 uger",
    "new-agreement.3.by": "municipality",
    "new-reminder.1.text": "Mål blodtryk hjemme i tre dage før næste kontrol",
    "note_to_patient": "Det går godt, Karen. Fortsæt med turene, de gør en forskel.",
}
OVES_CONTROL = {
    "statement.matters": "At holde mig rask nok til at passe kolonihaven.",
    "new-agreement.1.text": "Spiser fisk to gange om ugen",
    "new-agreement.1.by": "patient",
}


def make_histories(demo: Demo, *, as_of: date, at: datetime) -> None:
    """Let Karen have had a control a year ago, with the next today, and others to help her; Ove's is overdue."""
    doctor = doctor_of(as_of)
    _control(demo, "karen", doctor, months_before(as_of, 12), KARENS_CONTROL | {"next_review_on": as_of.isoformat()})
    overdue = months_before(as_of, 3).isoformat()
    _control(demo, "ove", doctor, months_before(as_of, 15), OVES_CONTROL | {"next_review_on": overdue})
    refer_and_let_in(demo, as_of=as_of, at=at)


def refer_and_let_in(demo: Demo, *, as_of: date, at: datetime) -> None:
    """Let Karen be referred to the municipality's lung team, and let her daughter Sofie read her plan."""
    doctor, karen = doctor_of(as_of), demo.patients["karen"]
    day = months_before(as_of, 2)
    with looking(doctor):
        form = referring.get_form(karen.public_id, LetterKind.PREVENTION, seen_by=doctor, as_of=day)
        letter = referring.Typed(
            organization_id=demo.municipality.pk,
            asked=("conversation", "copd-rehabilitation"),
            reason="Vil gerne kunne gå længere ture. Bliver hurtigt forpustet op ad bakke.",
            shown=form.shown,
            interpreter="no",
        )
        moment = datetime.combine(day, time(11), tzinfo=COPENHAGEN)
        referring.send(karen.public_id, LetterKind.PREVENTION, letter, by=doctor, at=moment, as_of=day)
    nurse = viewer_of("nygaard", as_of)
    with looking(nurse):
        (course,) = [one for one in referrals.received(seen_by=nurse) if one.public_id == karen.public_id]
        moment = datetime.combine(day + timedelta(days=3), time(9, 20), tzinfo=COPENHAGEN)
        sectors.confirm_seen(karen.public_id, course.id, by=nurse, at=moment, as_of=as_of)
        sectors.write_note(
            karen.public_id,
            course.id,
            "Karen er begyndt på lungeholdet. Hun går nu 420 meter på seks minutter, mod 360 ved start.",
            by=nurse,
            at=datetime.combine(months_before(as_of, 1), time(14, 5), tzinfo=COPENHAGEN),
            as_of=as_of,
        )
    with looking(viewer_of("karen", as_of)):
        given = proxies.give_proxy("Sofie (min datter)", 12, by=viewer_of("karen", as_of), at=at, as_of=as_of)
    proxies.accept_proxy(given.code, issuer=ISSUER, subject="sofie", at=at, as_of=as_of)


def viewer_of(key: str, as_of: date) -> Viewer:
    """Give the eyes of somebody of the cast."""
    found = find_login(ISSUER, key, as_of=as_of)
    assert found is not None, key
    return found.viewer()


def doctor_of(as_of: date) -> Viewer:
    """Give the eyes of the cast's own doctor, Anne Holm."""
    return viewer_of("holm", as_of)


def _control(demo: Demo, key: str, doctor: Viewer, day: date, fields: dict[str, str]) -> None:
    public_id = demo.patients[key].public_id
    moment = datetime.combine(day, time(10, 30), tzinfo=COPENHAGEN)
    with looking(doctor):
        base = prefill(queries.get_control(public_id, seen_by=doctor, as_of=day))
        result = actions.finish_review(public_id, base=base, mine=base | fields, by=doctor, at=moment, as_of=day)
    if isinstance(result, actions.Refused):
        raise AssertionError([fault.text.da for fault in result.faults])
