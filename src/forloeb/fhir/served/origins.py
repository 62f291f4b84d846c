"""Provenance: who saved a version of a plan or agreed a goal, for whom, when, why, and instead of what."""

from __future__ import annotations

from forloeb.careplans.origins import FoundOrigin
from forloeb.fhir.served.parts import JsonObject, coded, instant, meta, moment, reference, without_empty

_DONE = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
_WHY = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_DOES = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_RECEIVED = "Modtaget fra et andet system"


def provenance(found: FoundOrigin) -> JsonObject:
    """Write how a version of a plan, or a goal, came to be."""
    why: list[JsonObject] = [{"coding": [coded(_WHY, "TREAT", "treatment")]}]
    why += [{"text": text} for text in (found.reason, _RECEIVED if found.is_received else "") if text]
    done = coded(_DONE, "UPDATE", "revise") if found.before else coded(_DONE, "CREATE", "create")
    return without_empty(
        {
            "resourceType": "Provenance",
            "id": found.id,
            "meta": meta(1, found.said_at),
            "target": [_what(found, found.goal if found.plan is None else found.version)],
            "occurredDateTime": moment(found.said_at),
            "recorded": instant(found.said_at),
            "reason": why,
            "activity": {"coding": [done]},
            "agent": [_agent(found)],
            "entity": [{"role": "revision", "what": _what(found, found.before)}] if found.before else [],
        }
    )


def _what(found: FoundOrigin, number: int | None) -> JsonObject:
    if found.plan is None:
        return reference("Goal", number)
    return reference("CarePlan", f"{found.plan}/_history/{number}")


def _agent(found: FoundOrigin) -> JsonObject:
    who = {"display": found.said_by_name} if found.said_by_name else reference("Organization", found.organization_id)
    return without_empty(
        {
            "type": {"coding": [coded(_DOES, "author", "Author")]},
            "who": who,
            "onBehalfOf": reference("Organization", found.organization_id) if found.organization_id else None,
        }
    )
