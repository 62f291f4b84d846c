"""AuditEvent: what the patient's own log tells, one entry at a time."""

from __future__ import annotations

from uuid import UUID, uuid5

from forloeb.access.own_log import Look
from forloeb.fhir.served.parts import OURS, JsonObject, coded, instant, reference, without_empty

_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_ACTIONS = {"read": "R", "write": "U", "refused": "R"}
_DONE, _REFUSED = "0", "8"


def name_of(look: Look, patient: UUID) -> str:
    """Give the id of an entry: the same each time it is asked for."""
    said = (look.first_at.isoformat(), look.event, look.action, look.name, look.role, look.organization, look.rule)
    return str(uuid5(patient, "|".join(said)))


def audit_event(look: Look, patient: UUID) -> JsonObject:
    """Write who did what, when, for which organization, by which rule and why."""
    why = [{"text": text} for text in (look.reason, look.explanation) if text]
    return without_empty(
        {
            "resourceType": "AuditEvent",
            "id": name_of(look, patient),
            "type": coded(_DICOM, "110110", "Patient Record"),
            "subtype": [coded(f"{OURS}:event", look.event)],
            "action": _ACTIONS[look.action],
            "recorded": instant(look.first_at),
            "outcome": _REFUSED if look.action == "refused" else _DONE,
            "purposeOfEvent": why,
            "agent": _agents(look, patient),
            "source": {"observer": {"display": "Forløb"}},
            "entity": [{"what": reference("Patient", patient), "role": coded(_ROLE, "1", "Patient")}],
        }
    )


def _agents(look: Look, patient: UUID) -> list[JsonObject]:
    who = reference("Patient", patient) if look.is_patient else {"display": look.name} if look.name else None
    doer = {
        "role": [{"text": look.role}] if look.role else [],
        "who": who,
        "requestor": True,
        "policy": [f"{OURS}:rule:{look.rule}"] if look.rule else [],
    }
    place = [{"who": {"display": look.organization}, "requestor": False}] if look.organization else []
    return [without_empty(doer), *place]
