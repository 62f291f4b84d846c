"""What was agreed as the goal for one measure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from forloeb.careplans.ranges import GoalRange


@dataclass(frozen=True, slots=True)
class AgreedGoal:
    """The goal that was agreed for one measure. `range` is None where the goal is a choice (`answer`)."""

    measure: str
    range: GoalRange | None
    answer: str
    differs: bool
    reason: str
    said_on: date
    said_by_name: str
    recommended_then: GoalRange | None
    premise: tuple[tuple[str, str], ...]
    source: str = ""
    """Where it was received from; nothing for what was agreed here."""
