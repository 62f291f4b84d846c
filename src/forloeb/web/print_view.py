"""From the plan to the words on paper: the same as the patient's page says."""

from __future__ import annotations

import re
from html import unescape

from django.utils.translation import gettext as _

from forloeb.careplans.control import Agreement, Control, Row
from forloeb.kernel.languages import DANISH
from forloeb.pdf.plan import Agreements, PlanDocument, ValueLine
from forloeb.people.queries import Practice
from forloeb.web.charts import trend
from forloeb.web.clinical_words import answer_words, goal_words, target_range
from forloeb.web.formatting import format_cpr, format_goal_words, format_long_date, isolated
from forloeb.web.patient_view import Card, PatientView, patient_view
from forloeb.web.patient_words import card_goal, card_status, card_title, card_unit, card_value, how_it_goes
from forloeb.web.speaking import spoken
from forloeb.web.translated import local

_SYMBOLS = {"good": "✓", "near": "!", "off": "▲", "followed": "–", "unknown": "?"}
_LETTERS = {'font-size="12"': 'font-size="17"', 'font-size="15"': 'font-size="19"'}
# In a picture, typst looks for a glyph also for what has none: the marks that isolate a direction.
_UNDRAWN = str.maketrans("", "", "\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}")


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
        language=spoken().code,
        direction=spoken().direction,
        as_written=_("Shown as it was written, not translated") if spoken() != DANISH else "",
        translator_note=_translator_note(),
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
        note_by=f"{isolated(last.saved_by_name)}, {format_long_date(last.reviewed_on)}" if last else "",
        values=tuple(_value(card, control) for card in plan.cards),
        unknown=tuple(local(measure.patient_name) for measure in plan.unknown),
        agreements=_agreements(plan),
        reminders=tuple(_agreed(item) for item in plan.reminders),
        next=_("Next control: %(day)s") % {"day": format_long_date(following)}
        if following
        else _("The day of your next control is not settled yet. Call us for a time."),
        date=format_long_date(control.as_of),
        words=_words(),
    )


def _translator_note() -> str:
    if not spoken().awaits_translator:
        return ""
    return _("No professional translator has checked these texts yet. Ask your doctor if something is unclear.")


def _contact(practice: Practice | None) -> str:
    if practice is None:
        return ""
    name = isolated(practice.name)
    return f"{name}, {_('phone %(number)s') % {'number': isolated(practice.phone)}}" if practice.phone else name


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
        name = local(row.measure.patient_name)
        chart = str(trend(row.measure, row.history, row.goal_in_force, as_of=control.as_of, size="card", name=name))
        # Drawn for the screen: on paper it is smaller, so its letters must be larger.
        for on_screen, on_paper in _LETTERS.items():
            chart = chart.replace(on_screen, on_paper)
    help_text = row.measure.patient_help
    measured = format_long_date(row.value.measured_on) if row.value.measured_on else ""
    return ValueLine(
        name=card_title(card),
        help=local(help_text) if help_text else "",
        value=isolated(f"{card_value(card)} {unit}".strip()),
        date=measured,
        symbol=_SYMBOLS[card.how],
        status=card_status(card),
        goal=_goal(card),
        recommended=_recommended(row) if differs else "",
        reason=row.agreed.reason if row.agreed and differs else "",
        chart=chart.translate(_UNDRAWN),
        chart_alt=_described(chart),
    )


def _goal(card: Card) -> str:
    """Say the goal in force: an interval, or the answers that reach it."""
    row = card.row
    if row.agreed is not None and row.agreed.answer:
        return answer_words(row.measure, row.agreed.answer)
    return card_goal(card) or (goal_words(row.target, row.measure) if row.agreed is None else "")


def _recommended(row: Row) -> str:
    """Say the recommended goal as the agreed one is said: in words."""
    interval = target_range(row.target)
    if interval is None:
        return goal_words(row.target, row.measure)
    return format_goal_words(interval, row.measure.decimals)


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
        Agreements(heading, tuple(_agreed(item) for item in plan.agreements if item.done_by == doer))
        for doer, heading in headings
    )
    return tuple(group for group in groups if group.items)


def _agreed(item: Agreement) -> str:
    if item.due_on is None:
        return item.text
    return f"{item.text} ({_('by %(day)s') % {'day': format_long_date(item.due_on)}})"


def _words() -> dict[str, str]:
    return {
        "page": _("Page"),
        "of": _("of"),
        "matters": _("This matters to me"),
        "own_goal": _("My goal"),
        "resources": _("What helps me"),
        "how": _("How it goes"),
        "values": _("My numbers"),
        "value": _("Value"),
        "latest": _("Latest"),
        "goal": _("Our goal"),
        "trend": _("Trend, 5 years"),
        "recommended": _("Usually the goal is"),
        "because": _("Your goal is another, because"),
        "unknown": _("We do not know yet"),
        "unknown_help": _("These have not been measured, or it is too long ago. We look at them at your next control."),
        "agreed": _("What we agreed"),
        "reminders": _("Remember"),
        "next": _("What is next"),
        "nothing": _("Nothing is written yet."),
        "nothing_agreed": _("We have not agreed on anything yet."),
        "no_values": _("Nothing has been measured yet."),
        "no_goal": _("no goal"),
        "no_date": _("not known"),
    }
