"""Ending a plan that is no longer needed: its versions stay, and the patient can read what it said."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from forloeb.access import policies
from forloeb.access.notices import notify
from forloeb.access.queries import open_patient
from forloeb.careplans.models import CarePlan, PlanStatus
from forloeb.careplans.queries import build_control
from forloeb.kernel.answers import Answer
from forloeb.people.viewers import Viewer


class StillNeeded(Exception):
    """The disease is on the record, or there is no such running plan: nothing is ended."""


def end_plan(public_id: UUID, guideline: str, *, by: Viewer, at: datetime, as_of: date) -> None:
    """End the plan for a disease that is no longer on the record.

    Raises NotForThisViewer, NoCareRelation, StillNeeded.
    """
    policies.check_is_practice(by)
    patient = open_patient(public_id, seen_by=by, as_of=as_of, event="plan-ended", action="write")
    diseases = {d.guideline: d.included for d in build_control(patient, as_of=as_of).evaluation.diseases}
    running = CarePlan.objects.filter(patient_id=patient.id, guideline=guideline, status=PlanStatus.ACTIVE)
    if diseases.get(guideline) is not Answer.NO or not running.update(status=PlanStatus.COMPLETED, ended_at=at):
        raise StillNeeded
    notify(patient.id, "news", at=at)
