"""How synthetic resources look in FHIR R4: templates for what there are millions of, dictionaries for practices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import orjson

from forloeb.kernel.codes import ATC, MCS, NPU, UCUM
from forloeb.kernel.identifiers import AUTHORIZATION_ID, CPR, SOR, YDERNUMMER
from forloeb.kernel.measures import Measure
from forloeb.population.synthesis.measured import COMPARATORS, WRITTEN, Written
from forloeb.population.synthesis.practices import SyntheticPractice, SyntheticPractitioner

Json = dict[str, object]

SYNTHETIC = "urn:forloeb:synthetic"
"""Identifier systems of generated resources begin with this: nothing real carries them."""

LIST_MEMBERSHIP = "urn:forloeb:fhir:list-membership"
"""Extension of Patient, one for each practice whose list the patient was on: `organization` and `period`."""

ORGANIZATION_KIND = "urn:forloeb:organization-kind"
PRACTICE_TYPE = "urn:forloeb:practice-type"
ROLE = "urn:forloeb:role"

_ORGANIZATION_PERIOD = "http://hl7.org/fhir/StructureDefinition/organization-period"
_PROFESSION = "http://hl7.dk/fhir/core/CodeSystem/DkCoreProfessionGroupCodes"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_SYSTEMS = {"NPU": NPU, "MCS": MCS}


def _template(resource: Json) -> str:
    """Turn a resource into a template: `@` is where text goes, `"@@"` where a piece of JSON goes."""
    text = orjson.dumps(resource).decode().replace("%", "%%")
    return text.replace('"@@"', "%s").replace("@", "%s") + "\n"


def _identifier(kind: str, value: str = "@") -> Json:
    return {"system": f"{SYNTHETIC}:{kind}", "value": value}


def _coding(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


PATIENT = _template(
    {
        "resourceType": "Patient",
        "id": "@",
        "meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]},
        "identifier": [{"use": "official", "system": CPR, "value": "@"}, _identifier("patient")],
        "active": "@@",
        "name": [{"use": "official", "family": "@@", "given": ["@@"]}],
        "gender": "@",
        "birthDate": "@",
        "generalPractitioner": [{"reference": "Organization/@"}],
        "extension": "@@",
    }
)
MEMBERSHIP = _template(
    {
        "url": LIST_MEMBERSHIP,
        "extension": [
            {"url": "organization", "valueReference": {"reference": "Organization/@"}},
            {"url": "period", "valuePeriod": {"start": "@"}},
        ],
    }
).rstrip("\n")


def observation_templates(measures: Mapping[str, Measure]) -> tuple[list[str], ...]:
    """Make a template for each measure, without and with each comparator, cut where patient, day and value go."""
    templates = (_observation(w, measures[w.measure], sign) for sign in COMPARATORS for w in WRITTEN)
    return tuple(template.replace("%%", "%").split("%s") for template in templates)


def _observation(written: Written, measure: Measure, comparator: str | None) -> str:
    if measure.write is None:
        raise ValueError(f"{measure.id}: has no code to be written with")
    identity = f"@-{written.measure.replace('_', '-')}-@"
    value: Json = {"valueString": "@@"}
    if not written.answers:
        sign = {"comparator": comparator} if comparator else {}
        shown = {"unit": measure.unit_shown} if measure.unit_shown else {}
        value = {"valueQuantity": {"value": "@@", **sign, **shown, "system": UCUM, "code": measure.unit}}
    return _template(
        {
            "resourceType": "Observation",
            "id": identity,
            "identifier": [_identifier("observation", identity)],
            "status": "final",
            "category": [_coding(_CATEGORY, written.category)],
            "code": _coding(_SYSTEMS[measure.write.system], measure.write.code),
            "subject": {"reference": "Patient/@"},
            "effectiveDateTime": "@",
            **value,
        }
    )


def condition_template(system: str, code: str) -> str:
    """Make a template for a diagnosis: patient (three times), day of onset."""
    identity = f"@-{code}"
    return _template(
        {
            "resourceType": "Condition",
            "id": identity,
            "identifier": [_identifier("condition", identity)],
            "clinicalStatus": _coding("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
            "verificationStatus": _coding("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"),
            "category": [_coding("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item")],
            "code": _coding(system, code),
            "subject": {"reference": "Patient/@"},
            "onsetDateTime": "@",
        }
    )


def medication_template(code: str) -> str:
    """Make a template for a medicine: patient, patient, status, patient, first day (with the last day behind it)."""
    identity = f"@-{code}"
    return _template(
        {
            "resourceType": "MedicationStatement",
            "id": identity,
            "identifier": [_identifier("medication", identity)],
            "status": "@",
            "medicationCodeableConcept": _coding(ATC, code),
            "subject": {"reference": "Patient/@"},
            "effectivePeriod": {"start": "@"},
        }
    )


def organization(prefix: str, practice: SyntheticPractice) -> Json:
    """Write a practice."""
    identity = f"{prefix}-o{practice.number}"
    closed: Json = {}
    if practice.closed_on:
        # The period's last day counts in FHIR: the practice was open until the day before it closed.
        end = (practice.closed_on - timedelta(days=1)).isoformat()
        closed = {"extension": [{"url": _ORGANIZATION_PERIOD, "valuePeriod": {"end": end}}]}
    return {
        "resourceType": "Organization",
        "id": identity,
        **closed,
        "identifier": [
            {"system": SOR, "value": practice.sor_code},
            {"system": YDERNUMMER, "value": practice.ydernummer},
            _identifier("organization", identity),
        ],
        "active": practice.closed_on is None,
        "type": [_coding(ORGANIZATION_KIND, practice.kind), _coding(PRACTICE_TYPE, practice.practice_type)],
        "name": practice.name,
        "address": [{"state": practice.region, "country": "DK"}],
    }


def practitioner(prefix: str, member: SyntheticPractitioner) -> Json:
    """Write a doctor or a nurse."""
    identity = f"{prefix}-u{member.number}"
    authorization = {"system": AUTHORIZATION_ID, "value": member.authorization_id}
    profession = _coding(_PROFESSION, "7170" if member.is_doctor else "5166")
    return {
        "resourceType": "Practitioner",
        "id": identity,
        "identifier": [_identifier("practitioner", identity)],
        "name": [{"use": "official", "family": member.family_name, "given": [member.given_name]}],
        "qualification": [{"identifier": [authorization], "code": profession}],
    }


def practitioner_role(prefix: str, practice: SyntheticPractice, member: SyntheticPractitioner) -> Json:
    """Write where somebody works, and since when."""
    identity = f"{prefix}-r{member.number}"
    end = {"end": member.until.isoformat()} if member.until else {}
    return {
        "resourceType": "PractitionerRole",
        "id": identity,
        "identifier": [_identifier("role", identity)],
        "active": member.until is None,
        "period": {"start": member.since.isoformat(), **end},
        "practitioner": {"reference": f"Practitioner/{prefix}-u{member.number}"},
        "organization": {"reference": f"Organization/{prefix}-o{practice.number}"},
        "code": [_coding(ROLE, "general-practitioner" if member.is_doctor else "nurse")],
    }
