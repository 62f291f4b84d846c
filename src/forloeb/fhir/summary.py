"""A patient's summary as a FHIR R4 document: problems, medication, results and plan of care, each with words for eyes.

Shaped as the International Patient Summary 2.0.0 has its sections, with its codes; it claims none of its profiles,
for we hold no allergies, and a summary that leaves them out is no IPS.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape
from uuid import uuid5

from forloeb.careplans.control import Control
from forloeb.fhir.plan import JsonObject, plan_bundle
from forloeb.guidelines.record import Condition, Medication, PatientRecord
from forloeb.kernel.codes import ATC, LOINC, Coding
from forloeb.people.queries import Practice

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_SECTIONS = {
    "problems": ("11450-4", "Diagnoser"),
    "medication": ("10160-0", "Medicin"),
    "results": ("30954-2", "Målinger og prøvesvar"),
    "plan": ("18776-5", "Forløbsplaner, mål og aftaler"),
}


def summary(
    control: Control, record: PatientRecord, practice: Practice | None, *, names: dict[Coding, str], at: datetime
) -> JsonObject:
    """Give the summary as a Bundle of type document, made at a moment. `names` has the diagnoses' Danish names."""
    plan = [entry["resource"] for entry in plan_bundle(control, practice, at=at)["entry"]]
    conditions = [_condition(control, place, one, names) for place, one in enumerate(record.conditions)]
    medication = [_medication(control, place, one) for place, one in enumerate(record.medications)]
    of_kind: dict[str, list[JsonObject]] = {}
    for resource in plan:
        of_kind.setdefault(resource["resourceType"], []).append(resource)
    sections = {
        "problems": conditions,
        "medication": medication,
        "results": of_kind.get("Observation", []),
        "plan": [*of_kind.get("CarePlan", []), *of_kind.get("Goal", [])],
    }
    composition = _composition(control, practice, sections, at)
    resources = [composition, *of_kind["Patient"], *(one for found in sections.values() for one in found)]
    return {
        "resourceType": "Bundle",
        "type": "document",
        "identifier": {
            "system": "urn:ietf:rfc3986",
            "value": uuid5(control.patient.public_id, f"summary/{at.isoformat()}").urn,
        },
        "timestamp": at.isoformat(timespec="seconds"),
        "entry": [{"fullUrl": _url(control, one), "resource": one} for one in resources],
    }


def _url(control: Control, resource: JsonObject) -> str:
    return uuid5(control.patient.public_id, f"{resource['resourceType']}/{resource['id']}").urn


def _about(control: Control) -> JsonObject:
    name = f"Patient/{control.patient.public_id}"
    return {"reference": uuid5(control.patient.public_id, name).urn}


def _composition(
    control: Control, practice: Practice | None, sections: dict[str, list[JsonObject]], at: datetime
) -> JsonObject:
    return {
        "resourceType": "Composition",
        "id": "summary",
        "language": "da-DK",
        "status": "final",
        "type": {"coding": [{"system": LOINC, "code": "60591-5", "display": "Patient summary Document"}]},
        "subject": _about(control),
        "date": at.isoformat(timespec="seconds"),
        "author": [{"type": "Organization", "display": practice.name if practice else "Forløb"}],
        "title": "Overblik med forløbsplaner",
        "section": [_section(control, name, found) for name, found in sections.items()],
    }


def _section(control: Control, name: str, resources: list[JsonObject]) -> JsonObject:
    code, title = _SECTIONS[name]
    section: JsonObject = {
        "title": title,
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "text": {"status": "generated", "div": _narrative(name, resources)},
    }
    if resources:
        return section | {"entry": [{"reference": _url(control, one)} for one in resources]}
    # That we hold nothing does not say that there is nothing.
    reason = {"system": "http://terminology.hl7.org/CodeSystem/list-empty-reason", "code": "unavailable"}
    return section | {"emptyReason": {"coding": [reason]}}


def _narrative(name: str, resources: Iterable[JsonObject]) -> str:
    lines = list(dict.fromkeys(text for one in resources for text in _words(name, one)))
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    body = f"<ul>{items}</ul>" if items else "<p>Intet registreret her.</p>"
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{body}</div>'


def _words(name: str, resource: JsonObject) -> Iterator[str]:
    match name, resource["resourceType"]:
        case "problems", _:
            yield f"{resource['code']['text']}{_since(resource.get('onsetDateTime'))}"
        case "medication", _:
            concept = resource["medicationCodeableConcept"]["coding"][0]
            yield f"{concept['code']}{_since(resource.get('effectivePeriod', {}).get('start'))}"
        case "results", _:
            yield f"{resource['code']['text']}: {_value(resource)} ({resource['effectiveDateTime']})"
        case _, "CarePlan":
            yield resource["title"]
            for activity in resource.get("activity", ()):
                yield activity["detail"]["description"]
        case _, "Goal" if resource["lifecycleStatus"] == "active":
            yield f"Aftalt mål: {resource['description']['text']}"


def _since(day: str | None) -> str:
    return f", siden {day}" if day else ""


def _value(resource: JsonObject) -> str:
    quantity = resource.get("valueQuantity")
    if quantity is None:
        return str(resource.get("valueString", ""))
    number = f"{quantity['value'].normalize():f}".replace(".", ",")
    return f"{quantity.get('comparator', '')}{number} {quantity['unit']}"


def _condition(control: Control, place: int, condition: Condition, names: dict[Coding, str]) -> JsonObject:
    coding, name = condition.coding, names.get(condition.coding, condition.coding.code)
    over = condition.ended_on is not None and condition.ended_on <= control.as_of
    return {
        "resourceType": "Condition",
        "id": f"condition-{place}",
        "clinicalStatus": {"coding": [{"system": _CLINICAL, "code": "resolved" if over else "active"}]},
        "verificationStatus": {"coding": [{"system": _VERIFIED, "code": "confirmed"}]},
        "code": {"coding": [{"system": coding.system, "code": coding.code}], "text": name},
        "subject": _about(control),
        **({"onsetDateTime": condition.onset_on.isoformat()} if condition.onset_on else {}),
        **({"abatementDateTime": condition.ended_on.isoformat()} if condition.ended_on and over else {}),
    }


def _medication(control: Control, place: int, medication: Medication) -> JsonObject:
    stopped = medication.stopped_on is not None and medication.stopped_on <= control.as_of
    ends = ((name, day) for name, day in (("start", medication.started_on), ("end", medication.stopped_on)) if day)
    period = {name: day.isoformat() for name, day in ends}
    return {
        "resourceType": "MedicationStatement",
        "id": f"medication-{place}",
        "status": "completed" if stopped else "active",
        "medicationCodeableConcept": {"coding": [{"system": ATC, "code": medication.atc}]},
        "subject": _about(control),
        **({"effectivePeriod": period} if period else {}),
    }
