"""Questions about plans. Each is asked through a viewer and leaves an entry in the log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from forloeb.access import policies
from forloeb.access.queries import (
    OpenPatient,
    open_as,
    open_former,
    open_own_or_proxied,
    open_patient,
    open_shared,
)
from forloeb.careplans.control import (
    AgreedGoal,
    Control,
    PlanSummary,
    Row,
    status_lines,
)
from forloeb.careplans.differences import PlanVersion, differences
from forloeb.careplans.engine import awaiting_sign_off, far_off_percent, held_versions, library_on
from forloeb.careplans.models import CarePlanVersion
from forloeb.careplans.ranges import GoalRange
from forloeb.careplans.state import Decision, PlanState, get_state
from forloeb.careplans.version_changes import VersionChange, fact_text, version_changes
from forloeb.careplans.version_changes import premise_of as premise_of
from forloeb.editions.holding import Held, holding_on
from forloeb.guidelines.record import PatientRecord
from forloeb.guidelines.results import EvaluatedValue, Evaluation, FactUsed, Proposal, Target
from forloeb.kernel.answers import Answer
from forloeb.kernel.periods import months_after, whole_years
from forloeb.kernel.quantities import Quantity
from forloeb.people.viewers import Viewer
from forloeb.records import queries as records
from forloeb.terminology import measures

REVIEW_EVERY_MONTHS = 12
"""A yearly control: DSAM 2019 (type 2 diabetes), DSAM 2017 (KOL), NBV 29.1 2021 (ischaemic heart disease)."""


def get_control(public_id: UUID, *, seen_by: Viewer, as_of: date) -> Control:
    """Give all that the control page shows. Raises NotForThisViewer, NoCareRelation."""
    policies.check_is_practice(seen_by)
    return build_control(open_patient(public_id, seen_by=seen_by, as_of=as_of, event="control"), as_of=as_of)


def get_own_plan(*, seen_by: Viewer, as_of: date) -> Control:
    """Give the same, to the patient it is about or who reads by proxy. Raises NotForThisViewer, ProxyIsOver."""
    return build_control(open_own_or_proxied(seen_by=seen_by, as_of=as_of, event="own-plan"), as_of=as_of)


def get_shared_plan(public_id: UUID, *, seen_by: Viewer, as_of: date) -> Control:
    """Give the same, to a professional with a referral or a stated reason. Raises as open_shared."""
    return build_control(open_shared(public_id, seen_by=seen_by, as_of=as_of, event="shared-plan"), as_of=as_of)


def get_evaluation(public_id: UUID, *, seen_by: Viewer, as_of: date) -> Evaluation:
    """Say what the guidelines say of a patient whom another system asks about. Raises as open_as."""
    return build_control(open_as(public_id, seen_by=seen_by, as_of=as_of, event="api-read"), as_of=as_of).evaluation


def record_of(patient: OpenPatient, *, as_of: date) -> PatientRecord:
    """Give all that is known of an opened patient's health up to and including a day."""
    return records.get_record(patient.id, birth_date=patient.birth_date, sex=patient.sex, as_of=as_of)


def build_control(patient: OpenPatient, *, as_of: date, record: PatientRecord | None = None) -> Control:
    """Put together what is known, what is recommended and what was agreed for an opened patient.

    What is known is our own record, unless another is told: the one their record system has sent.
    """
    record = record or record_of(patient, as_of=as_of)
    state = get_state(patient.id)
    record = replace(record, reviewed_on=tuple(review.reviewed_on for review in state.reviews))
    versions = held_versions()
    evaluation = library_on(as_of, versions).evaluate(record, as_of)
    since = state.reviews[0].reviewed_on if state.reviews and state.plans else None
    changes = changes_for(state.goals, record, evaluation, versions, plans_since=since, answered=state.turned_down)
    rows = _rows(evaluation, record, state, changes)
    return Control(
        patient,
        as_of,
        whole_years(patient.birth_date, as_of),
        evaluation,
        rows,
        status_lines(rows, evaluation),
        state.statements,
        state.agreements,
        tuple(p for p in evaluation.proposals if not is_decided(p, state.decisions.get(p.rule))),
        _plans(evaluation, state),
        state.reviews,
        state.draft,
        awaiting_sign_off(tuple(d for d in evaluation.diseases if d.included is not Answer.NO)),
        workday(months_after(as_of, REVIEW_EVERY_MONTHS)),
        records.latest_number(record, "height"),
    )


def changes_for(
    goals: Mapping[str, AgreedGoal],
    record: PatientRecord,
    now: Evaluation,
    versions: tuple[Held, ...],
    *,
    plans_since: date | None,
    answered: Iterable[tuple[str, str]],
) -> tuple[VersionChange, ...]:
    """Give what versions that have come to hold since goals were agreed would have otherwise; see `version_changes`."""
    today = holding_on(versions, now.as_of)
    found: dict[tuple[Held, ...], Evaluation] = {}

    def under(day: date) -> Evaluation | None:
        holding = holding_on(versions, day)
        if holding == today:
            return None
        if holding not in found:
            found[holding] = library_on(day, versions).evaluate(record, now.as_of)
        return found[holding]

    return version_changes(goals, now, under, plans_since=plans_since, answered=answered)


