"""Taking in a plan that was made elsewhere: a version of the patient's plan for the disease, by the practice that
wrote it, on its day. What was agreed or said later stays; nothing is overwritten. Done by the loader.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connections, transaction
from django.db.models import Max

from forloeb.audit.actions import append
from forloeb.careplans.engine import library
from forloeb.careplans.models import (
    FORLOEBSPLANER_DK,
    Activity,
    AnnualReview,
    CarePlan,
    CarePlanVersion,
    Doer,
    Goal,
    PlanEvent,
    PlanEventKind,
    PlanStatus,
    ReceivedOutcome,
    ReceivedPlan,
    Statement,
)
from forloeb.careplans.ranges import GoalRange
from forloeb.careplans.snapshots import FORMAT
from forloeb.records.models import Observation, Received

LOADER = "loader"
NO_REASON_CAME = "Aftalt i planen fra forløbsplaner.dk. Begrundelsen fulgte ikke med."
"""Why a goal differs, as far as a received document tells. Stored as a clinician's own words are."""
_COPENHAGEN = ZoneInfo("Europe/Copenhagen")
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class GoalIn:
    """The newest agreed goal for one measure, as received: an interval in the measure's unit, or a choice."""

    measure: str
    unit: str
    range: GoalRange | None
    answer: str
    agreed_on: date


@dataclass(frozen=True, slots=True)
class WordsIn:
    """The patient's own words of one kind, and the day they were written."""

    kind: str
    text: str
    said_on: date


@dataclass(frozen=True, slots=True)
class ActivityIn:
    """Something to remember, or something agreed."""

    text: str
    is_reminder: bool
    said_on: date


@dataclass(frozen=True, slots=True)
class PlanIn:
    """A plan as received, in our own words. `guideline` is None for a disease we have no plan for."""

    document_id: str
    set_id: str
    set_version: int | None
    label: str
    title: str
    guideline: str | None
    made_at: datetime
    began_at: datetime
    ended_at: datetime | None
    written_by_name: str
    is_first: bool
    goals: tuple[GoalIn, ...]
    words: tuple[WordsIn, ...]
    activities: tuple[ActivityIn, ...]
    values: tuple[Mapping[str, Any], ...]
    """The newest of each measure, in the form that snapshots keep values in."""


@dataclass(frozen=True, slots=True)
class PlanTaken:
    """What became of a received plan, and the measures and words that stayed as they were said later."""

    outcome: str
    kept_newer: tuple[str, ...] = ()


def is_known(received: int, patient_id: int) -> bool:
    """Whether these very bytes have been taken in for the patient."""
    return ReceivedPlan.objects.using(LOADER).filter(received_id=received, patient_id=patient_id).exists()


def same_document(patient_id: int, document_id: str) -> Sequence[int]:
    """Name what was received before under the same document id."""
    found = ReceivedPlan.objects.using(LOADER).filter(patient_id=patient_id, document_id=document_id)
    return tuple(found.values_list("received_id", flat=True))


def receive_plan(
    plan: PlanIn,
    *,
    patient_id: int,
    organization_id: int | None,
    received: int,
    report: Sequence[Mapping[str, Any]],
    at: datetime,
) -> PlanTaken:
    """Take in a plan, in one transaction: as a version, or beside the plan where it is older or of none of ours."""
    with transaction.atomic(using=LOADER):
        with connections[LOADER].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('careplans', %s))", [patient_id])
        version: CarePlanVersion | None = None
        kept: tuple[str, ...] = ()
        outcome = str(ReceivedOutcome.NO_PLAN)
        if plan.guideline is not None and organization_id is not None:
            taking = _Taking(plan, plan.guideline, patient_id, organization_id, at)
            version, kept, outcome = taking.save(), tuple(taking.kept), taking.outcome
        ReceivedPlan.objects.using(LOADER).create(
            patient_id=patient_id,
            received_id=received,
            document_id=plan.document_id[:_LONGEST_NAME],
            set_id=plan.set_id[:_LONGEST_NAME],
            set_version=plan.set_version,
            label=plan.label[:16],
            title=plan.title[:_LONGEST_NAME],
            made_at=plan.made_at,
            written_by_name=plan.written_by_name[:_LONGEST_NAME],
            organization_id=organization_id,
            version=version,
            outcome=outcome,
            report=list(report),
            taken_in_at=at,
        )
        append(
            action="write",
            event="plan-received",
            viewer="operator",
            role="operator",
            organization_id=organization_id,
            patient_id=patient_id,
            reason="operation",
            detail={"received": received, "outcome": outcome},
            using=LOADER,
        )
    return PlanTaken(outcome, kept)


