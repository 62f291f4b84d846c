"""Answers what a new version proposes: taken over, kept for a reason, or gone back to what was before.

Between controls no version of the plan is written: the goal that holds is another from now on, the next control saves
it, and the change stands by itself until then, with who answered and why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from django.db import connection

from forloeb.access import policies
from forloeb.access.notices import notify
from forloeb.access.queries import OpenPatient, note, open_patient
from forloeb.careplans import queries
from forloeb.careplans.agreed import AgreedGoal
from forloeb.careplans.control import Control
from forloeb.careplans.models import Goal
from forloeb.careplans.plan_change_models import PlanChange, PlanChangeOutcome
from forloeb.careplans.ranges import GoalRange
from forloeb.careplans.snapshots import recommended_json
from forloeb.careplans.version_changes import VersionChange, accepted, kept
from forloeb.editions.models import Edition
from forloeb.kernel.content import Localized
from forloeb.people.viewers import Viewer
from forloeb.terminology import measures

LONGEST_REASON = 300


class NoSuchChange(LookupError):
    """No such change is proposed any longer, or it cannot be undone: another goal has been agreed since."""


class ReasonNeeded(ValueError):
    """A goal that differs from the recommended is kept for a reason, which the patient can read."""


@dataclass(frozen=True, slots=True)
class AnsweredChange:
    """A change that was answered, as plain data. `can_be_undone` until another goal has been agreed."""

    id: int
    measure: str
    guideline: str
    from_version: str
    to_version: str
    outcome: str
    before: str
    after: str
    because: Localized
    reason: str
    said_at: datetime
    said_by_name: str
    undone_at: datetime | None
    undone_by_name: str
    can_be_undone: bool


@dataclass(frozen=True, slots=True)
class PlanChanges:
    """What versions propose for one patient's plan, and what was answered."""

    control: Control
    proposed: tuple[VersionChange, ...]
    answered: tuple[AnsweredChange, ...]
    because: dict[str, str]
    """Why each guideline was changed, in its authors' words."""


def get_plan_changes(public_id: UUID, *, seen_by: Viewer, as_of: date) -> PlanChanges:
    """Give what is proposed for a patient and what was answered. Raises NotForThisViewer, NoCareRelation."""
    policies.check_is_practice(seen_by)
    patient = open_patient(public_id, seen_by=seen_by, as_of=as_of, event="plan-changes")
    return _changes(patient, as_of)


def _changes(patient: OpenPatient, as_of: date) -> PlanChanges:
    control = queries.build_control(patient, as_of=as_of)
    proposed = {row.version_change.measure: row.version_change for row in control.rows if row.version_change}
    return PlanChanges(control, tuple(proposed.values()), answered_of(patient.id), reasons(proposed.values()))


def reasons(changes: Iterable[VersionChange]) -> dict[str, str]:
    """Give for each guideline why the version that proposes was made, in its authors' words."""
    wanted = {(change.guideline, change.to_version) for change in changes}
    editions = Edition.objects.filter(guideline__in=[name for name, _ in wanted])
    found = editions.values_list("guideline", "version", "because")
    return {guideline: because for guideline, version, because in found if (guideline, version) in wanted and because}


def answer_change(
    public_id: UUID,
    measure: str,
    answer: Literal["accept", "keep"],
    reason: str = "",
    *,
    by: Viewer,
    at: datetime,
    as_of: date,
) -> None:
    """Take over what a version proposes for one goal, or keep what was agreed, for a reason.

    Raises NoCareRelation, PatientIsDead, NoSuchChange, ReasonNeeded. Nothing else in the plan is touched.
    """
    policies.check_is_practice(by)
    patient = open_patient(public_id, seen_by=by, as_of=as_of, event="plan-change-answered", action="write")
    if patient.deceased_on is not None:
        raise policies.PatientIsDead
    _one_at_a_time(patient)
    found = _changes(patient, as_of)
    change = next((change for change in found.proposed if change.measure == measure), None)
    if change is None:
        raise NoSuchChange
    _settle(patient, change, answer, reason.strip()[:LONGEST_REASON], found.because, by, at, as_of)
    notify(patient.id, "news", at=at)


def accept_all(public_ids: Iterable[UUID], *, by: Viewer, at: datetime, as_of: date) -> int:
    """Take over what is proposed for several patients; a goal that was agreed to differ waits for its own answer.

    Gives how many goals were changed. Raises NoCareRelation; then none is.
    """
    count = 0
    for public_id in sorted(public_ids):
        found = get_plan_changes(public_id, seen_by=by, as_of=as_of)
        for change in found.proposed:
            if not change.is_override and found.control.patient.deceased_on is None:
                answer_change(public_id, change.measure, "accept", by=by, at=at, as_of=as_of)
                count += 1
    return count


