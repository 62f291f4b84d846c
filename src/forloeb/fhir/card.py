"""An entry of the laboratory card as a FHIR R4 Observation (DK Core): NPU, DNK and MCS codes, and exact units.

A blood pressure is one Observation with both numbers, as FHIR's vital-signs profile wants it, each number coded in
LOINC and in the Danish system, where it is two analyses (DNK05472 and DNK05473).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forloeb.fhir.reading import Resource
from forloeb.kernel.codes import LOINC, UCUM, Coding
from forloeb.records.laboratory_card import CardEntry, CardValue
from forloeb.terminology.measures import LOINC_CODES

IDENTIFIER = "urn:forloeb:card-entry"
"""The system of the entry's own identifier: what makes a repeat find the first."""
_CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
_PANEL = Coding(LOINC, "85354-9")
_METHOD_HOME = "Målt hjemme af patienten"
_LOINC_OF: Mapping[str, str] = {
    **{measure: code for code, measure in LOINC_CODES.items()},
    "spo2": "2708-6",  # the one code that FHIR's oxygen-saturation profile is told by
    "sbp_home": "8480-6",
    "dbp_home": "8462-4",
}
_VITAL_SIGNS = frozenset(_LOINC_OF) | {"height"}


def to_observation(entry: CardEntry, *, subject: str, language: str = "da") -> Resource:
    """Write an entry. `subject` is the patient's reference in the record system, such as `Patient/17`."""
    resource: dict[str, Any] = {
        "resourceType": "Observation",
        "identifier": [{"system": IDENTIFIER, "value": str(entry.card_id)}],
        "status": entry.status,
        "category": [{"coding": [{"system": _CATEGORIES, "code": _category(entry)}]}],
        "subject": {"reference": subject},
        "effectiveDateTime": (entry.measured_at or entry.measured_on).isoformat(),
        "issued": entry.issued_at.isoformat(timespec="milliseconds"),
        "performer": [_performer(entry)],
    }
    if entry.at_home:
        resource["method"] = {"text": _METHOD_HOME}
    if _is_pressure(entry.values[0]):
        held = [value for value in entry.values if value.status != "entered-in-error"]
        resource["code"] = {"coding": [_coding(_PANEL)], "text": "Blodtryk"}
        resource["component"] = [_part(value, language) for value in held or entry.values]
    else:
        resource |= _part(entry.values[0], language)
    return resource


def _is_pressure(value: CardValue) -> bool:
    return value.measure.goal in ("sbp", "dbp")


def _category(entry: CardEntry) -> str:
    value = entry.values[0]
    if value.measure.id in _VITAL_SIGNS or _is_pressure(value):
        return "vital-signs"
    return "survey" if value.measure.setting == "asked" else "exam"


def _performer(entry: CardEntry) -> Resource:
    if not entry.ydernummer:
        return {"display": entry.practice_name}
    identifier = {"system": "urn:oid:1.2.208.176.1.4", "value": entry.ydernummer}
    return {"identifier": identifier, "display": entry.practice_name}


def _coding(coding: Coding, display: str | None = None) -> Resource:
    return {"system": coding.system, "code": coding.code, **({"display": display} if display else {})}


def _part(value: CardValue, language: str) -> dict[str, Any]:
    """Write one value with its codes: the Danish one first, LOINC where FHIR's vital signs ask for it."""
    name = value.measure.name.in_language(language)
    codings = [_coding(value.coding)]
    if loinc := _LOINC_OF.get(value.measure.id):
        codings.append(_coding(Coding(LOINC, loinc)))
    return {"code": {"coding": codings, "text": name}, **_value(value, language)}


def _value(value: CardValue, language: str) -> dict[str, Any]:
    if value.quantity is not None:
        number = value.quantity.value
        quantity: dict[str, Any] = {
            "value": int(number) if number == number.to_integral_value() else float(number),
            **({"unit": value.measure.unit_shown} if value.measure.unit_shown else {}),
            "system": UCUM,
            "code": value.quantity.unit,
        }
        if value.quantity.comparator is not None:
            quantity["comparator"] = value.quantity.comparator.value
        return {"valueQuantity": quantity}
    said = next((c.name.in_language(language) for c in value.measure.choices if c.value == value.answer), value.answer)
    return {"valueString": said}