class _Taking:
    """One received plan on its way into the tables."""

    def __init__(self, plan: PlanIn, guideline: str, patient_id: int, organization_id: int, at: datetime) -> None:
        self.plan, self.guideline, self.at = plan, guideline, at
        self.patient_id, self.organization_id = patient_id, organization_id
        self.outcome = str(ReceivedOutcome.OLDER)
        self.kept: list[str] = []

    def save(self) -> CarePlanVersion | None:
        plan = self.plan
        held = CarePlan.objects.using(LOADER).filter(patient_id=self.patient_id, guideline=self.guideline)
        versions = CarePlanVersion.objects.using(LOADER).filter(care_plan__in=held)
        newest = versions.aggregate(at=Max("review__saved_at"))["at"]
        if newest is not None and newest >= plan.made_at:
            return None
        self.outcome = str(ReceivedOutcome.VERSION)
        review = self._review()
        version = self._version(held.filter(status=PlanStatus.ACTIVE).first(), review)
        if plan.ended_at is None:
            self._goals(review)
            self._words(review)
            self._activities(review, version)
        return version

    def _review(self) -> AnnualReview:
        return AnnualReview.objects.using(LOADER).create(
            patient_id=self.patient_id,
            organization_id=self.organization_id,
            saved_at=self.plan.made_at,
            saved_by=None,
            saved_by_name=self.plan.written_by_name[:_LONGEST_NAME],
            source=FORLOEBSPLANER_DK,
            reviewed_on=self.plan.made_at.astimezone(_COPENHAGEN).date(),
        )

    def _version(self, held: CarePlan | None, review: AnnualReview) -> CarePlanVersion:
        plan = self.plan
        label = next(known.file.label for known in library().guidelines if known.name == self.guideline)
        if held is None:
            held = CarePlan.objects.using(LOADER).create(
                patient_id=self.patient_id,
                guideline=self.guideline,
                label=label,
                created_at=plan.began_at,
                organization_id=self.organization_id,
                status=PlanStatus.COMPLETED if plan.ended_at else PlanStatus.ACTIVE,
                ended_at=plan.ended_at,
            )
        elif plan.ended_at is not None:
            held.status, held.ended_at = PlanStatus.COMPLETED, plan.ended_at
            held.save(using=LOADER, update_fields=["status", "ended_at"])
        before = held.versions.using(LOADER).aggregate(number=Max("number"))["number"] or 0
        version = CarePlanVersion.objects.using(LOADER).create(
            care_plan=held,
            patient_id=self.patient_id,
            number=max(before + 1, plan.set_version or 1),
            review=review,
            content=received_content(plan),
        )
        self._event(held, version)
        return version

    def _event(self, held: CarePlan, version: CarePlanVersion) -> None:
        events = PlanEvent.objects.using(LOADER)
        had_one = events.filter(patient_id=self.patient_id, guideline=held.guideline).exists()
        is_new = self.plan.is_first and not had_one
        events.create(
            patient_id=self.patient_id,
            care_plan=held,
            version=version,
            guideline=held.guideline,
            organization_id=self.organization_id,
            kind=PlanEventKind.NEW if is_new else PlanEventKind.MAINTAINED,
            happened_at=self.plan.made_at,
        )

    def _said(self, review: AnnualReview, on: date) -> dict[str, Any]:
        return {
            "patient_id": self.patient_id,
            "review": review,
            "said_at": datetime.combine(on, time(12), tzinfo=_COPENHAGEN),
            "said_by": None,
            "said_by_name": review.saved_by_name,
        }

    def _goals(self, review: AnnualReview) -> None:
        for goal in self.plan.goals:
            current = Goal.objects.using(LOADER).filter(patient_id=self.patient_id, measure=goal.measure, ended_at=None)
            if any(_day(held.said_at) >= goal.agreed_on for held in current):
                self.kept.append(goal.measure)
                continue
            current.update(ended_at=self.at)
            interval = goal.range
            Goal.objects.using(LOADER).create(
                measure=goal.measure,
                unit=goal.unit,
                agreed_low=interval.low if interval else None,
                agreed_low_inclusive=interval.low_inclusive if interval else True,
                agreed_high=interval.high if interval else None,
                agreed_high_inclusive=interval.high_inclusive if interval else False,
                agreed_answer=goal.answer,
                # Whether it differs is told where it is read: what was recommended then did not come along.
                differs=False,
                reason=NO_REASON_CAME,
                **self._said(review, goal.agreed_on),
            )

    def _words(self, review: AnnualReview) -> None:
        for words in self.plan.words:
            current = Statement.objects.using(LOADER).filter(patient_id=self.patient_id, kind=words.kind, ended_at=None)
            if any(_day(held.said_at) >= words.said_on for held in current):
                self.kept.append(words.kind)
                continue
            current.update(ended_at=self.at)
            Statement.objects.using(LOADER).create(
                kind=words.kind, text=words.text, **self._said(review, words.said_on)
            )

    def _activities(self, review: AnnualReview, version: CarePlanVersion) -> None:
        """Add what is new, and end what an earlier received version of the same plan said and this one does not."""
        said = {activity.text for activity in self.plan.activities}
        active = Activity.objects.using(LOADER).filter(patient_id=self.patient_id, ended_at=None)
        from_before = active.filter(
            review__source=FORLOEBSPLANER_DK, review__versions__care_plan_id=version.care_plan_id
        )
        gone = list(from_before.exclude(text__in=said).values_list("pk", flat=True))
        active.filter(pk__in=gone).update(ended_at=self.at)
        held = set(active.values_list("text", flat=True))
        Activity.objects.using(LOADER).bulk_create(
            Activity(
                text=activity.text,
                is_reminder=activity.is_reminder,
                done_by=Doer.PATIENT,
                **self._said(review, activity.said_on),
            )
            for activity in self.plan.activities
            if activity.text not in held
        )