def undo_change(public_id: UUID, change_id: int, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Go back: the goal before holds again exactly as it was, and the change is proposed again.

    Raises NoCareRelation, NoSuchChange.
    """
    policies.check_is_practice(by)
    patient = open_patient(public_id, seen_by=by, as_of=as_of, event="plan-change-undone", action="write")
    _one_at_a_time(patient)
    change = PlanChange.objects.filter(pk=change_id, patient_id=patient.id, undone_at=None).first()
    if change is None or not _can_be_undone(change):
        raise NoSuchChange
    _end(patient.id, change.measure, at)
    if change.goal_before_id is not None:
        before = Goal.objects.get(pk=change.goal_before_id)
        before.pk, before.ended_at = None, None
        before._state.adding = True
        before.save()
    PlanChange.objects.filter(pk=change.pk).update(undone_at=at, undone_by_name=by.name)
    notify(patient.id, "news", at=at)


def answered_of(patient_id: int) -> tuple[AnsweredChange, ...]:
    """Give what was answered about a patient's plan, the newest first, as the transaction's viewer may see it."""
    found = PlanChange.objects.filter(patient_id=patient_id).order_by("-said_at", "-pk")
    return tuple(
        AnsweredChange(
            change.pk,
            change.measure,
            change.guideline,
            change.from_version,
            change.to_version,
            change.outcome,
            change.before,
            change.after,
            Localized(**change.because),
            change.reason,
            change.said_at,
            change.said_by_name,
            change.undone_at,
            change.undone_by_name,
            change.undone_at is None and _can_be_undone(change),
        )
        for change in found
    )


def _can_be_undone(change: PlanChange) -> bool:
    """Whether the goal that came of it still holds, and it is the newest answer about it."""
    current = Goal.objects.filter(patient_id=change.patient_id, measure=change.measure, ended_at=None)
    held = current.values_list("pk", flat=True).first()
    later = PlanChange.objects.filter(
        patient_id=change.patient_id, measure=change.measure, undone_at=None, pk__gt=change.pk
    )
    return held == change.goal_after_id and not later.exists()


def _settle(
    patient: OpenPatient,
    change: VersionChange,
    answer: Literal["accept", "keep"],
    reason: str,
    because: dict[str, str],
    by: Viewer,
    at: datetime,
    as_of: date,
) -> None:
    if answer == "accept":
        goal = accepted(change, said_on=as_of, said_by_name=by.name)
    else:
        if change.now is not None and not reason:
            raise ReasonNeeded
        goal = kept(change, reason, said_on=as_of, said_by_name=by.name)
    before = Goal.objects.filter(patient_id=patient.id, measure=change.measure, ended_at=None).first()
    _end(patient.id, change.measure, at)
    after = _save(patient.id, goal, change, by, at) if goal else None
    PlanChange.objects.create(
        patient_id=patient.id,
        organization_id=by.acts_for,
        measure=change.measure,
        guideline=change.guideline,
        from_version=change.from_version,
        to_version=change.to_version,
        outcome=PlanChangeOutcome.ACCEPTED if answer == "accept" else PlanChangeOutcome.KEPT,
        before=_words(change.agreed),
        after=_words(goal),
        because=_because(change, because),
        reason=reason if answer == "keep" else "",
        goal_before=before,
        goal_after=after,
        said_at=at,
        said_by=by.login_id,
        said_by_name=by.name,
    )
    note(
        by,
        event="plan-change-answered",
        action="write",
        patient_id=patient.id,
        rule=patient.rule,
        detail={"measure": change.measure, "answer": answer},
    )


def _save(patient_id: int, goal: AgreedGoal, change: VersionChange, by: Viewer, at: datetime) -> Goal:
    interval = goal.range
    return Goal.objects.create(
        patient_id=patient_id,
        review=None,
        said_at=at,
        said_by=by.login_id,
        said_by_name=by.name,
        measure=goal.measure,
        unit=change.now.unit if change.now else measures()[goal.measure].unit,
        recommended=recommended_json(change.now) if change.now else None,
        agreed_low=interval.low if interval else None,
        agreed_low_inclusive=interval.low_inclusive if interval else True,
        agreed_high=interval.high if interval else None,
        agreed_high_inclusive=interval.high_inclusive if interval else False,
        agreed_answer=goal.answer,
        differs=goal.differs,
        reason=goal.reason,
        premise=goal.premise,
    )


def _end(patient_id: int, measure: str, at: datetime) -> None:
    Goal.objects.filter(patient_id=patient_id, measure=measure, ended_at=None).update(ended_at=at)


def _words(goal: AgreedGoal | None) -> str:
    interval: GoalRange | None = goal.range if goal else None
    return interval.text(".") if interval else ""


def _because(change: VersionChange, because: dict[str, str]) -> dict[str, str]:
    """Say why in Danish and English: the version's reason as its authors wrote it, and what the rule says."""
    why = because.get(change.guideline, "")
    text = change.now.text if change.now else None
    return {
        "da": " ".join(part for part in (why, text.da if text else "") if part),
        "en": " ".join(part for part in (why, text.en if text else "") if part),
    }


def _one_at_a_time(patient: OpenPatient) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('careplans', %s))", [patient.id])
