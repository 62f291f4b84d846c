"""Plans, agreed goals and agreements, as other systems ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from forloeb.people.searching import Code, Condition, Day, Link, Moment, Table, is_uuid


@dataclass(frozen=True, slots=True)
class FoundPlan:
    """The plan for one disease. `version` is the newest saved one, `saved_at` when that was."""

    id: UUID
    version: int
    patient: UUID
    patient_id: int
    guideline: str
    label: str
    status: str
    created_at: datetime
    ended_at: datetime | None
    saved_at: datetime
    saved_by_name: str
    organization_id: int
    next_review_on: date | None
    content: Mapping[str, Any]
    is_current: bool

    @classmethod
    def read(cls, *row: Any) -> FoundPlan:
        """Read a row: PostgreSQL gives the content as text."""
        *rest, content, is_current = row
        return cls(*[*rest, orjson.loads(content), is_current])


@dataclass(frozen=True, slots=True)
class FoundGoal:
    """The goal that was agreed for one measure, until it is ended; `replaces` is the goal it stands instead of."""

    id: int
    patient: UUID
    patient_id: int
    measure: str
    unit: str
    recommended: Mapping[str, Any] | None
    low: Decimal | None
    low_inclusive: bool
    high: Decimal | None
    high_inclusive: bool
    answer: str
    differs: bool
    reason: str
    said_at: datetime
    said_by_name: str
    ended_at: datetime | None
    replaces: int | None
    organization_id: int | None

    @classmethod
    def read(cls, *row: Any) -> FoundGoal:
        """Read a row: PostgreSQL gives what was recommended as text."""
        return cls(*[*row[:5], orjson.loads(row[5]) if row[5] else None, *row[6:]])


@dataclass(frozen=True, slots=True)
class FoundActivity:
    """Something agreed, with who does it and when; or something to remember."""

    id: int
    patient: UUID
    patient_id: int
    is_reminder: bool
    text: str
    done_by: str
    due_on: date | None
    said_at: datetime
    said_by_name: str
    ended_at: datetime | None
    organization_id: int | None


PLANS = Table(
    source="careplans_careplanversion v JOIN careplans_careplan c ON c.id = v.care_plan_id "
    "JOIN careplans_annualreview r ON r.id = v.review_id JOIN people_patient p ON p.id = c.patient_id",
    columns="c.public_id, v.number, p.public_id, c.patient_id, c.guideline, c.label, c.status, c.created_at, "
    "c.ended_at, r.saved_at, r.saved_by_name, r.organization_id, r.next_review_on, v.content, "
    "v.number = (SELECT max(w.number) FROM careplans_careplanversion w WHERE w.care_plan_id = c.id)",
    read=FoundPlan.read,
    key="c.public_id",
    order="c.created_at DESC, c.id, v.number DESC",
    updated="r.saved_at",
    patient_id="c.patient_id",
    is_key=is_uuid,
    fields={
        "patient": Link("p.public_id", "Patient", is_uuid),
        "status": Code("c.status"),
        "category": Code("c.label", always="urn:oid:1.2.208.176.2.4"),
        "date": Moment("c.created_at"),
        "_lastUpdated": Moment("r.saved_at"),
    },
)
NEWEST = Condition("v.number = (SELECT max(w.number) FROM careplans_careplanversion w WHERE w.care_plan_id = c.id)")
"""The version that was saved last; without it every version is found."""


def of_version(number: int) -> Condition:
    """Ask for one version of a plan."""
    return Condition("v.number = %s", (number,))


_BEFORE = """(SELECT max(b.id) FROM careplans_goal b
 WHERE b.patient_id = g.patient_id AND b.measure = g.measure AND b.id < g.id)"""
GOALS = Table(
    source="careplans_goal g JOIN people_patient p ON p.id = g.patient_id "
    "LEFT JOIN careplans_annualreview r ON r.id = g.review_id",
    columns="g.id, p.public_id, g.patient_id, g.measure, g.unit, g.recommended, g.agreed_low, g.agreed_low_inclusive, "
    "g.agreed_high, g.agreed_high_inclusive, g.agreed_answer, g.differs, g.reason, g.said_at, g.said_by_name, "
    f"g.ended_at, {_BEFORE}, r.organization_id",
    read=FoundGoal.read,
    key="g.id",
    order="g.said_at DESC, g.id",
    updated="coalesce(g.ended_at, g.said_at)",
    patient_id="g.patient_id",
    fields={
        "patient": Link("p.public_id", "Patient", is_uuid),
        "lifecycle-status": Code("(CASE WHEN g.ended_at IS NULL THEN 'active' ELSE 'cancelled' END)"),
        "start-date": Moment("g.said_at"),
        "_lastUpdated": Moment("coalesce(g.ended_at, g.said_at)"),
    },
)
_ACTIVITY = (
    "careplans_activity a JOIN people_patient p ON p.id = a.patient_id "
    "LEFT JOIN careplans_annualreview r ON r.id = a.review_id"
)
ACTIVITIES = Table(
    source=_ACTIVITY,
    columns="a.id, p.public_id, a.patient_id, a.is_reminder, a.text, a.done_by, a.due_on, a.said_at, a.said_by_name, "
    "a.ended_at, r.organization_id",
    read=FoundActivity,
    key="a.id",
    order="a.said_at DESC, a.id",
    updated="coalesce(a.ended_at, a.said_at)",
    patient_id="a.patient_id",
    fields={
        "patient": Link("p.public_id", "Patient", is_uuid),
        "status": Code("(CASE WHEN a.ended_at IS NULL THEN 'active' ELSE 'completed' END)"),
        "authored-on": Moment("a.said_at"),
        "due": Day("a.due_on"),
        "_lastUpdated": Moment("coalesce(a.ended_at, a.said_at)"),
    },
)
REMINDERS = Condition("a.is_reminder")
AGREEMENTS = Condition("NOT a.is_reminder")
