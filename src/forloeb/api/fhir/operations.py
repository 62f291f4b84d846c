"""`PlanDefinition/[id]/$apply` and `CarePlan/$evaluate`: what the guidelines say of one patient. Nothing is kept."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import date
from uuid import UUID

import orjson

from forloeb.access import policies
from forloeb.api.callers import may
from forloeb.api.fhir.definitions import guideline_of
from forloeb.api.fhir.interactions import REFUSED, Asking
from forloeb.api.fhir.problems import Problem, invalid, no_register, not_found, said_no
from forloeb.careplans.engine import library_on
from forloeb.careplans.queries import get_evaluation
from forloeb.fhir.bundle import read_bundle
from forloeb.fhir.definitions import applied
from forloeb.fhir.reading import NotFhir, parts
from forloeb.fhir.served.parts import JsonObject
from forloeb.guidelines.results import Evaluation
from forloeb.guidelines.to_json import to_json
from forloeb.kernel.answers import Answer

EVALUATED = "application/json"
_NEEDED = ("Patient", "Observation", "Condition", "MedicationStatement")


def apply(name: str, given: Mapping[str, str], asking: Asking) -> JsonObject:
    """Give what one guideline recommends to the patient in `subject`. Raises Problem."""
    guideline = guideline_of(name, asking.as_of)
    patient = _subject(given)
    evaluation = _evaluation(patient, asking)
    disease = next(one for one in evaluation.diseases if one.guideline == guideline.name)
    if disease.included is Answer.NO:
        raise Problem(422, "business-rule", "The guideline is not for this patient: the disease is not theirs.")
    return applied(evaluation, guideline, patient)


def evaluate_subject(given: Mapping[str, str], asking: Asking) -> JsonObject:
    """Evaluate what is known here of the patient in `subject`, as `forloeb evaluate` does. Raises Problem."""
    return _binary({**to_json(_evaluation(_subject(given), asking)), "findings": []})


def evaluate_bundle(bundle: JsonObject, given: Mapping[str, str], asking: Asking) -> JsonObject:
    """Evaluate a Bundle of one patient, who need not be known here, as `forloeb evaluate` does. Raises Problem."""
    try:
        read = read_bundle(bundle)
    except NotFhir as fault:
        raise Problem(400, "invalid", f"{fault}.", "Bundle") from None
    day = _day(given, asking)
    plan = to_json(library_on(day).evaluate(read.record, day))
    plan["findings"] = [{"where": f.where, "what": f.what, "fault": f.is_fault} for f in read.findings]
    return _binary(plan)


def parameters(resource: JsonObject) -> dict[str, str]:
    """Give the texts of a Parameters resource by name; a Reference gives what it refers to."""
    given = {}
    for part in parts(resource.get("parameter")):
        value = next((part[name] for name in part if name.startswith("value")), None)
        if isinstance(value, dict):
            value = value.get("reference")
        if isinstance(part.get("name"), str) and isinstance(value, str):
            given[part["name"]] = value
    return given


def _evaluation(patient: UUID, asking: Asking) -> Evaluation:
    for kind in _NEEDED:
        if not may(asking.caller, kind, "read", whole=True):
            raise Problem(403, "forbidden", f"This rests on {kind} resources, which the app may not read whole.")
    try:
        return get_evaluation(patient, seen_by=asking.caller.viewer, as_of=asking.as_of)
    except policies.PatientSaidNo:
        raise said_no() from None
    except policies.BlocksUnknown:
        raise no_register() from None
    except REFUSED:
        raise not_found() from None


def _subject(given: Mapping[str, str]) -> UUID:
    kind, _, name = given.get("subject", "").rpartition("/")
    try:
        if kind not in ("", "Patient"):
            raise ValueError
        return UUID(name)
    except ValueError:
        raise invalid("Name the patient: subject=Patient/[id].", "subject") from None


def _day(given: Mapping[str, str], asking: Asking) -> date:
    if "as-of" not in given:
        return asking.as_of
    try:
        return date.fromisoformat(given["as-of"])
    except ValueError:
        raise invalid("This is no day: YYYY-MM-DD.", "as-of") from None


def _binary(plan: JsonObject) -> JsonObject:
    return {"resourceType": "Binary", "contentType": EVALUATED, "data": b64encode(orjson.dumps(plan)).decode()}
