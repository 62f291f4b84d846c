"""The verbs: keep a draft, finish a yearly control. Each is one transaction, with its entry in the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from forloeb.access import policies
from forloeb.access.notices import notify
from forloeb.access.queries import OpenPatient, note, open_patient
from forloeb.careplans import models, queries, submission
from forloeb.careplans.control import Control, Row
from forloeb.careplans.drafts import Merge, merge
from forloeb.careplans.ranges import GoalRange
from forloeb.careplans.snapshots import recommended_json, snapshot
from forloeb.guidelines.results import Proposal
from forloeb.people.viewers import Viewer
from forloeb.records import deliveries
from forloeb.records.actions import record_typed


class NothingToSave(Exception):
    """There is no plan to save: the patient has none of the diseases, or no plan was chosen."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What could not be saved, with the page as it now stands; the draft holds all that was typed."""

    control: Control
    merge: Merge
    faults: tuple[submission.Fault, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """A yearly control that was saved."""

    review_id: int
    reviewed_on: date
    plans: tuple[tuple[str, str], ...]
    """Each plan saved: guideline, and whether it was new or maintained."""


def save_draft(
    public_id: UUID,
    *,
    base: Mapping[str, str],
    mine: Mapping[str, str],
    by: Viewer,
    at: datetime,
    as_of: date,
) -> tuple[Control, Merge]:
    """Keep a control in progress, merged with what someone else saved since `base`. Raises NoCareRelation."""
    control = _open(public_id, by=by, as_of=as_of, event="save-draft")
    merged = _merge(control, base, mine)
    if merged.fields != _as_it_stands(control):
        _keep_draft(control, merged.fields, by, at)
    return control, merged


def discard_draft(public_id: UUID, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Put a draft aside; its revisions stay. Raises NoCareRelation."""
    control = _open(public_id, by=by, as_of=as_of, event="discard-draft")
    if control.draft.number and control.draft.fields:
        _keep_draft(control, {}, by, at)


def finish_review(
    public_id: UUID,
    *,
    base: Mapping[str, str],
    mine: Mapping[str, str],
    by: Viewer,
    at: datetime,
    as_of: date,
) -> Finished | Refused:
    """Save a yearly control: values, goals, words and agreements, a version of each plan, and its event.

    Gives Refused, with the draft kept, when a field is at fault or someone else changed the same field meanwhile.
    Raises NoCareRelation, NothingToSave, PatientIsDead.
    """
    control = _open(public_id, by=by, as_of=as_of, event="finish-review")
    merged = _merge(control, base, mine)
    read, faults = submission.read(merged.fields, control)
    if read is None or merged.conflicts:
        _keep_draft(control, merged.fields, by, at)
        return Refused(control, merged, faults)
    if control.patient.deceased_on is not None:
        raise policies.PatientIsDead
    if not read.plans:
        raise NothingToSave
    if control.is_finished_today and merged.fields == _as_it_stands(control):
        return _already_finished(control)
    return _Finishing(control, read, by, at).save()


def _open(public_id: UUID, *, by: Viewer, as_of: date, event: str) -> Control:
    policies.check_is_practice(by)
    patient = open_patient(public_id, seen_by=by, as_of=as_of, event=event, action="write")
    one_at_a_time(patient)
    return queries.build_control(patient, as_of=as_of)


def one_at_a_time(patient: OpenPatient) -> None:
    """Let two savings of one patient follow each other, so that the second sees what the first did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('careplans', %s))", [patient.id])


def _merge(control: Control, base: Mapping[str, str], mine: Mapping[str, str]) -> Merge:
    return merge(base=base, mine=submission.not_yet_saved(mine, control), theirs=_as_it_stands(control))


def _as_it_stands(control: Control) -> dict[str, str]:
    """Give the fields as a page opened now would show them."""
    return control.draft.fields or submission.prefill(control)


def _already_finished(control: Control) -> Finished:
    """Answer a page that was sent twice: nothing is saved again."""
    assert control.last_review is not None
    plans = tuple((plan.guideline, str(models.PlanEventKind.MAINTAINED)) for plan in control.plans if plan.created_at)
    return Finished(control.last_review.id, control.last_review.reviewed_on, plans)


def _keep_draft(control: Control, fields: Mapping[str, str], by: Viewer, at: datetime) -> None:
    models.DraftRevision.objects.create(
        patient_id=control.patient.id,
        organization_id=by.acts_for,
        number=control.draft.number + 1,
        fields=dict(fields),
        saved_at=at,
        saved_by=by.login_id,
        saved_by_name=by.name,
    )


@dataclass(frozen=True, slots=True)
class _Finishing:
    """One control on its way into the tables, in the order that each part needs."""

    control: Control
    read: submission.Submission
    by: Viewer
    at: datetime

    def save(self) -> Finished:
        control, by = self.control, self.by
        recorded = record_typed(
            self.read.values,
            patient_id=control.patient.id,
            measured_on=control.as_of,
            organization_id=by.acts_for,
            by=by.login_id,
            at=self.at,
        )
        deliveries.send(recorded, organization_id=by.acts_for, at=self.at)
        deliveries.send_home(
            self.read.accepted_home, patient_id=control.patient.id, organization_id=by.acts_for, at=self.at
        )
        review = models.AnnualReview.objects.create(
            patient_id=control.patient.id,
            organization_id=by.acts_for,
            saved_at=self.at,
            saved_by=by.login_id,
            saved_by_name=by.name,
            reviewed_on=control.as_of,
            next_review_on=self.read.next_review_on,
            note_to_patient=self.read.note_to_patient,
        )
        # The new values may move a recommended goal, so goals are settled against the patient as they now are.
        self._goals(queries.build_control(control.patient, as_of=control.as_of), review)
        self._statements(review)
        self._agreements(review)
        self._decisions(review)
        self._end_draft(review)
        saved = queries.build_control(control.patient, as_of=control.as_of)
        plans = tuple(self._plan(guideline, saved, review) for guideline in self.read.plans)
        note(
            by,
            event="review-finished",
            action="write",
            patient_id=control.patient.id,
            rule=control.patient.rule,
            detail={"review": review.pk, "plans": [guideline for guideline, _ in plans]},
        )
        notify(control.patient.id, "news", at=self.at)
        return Finished(review.pk, control.as_of, plans)

    def _said(self, review: models.AnnualReview) -> dict[str, object]:
        return {
            "patient_id": self.control.patient.id,
            "review": review,
            "said_at": self.at,
            "said_by": self.by.login_id,
            "said_by_name": self.by.name,
        }

    def _goals(self, control: Control, review: models.AnnualReview) -> None:
        changed = {change.goal: change for change in self.read.goals}
        for row in control.rows:
            # What a new version proposes is answered, not slipped in with what nobody touched.
            if not row.shows_goal or (row.version_change and row.goal_name not in changed):
                continue
            goal = _goal_now(row, changed.get(row.goal_name))
            if goal is None or _says_the_same(goal, row):
                continue
            current = models.Goal.objects.filter(patient_id=control.patient.id, measure=row.goal_name, ended_at=None)
            current.update(ended_at=self.at)
            if goal.agreed_low is not None or goal.agreed_high is not None or goal.agreed_answer:
                for name, value in self._said(review).items():
                    setattr(goal, name, value)
                goal.save()

    def _statements(self, review: models.AnnualReview) -> None:
        for kind, text in self.read.statements.items():
            if text == self.control.statements.get(kind, ""):
                continue
            current = models.Statement.objects.filter(patient_id=self.control.patient.id, kind=kind, ended_at=None)
            current.update(ended_at=self.at)
            if text:
                models.Statement.objects.create(kind=kind, text=text, **self._said(review))
        # The patient's questions were for this control; they stay in the plan's history.
        asked = models.Statement.objects.filter(patient_id=self.control.patient.id, kind=models.StatementKind.QUESTIONS)
        asked.filter(ended_at=None).update(ended_at=self.at)

    def _agreements(self, review: models.AnnualReview) -> None:
        ended = models.Activity.objects.filter(pk__in=self.read.ended_agreements, ended_at=None)
        ended.filter(patient_id=self.control.patient.id).update(ended_at=self.at)
        said = self._said(review)
        models.Activity.objects.bulk_create(
            models.Activity(text=new.text, done_by=new.done_by, due_on=new.due_on, is_reminder=new.is_reminder, **said)
            for new in self.read.new_agreements
        )
        models.Activity.objects.bulk_create(
            models.Activity(text=_agreement_text(p), done_by=models.Doer.PRACTICE, rule=p.rule, **said)
            for p in self.read.accepted
        )

    def _decisions(self, review: models.AnnualReview) -> None:
        for accepted, proposals in ((True, self.read.accepted), (False, self.read.dismissed)):
            for proposal in proposals:
                current = models.ProposalDecision.objects.filter(
                    patient_id=self.control.patient.id, rule=proposal.rule, ended_at=None
                )
                current.update(ended_at=self.at)
                premise = queries.premise_of(fact for reason in proposal.because for fact in reason.facts)
                models.ProposalDecision.objects.create(
                    rule=proposal.rule, accepted=accepted, premise=premise, **self._said(review)
                )

    def _end_draft(self, review: models.AnnualReview) -> None:
        open_drafts = models.DraftRevision.objects.filter(patient_id=self.control.patient.id, review=None)
        open_drafts.update(review=review)

    def _plan(self, guideline: str, saved: Control, review: models.AnnualReview) -> tuple[str, str]:
        summary = next(plan for plan in saved.plans if plan.guideline == guideline)
        plan, _ = models.CarePlan.objects.get_or_create(
            patient_id=saved.patient.id,
            guideline=guideline,
            status=models.PlanStatus.ACTIVE,
            defaults={
                "label": summary.label,
                "created_at": self.at,
                "organization_id": self.by.acts_for,
            },
        )
        content = snapshot(saved, guideline, next_review_on=self.read.next_review_on, note=self.read.note_to_patient)
        version = models.CarePlanVersion.objects.create(
            care_plan=plan,
            patient_id=saved.patient.id,
            number=summary.versions + 1,
            review=review,
            content=content,
        )
        # New means that this patient never had a plan of this type, wherever it was made.
        had_one = models.PlanEvent.objects.filter(patient_id=saved.patient.id, guideline=guideline).exists()
        kind = models.PlanEventKind.MAINTAINED if had_one else models.PlanEventKind.NEW
        models.PlanEvent.objects.create(
            patient_id=saved.patient.id,
            care_plan=plan,
            version=version,
            guideline=guideline,
            organization_id=self.by.acts_for,
            kind=kind,
            happened_at=self.at,
        )
        return guideline, str(kind)


def _goal_now(row: Row, change: submission.GoalChange | None) -> models.Goal | None:
    """Give the goal to hold from now on; None where there is nothing to agree on.

    What nobody touched stays: an agreed goal that differs is kept, one that followed the recommended follows it.
    """
    recommended = GoalRange.of(row.target) if row.target else None
    if change is not None:
        agreed, answer, reason = change.range, change.answer, change.reason
    elif row.agreed is not None and (row.agreed.differs or recommended is None):
        agreed, answer, reason = row.agreed.range, row.agreed.answer, row.agreed.reason
    else:
        agreed, answer, reason = recommended, "", ""
    if agreed is None and not answer and change is None:
        return None
    differs = recommended is not None and agreed is not None and not agreed.same_as(recommended)
    return models.Goal(
        measure=row.goal_name,
        unit=row.target.unit if row.target else row.measure.unit,
        recommended=recommended_json(row.target) if row.target else None,
        agreed_low=agreed.low if agreed else None,
        agreed_low_inclusive=agreed.low_inclusive if agreed else True,
        agreed_high=agreed.high if agreed else None,
        agreed_high_inclusive=agreed.high_inclusive if agreed else False,
        agreed_answer=answer,
        differs=differs,
        reason=reason if differs or change else "",
        premise=queries.premise_of(row.target.facts) if row.target else [],
    )


def _says_the_same(goal: models.Goal, row: Row) -> bool:
    """Whether the goal is the one already in force, on the same recommendation and the same premise."""
    now = row.agreed
    if now is None or row.premise_changed:
        return False
    then = now.recommended_then.to_json() if now.recommended_then else None
    agreed = (
        GoalRange(goal.agreed_low, goal.agreed_low_inclusive, goal.agreed_high, goal.agreed_high_inclusive)
        if goal.agreed_low is not None or goal.agreed_high is not None
        else None
    )
    same_range = agreed.same_as(now.range) if agreed else now.range is None
    return (
        same_range
        and goal.agreed_answer == now.answer
        and goal.reason == now.reason
        and then == (goal.recommended["range"] if goal.recommended else None)
    )


def _agreement_text(proposal: Proposal) -> str:
    return (proposal.patient_text or proposal.text).da[: submission.LONGEST]
