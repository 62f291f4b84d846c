"""A patient's saved plans as documents need them: each version with who saved it, for which practice, and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from forloeb.access.queries import OpenPatient, open_former, open_own_or_proxied
from forloeb.careplans.engine import diagnosis_name
from forloeb.careplans.models import CarePlan, CarePlanVersion, ReceivedPlan
from forloeb.kernel.codes import ICPC2_DK, SKS, Coding
from forloeb.kernel.identifiers import Sex
from forloeb.people.models import Patient
from forloeb.people.viewers import Viewer
from forloeb.records.queries import HeldCondition, get_received, held_conditions

LOADER = "loader"


class NoSuchVersion(LookupError):
    """The patient has no plan of that kind, or not that version of it."""


@dataclass(frozen=True, slots=True)
class Writer:
    """The practice that saved a version, by the numbers it is known by."""

    name: str
    sor_code: str | None
    ydernummer: str | None
    phone: str


@dataclass(frozen=True, slots=True)
class KnownDiagnosis:
    """A diagnosis that the guidelines speak of, with the name they give it."""

    coding: Coding
    name: str
    onset_on: date | None


@dataclass(frozen=True, slots=True)
class SavedVersion:
    """One version, complete in itself. `received_id` names what it came as, where it was received."""

    number: int
    reviewed_on: date
    saved_at: datetime
    saved_by_name: str
    writer: Writer
    content: Mapping[str, Any]
    diagnoses: tuple[KnownDiagnosis, ...]
    received_id: int | None = None
    document_id: str = ""
    """The identifier it was received under."""


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """One plan, all its versions, the oldest first. `set_id` is that of the documents it was received in, or empty."""

    public_id: UUID
    guideline: str
    label: str
    status: str
    created_at: datetime
    ended_at: datetime | None
    set_id: str
    versions: tuple[SavedVersion, ...]

    def version(self, number: int | None) -> SavedVersion:
        """Give one version, or the newest. Raises NoSuchVersion."""
        if number is None:
            return self.versions[-1]
        found = next((version for version in self.versions if version.number == number), None)
        if found is None:
            raise NoSuchVersion
        return found

    def up_to(self, version: SavedVersion) -> tuple[SavedVersion, ...]:
        """Give a version and those before it, the newest first."""
        return tuple(one for one in reversed(self.versions) if one.number <= version.number)


def get_plans(public_id: UUID, *, seen_by: Viewer, as_of: date) -> tuple[OpenPatient, tuple[SavedPlan, ...]]:
    """Give a practice all saved plans of a patient of theirs, or those it made. Raises NoCareRelation."""
    patient = open_former(public_id, seen_by=seen_by, as_of=as_of, event="plan-document")
    return patient, saved_plans(patient.id)


def get_own_plans(*, seen_by: Viewer, as_of: date) -> tuple[OpenPatient, tuple[SavedPlan, ...]]:
    """Give a patient, or who reads by proxy, all saved plans. Raises NotForThisViewer, ProxyIsOver."""
    patient = open_own_or_proxied(seen_by=seen_by, as_of=as_of, event="own-plan-document")
    return patient, saved_plans(patient.id)


def plans_of(public_id: UUID) -> tuple[OpenPatient, tuple[SavedPlan, ...]] | None:
    """Give all saved plans of a patient to whoever runs the system; None where there is no such patient.

    Asked through nobody's eyes, by the loader: the caller writes it in the log.
    """
    found = Patient.objects.using(LOADER).filter(public_id=public_id).first()
    if found is None:
        return None
    patient = OpenPatient(
        found.pk,
        found.public_id,
        found.cpr_number,
        found.replacement_id,
        found.given_name,
        found.family_name,
        found.birth_date,
        Sex(found.sex) if found.sex else None,
        found.deceased_on,
        found.is_protected,
        "operation",
    )
    return patient, saved_plans(found.pk, using=LOADER)


def find_plan(plans: Sequence[SavedPlan], guideline: str, number: int | None = None) -> SavedPlan:
    """Find the plan for a disease that has a version: the active one, else the one that ended last.

    Raises NoSuchVersion.
    """
    found = [
        plan
        for plan in plans
        if plan.guideline == guideline and (number is None or any(one.number == number for one in plan.versions))
    ]
    if not found:
        raise NoSuchVersion
    return max(found, key=lambda plan: (plan.ended_at is None, plan.created_at))


def saved_plans(patient_id: int, *, using: str = "default") -> tuple[SavedPlan, ...]:
    """Read all plans with a version, in the order they were made; the transaction's viewer decides what is seen."""
    stored = (
        CarePlanVersion.objects.using(using)
        .filter(patient_id=patient_id)
        .select_related("care_plan", "review", "review__organization")
    )
    received = {plan.version_id: plan for plan in ReceivedPlan.objects.using(using).filter(patient_id=patient_id)}
    conditions = held_conditions(patient_id, using=using)
    by_plan: defaultdict[int, list[SavedVersion]] = defaultdict(list)
    plans: dict[int, CarePlan] = {}
    for version in stored.order_by("number"):
        plans[version.care_plan_id] = version.care_plan
        by_plan[version.care_plan_id].append(_version(version, received.get(version.pk), conditions))
    sets = {plan.version.care_plan_id: plan.set_id for plan in received.values() if plan.version and plan.set_id}
    return tuple(
        SavedPlan(
            plan.public_id,
            plan.guideline,
            plan.label,
            plan.status,
            plan.created_at,
            plan.ended_at,
            sets.get(plan.pk, ""),
            tuple(by_plan[plan.pk]),
        )
        for plan in sorted(plans.values(), key=lambda plan: (plan.created_at, plan.pk))
    )


def _version(
    version: CarePlanVersion, received: ReceivedPlan | None, conditions: Sequence[HeldCondition]
) -> SavedVersion:
    review = version.review
    practice = review.organization
    return SavedVersion(
        version.number,
        review.reviewed_on,
        review.saved_at,
        review.saved_by_name,
        Writer(practice.name, practice.sor_code, practice.ydernummer, practice.phone),
        version.content,
        _diagnoses(conditions, review.reviewed_on, review.saved_at),
        received.received_id if received else None,
        received.document_id if received else "",
    )


def _diagnoses(conditions: Sequence[HeldCondition], day: date, at: datetime) -> tuple[KnownDiagnosis, ...]:
    """Give what held when a version was saved, of the diagnoses that guidelines speak of: no others are a plan's."""
    found: dict[Coding, KnownDiagnosis] = {}
    for condition in conditions:
        held = condition.superseded_at is None or condition.superseded_at > at
        begun = condition.onset_on is None or condition.onset_on <= day
        over = condition.ended_on is not None and condition.ended_on <= day
        name = diagnosis_name(condition.coding)
        if held and begun and not over and name and condition.coding.system in (ICPC2_DK, SKS):
            found.setdefault(condition.coding, KnownDiagnosis(condition.coding, name, condition.onset_on))
    return tuple(found.values())


def find_patient_of_plan(public_id: UUID) -> UUID | None:
    """Find whose plan it is, as far as the transaction's viewer may see it."""
    plan = CarePlan.objects.filter(public_id=public_id).select_related("patient").first()
    return plan.patient.public_id if plan else None


def received_document(version: SavedVersion, *, using: str = "default") -> bytes | None:
    """Give the document that a version was received as, byte for byte; None for one saved here."""
    return None if version.received_id is None else get_received(version.received_id, using=using)
