"""Who saved each version of a plan and who agreed each goal, when and why, as other systems ask for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forloeb.people.searching import Link, Moment, Table, is_uuid


@dataclass(frozen=True, slots=True)
class FoundOrigin:
    """How a version of a plan, or a goal, came to be. `before` is the number of the version, or the goal, before it.

    `reason` is why a goal differs from the recommended; `is_received`: it came from another system.
    """

    id: str
    patient: UUID
    patient_id: int
    plan: UUID | None
    version: int | None
    goal: int | None
    before: int | None
    said_at: datetime
    said_by_name: str
    organization_id: int | None
    reason: str
    is_received: bool

    def __repr__(self) -> str:
        return f"FoundOrigin({self.id})"


_OF_PLANS = """
SELECT 'plan-' || v.id AS id, c.patient_id, c.public_id AS plan, v.number AS version, NULL::bigint AS goal,
       nullif(v.number - 1, 0)::bigint AS before, r.saved_at AS said_at, r.saved_by_name AS said_by_name,
       r.organization_id, '' AS reason, r.source <> '' AS is_received
FROM careplans_careplanversion v JOIN careplans_careplan c ON c.id = v.care_plan_id
JOIN careplans_annualreview r ON r.id = v.review_id"""
_OF_GOALS = """
SELECT 'goal-' || g.id, g.patient_id, NULL::uuid, NULL::int, g.id,
       (SELECT max(b.id) FROM careplans_goal b
        WHERE b.patient_id = g.patient_id AND b.measure = g.measure AND b.id < g.id),
       g.said_at, g.said_by_name, r.organization_id, g.reason, coalesce(r.source <> '', false)
FROM careplans_goal g LEFT JOIN careplans_annualreview r ON r.id = g.review_id"""


def _is_key(text: str) -> bool:
    return re.fullmatch(r"(?:plan|goal)-[0-9]{1,18}", text) is not None


ORIGINS = Table(
    source=f"({_OF_PLANS} UNION ALL {_OF_GOALS}) o JOIN people_patient p ON p.id = o.patient_id",
    columns="o.id, p.public_id, o.patient_id, o.plan, o.version, o.goal, o.before, o.said_at, o.said_by_name, "
    "o.organization_id, o.reason, o.is_received",
    read=FoundOrigin,
    key="o.id",
    order="o.said_at DESC, o.id",
    updated="o.said_at",
    patient_id="o.patient_id",
    is_key=_is_key,
    fields={
        "patient": Link("p.public_id", "Patient", is_uuid),
        "plan": Link("o.plan", "CarePlan", is_uuid),
        "goal": Link("o.goal", "Goal"),
        "recorded": Moment("o.said_at"),
        "_lastUpdated": Moment("o.said_at"),
    },
)
