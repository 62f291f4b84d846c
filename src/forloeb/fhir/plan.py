"""A patient's plan as FHIR R4: one Bundle with what was measured, what is recommended, what was agreed, and by whom.

Patient and laboratory results follow DK Core 3.7.0; CarePlan and Goal are FHIR's own: DK Core has no profile of them.
A FHIR Range has no strict limits, so that a goal's own words stand in its description (`< 53 mmol/mol`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid5

from forloeb.careplans.control import Agreement, Control, PlanSummary, Row
from forloeb.careplans.ranges import GoalRange
from forloeb.guidelines.record import Measurement
from forloeb.kernel.codes import MCS, NPU, SKS, UCUM
from forloeb.kernel.identifiers import CPR, X_ECPR
from forloeb.kernel.measures import Measure
from forloeb.people.queries import Practice

JsonObject = dict[str, Any]

_DK_CORE = "http://hl7.dk/fhir/core/StructureDefinition/"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_CATEGORIES = {"laboratory": "laboratory", "clinic": "exam", "home": "exam", "asked": "survey"}
_SYSTEMS = {"NPU": NPU, "MCS": MCS}
_DOERS = {"practice": "Lægehuset", "municipality": "Kommunen", "other": "Andre"}
_REPLACES = "http://hl7.org/fhir/StructureDefinition/goal-relationship"


def plan_bundle(control: Control, practice: Practice | None, *, at: datetime) -> JsonObject:
    """Give the whole of a plan as a Bundle of type collection, made at a moment."""
    resources = [
        _patient(control, practice),
        *_observations(control),
        *_goals(control),
        *(_care_plan(control, plan) for plan in control.plans if plan.created_at),
    ]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": at.isoformat(timespec="seconds"),
        "entry": [{"fullUrl": _url(control, r["resourceType"], r["id"]), "resource": r} for r in resources],
    }


def _patient(control: Control, practice: Practice | None) -> JsonObject:
    patient = control.patient
    number = (
        {"use": "official", "system": CPR, "value": patient.cpr_number}
        if patient.cpr_number
        else {"use": "temp", "system": X_ECPR, "value": patient.replacement_id}
    )
    return {
        "resourceType": "Patient",
        "id": str(patient.public_id),
        "meta": {"profile": [_DK_CORE + "dk-core-patient"]},
        "identifier": [number],
        "name": [{"use": "official", "family": patient.family_name, "given": patient.given_name.split()}],
        **({"gender": patient.sex.value} if patient.sex else {}),
        "birthDate": patient.birth_date.isoformat(),
        **({"generalPractitioner": [{"display": practice.name}]} if practice else {}),
    }


def _about(control: Control) -> JsonObject:
    return {"reference": _url(control, "Patient", str(control.patient.public_id))}


def _url(control: Control, resource_type: str, name: str) -> str:
    """Give the address of a resource within the Bundle: the same each time it is made."""
    return uuid5(control.patient.public_id, f"{resource_type}/{name}").urn


def _observations(control: Control) -> Iterator[JsonObject]:
    for row in control.rows:
        for place, measurement in enumerate(row.history):
            yield _observation(control, row.measure, measurement, place)
        if row.value.quantity is None and row.value.answer is not None and row.value.measured_on is not None:
            yield {
                **_observation_head(control, row.measure, "answer"),
                "code": {"coding": _codings(row.measure), "text": row.measure.name.da},
                "effectiveDateTime": row.value.measured_on.isoformat(),
                "valueString": row.value.answer,
            }


def _observation(control: Control, measure: Measure, measurement: Measurement, place: int) -> JsonObject:
    quantity = measurement.quantity
    assert quantity is not None
    return {
        **_observation_head(control, measure, str(place)),
        "code": {
            "coding": [{"system": measurement.coding.system, "code": measurement.coding.code}]
            if measurement.coding
            else _codings(measure),
            "text": measure.name.da,
        },
        "effectiveDateTime": measurement.measured_on.isoformat(),
        "valueQuantity": _quantity(quantity.value, quantity.unit, measure)
        | ({"comparator": quantity.comparator.value} if quantity.comparator else {}),
    }


def _observation_head(control: Control, measure: Measure, name: str) -> JsonObject:
    profile = {"meta": {"profile": [_DK_CORE + "dk-core-observation"]}} if measure.setting == "laboratory" else {}
    return {
        "resourceType": "Observation",
        "id": f"{measure.id.replace('_', '-')}-{name}",
        **profile,
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORY, "code": _CATEGORIES[measure.setting]}]}],
        "subject": _about(control),
    }


def _codings(measure: Measure) -> list[JsonObject]:
    code = measure.write or next(iter(measure.read), None)
    return [{"system": _SYSTEMS[code.system], "code": code.code}] if code else []


def _quantity(value: Decimal, unit: str, measure: Measure) -> JsonObject:
    return {"value": value, "unit": measure.unit_shown or unit, "system": UCUM, "code": unit}


def _goals(control: Control) -> Iterator[JsonObject]:
    for row in control.rows:
        if not row.shows_goal or (row.agreed is None and row.target is None):
            continue
        recommended = GoalRange.of(row.target) if row.target else None
        name = row.goal_name.replace("_", "-")
        if row.agreed is None:
            if recommended:
                yield _goal(control, row, f"{name}-recommended", "proposed", recommended, "")
            continue
        yield _goal(control, row, f"{name}-agreed", "active", row.agreed.range, row.agreed.answer) | _why(control, row)
        if row.agreed.differs and recommended:
            yield _goal(control, row, f"{name}-recommended", "cancelled", recommended, "")


def _goal(control: Control, row: Row, name: str, status: str, interval: GoalRange | None, answer: str) -> JsonObject:
    measure = row.measure
    words = f"{interval.text()} {measure.unit_shown}".rstrip() if interval else answer
    limits = {"low": interval.low, "high": interval.high} if interval else {}
    sides = {side: _quantity(limit, measure.unit, measure) for side, limit in limits.items() if limit is not None}
    code = {"coding": _codings(measure), "text": measure.name.da}
    detail: JsonObject = {"detailRange": sides} if sides else {"detailString": answer}
    return {
        "resourceType": "Goal",
        "id": name,
        "lifecycleStatus": status,
        "description": {"text": f"{measure.name.da}: {words}"},
        "subject": _about(control),
        "target": [{"measure": code, **detail}],
    }


def _why(control: Control, row: Row) -> JsonObject:
    """Give when it was agreed, why it differs, and which recommended goal it stands instead of."""
    assert row.agreed is not None
    agreed = row.agreed
    told: JsonObject = {"startDate": agreed.said_on.isoformat(), "statusDate": agreed.said_on.isoformat()}
    if agreed.reason:
        told["statusReason"] = agreed.reason
    if agreed.differs and row.target and GoalRange.of(row.target):
        kind = {"system": "http://terminology.hl7.org/CodeSystem/goal-relationship-type", "code": "replacement"}
        told["extension"] = [
            {
                "url": _REPLACES,
                "extension": [
                    {"url": "type", "valueCodeableConcept": {"coding": [kind]}},
                    {
                        "url": "target",
                        "valueReference": {
                            "reference": _url(control, "Goal", f"{row.goal_name.replace('_', '-')}-recommended")
                        },
                    },
                ],
            }
        ]
    return told


def _care_plan(control: Control, plan: PlanSummary) -> JsonObject:
    assert plan.created_at is not None
    last = control.last_review
    goals = [goal["id"] for goal in _goals(control) if goal["lifecycleStatus"] != "cancelled"]
    said = {"matters": "Det er vigtigt for mig", "own-goal": "Mit mål", "resources": "Det, der hjælper mig"}
    resource = {
        "resourceType": "CarePlan",
        "id": plan.guideline.replace("_", "-"),
        "instantiatesCanonical": [f"urn:forloeb:guideline:{plan.guideline}|{plan.disease.version}"],
        "status": "active",
        "intent": "plan",
        "category": [{"coding": [{"system": SKS, "code": plan.label}], "text": "Forløbsplan"}],
        "title": plan.disease.title.da,
        "subject": _about(control),
        "period": {"start": plan.created_at.date().isoformat()},
        **({"author": {"display": last.saved_by_name}} if last else {}),
        "goal": [{"reference": _url(control, "Goal", name)} for name in goals],
        "activity": [_activity(control, item) for item in control.agreements],
        "note": [
            {"authorReference": _about(control), "text": f"{heading}: {control.statements[kind]}"}
            for kind, heading in said.items()
            if control.statements.get(kind)
        ],
    }
    return {name: part for name, part in resource.items() if part != []}


def _activity(control: Control, item: Agreement) -> JsonObject:
    who = _about(control) if item.done_by == "patient" else {"display": _DOERS.get(item.done_by, "Andre")}
    period = {"scheduledPeriod": {"end": item.due_on.isoformat()}} if item.due_on else {}
    kind = {"kind": "CommunicationRequest"} if item.is_reminder else {}
    return {"detail": {**kind, "status": "scheduled", **period, "performer": [who], "description": item.text}}
