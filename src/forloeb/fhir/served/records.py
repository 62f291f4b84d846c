"""Observation, Condition and MedicationStatement, as DK Core has them."""

from __future__ import annotations

from forloeb.fhir.served.parts import DK_CORE, JsonObject, coded, meta, moment, reference, without_empty
from forloeb.kernel.codes import ATC, UCUM
from forloeb.kernel.measures import Measure
from forloeb.records.found import Found, FoundCondition, FoundMedication, FoundObservation
from forloeb.terminology import measures

_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_CATEGORIES = {"laboratory": "laboratory", "clinic": "exam", "home": "exam", "asked": "survey"}
_HOME = {"coding": [coded("http://snomed.info/sct", "264362003", "Home")], "text": "Målt hjemme"}
_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_CONDITION_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"


def observation(found: FoundObservation) -> JsonObject:
    """Write a value, with the unit it is shown in; what was measured at home says so."""
    measure = measures().get(found.measure) if found.measure else None
    return without_empty(
        {
            **_head(found, "Observation", "dk-core-observation"),
            "status": found.status,
            "category": [{"coding": [coded(_CATEGORY, _CATEGORIES.get(found.setting, "exam"))]}],
            "code": {
                "coding": [coded(found.code_system, found.code)],
                **({"text": measure.name.da} if measure else {}),
            },
            "subject": reference("Patient", found.patient),
            "effectiveDateTime": moment(found.measured_at) if found.measured_at else found.measured_on.isoformat(),
            "issued": "",
            "performer": [reference("Organization", found.performer_id)] if found.performer_id else [],
            "method": _HOME if found.setting == "home" else None,
            **_value(found, measure),
        }
    )


def _value(found: FoundObservation, measure: Measure | None) -> JsonObject:
    if found.value is None:
        return {"valueString": found.answer}
    unit = found.unit or ""
    return {
        "valueQuantity": without_empty(
            {
                "value": found.value.normalize(),
                "comparator": found.comparator,
                "unit": (measure.unit_shown if measure else "") or unit,
                "system": UCUM,
                "code": unit,
            }
        )
    }


def condition(found: FoundCondition) -> JsonObject:
    """Write a diagnosis of the problem list."""
    holds = found.ended_on is None
    return without_empty(
        {
            **_head(found, "Condition", "dk-core-condition"),
            "clinicalStatus": {"coding": [coded(_CLINICAL, found.clinical_status if holds else "resolved")]},
            "category": [{"coding": [coded(_CONDITION_CATEGORY, "problem-list-item")]}],
            "code": {"coding": [coded(found.code_system, found.code)]},
            "subject": reference("Patient", found.patient),
            "onsetDateTime": found.onset_on.isoformat() if found.onset_on else "",
            "abatementDateTime": found.ended_on.isoformat() if found.ended_on else "",
            "recordedDate": moment(found.recorded_at),
        }
    )


def medication_statement(found: FoundMedication) -> JsonObject:
    """Write a medicine the patient takes, or has taken."""
    period = {"start": found.started_on.isoformat()} if found.started_on else {}
    if found.stopped_on:
        period["end"] = found.stopped_on.isoformat()
    return without_empty(
        {
            **_head(found, "MedicationStatement", ""),
            "status": "completed" if found.stopped_on else "active",
            "medicationCodeableConcept": {"coding": [coded(ATC, found.code)]},
            "subject": reference("Patient", found.patient),
            "effectivePeriod": period,
        }
    )


def _head(found: Found, kind: str, profile: str) -> JsonObject:
    return {
        "resourceType": kind,
        "id": str(found.id),
        "meta": meta(found.version, found.recorded_at, f"{DK_CORE}{profile}" if profile else ""),
        "identifier": [{"system": found.source_system, "value": found.source_id}],
    }
