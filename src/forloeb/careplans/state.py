"""What a patient's plans hold today, read in one question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from django.utils import timezone

from forloeb.careplans.control import AgreedGoal, Agreement, PastReview
from forloeb.careplans.drafts import Draft
from forloeb.careplans.models import StatementKind
from forloeb.careplans.ranges import GoalRange
from forloeb.people import prepared

_STATE = """
SELECT jsonb_build_object(
  'goals', (SELECT jsonb_agg(to_jsonb(g) || jsonb_build_object('source', r.source))
            FROM careplans_goal g LEFT JOIN careplans_annualreview r ON r.id = g.review_id
            WHERE g.patient_id = %(patient)s AND g.ended_at IS NULL),
  'statements', (SELECT jsonb_object_agg(s.kind, to_jsonb(s)) FROM careplans_statement s
                 WHERE s.patient_id = %(patient)s AND s.ended_at IS NULL),
  'agreements', (SELECT jsonb_agg(to_jsonb(a) ORDER BY a.is_reminder, a.id) FROM careplans_activity a
                 WHERE a.patient_id = %(patient)s AND a.ended_at IS NULL),
  'decisions', (SELECT jsonb_agg(to_jsonb(d)) FROM careplans_proposaldecision d
                WHERE d.patient_id = %(patient)s AND d.ended_at IS NULL),
  'turned_down', (SELECT jsonb_agg(jsonb_build_array(x.measure, x.to_version)) FROM careplans_planchange x
                  WHERE x.patient_id = %(patient)s AND x.outcome = 'kept' AND x.goal_before_id IS NULL
                    AND x.undone_at IS NULL),
  'plans', (SELECT jsonb_agg(jsonb_build_object(
                'id', c.id, 'guideline', c.guideline, 'label', c.label, 'created_at', c.created_at,
                'versions', (SELECT coalesce(max(v.number), 0) FROM careplans_careplanversion v
                             WHERE v.care_plan_id = c.id)))
            FROM careplans_careplan c WHERE c.patient_id = %(patient)s AND c.status = 'active'),
  'reviews', (SELECT jsonb_agg(to_jsonb(r) ORDER BY r.reviewed_on DESC, r.id DESC) FROM careplans_annualreview r
              WHERE r.patient_id = %(patient)s),
  'draft', (SELECT to_jsonb(d) FROM careplans_draftrevision d
            WHERE d.patient_id = %(patient)s ORDER BY d.number DESC LIMIT 1))
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about a proposal, and the facts it rested on then."""

    rule: str
    accepted: bool
    premise: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """An active plan and the number of its newest version: of one that was received, the number it came with."""

    id: int
    guideline: str
    label: str
    created_at: datetime
    versions: int


@dataclass(frozen=True, slots=True)
class PlanState:
    """All that holds for one patient."""

    goals: dict[str, AgreedGoal]
    statements: dict[str, str]
    agreements: tuple[Agreement, ...]
    decisions: dict[str, Decision]
    plans: dict[str, StoredPlan]
    reviews: tuple[PastReview, ...]
    draft: Draft
    turned_down: tuple[tuple[str, str], ...] = ()
    """Goals that a version proposed where there was none, and nobody wanted: the measure and the version."""


def get_state(patient_id: int) -> PlanState:
    """Read all that holds for one patient; the transaction's viewer decides what is seen."""
    ((text,),) = prepared.rows(_STATE, {"patient": patient_id})
    # Django hands jsonb over as text, so that its own field can choose the decoder.
    found: dict[str, Any] = orjson.loads(text)
    said: dict[str, dict[str, Any]] = found["statements"] or {}
    return PlanState(
        {row["measure"]: agreed_goal(row) for row in found["goals"] or ()},
        {kind: row["text"] for kind, row in said.items() if row["text"]},
        tuple(_agreement(row) for row in found["agreements"] or ()),
        {row["rule"]: _decision(row) for row in found["decisions"] or ()},
        {row["guideline"]: _plan(row) for row in found["plans"] or ()},
        tuple(_review(row) for row in found["reviews"] or ()),
        _draft(found["draft"], said),
        tuple((measure, version) for measure, version in found["turned_down"] or ()),
    )


_DIFFERING = """
SELECT g.patient_id, to_jsonb(g) || jsonb_build_object('source', r.source)
FROM careplans_goal g LEFT JOIN careplans_annualreview r ON r.id = g.review_id
WHERE g.patient_id = ANY(%s) AND g.ended_at IS NULL AND g.differs
"""


def differing_goals(patients: Sequence[int]) -> dict[int, dict[str, AgreedGoal]]:
    """Give the goals in force that differ from the recommended, by patient and measure, in one question."""
    found: dict[int, dict[str, AgreedGoal]] = {}
    for patient_id, text in prepared.rows(_DIFFERING, [list(patients)]):
        goal = agreed_goal(orjson.loads(text))
        found.setdefault(patient_id, {})[goal.measure] = goal
    return found


def _premise(stored: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((fact, value) for fact, value in stored)


def agreed_goal(row: dict[str, Any]) -> AgreedGoal:
    """Read a goal in force as the database gives it, with the `source` of its control."""
    low, high = (None if row[k] is None else Decimal(str(row[k])) for k in ("agreed_low", "agreed_high"))
    has_range = low is not None or high is not None
    return AgreedGoal(
        row["measure"],
        GoalRange(low, row["agreed_low_inclusive"], high, row["agreed_high_inclusive"]) if has_range else None,
        row["agreed_answer"],
        row["differs"],
        row["reason"],
        timezone.localdate(datetime.fromisoformat(row["said_at"])),
        row["said_by_name"],
        GoalRange.from_json(row["recommended"]["range"]) if row["recommended"] else None,
        _premise(row["premise"]),
        row["source"] or "",
    )


def _agreement(row: dict[str, Any]) -> Agreement:
    return Agreement(
        row["id"],
        row["is_reminder"],
        row["text"],
        row["done_by"],
        _day(row["due_on"]),
        row["rule"],
        datetime.fromisoformat(row["said_at"]).date(),
    )


def _decision(row: dict[str, Any]) -> Decision:
    return Decision(row["rule"], row["accepted"], _premise(row["premise"]))


def _plan(row: dict[str, Any]) -> StoredPlan:
    created_at = datetime.fromisoformat(row["created_at"])
    return StoredPlan(row["id"], row["guideline"], row["label"], created_at, row["versions"])


def _review(row: dict[str, Any]) -> PastReview:
    reviewed_on, next_review_on = date.fromisoformat(row["reviewed_on"]), _day(row["next_review_on"])
    note, source = row["note_to_patient"], row["source"]
    return PastReview(row["id"], reviewed_on, row["saved_by_name"], next_review_on, note, source)


def _draft(row: dict[str, Any] | None, said: dict[str, dict[str, Any]]) -> Draft:
    """Give the open draft. What the patient has said since it was kept stands in it: their words are theirs."""
    if row is None:
        return Draft(0, {})
    if row["review_id"] is not None:
        return Draft(row["number"], {})
    saved_at = datetime.fromisoformat(row["saved_at"])
    fields = dict(row["fields"])
    for kind, statement in said.items():
        if fields and datetime.fromisoformat(statement["said_at"]) > saved_at and kind != StatementKind.QUESTIONS:
            fields[f"statement.{kind}"] = statement["text"]
    return Draft(row["number"], {name: text for name, text in fields.items() if text}, saved_at, row["saved_by_name"])


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
