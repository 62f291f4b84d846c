"""How often a rule's goal is agreed to differ from the recommended, and why: counts over all practices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from forloeb.access.queries import note
from forloeb.editions.policies import rights_of
from forloeb.people.viewers import Viewer


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """A reason that was written often enough to be of nobody, and how often."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class RuleOverrides:
    """One rule's goals in force. None is a count too small to be shown; `reasons` are those that were written often."""

    rule: str
    measure: str
    goals: int | None
    differing: int | None
    stricter: int | None
    looser: int | None
    reasons: tuple[ReasonCount, ...]


_COUNTS = "SELECT rule, measure, goals, differing, stricter, looser FROM forloeb_overrides(%s)"


def overrides_of(guideline: str, *, seen_by: Viewer, as_of: date) -> tuple[RuleOverrides, ...]:
    """Give a guideline's rules with how often each is departed from; nothing to those who are not of the faggruppe.

    The database counts, and hides what is small before it answers (migration 0052).
    """
    if not rights_of(seen_by, as_of=as_of):
        return ()
    note(seen_by, event="overrides-counted", detail={"guideline": guideline})
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [guideline])
        rows = cursor.fetchall()
        cursor.execute("SELECT rule, measure, reason, times FROM forloeb_override_reasons(%s)", [guideline])
        reasons = cursor.fetchall()
    return tuple(
        RuleOverrides(
            rule,
            measure,
            goals,
            differing,
            stricter,
            looser,
            tuple(ReasonCount(reason, times) for r, m, reason, times in reasons if (r, m) == (rule, measure)),
        )
        for rule, measure, goals, differing, stricter, looser in rows
    )
