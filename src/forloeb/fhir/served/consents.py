"""Consent: what a patient has said no to (look-ups), and which relative they let read."""

from __future__ import annotations

from forloeb.access.found import FoundConsent
from forloeb.fhir.served.parts import JsonObject, coded, meta, moment, reference, without_empty

_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_ACTION = "http://terminology.hl7.org/CodeSystem/consentaction"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"


def consent(found: FoundConsent) -> JsonObject:
    """Write a no to look-ups as one that denies, and a proxy as one that permits; a no without an actor is to all."""
    rule = coded(_ACT, "OPTIN", "opt-in") if found.is_proxy else coded(_ACT, "OPTOUT", "opt-out")
    return {
        "resourceType": "Consent",
        "id": found.id,
        "meta": meta(2 if found.ended_at else 1, found.ended_at or found.said_at),
        "status": found.status,
        "scope": {"coding": [coded(_SCOPE, "patient-privacy", "Privacy Consent")]},
        "category": [{"coding": [coded(_ACT, "INFA", "information access")]}],
        "patient": reference("Patient", found.patient),
        "dateTime": moment(found.said_at),
        "performer": [reference("Patient", found.patient)],
        "policyRule": {"coding": [rule]},
        "provision": _provision(found),
    }


def _provision(found: FoundConsent) -> JsonObject:
    who: JsonObject | None = {"display": found.holder_name} if found.is_proxy else None
    if found.organization_id is not None:
        who = reference("Organization", found.organization_id)
    recipient = {"coding": [coded(_PARTICIPATION, "PRCP", "primary information recipient")]}
    return without_empty(
        {
            "type": "permit" if found.is_proxy else "deny",
            "period": _period(found),
            "actor": [{"role": recipient, "reference": who}] if who else [],
            "action": [{"coding": [coded(_ACTION, "access", "Access")]}],
        }
    )


def _period(found: FoundConsent) -> JsonObject:
    start = found.valid_from.isoformat() if found.valid_from else moment(found.said_at)
    end = moment(found.ended_at) if found.ended_at else found.valid_until.isoformat() if found.valid_until else ""
    return without_empty({"start": start, "end": end})
