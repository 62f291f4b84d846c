"""The patient's page in words: plain Danish, short sentences. The print says the same."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forloeb.web.clinical_words import answer_words
from forloeb.web.formatting import format_goal_words, format_quantity, format_unit, isolated
from forloeb.web.patient_view import Card, PatientView
from forloeb.web.translated import local


def how_it_goes(plan: PatientView) -> str:
    """Say in a sentence how it goes: what is at its goal, what is not, and what we do not know."""
    parts = []
    if plan.at_goal:
        good = ngettext("%(count)d number is at your goal.", "%(count)d numbers are at your goals.", plan.at_goal)
        parts.append(good % {"count": plan.at_goal})
    if plan.off_goal:
        off = ngettext("We work on %(count)d number.", "We work on %(count)d numbers.", plan.off_goal)
        parts.append(off % {"count": plan.off_goal})
    if plan.unknown:
        unknown = ngettext(
            "There is %(count)d thing we do not know yet.",
            "There are %(count)d things we do not know yet.",
            len(plan.unknown),
        )
        parts.append(unknown % {"count": len(plan.unknown)})
    return " ".join(parts) or _("Nothing has been measured yet.")


def card_title(card: Card) -> str:
    """Name a card in the patient's words; a pressure is one thing, though it has two numbers."""
    if card.partner is not None:
        return _("Blood pressure at home") if card.measure.id.endswith("home") else _("Blood pressure at the practice")
    return local(card.measure.patient_name)


def card_value(card: Card) -> str:
    """Write a card's newest value: a number, two for a pressure, or an answer."""
    value = card.row.value
    if value.quantity is None:
        return answer_words(card.measure, value.answer or "")
    upper = format_quantity(value.quantity, card.measure.decimals)
    lower = card.partner.value.quantity if card.partner else None
    return isolated(f"{upper}/{format_quantity(lower, 0)}") if lower else upper


def card_unit(card: Card) -> str:
    """Give the unit beside a number; none for an answer."""
    return format_unit(card.measure.unit_shown) if card.row.value.quantity else ""


def card_goal(card: Card) -> str:
    """Say the goal in force; empty where there is none."""
    goal = card.row.goal_in_force
    if goal is None:
        return ""
    words = format_goal_words(goal, card.measure.decimals)
    lower = card.partner.goal_in_force if card.partner else None
    if lower is None:
        return words
    return _("%(upper)s for the upper number and %(lower)s for the lower") % {
        "upper": words,
        "lower": format_goal_words(lower, 0),
    }


def card_status(card: Card) -> str:
    """Say how a value stands to its goal."""
    if card.row.status == "below_floor":
        return _("Too low: talk with us")
    return {
        "good": _("At your goal"),
        "near": _("Measure at home to be sure"),
        "off": _("Not at your goal yet"),
        "followed": _("We follow it"),
        "unknown": _("We do not know yet"),
    }[card.how]
