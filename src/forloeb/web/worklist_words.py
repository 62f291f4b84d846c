"""The work list in words: reasons, values, lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from forloeb.careplans.contacts import Contact
from forloeb.guidelines.record import Measurement
from forloeb.kernel.measures import Measure
from forloeb.population.inviting import Group
from forloeb.population.reasons import Reason
from forloeb.population.standing import came_on
from forloeb.terminology import measures
from forloeb.web.clinical_words import answer_words
from forloeb.web.formatting import format_date, format_quantity
from forloeb.web.invitation_words import month_name
from forloeb.web.translated import local

_SHOWN_AT_ONCE = 4


def reason_words(reason: Reason) -> str:
    """Say a reason in a line."""
    if reason.list is None:
        return _("Control today") if reason.kind == "planned-today" else _("Begun, not finished")
    title = local(reason.list.title)
    if reason.since is not None:
        return _("%(list)s since %(day)s") % {"list": title, "day": format_date(reason.since)}
    if reason.measures:
        return f"{title}: {_shortly(reason.measures)}"
    if reason.disease is not None and reason.kind != "excluded":
        return f"{title}: {local(reason.disease.title)}"
    return title


def _shortly(asked: Sequence[Measure]) -> str:
    names = ", ".join(local(measure.name) for measure in asked[:_SHOWN_AT_ONCE])
    more = len(asked) - _SHOWN_AT_ONCE
    return f"{names} {_('and %(count)s more') % {'count': more}}" if more > 0 else names


def measured_words(value: Measurement) -> str:
    """Write a value as it was measured, with its unit."""
    measure = measures()[value.measure]
    if value.quantity is None:
        return answer_words(measure, value.answer or "")
    return f"{format_quantity(value.quantity, measure.decimals)} {measure.unit_shown}".rstrip()


def place_words() -> dict[str, str]:
    """Name the places where somebody on the list stands."""
    return {
        "open": _("To do"),
        "waiting": _("Invited, waiting"),
        "later": _("Not now"),
        "settled": _("Not relevant"),
        "left-out": _("Left out"),
    }


def why_not_options() -> list[tuple[str, str]]:
    """Give the reasons why a row is not relevant."""
    return [
        ("declined", _("The patient has declined")),
        ("unsuitable", _("Not suited for the patient")),
        ("wrong-diagnosis", _("The diagnosis is wrong")),
        ("moved", _("Has moved, or is followed elsewhere")),
        ("maximal-treatment", _("Treated as far as is sensible")),
    ]


def outcome_options() -> list[tuple[str, str]]:
    """Give what can come of an invitation."""
    return [("booked", _("A control is booked")), ("declined", _("Declined")), ("no-answer", _("No answer"))]


def contact_words(contact: Contact) -> str:
    """Say what was done: invited, put off, or set aside, with the day."""
    day = format_date(contact.made_on)
    match contact.kind:
        case "invited":
            month = month_name(contact.month) if contact.month else ""
            how = _("by message") if contact.channel == "message" else _("by letter")
            return _("Invited %(day)s %(how)s, for %(month)s") % {"day": day, "how": how, "month": month}
        case "not-now":
            until = format_date(contact.until) if contact.until else ""
            return _("Not now, %(day)s: comes back %(until)s") % {"day": day, "until": until}
    why = dict(why_not_options()).get(contact.why, contact.why)
    return _("Not relevant, %(day)s: %(why)s") % {"day": day, "why": why}


def outcome_words(contact: Contact, last_review_on: date | None) -> str:
    """Say what came of an invitation; nothing for what is no invitation."""
    came = came_on(contact, last_review_on)
    if came is not None:
        return _("Came to a control %(day)s") % {"day": format_date(came)}
    last = contact.last
    if contact.kind != "invited" or (last is not None and last.kind == "taken-back"):
        return _("Taken back") if contact.is_taken_back else ""
    if last is None:
        return _("No answer yet")
    match last.kind:
        case "booked" if last.on:
            return _("Booked %(day)s") % {"day": format_date(last.on)}
        case "declined":
            return _("Declined %(day)s") % {"day": format_date(last.told_at.date())}
        case "not-sent":
            return _("The message could not be sent: the patient has no address any more")
    return _("No answer, noted %(day)s") % {"day": format_date(last.told_at.date())}


def before_tags(before: Sequence[str]) -> str:
    """Say in a few words what is to be done before a control."""
    said = {"blood": _("blood sample"), "urine": _("urine sample"), "home-pressure": _("blood pressure at home")}
    return ", ".join(said[name] for name in before) or _("nothing beforehand")


def group_words(group: Group) -> str:
    """Name a group of people who are invited together."""
    if group.born_in:
        return _("Born in %(month)s") % {"month": MONTHS[group.born_in]}
    return _("First: %(what)s") % {"what": before_tags(group.before)}
