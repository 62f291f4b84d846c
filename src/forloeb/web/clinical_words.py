"""The engine's answers in the page's words: facts, goals, changes, fields, who does what."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from django.utils.translation import gettext as _

from forloeb.careplans.control import Control, Row
from forloeb.careplans.engine import library
from forloeb.careplans.models import Doer
from forloeb.careplans.ranges import GoalRange
from forloeb.guidelines.results import FactUsed, Target
from forloeb.guidelines.schema import ClassificationTable, TargetTable
from forloeb.kernel.content import Localized
from forloeb.kernel.measures import Measure
from forloeb.terminology import measures
from forloeb.web.formatting import current_language, format_goal, format_number, isolated
from forloeb.web.translated import local


def target_range(target: Target | None) -> GoalRange | None:
    """Give a recommended goal's interval; None where the guideline gives no number."""
    return GoalRange.of(target) if target else None


def goal_words(target: Target | None, measure: Measure) -> str:
    """Write a recommended goal: its interval, or the answers that reach it; empty where there is none."""
    if target is None:
        return ""
    if target.accepted:
        names = [local(c.name) for c in measure.choices if c.value in target.accepted]
        return " / ".join(names[:2])
    interval = GoalRange.of(target)
    return format_goal(interval, measure.decimals) if interval else ""


def fact_words(fact: FactUsed) -> str:
    """Write a fact's value: a number with its unit, an answer, yes or no, or that it is not known."""
    if fact.value is None:
        return _("not known")
    if isinstance(fact.value, bool):
        return _("yes") if fact.value else _("no")
    if isinstance(fact.value, Decimal):
        sign = {"<=": "≤", ">=": "≥"}.get(fact.comparator or "", fact.comparator or "")
        return f"{sign}{format_number(fact.value)} {_unit(fact.unit)}".rstrip()
    if fact.fact == "sex":
        return _("woman") if fact.value == "female" else _("man")
    return fact.value


def _unit(unit: str | None) -> str:
    return {"a": _("years"), "mo": _("months")}.get(unit or "", unit or "")


def fact_becomes(text: str) -> str:
    """Write a change of a fact (`>= 30`, `yes`) in words."""
    if text == "known":
        return _("becomes known")
    if text in ("yes", "no"):
        return _("becomes yes") if text == "yes" else _("becomes no")
    signs = {">=": _("is at least"), ">": _("is over"), "<=": _("is at most"), "<": _("is under")}
    found = re.fullmatch(r"(>=|<=|>|<) (.+)", text)
    return f"{signs[found[1]]} {_localised(found[2])}" if found else f"= {text}"


def result_words(text: str) -> str:
    """Write a goal from the engine (`< 1.8`, `53-58`, `individual`) in the page's language."""
    if text in ("individual", "none"):
        return _("individual goal") if text == "individual" else _("no goal")
    return isolated(_localised(re.sub(r"(?<=\d)-(?=[<\d])", "–", text.replace("<=", "≤").replace(">=", "≥"))))


def _localised(text: str) -> str:
    return text if current_language() == "en" else re.sub(r"(?<=\d)\.(?=\d)", ",", text)


def measure_words(name: str) -> str:
    """Give the name of a measure, or of a goal that several are held against (`sbp`)."""
    joint = {"sbp": _("Systolic blood pressure"), "dbp": _("Diastolic blood pressure"), "gold_group": _("GOLD group")}
    known = measures().get(name)
    return joint.get(name) or (local(known.name) if known else name)


@cache
def _profiles() -> dict[str, Localized]:
    found: dict[str, Localized] = {}
    for guideline in library().guidelines:
        for _path, table in guideline.tables:
            if isinstance(table, TargetTable | ClassificationTable):
                found.setdefault(table.profile, table.profile_title or table.title)
    return found


def profile_words(profile: str) -> str:
    """Name a profile, such as the GOLD group by the 2026 report, by its table's title."""
    found = _profiles().get(profile)
    return local(found) if found else profile


def field_words(field: str, control: Control) -> str:
    """Name a field of the control page for a person."""
    kind, _dot, rest = field.partition(".")
    match kind:
        case "value" | "confirm":
            return measure_words(rest)
        case "goal":
            return _("Goal for %(measure)s") % {"measure": measure_words(rest)}
        case "reason":
            return _("Reason for the goal for %(measure)s") % {"measure": measure_words(rest)}
        case "statement":
            return {"matters": _("This matters to me"), "own-goal": _("Own goal"), "resources": _("What helps")}[rest]
        case "plan":
            return next((local(p.disease.title) for p in control.plans if p.guideline == rest), rest)
        case "next_review_on":
            return _("Next control")
        case "note_to_patient":
            return _("A word to the patient")
        case "proposal":
            return _("Answer to a proposal")
    return _("Agreement")


def doer_words(doer: str) -> str:
    """Say who does what was agreed."""
    return {
        Doer.PATIENT: _("the patient"),
        Doer.PRACTICE: _("the practice"),
        Doer.MUNICIPALITY: _("the municipality"),
        Doer.OTHER: _("others"),
    }[Doer(doer)]


def doer_options() -> list[tuple[str, str]]:
    """Give the choices of who does what."""
    return [(doer.value, doer_words(doer)) for doer in Doer]


def answer_words(measure: Measure, answer: str) -> str:
    """Give a chosen answer in the page's language; one we do not know, as it came."""
    found = next((c for c in measure.choices if c.value == answer), None)
    return local(found.name) if found else answer


def choice_options(measure: Measure) -> list[tuple[str, str]]:
    """Give the answers that are offered for a measure."""
    return [(c.value, local(c.name)) for c in measure.choices if c.is_offered]


def wants_more(row: Row) -> bool:
    """Whether the goal is a lower limit, so that off it means too little."""
    return row.target is not None and row.target.high is None and row.target.low is not None


def groups(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """Group the value table by where the values come from: what is measured here first, the laboratory after."""
    headings = (
        (("clinic", "home"), _("Measured here or at home")),
        (("asked",), _("Asked")),
        (("laboratory",), _("From the laboratory")),
    )
    rows = [row for row in rows if not row.is_quiet]
    found = [(heading, [row for row in rows if row.value.setting in settings]) for settings, heading in headings]
    return [(heading, some) for heading, some in found if some]
