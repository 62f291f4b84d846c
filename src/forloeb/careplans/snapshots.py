"""What one version of a plan said, complete in itself: written once, read for ever.

Readable without the code and the content of the day: numbers with unit, rule, version and source; texts in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from forloeb.careplans.control import Agreement, Control, Row
from forloeb.careplans.ranges import GoalRange
from forloeb.guidelines.results import Target

FORMAT = 1
"""The shape of what is written below; a change of shape is a new number, and old ones stay readable."""


def recommended_json(target: Target) -> dict[str, Any] | None:
    """Give a recommended target as it is stored with a goal: the interval, the rule, its version and source."""
    interval = GoalRange.of(target)
    if interval is None:
        return None
    return {
        "range": interval.to_json(),
        "unit": target.unit,
        "guideline": target.guideline,
        "guideline_version": target.guideline_version,
        "profile": target.profile,
        "rule": target.rule,
        "status": target.status,
        "source": target.source.document if target.source else None,
    }


def snapshot(control: Control, guideline: str, *, next_review_on: date | None, note: str) -> dict[str, Any]:
    """Give what the plan for one disease says now: its values, goals, the patient's words, what was agreed."""
    disease = next(d for d in control.evaluation.diseases if d.guideline == guideline)
    return {
        "format": FORMAT,
        "guideline": guideline,
        "guideline_version": disease.version,
        "as_of": control.as_of.isoformat(),
        "values": [_value(row) for row in control.rows if row.status not in ("missing", "not_applicable")],
        "goals": [goal for row in control.rows if row.shows_goal for goal in _goal(row)],
        "statements": dict(control.statements),
        "agreements": [_agreement(agreement) for agreement in control.agreements],
        "next_review_on": next_review_on.isoformat() if next_review_on else None,
        "note_to_patient": note,
    }


def _value(row: Row) -> dict[str, Any]:
    quantity = row.value.quantity
    return {
        "measure": row.measure.id,
        "value": str(quantity.value) if quantity else None,
        "comparator": quantity.comparator.value if quantity and quantity.comparator else None,
        "unit": quantity.unit if quantity else None,
        "answer": row.value.answer,
        "measured_on": row.value.measured_on.isoformat() if row.value.measured_on else None,
        "status": row.status,
        "source": row.value.source,
    }


def _goal(row: Row) -> Iterable[dict[str, Any]]:
    if row.agreed is None and row.target is None:
        return
    agreed = row.agreed
    yield {
        "measure": row.goal_name,
        "recommended": recommended_json(row.target) if row.target else None,
        "agreed": agreed.range.to_json() if agreed and agreed.range else None,
        "agreed_on": agreed.said_on.isoformat() if agreed else None,
        "answer": agreed.answer if agreed else "",
        "differs": agreed.differs if agreed else False,
        "reason": agreed.reason if agreed else "",
    }


def _agreement(agreement: Agreement) -> dict[str, Any]:
    return {
        "text": agreement.text,
        "done_by": agreement.done_by,
        "due_on": agreement.due_on.isoformat() if agreement.due_on else None,
        "is_reminder": agreement.is_reminder,
    }


def read_goals(content: Mapping[str, Any]) -> dict[str, tuple[GoalRange | None, str, str]]:
    """Give a version's goals by measure: the interval in force, the choice, the reason."""
    goals = {}
    for goal in content["goals"]:
        stored = goal["agreed"] or (goal["recommended"] or {}).get("range")
        goals[goal["measure"]] = (
            GoalRange.from_json(stored) if stored else None,
            goal["answer"],
            goal["reason"],
        )
    return goals
