"""From the plan to the words on paper: the same as the patient's page says."""

from __future__ import annotations

import re
from html import unescape

from django.utils.translation import gettext as _

from forloeb.careplans.control import Control
from forloeb.pdf.plan import Agreements, PlanDocument, ValueLine
from forloeb.people.queries import Practice
from forloeb.web.charts import trend
from forloeb.web.clinical_words import goal_words
from forloeb.web.formatting import current_language, format_cpr, format_long_date
from forloeb.web.patient_view import Card, PatientView, patient_view
from forloeb.web.patient_words import card_goal, card_status, card_title, card_unit, card_value, how_it_goes

_SYMBOLS = {"good": "✓", "near": "!", "off": "▲", "followed": "–", "unknown": "?"}


def plan_document(control: Control, practice: Practice | None) -> PlanDocument:
    """Give a control's plan as words to be set."""
    plan = patient_view(control)
    last = control.last_review
    about = [_("Born %(day)s") % {"day": format_long_date(control.patient.birth_date)}]
    if last is not None:
        about.append(
            _("control %(day)s with %(name)s") % {"day": format_long_date(last.reviewed_on), "name": last.saved_by_name}
        )
    following = last.next_review_on if last else None
    return PlanDocument(
        title=_("My plan"),
        language=current_language(),
        patient=control.patient.name,
        cpr=format_cpr(control.patient.cpr_number) if control.patient.cpr_number else "",
        about=", ".join(about),
        practice=practice.name if practice else "",
        contact=_contact(practice),
        notice=_notice(control),
        matters=plan.statements.get("matters", ""),
        own_goal=plan.statements.get("own-goal", ""),
        resources=plan.statements.get("resources", ""),
        how=how_it_goes(plan),
        note=last.note_to_patient if last else "",
        values=tuple(_value(card, control) for card in plan.cards),
        unknown=tuple(measure.patient_name.in_language(current_language()) for measure in plan.unknown),
        agreements=_agreements(plan),
        reminders=tuple(item.text for item in plan.reminders),
        next=_("Next control: %(day)s") % {"day": format_long_date(following)}
        if following
        else _("Call us for a time."),
        footer=control.patient.name,
        words=_words(),
    )


def _contact(practice: Practice | None) -> str:
    if practice is None:
        return ""
    return f"{practice.name}, {_('phone %(number)s') % {'number': practice.phone}}" if practice.phone else practice.name


def _notice(control: Control) -> str:
    if not control.awaiting_sign_off:
        return ""
    return _("The recommended goals await clinical sign-off: no clinician has checked them for this system yet.")


def _value(card: Card, control: Control) -> ValueLine:
    row = card.row
    differs = row.agreed is not None and row.agreed.differs
    unit = card_unit(card)
    chart = ""
    if len(row.history) > 1:
        name = row.measure.patient_name.in_language(current_language())
        chart = str(trend(row.measure, row.history, row.goal_in_force, as_of=control.as_of, size="card", name=name))
    help_text = row.measure.patient_help
    measured = format_long_date(row.value.measured_on) if row.value.measured_on else ""
    return ValueLine(
        name=card_title(card),
        help=help_text.in_language(current_language()) if help_text else "",
        value=f"{card_value(card)} {unit}".strip(),
        date=measured,
        symbol=_SYMBOLS[card.how],
        status=card_status(card),
        goal=card_goal(card),
        recommended=goal_words(row.target, row.measure) if differs else "",
        reason=row.agreed.reason if row.agreed and differs else "",
        chart=chart,
        chart_alt=_described(chart),
    )


def _described(chart: str) -> str:
    """Give a chart's own title and description, for those who hear the paper instead of seeing it."""
    return unescape(" ".join(re.findall(r"<(?:title|desc)[^>]*>(.*?)</", chart, re.DOTALL)))


def _agreements(plan: PatientView) -> tuple[Agreements, ...]:
    headings = (
        ("patient", _("I do")),
        ("practice", _("The practice does")),
        ("municipality", _("The municipality does")),
        ("other", _("Others do")),
    )
    groups = (
        Agreements(heading, tuple(item.text for item in plan.agreements if item.done_by == doer))
        for doer, heading in headings
    )
    return tuple(group for group in groups if group.items)


def _words() -> dict[str, str]:
    return {
        "page": _("Page"),
        "of": _("of"),
        "matters": _("This matters to me"),
        "own_goal": _("My goal"),
        "resources": _("What helps me"),
        "how": _("How it goes"),
        "values": _("My numbers"),
        "goal": _("Our goal"),
        "recommended": _("Usually the goal is"),
        "because": _("Your goal is another, because"),
        "unknown": _("We do not know yet"),
        "agreed": _("What we agreed"),
        "reminders": _("Remember"),
        "next": _("What is next"),
        "nothing": _("Nothing is written yet."),
        "nothing_agreed": _("We have not agreed on anything yet."),
    }
