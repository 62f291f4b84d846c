"""Plans that were received, as the practice looks at them: what became of each, and what was met in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from forloeb.access import policies
from forloeb.access.queries import OpenPatient, open_patient
from forloeb.careplans.models import ReceivedPlan
from forloeb.kernel.content import Localized
from forloeb.people.viewers import Viewer
from forloeb.records.queries import get_received


@dataclass(frozen=True, slots=True)
class Met:
    """One thing met in a received document, and where."""

    kind: str
    path: str
    line: int
    text: Localized


@dataclass(frozen=True, slots=True)
class Received:
    """One received document: what it is, and what became of it."""

    id: int
    title: str
    made_at: datetime
    written_by_name: str
    organization_name: str
    outcome: str
    report: tuple[Met, ...]

    def count(self, kind: str) -> int:
        """Count what was met of one kind."""
        return sum(met.kind == kind for met in self.report)


class NoSuchDocument(LookupError):
    """Nothing of that number was received about the patient."""


def received_of(patient_id: int) -> tuple[Received, ...]:
    """Give all that was received about a patient, the newest first; the transaction's viewer decides what is seen."""
    stored = ReceivedPlan.objects.filter(patient_id=patient_id).select_related("organization")
    return tuple(_received(plan) for plan in stored.order_by("-made_at", "-pk"))


def get_received_plan(
    public_id: UUID, number: int, *, seen_by: Viewer, as_of: date
) -> tuple[OpenPatient, Received, bytes]:
    """Give a received document, with what became of it. Raises NotForThisViewer, NoCareRelation, NoSuchDocument."""
    policies.check_is_practice(seen_by)
    patient = open_patient(public_id, seen_by=seen_by, as_of=as_of, event="received-plan")
    plan = ReceivedPlan.objects.filter(patient_id=patient.id, pk=number).select_related("organization").first()
    if plan is None:
        raise NoSuchDocument
    return patient, _received(plan), get_received(plan.received_id)


def _received(plan: ReceivedPlan) -> Received:
    return Received(
        plan.pk,
        plan.title,
        plan.made_at,
        plan.written_by_name,
        plan.organization.name if plan.organization else "",
        plan.outcome,
        tuple(_met(told) for told in plan.report),
    )


def _met(told: dict[str, Any]) -> Met:
    return Met(told["kind"], told["path"], told["line"], Localized(da=told["da"], en=told["en"]))