def _day(moment: datetime) -> date:
    return moment.astimezone(_COPENHAGEN).date()


def received_content(plan: PlanIn) -> dict[str, Any]:
    """Give a received plan as a version's content, in the shape that snapshots have."""
    return {
        "format": FORMAT,
        "guideline": plan.guideline,
        "guideline_version": "",
        "as_of": _day(plan.made_at).isoformat(),
        "values": [dict(value) for value in plan.values],
        "goals": [
            {
                "measure": goal.measure,
                "recommended": None,
                "agreed": goal.range.to_json() if goal.range else None,
                "agreed_on": goal.agreed_on.isoformat(),
                "answer": goal.answer,
                "differs": False,
                "reason": "",
            }
            for goal in plan.goals
        ],
        "statements": {words.kind: words.text for words in plan.words},
        "agreements": [
            {"text": one.text, "done_by": str(Doer.PATIENT), "due_on": None, "is_reminder": one.is_reminder}
            for one in plan.activities
        ],
        "next_review_on": None,
        "note_to_patient": "",
        "source": FORLOEBSPLANER_DK,
    }


def plan_of_set(patient_id: int, set_id: str) -> UUID | None:
    """Give the plan begun here whose set of versions this is; None where it is of no plan of ours."""
    try:
        number = UUID(set_id.rpartition("^")[2])
    except ValueError:
        return None
    ours = CarePlan.objects.using(LOADER).filter(patient_id=patient_id, public_id=number)
    return number if ours.exists() else None


def body_of(received: int) -> bytes:
    """Give what was received, as it came."""
    return zlib.decompress(Received.objects.using(LOADER).values_list("body", flat=True).get(pk=received))


def told_by_newer_documents(patient_id: int, source_ids: Sequence[str], *, made_at: datetime) -> set[str]:
    """Give those of a document's results that a document made later has told of already."""
    held = Observation.objects.using(LOADER).filter(patient_id=patient_id, source_id__in=source_ids, superseded_at=None)
    newer = ReceivedPlan.objects.using(LOADER).filter(patient_id=patient_id, made_at__gt=made_at)
    return set(held.filter(received__in=newer.values("received")).values_list("source_id", flat=True))
