"""The engine's answers in the words of a card. Danish, or English where the caller asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from forloeb.careplans.control import Row
from forloeb.careplans.ranges import GoalRange
from forloeb.guidelines.merging import interval_text
from forloeb.guidelines.results import Disease, EvaluatedValue, Reason, Target
from forloeb.kernel.content import NEEDS_CONFIRMATION, Localized
from forloeb.kernel.measures import Measure


def local(text: Localized) -> str:
    """Give a text of the content in the caller's language."""
    return text.in_language(get_language() or "da")


def number(text: str) -> str:
    """Write a number, or a goal, with the language's decimal sign."""
    signed = text.replace("<=", "≤").replace(">=", "≥")
    return signed if (get_language() or "da").startswith("en") else signed.replace(".", ",")


def day(on: date) -> str:
    """Write a day."""
    return on.isoformat() if (get_language() or "da").startswith("en") else f"{on:%d.%m.%Y}"


def value_words(value: EvaluatedValue, measure: Measure) -> str:
    """Write a measure with its newest value, unit and day, or that there is none."""
    name = local(measure.name)
    if value.measured_on is None:
        return _("%(measure)s: not measured") % {"measure": name}
    if value.quantity is None:
        shown = next((local(c.name) for c in measure.choices if c.value == value.answer), value.answer or "–")
    else:
        sign = value.quantity.comparator.value if value.quantity.comparator else ""
        shown = f"{number(f'{sign}{value.quantity.value}')} {measure.unit_shown}".rstrip()
    return f"{name}: {shown} ({day(value.measured_on)})"


def goal_words(row: Row) -> str:
    """Write the goal in force: the agreed one, else the recommended with its rule."""
    if row.agreed is not None and row.agreed.range is not None:
        return _("agreed goal %(goal)s") % {"goal": number(_interval(row.agreed.range))}
    return target_words(row.target, row.measure)


def target_words(target: Target | None, measure: Measure) -> str:
    """Write a recommended goal with its rule, and whether it is provisional or to be confirmed."""
    if target is None:
        return ""
    goal = (
        " / ".join(local(c.name) for c in measure.choices if c.value in target.accepted)
        if target.accepted
        else number(interval_text(target))
    )
    source = f", {target.source.document}" if target.source else ""
    said = _("recommended goal %(goal)s (%(rule)s)") % {"goal": goal, "rule": f"{target.rule}{source}"}
    if target.missing:
        missing = ", ".join(local(fact.title) for fact in target.missing)
        said += "; " + _("provisional, not known: %(facts)s") % {"facts": missing}
    return said + confirm(target.status)


def _interval(goal: GoalRange) -> str:
    low, high = goal.low, goal.high
    if low is not None and high is not None:
        return f"{low}–{'' if goal.high_inclusive else '<'}{high}"
    if high is not None:
        return f"{'<=' if goal.high_inclusive else '<'} {high}"
    return f"{'>=' if goal.low_inclusive else '>'} {low}"


def confirm(status: str) -> str:
    """Say that a clinician is to confirm what was read second-hand or is not verified; nothing of the rest."""
    return f" [{_('to be confirmed by a clinician')}]" if status in NEEDS_CONFIRMATION else ""


def reason_words(reason: Reason) -> str:
    """Write why: the rule, what it says, where it stands, and the facts it used."""
    facts = ", ".join(
        f"{local(fact.title)} {_fact(fact.value, fact.comparator)}"
        + (f" {fact.unit}" if fact.unit and not isinstance(fact.value, bool) else "")
        + (f" ({day(fact.on)})" if fact.on else "")
        for fact in reason.facts
    )
    source = f"{reason.source.title} {reason.source.year or ''}".strip() if reason.source else _("no source")
    said = f"{reason.rule}: {local(reason.text)}{confirm(reason.status)} – {source}"
    return f"{said}. {_('Rests on')}: {facts}" if facts else said


def _fact(value: object, comparator: str | None) -> str:
    if value is None:
        return _("not known")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return number(f"{comparator or ''}{value}")


def names(diseases: Iterable[Disease]) -> str:
    """Write diseases one after another."""
    return ", ".join(local(disease.title) for disease in diseases)
