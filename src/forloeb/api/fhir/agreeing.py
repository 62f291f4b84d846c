"""Create a Goal or a CarePlan: a control that is finished in another system, by the control page's own action."""

from __future__ import annotations

from typing import Any

from forloeb.access import policies
from forloeb.access.queries import OpenPatient
from forloeb.api.fhir.interactions import Asking
from forloeb.api.fhir.problems import Problem
from forloeb.careplans import found, submission
from forloeb.careplans.actions import NothingToSave, Refused, finish_review, one_at_a_time
from forloeb.careplans.control import Control
from forloeb.careplans.engine import library
from forloeb.careplans.queries import build_control
from forloeb.careplans.ranges import GoalRange
from forloeb.fhir.agreed import NotAgreed, Said, read_care_plan, read_goal
from forloeb.fhir.served.parts import JsonObject
from forloeb.people.searching import Condition, find
from forloeb.records.sent import Recorded

AGREED = frozenset({"Goal", "CarePlan"})


def create(kind: str, resource: JsonObject, patient: OpenPatient, asking: Asking) -> Recorded:
    """Finish today's control with what is agreed. Gives the id, and whether it is new. Raises Problem."""
    one_at_a_time(patient)
    try:
        if kind == "Goal":
            return _create_goal(read_goal(resource), patient, asking)
        guideline, said = read_care_plan(resource, library().guidelines)
        return _create_plan(guideline, said, patient, asking)
    except NotAgreed as fault:
        raise Problem(422, "business-rule", fault.text, fault.where) from None


def _create_goal(said: Said, patient: OpenPatient, asking: Asking) -> Recorded:
    (measure,) = (name.partition(".")[2] for name in said.fields if name.startswith("goal."))
    before = _goal_in_force(patient, measure)
    control = build_control(patient, as_of=asking.as_of)
    fields = _as_in_force(said, control)
    now = submission.prefill(control)
    if before and all(now.get(name, "") == text for name, text in fields.items()):
        return Recorded(str(before.id), is_new=False)
    _finish(said, fields, control, asking)
    made = _goal_in_force(patient, measure)
    assert made is not None
    return Recorded(str(made.id), is_new=True)


def _create_plan(guideline: str, said: Said, patient: OpenPatient, asking: Asking) -> Recorded:
    control = build_control(patient, as_of=asking.as_of)
    if guideline not in {plan.guideline for plan in control.plans}:
        raise Problem(422, "business-rule", "The patient does not have this disease.", "CarePlan.instantiatesCanonical")
    is_new = not any(plan.created_at for plan in control.plans if plan.guideline == guideline)
    said.say(f"plan.{guideline}", "yes", "CarePlan.instantiatesCanonical")
    _finish(said, _as_in_force(said, control), control, asking)
    about = Condition("c.patient_id = %s AND c.guideline = %s AND c.ended_at IS NULL", (patient.id, guideline))
    (plan,) = find(found.PLANS, [about, found.NEWEST])
    return Recorded(str(plan.id), is_new)


def _goal_in_force(patient: OpenPatient, measure: str) -> Any | None:
    about = Condition("g.patient_id = %s AND g.measure = %s AND g.ended_at IS NULL", (patient.id, measure))
    return next(iter(find(found.GOALS, [about])), None)


def _as_in_force(said: Said, control: Control) -> dict[str, str]:
    """Give the fields, with the page's own words for a goal whose numbers are those in force.

    A FHIR Range has no strict limits: `< 1,8` that is read and sent back is the same goal, and not `≤ 1,8`.
    """
    fields = dict(said.fields)
    for row in control.rows:
        name, now = f"goal.{row.goal_name}", row.goal_in_force
        if now and said.elements.get(name, "").endswith("detailRange"):
            sent = GoalRange.read(fields[name])
            if (sent.low, sent.high) == (now.low, now.high):
                fields[name] = now.text()
    return fields


def _finish(said: Said, fields: dict[str, str], control: Control, asking: Asking) -> None:
    if control.draft.fields:
        raise Problem(409, "conflict", "A control of this patient is being written on the page: finish it there first.")
    for name, where in said.elements.items():
        goal = name.removeprefix("goal.")
        if name.startswith("goal.") and not any(r.shows_goal and r.goal_name == goal for r in control.rows):
            raise Problem(422, "business-rule", "No goal is agreed for this measure.", where)
    base = submission.prefill(control)
    try:
        done = finish_review(
            control.patient.public_id,
            base=base,
            mine=base | fields,
            by=asking.caller.viewer,
            at=asking.at,
            as_of=asking.as_of,
        )
    except NothingToSave:
        raise Problem(422, "business-rule", "The patient has none of the diseases that plans are made for.") from None
    except policies.PatientIsDead:
        raise Problem(422, "business-rule", "The patient has died.") from None
    if isinstance(done, Refused):
        raise _refusal(done, said)


def _refusal(refused: Refused, said: Said) -> Problem:
    if refused.merge.conflicts:
        return Problem(409, "conflict", "Somebody else has changed the same meanwhile: read it again first.")
    fault = refused.faults[0]
    return Problem(422, "business-rule", fault.text.en, said.elements.get(fault.field, ""))
