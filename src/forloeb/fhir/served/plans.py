"""CarePlan, Goal, Task, CommunicationRequest and ServiceRequest: what was agreed, as FHIR R4 has it.

A FHIR Range has no strict limits, so that a goal's own words stand in its description (`< 53 mmol/mol`). An adjusted
goal is a new Goal that replaces the one before; the recommended one stands in the PlanDefinition.
"""

from __future__ import annotations

from forloeb.access.found import FoundReferral
from forloeb.careplans.found import FoundActivity, FoundGoal, FoundPlan
from forloeb.careplans.ranges import GoalRange
from forloeb.fhir.referral import status_code
from forloeb.fhir.served.goals import goal_target, goal_words
from forloeb.fhir.served.parts import DK_CORE, JsonObject, coded, meta, moment, reference, without_empty
from forloeb.kernel.codes import SKS

_REFERRAL = f"{DK_CORE}dk-core-person-servicerequest"
_REPLACES = "http://hl7.org/fhir/StructureDefinition/goal-relationship"
_ACCEPTED = "http://hl7.org/fhir/StructureDefinition/goal-acceptance"
_RELATIONSHIP = "http://terminology.hl7.org/CodeSystem/goal-relationship-type"
_TITLES = {"ALAL21": "Forløbsplan for KOL", "ALAL22": "Forløbsplan for diabetes", "ALAL02": "Forløbsplan for Hjerte"}
_DOERS = {"patient": "Patienten", "practice": "Lægehuset", "municipality": "Kommunen", "other": "Andre"}


def care_plan(found: FoundPlan, goals: tuple[FoundGoal, ...], activities: tuple[FoundActivity, ...]) -> JsonObject:
    """Write one saved version of the plan for one disease, with what was agreed for it."""
    content = found.content
    said = {"matters": "Det er vigtigt for mig", "own-goal": "Mit mål", "resources": "Det, der hjælper mig"}
    period = {"start": moment(found.created_at)} | ({"end": moment(found.ended_at)} if found.ended_at else {})
    measured = {str(goal["measure"]) for goal in content["goals"]}
    return without_empty(
        {
            "resourceType": "CarePlan",
            "id": str(found.id),
            "meta": meta(found.version, found.saved_at),
            "instantiatesCanonical": [f"urn:forloeb:guideline:{found.guideline}|{content['guideline_version']}"],
            "status": found.status if found.is_current else "active",
            "intent": "plan",
            "category": [{"coding": [coded(SKS, found.label)], "text": "Forløbsplan"}],
            "title": _TITLES.get(found.label, "Forløbsplan"),
            "subject": reference("Patient", found.patient),
            "period": period,
            "created": moment(found.created_at),
            "author": {**reference("Organization", found.organization_id), "display": found.saved_by_name},
            "goal": [reference("Goal", goal.id) for goal in goals if goal.measure in measured],
            "activity": [_activity(one) for one in activities],
            "note": [
                {"authorReference": reference("Patient", found.patient), "text": f"{heading}: {words}"}
                for kind, heading in said.items()
                if (words := content["statements"].get(kind))
            ],
        }
    )


def _activity(found: FoundActivity) -> JsonObject:
    return {"reference": reference("CommunicationRequest" if found.is_reminder else "Task", found.id, found.text)}


def goal(found: FoundGoal) -> JsonObject:
    """Write a goal as it was agreed, whom it was agreed with, and which goal it stands instead of."""
    said = found.measure, _range(found), found.unit, found.answer
    return without_empty(
        {
            "resourceType": "Goal",
            "id": str(found.id),
            "meta": meta(2 if found.ended_at else 1, found.ended_at or found.said_at),
            "extension": [*_relationship(found), _acceptance(found)],
            "lifecycleStatus": "cancelled" if found.ended_at else "active",
            "description": {"text": goal_words(*said)},
            "subject": reference("Patient", found.patient),
            "startDate": found.said_at.date().isoformat(),
            "target": goal_target(*said),
            "statusDate": (found.ended_at or found.said_at).date().isoformat(),
            "statusReason": found.reason,
            "expressedBy": reference("Organization", found.organization_id, found.said_by_name)
            if found.organization_id
            else None,
        }
    )


def _range(found: FoundGoal) -> GoalRange | None:
    if found.low is None and found.high is None:
        return None
    return GoalRange(found.low, found.low_inclusive, found.high, found.high_inclusive)


def _relationship(found: FoundGoal) -> list[JsonObject]:
    if found.replaces is None:
        return []
    kind = {"coding": [coded(_RELATIONSHIP, "replacement")]}
    return [
        {
            "url": _REPLACES,
            "extension": [
                {"url": "type", "valueCodeableConcept": kind},
                {"url": "target", "valueReference": reference("Goal", found.replaces)},
            ],
        }
    ]


def _acceptance(found: FoundGoal) -> JsonObject:
    """A goal is agreed at the control, with the patient there."""
    return {
        "url": _ACCEPTED,
        "extension": [
            {"url": "individual", "valueReference": reference("Patient", found.patient)},
            {"url": "status", "valueCode": "agree"},
        ],
    }


def task(found: FoundActivity) -> JsonObject:
    """Write what was agreed, with who does it."""
    return without_empty(
        {
            "resourceType": "Task",
            "id": str(found.id),
            "meta": meta(2 if found.ended_at else 1, found.ended_at or found.said_at),
            "status": "completed" if found.ended_at else "accepted",
            "intent": "plan",
            "description": found.text,
            "for": reference("Patient", found.patient),
            "authoredOn": moment(found.said_at),
            "lastModified": moment(found.ended_at or found.said_at),
            "requester": _requester(found),
            "owner": reference("Patient", found.patient)
            if found.done_by == "patient"
            else {"display": _DOERS[found.done_by]},
            "restriction": {"period": {"end": found.due_on.isoformat()}} if found.due_on else None,
        }
    )


def communication_request(found: FoundActivity) -> JsonObject:
    """Write something to remember."""
    return without_empty(
        {
            "resourceType": "CommunicationRequest",
            "id": str(found.id),
            "meta": meta(2 if found.ended_at else 1, found.ended_at or found.said_at),
            "status": "completed" if found.ended_at else "active",
            "subject": reference("Patient", found.patient),
            "payload": [{"contentString": found.text}],
            "occurrenceDateTime": found.due_on.isoformat() if found.due_on else "",
            "authoredOn": moment(found.said_at),
            "requester": _requester(found),
        }
    )


def _requester(found: FoundActivity) -> JsonObject | None:
    if found.organization_id is None:
        return reference("Patient", found.patient)
    return reference("Organization", found.organization_id, found.said_by_name)


def service_request(found: FoundReferral) -> JsonObject:
    """Write a referral to a municipality or a hospital."""
    return without_empty(
        {
            "resourceType": "ServiceRequest",
            "id": str(found.id),
            "meta": meta(len(found.moments), max(found.moments), _REFERRAL),
            "status": status_code(found.status),
            "intent": "order",
            "code": {"text": found.offer},
            "subject": reference("Patient", found.patient),
            "authoredOn": moment(found.referred_at),
            "requester": reference("Organization", found.from_organization_id, found.referred_by_name),
            "performer": [reference("Organization", found.organization_id)],
            "reasonCode": [{"text": found.purpose}] if found.purpose else [],
        }
    )
