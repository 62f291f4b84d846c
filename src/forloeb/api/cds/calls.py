"""A call of a hook as it comes in: checked element by element, so that a fault is named by where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from forloeb.fhir.bundle import resources_of
from forloeb.fhir.reading import NotFhir, Resource, parts, reference

PATIENT_VIEW = "patient-view"
ORDER_SELECT = "order-select"
ORDER_SIGN = "order-sign"
PARTS = ("conditions", "observations", "medications")
"""What is asked for beside the patient: each a Bundle."""


class BadCall(ValueError):
    """A call that cannot be answered. `element` says where (`context.patientId`), the text what is wrong and why."""

    def __init__(self, element: str, text: str) -> None:
        super().__init__(f"{element}: {text}")
        self.element = element
        self.text = text


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one hook."""

    hook: str
    instance: UUID
    patient_id: str
    patient: Resource | None = field(repr=False)
    prefetched: Mapping[str, tuple[Resource, ...]] = field(repr=False)
    """The resources of each part that was sent whole; a part that was not, or only its first page, is absent."""
    orders: tuple[Resource, ...] = field(default=(), repr=False)
    """The draft orders that are asked about: all of them, or those just selected."""

    @property
    def lacks(self) -> tuple[str, ...]:
        """The parts that were not sent, or not wholly."""
        return tuple(name for name in ("patient", *PARTS) if not self._has(name))

    def _has(self, name: str) -> bool:
        return self.patient is not None if name == "patient" else name in self.prefetched

    def bundle(self) -> Resource:
        """Give what was sent as a Bundle of one patient, as `forloeb evaluate` reads it."""
        resources = [self.patient, *(one for name in PARTS for one in self.prefetched.get(name, ()))]
        return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def read_json(body: bytes) -> Resource:
    """Read a JSON object. Raises BadCall."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise BadCall("body", f"is not JSON, line {fault.lineno} column {fault.colno}") from None
    if not isinstance(found, dict):
        raise BadCall("body", "is not a JSON object")
    return found


def read_call(body: bytes, *, hook: str) -> Call:
    """Read the call of a service that answers one hook. Raises BadCall."""
    said = read_json(body)
    if said.get("hook") != hook:
        raise BadCall("hook", f"this service answers '{hook}'")
    context = said.get("context")
    if not isinstance(context, dict):
        raise BadCall("context", "is not an object")
    patient_id = _text(context.get("patientId"), "context.patientId")
    _text(context.get("userId"), "context.userId")
    if "fhirAuthorization" in said and not isinstance(said.get("fhirServer"), str):
        raise BadCall("fhirServer", "is needed where there is a fhirAuthorization")
    prefetch = said.get("prefetch", {})
    if not isinstance(prefetch, dict):
        raise BadCall("prefetch", "is not an object")
    return Call(
        hook,
        _uuid(said.get("hookInstance"), "hookInstance"),
        patient_id,
        _patient(prefetch.get("patient"), patient_id),
        dict(_prefetched(prefetch)),
        () if hook == PATIENT_VIEW else _orders(context, hook),
    )


def _text(value: object, element: str) -> str:
    if not isinstance(value, str) or not value:
        raise BadCall(element, "is missing, or not a text")
    return value


def _uuid(value: object, element: str) -> UUID:
    try:
        return UUID(_text(value, element))
    except ValueError:
        raise BadCall(element, "is not a UUID") from None


def _patient(value: object, patient_id: str) -> Resource | None:
    if value is None or (isinstance(value, dict) and value.get("resourceType") == "OperationOutcome"):
        return None
    if not isinstance(value, dict) or value.get("resourceType") != "Patient":
        raise BadCall("prefetch.patient", "is not a Patient")
    if value.get("id") != patient_id:
        raise BadCall("prefetch.patient", "is another patient than context.patientId")
    return value


def _prefetched(prefetch: Mapping[str, Any]) -> list[tuple[str, tuple[Resource, ...]]]:
    found = []
    for name in PARTS:
        bundle = prefetch.get(name)
        if bundle is None or (isinstance(bundle, dict) and bundle.get("resourceType") == "OperationOutcome"):
            continue
        try:
            resources = _resources(bundle)
        except NotFhir as fault:
            raise BadCall(f"prefetch.{name}", str(fault)) from None
        if not _goes_on(bundle):
            found.append((name, resources))
    return found


def _resources(bundle: object) -> tuple[Resource, ...]:
    """Give a search's own finds; a Patient or an OperationOutcome that came along is none. Raises NotFhir."""
    return tuple(one for _, one in resources_of(bundle) if one["resourceType"] not in ("Patient", "OperationOutcome"))


def _goes_on(bundle: Resource) -> bool:
    """Whether there are more pages than the one that was sent."""
    return any(link.get("relation") == "next" for link in parts(bundle.get("link")))


def _orders(context: Mapping[str, Any], hook: str) -> tuple[Resource, ...]:
    bundle = context.get("draftOrders")
    try:
        drafts = _resources(bundle)
    except NotFhir as fault:
        raise BadCall("context.draftOrders", str(fault)) from None
    if hook == ORDER_SIGN:
        return drafts
    selections = context.get("selections")
    if not isinstance(selections, list) or not all(isinstance(one, str) for one in selections):
        raise BadCall("context.selections", "is not a list of references")
    chosen = {reference({"reference": one}) for one in selections}
    known = {f"{one['resourceType']}/{one.get('id')}": one for one in drafts}
    if stray := chosen - known.keys():
        raise BadCall("context.selections", f"{len(stray)} of them are not in context.draftOrders")
    return tuple(one for name, one in known.items() if name in chosen)
