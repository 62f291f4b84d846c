"""Whose plans a new version would have otherwise, and which agreed goals ask again: the practice's list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import orjson
from django.db import connection

from forloeb.access import policies
from forloeb.access.queries import note
from forloeb.careplans.control import AgreedGoal
from forloeb.careplans.engine import held_versions, library_on
from forloeb.careplans.plan_changing import reasons
from forloeb.careplans.queries import changed_premise, changes_for, is_far_off
from forloeb.careplans.state import agreed_goal
from forloeb.careplans.version_changes import VersionChange
from forloeb.guidelines.results import Evaluation, FactUsed
from forloeb.kernel.identifiers import Sex
from forloeb.people.viewers import Viewer
from forloeb.records import queries as records
from forloeb.terminology import measures


@dataclass(frozen=True, slots=True)
class Woken:
    """An agreed goal that asks again: because facts changed, or its value is far off."""

    goal: AgreedGoal
    facts: tuple[FactUsed, ...]
    is_far_off: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """One person whose plan waits for an answer."""

    public_id: UUID
    name: str
    changes: tuple[VersionChange, ...]
    woken: tuple[Woken, ...]

    def __repr__(self) -> str:
        return f"Waiting({len(self.changes)} changes, {len(self.woken)} woken)"


@dataclass(frozen=True, slots=True)
class WaitingPlans:
    """The practice's people whose plans wait, and why each guideline was changed."""

    people: tuple[Waiting, ...]
    because: dict[str, str]


# Those with a running plan, and only where something can have come: a version since the goal, or a goal that differs.
_PEOPLE = """
SELECT p.id, p.public_id, p.given_name, p.family_name, p.birth_date, p.sex,
       (SELECT jsonb_agg(to_jsonb(g) || jsonb_build_object('source', r.source))::text FROM careplans_goal g
        LEFT JOIN careplans_annualreview r ON r.id = g.review_id
        WHERE g.patient_id = p.id AND g.ended_at IS NULL),
       ARRAY(SELECT reviewed_on FROM careplans_annualreview r WHERE r.patient_id = p.id ORDER BY reviewed_on DESC),
       (SELECT jsonb_agg(jsonb_build_array(x.measure, x.to_version))::text FROM careplans_planchange x
        WHERE x.patient_id = p.id AND x.outcome = 'kept' AND x.goal_before_id IS NULL AND x.undone_at IS NULL)
FROM people_practicemembership m
JOIN people_patient p ON p.id = m.patient_id
WHERE m.organization_id = %s AND m.valid_from <= %s AND (m.valid_until IS NULL OR m.valid_until > %s)
  AND p.deceased_on IS NULL
  AND EXISTS (SELECT FROM careplans_careplan c WHERE c.patient_id = p.id AND c.status = 'active')
  AND EXISTS (SELECT FROM careplans_goal g WHERE g.patient_id = p.id AND g.ended_at IS NULL
              AND (g.differs OR g.said_at < %s))
ORDER BY p.family_name, p.given_name, p.id
"""


def get_waiting_plans(*, seen_by: Viewer, as_of: date) -> WaitingPlans:
    """Give the practice's people whose plans a new version would have otherwise, or whose goals ask again.

    Raises NotForThisViewer.
    """
    policies.check_is_practice(seen_by)
    note(seen_by, event="plan-changes", rule=policies.ON_OUR_LIST)
    versions = held_versions()
    first = {held.guideline: held.valid_from for held in reversed(versions)}
    came = [h.valid_from for h in versions if h.valid_from <= as_of and h.valid_from != first[h.guideline]]
    newest = max(came, default=date.min)
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, [seen_by.organization_id, as_of, as_of, newest])
        rows = cursor.fetchall()
    held = records.get_records([(row[0], row[4], Sex(row[5]) if row[5] else None) for row in rows], as_of=as_of)
    library, found = library_on(as_of, versions), []
    for pk, public_id, given, family, _born, _sex, goals, reviewed_on, turned_down in rows:
        agreed = {goal.measure: goal for goal in map(agreed_goal, orjson.loads(goals or "[]"))}
        answered = [(measure, version) for measure, version in orjson.loads(turned_down or "[]")]
        record = replace(held[pk], reviewed_on=tuple(reviewed_on))
        evaluation = library.evaluate(record, as_of)
        since = reviewed_on[0] if reviewed_on else None
        changes = changes_for(agreed, record, evaluation, versions, plans_since=since, answered=answered)
        woken = tuple(_woken(agreed, evaluation))
        if changes or woken:
            found.append(Waiting(public_id, f"{given} {family}", changes, woken))
    return WaitingPlans(tuple(found), reasons(change for one in found for change in one.changes))


def _woken(goals: Mapping[str, AgreedGoal], evaluation: Evaluation) -> list[Woken]:
    known = measures()
    targets = {target.measure: target for target in evaluation.targets}
    found = []
    for goal in goals.values():
        if not goal.differs:
            continue
        others = tuple(target for target in evaluation.alternatives if target.measure == goal.measure)
        facts = changed_premise(goal, targets.get(goal.measure), others)
        values = [v for v in evaluation.values if (known[v.measure].goal or v.measure) == goal.measure]
        far = any(is_far_off(goal, value.quantity) for value in values)
        if facts or far:
            found.append(Woken(goal, facts, far))
    return found
