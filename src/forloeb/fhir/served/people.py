"""Patient, Organization, Practitioner and PractitionerRole, as DK Core has them."""

from __future__ import annotations

from forloeb.fhir.served.parts import DK_CORE, JsonObject, coded, meta, reference, without_empty
from forloeb.kernel.identifiers import AUTHORIZATION_ID, CPR, D_ECPR, SOR, X_ECPR, YDERNUMMER
from forloeb.people.found import FoundOrganization, FoundPatient, FoundPractitioner, FoundRole

_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_KINDS = {
    "general-practice": "Almen praksis",
    "regional-clinic": "Regionsklinik",
    "tender-clinic": "Udbudsklinik",
    "municipality": "Kommune",
    "hospital": "Sygehus",
}
_ROLES = {
    "general-practitioner": ("62247001", "Family medicine specialist"),
    "nurse": ("106292003", "Professional nurse"),
    "physiotherapist": ("36682004", "Physiotherapist"),
    "dietitian": ("159033005", "Dietitian"),
    "secretary": ("224608005", "Administrative healthcare staff"),
    "assistant": ("224608005", "Administrative healthcare staff"),
}
_SNOMED = "http://snomed.info/sct"


def patient(found: FoundPatient) -> JsonObject:
    """Write a patient. A protected name and address are marked as restricted; no address is kept here."""
    said = meta(None, None, f"{DK_CORE}dk-core-patient")
    if found.is_protected:
        said["security"] = [coded(_CONFIDENTIALITY, "R")]
    return without_empty(
        {
            "resourceType": "Patient",
            "id": str(found.id),
            "meta": said,
            "identifier": [_number(found)],
            "name": [
                without_empty({"use": "official", "family": found.family_name, "given": found.given_name.split()})
            ],
            "gender": found.sex,
            "birthDate": found.birth_date.isoformat(),
            "deceasedDateTime": found.deceased_on.isoformat() if found.deceased_on else "",
            "generalPractitioner": [reference("Organization", found.practice_id)] if found.practice_id else [],
        }
    )


def _number(found: FoundPatient) -> JsonObject:
    if found.cpr_number:
        return {"use": "official", "system": CPR, "value": found.cpr_number}
    replacement = found.replacement_id or ""
    return {"use": "temp", "system": X_ECPR if replacement[:1].isalpha() else D_ECPR, "value": replacement}


def organization(found: FoundOrganization) -> JsonObject:
    """Write an organization."""
    numbers = [(SOR, found.sor_code), (YDERNUMMER, found.ydernummer)]
    return without_empty(
        {
            "resourceType": "Organization",
            "id": str(found.id),
            "meta": meta(None, None, f"{DK_CORE}dk-core-organization"),
            "identifier": [{"system": system, "value": value} for system, value in numbers if value],
            "active": found.closed_on is None,
            "type": [{"text": _KINDS[found.kind]}],
            "name": found.name,
            "telecom": [{"system": "phone", "value": found.phone, "use": "work"}] if found.phone else [],
        }
    )


def practitioner(found: FoundPractitioner) -> JsonObject:
    """Write a health professional."""
    number, (*given, family) = found.authorization_id, found.name.split() or [""]
    return without_empty(
        {
            "resourceType": "Practitioner",
            "id": str(found.id),
            "meta": meta(None, None, f"{DK_CORE}dk-core-practitioner"),
            "identifier": [{"system": AUTHORIZATION_ID, "value": number}] if number else [],
            "name": [without_empty({"text": found.name, "family": family, "given": given})],
        }
    )


def role(found: FoundRole) -> JsonObject:
    """Write what a professional does where, and from when until when."""
    known = _ROLES.get(found.role)
    period = {"start": found.valid_from.isoformat()}
    if found.valid_until:
        period["end"] = found.valid_until.isoformat()
    return {
        "resourceType": "PractitionerRole",
        "id": str(found.id),
        "meta": meta(None, None, f"{DK_CORE}dk-core-practitioner-role"),
        "period": period,
        "practitioner": reference("Practitioner", found.practitioner_id),
        "organization": reference("Organization", found.organization_id),
        "code": [{"coding": [coded(_SNOMED, *known)]} if known else {"text": found.role}],
    }