def is_far_off(agreed: AgreedGoal | None, quantity: Quantity | None) -> bool:
    """Whether a value has come far beyond the goal that was agreed to differ from the recommended."""
    if agreed is None or not agreed.differs or agreed.range is None or quantity is None:
        return False
    share = far_off_percent() / 100
    high, low = agreed.range.high, agreed.range.low
    above = high is not None and quantity.is_above(high * (1 + share)) is Answer.YES
    return above or (low is not None and quantity.is_below(low * (1 - share)) is Answer.YES)


def _rows(
    evaluation: Evaluation, record: PatientRecord, state: PlanState, changes: tuple[VersionChange, ...]
) -> tuple[Row, ...]:
    known = measures()
    targets = {target.measure: target for target in evaluation.targets}
    proposed = {change.measure: change for change in changes}
    history = records.series(record, [value.measure for value in evaluation.values])
    due = {name for item in evaluation.due for name in item.measures}
    rows, shown = [], set()
    for value in evaluation.values:
        measure = known[value.measure]
        goal = measure.goal or measure.id
        target = targets.get(goal)
        agreed = _held_against(state.goals.get(goal), target)
        others = tuple(t for t in evaluation.alternatives if t.measure == goal)
        has_goal = target is not None or agreed is not None
        rows.append(
            Row(
                measure,
                value,
                tuple(history[value.measure]),
                target,
                others,
                agreed,
                changed_premise(agreed, target, others),
                can_type=is_typed_here(value) and bool(measure.write or measure.read),
                shows_goal=goal not in shown and (has_goal or measure.agreed_goal_code is not None),
                version_change=proposed.get(goal),
                is_far_off=is_far_off(agreed, value.quantity),
                is_quiet=not has_goal and value.measured_on is None and measure.id not in due,
            )
        )
        shown.add(goal)
    return tuple(rows)


def _held_against(agreed: AgreedGoal | None, target: Target | None) -> AgreedGoal | None:
    """Say of a received goal whether it differs: what was recommended when it was agreed did not come along."""
    if agreed is None or not agreed.source:
        return agreed
    recommended = GoalRange.of(target) if target else None
    differs = agreed.range is not None and recommended is not None and not agreed.range.same_as(recommended)
    return replace(agreed, differs=differs, reason=agreed.reason if differs else "")


def is_typed_here(value: EvaluatedValue) -> bool:
    """Whether the practice types the value: laboratory results come from the laboratory."""
    return value.setting != "laboratory"


# A number moves a little all the time; what wakes a goal up is a fact of another kind, or another rule.
def changed_premise(
    agreed: AgreedGoal | None, target: Target | None, others: tuple[Target, ...]
) -> tuple[FactUsed, ...]:
    """Give the yes/no facts that have changed since a goal was agreed to differ from the recommended.

    Where another disease's rule decides now, the one that was agreed upon is among the `others`.
    """
    if agreed is None or not agreed.differs or target is None:
        return ()
    then = dict(agreed.premise)
    asked = {fact.fact: fact for one in (*others, target) for fact in one.facts}
    return tuple(
        fact
        for name, fact in asked.items()
        if isinstance(fact.value, bool) and name in then and then[name] != fact_text(fact)
    )


def is_decided(proposal: Proposal, decision: Decision | None) -> bool:
    """Whether a proposal has been answered, on the same facts as today."""
    if decision is None:
        return False
    facts = (fact for reason in proposal.because for fact in reason.facts if isinstance(fact.value, bool))
    then = dict(decision.premise)
    return all(then.get(fact.fact, fact_text(fact)) == fact_text(fact) for fact in facts)


def _plans(evaluation: Evaluation, state: PlanState) -> tuple[PlanSummary, ...]:
    return tuple(
        PlanSummary(
            disease.guideline,
            disease.label,
            disease,
            plan.created_at if plan else None,
            plan.versions if plan else 0,
        )
        for disease in evaluation.diseases
        for plan in [state.plans.get(disease.guideline)]
        if plan or disease.included is Answer.YES
    )


def workday(day: date) -> date:
    """Give the day itself, or the Monday after when it falls in a weekend."""
    return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() >= 5 else 0)


def get_history(public_id: UUID, *, seen_by: Viewer, as_of: date) -> tuple[OpenPatient, tuple[PlanVersion, ...]]:
    """Give every version of a patient's plans, the newest first: to a practice that once had them, those it made.

    Raises NoCareRelation.
    """
    patient = open_former(public_id, seen_by=seen_by, as_of=as_of, event="plan-history")
    return patient, _versions(patient)


def get_own_history(*, seen_by: Viewer, as_of: date) -> tuple[PlanVersion, ...]:
    """Give a patient, or who reads by proxy, every version, the newest first. Raises NotForThisViewer, ProxyIsOver."""
    return _versions(open_own_or_proxied(seen_by=seen_by, as_of=as_of, event="own-plan-history"))


def _versions(patient: OpenPatient) -> tuple[PlanVersion, ...]:
    stored = CarePlanVersion.objects.filter(patient_id=patient.id).select_related("care_plan", "review")
    before: dict[int, Mapping[str, Any]] = {}
    found = []
    for version in stored.order_by("review__saved_at", "pk"):
        found.append(
            PlanVersion(
                version.care_plan.guideline,
                version.number,
                version.review.reviewed_on,
                version.review.saved_by_name,
                is_new=version.care_plan_id not in before,
                changes=differences(before.get(version.care_plan_id), version.content),
                source=version.review.source,
            )
        )
        before[version.care_plan_id] = version.content
    return tuple(reversed(found))
