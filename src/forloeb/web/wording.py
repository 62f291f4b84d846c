"""The words and symbols of a value's status, never colour alone, and unknown never like fine; and of people's roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from forloeb.access.identities import Workplace
from forloeb.guidelines.results import ValueStatusName


@dataclass(frozen=True, slots=True)
class StatusWords:
    """How a status looks: the words, an icon of the design system, and a level that picks the colours."""

    words: str | Promise
    icon: str
    level: str
    """`good`, `attention`, `urgent`, `note` or `unknown`."""


_WORDS: dict[ValueStatusName, StatusWords] = {
    "in_target": StatusWords(_("On target"), "check", "good"),
    "above_target": StatusWords(_("Above target"), "arrow-upward", "attention"),
    "below_floor": StatusWords(_("Too low"), "arrow-downward", "urgent"),
    "missing": StatusWords(_("Missing"), "help", "unknown"),
    "stale": StatusWords(_("Too old"), "time", "unknown"),
    "implausible": StatusWords(_("Check the value"), "warning", "attention"),
    "not_applicable": StatusWords(_("No target"), "minus", "note"),
    "conflict": StatusWords(_("Values disagree"), "warning", "attention"),
    "confirm_at_home": StatusWords(_("Confirm at home"), "home", "attention"),
}
_SHORT_OF_TARGET = StatusWords(_("Below target"), "arrow-downward", "attention")

VALUE_STATUSES: tuple[ValueStatusName, ...] = get_args(ValueStatusName)


_NOT_NEEDED = StatusWords(_("Not needed"), "minus", "note")


def value_status(status: ValueStatusName, *, wants_more: bool = False, has_goal: bool = False) -> StatusWords:
    """Give the words for a status.

    `wants_more` says that the goal is a lower limit, so that off it is too little; `has_goal` that there is a goal
    which this value need not be measured for (clinic pressure, where the one from home is known).
    """
    if status == "not_applicable" and has_goal:
        return _NOT_NEEDED
    if status == "above_target" and wants_more:
        return _SHORT_OF_TARGET
    return _WORDS[status]


_ROLES = {
    "operator": _("Whoever runs the system"),
    "general-practitioner": _("GP"),
    "nurse": _("Nurse"),
    "physiotherapist": _("Physiotherapist"),
    "dietitian": _("Dietitian"),
    "secretary": _("Secretary"),
    "assistant": _("Assistant"),
}


def role_name(role: str) -> str | Promise:
    """Name a role; one we have no words for, as it came."""
    return _ROLES.get(role, role)


def role_words(workplaces: Iterable[Workplace]) -> str:
    """Say what someone is and where: GP, Lægerne ved Åen."""
    return "; ".join(f"{role_name(place.role)}, {place.name}" for place in workplaces)
