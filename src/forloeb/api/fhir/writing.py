"""Create and update, for a patient on the practice's list: an Observation, alone or many at once, or what is agreed.

What is refused is refused whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from forloeb.access import policies
from forloeb.access.queries import OpenPatient, find_by_number, open_as
from forloeb.api.fhir import agreeing, answering, interactions
from forloeb.api.fhir.agreeing import AGREED
from forloeb.api.fhir.answering import ANSWERED
from forloeb.api.fhir.interactions import REFUSED, Asking, served
from forloeb.api.fhir.problems import Problem, invalid, not_found
from forloeb.fhir.clinical import ReadObservation, read_observation
from forloeb.fhir.reading import Finding, parts
from forloeb.fhir.served.parts import JsonObject
from forloeb.kernel.identifiers import CPR
from forloeb.people.viewers import ViewerKind
from forloeb.records.sent import HasChanged, NotTheirs, Recorded, SaysOtherwise, Sent, correct_sent, record_sent

UPDATED = frozenset({"Observation"})
CREATED = UPDATED | AGREED | {ANSWERED}
MOST_ENTRIES = 5_000
_IDENTIFIER = re.compile(r"identifier=([^|&]{1,120})\|([^|&]{1,120})")
_STATUSES = {"final": "final", "amended": "amended", "corrected": "amended", "entered-in-error": "entered-in-error"}


def parsed(body: bytes, kind: str = "") -> JsonObject:
    """Read a resource from what was sent as JSON, of a type where one is told. Raises Problem."""
    try:
        resource: JsonObject = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise Problem(400, "structure", f"This is no JSON: line {fault.lineno}, column {fault.colno}.") from None
    named = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(named, str) or (kind and named != kind):
        wanted = f"A resource of type {kind}" if kind else "A resource"
        raise Problem(400, "structure", f"{wanted} is wanted here.", "resourceType")
    return resource


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One value to record, of a patient by our own id; `where` names the resource in what was sent."""

    patient_id: int
    sent: Sent
    where: str


def create(kind: str, resource: JsonObject, if_none_exist: str, asking: Asking) -> Recorded:
    """Record an Observation, what is agreed or answered; the same again is found, not made twice. Raises Problem."""
    if kind == ANSWERED:
        return answering.create(resource, asking)
    _check(kind, asking, "create")
    patient = _patient(resource, asking, "")
    if kind in AGREED:
        return agreeing.create(kind, resource, patient, asking)
    wanted = _Wanted(patient.id, _named(resource, if_none_exist, ""), "")
    return _record([wanted], asking)[0]


def _named(resource: JsonObject, if_none_exist: str, where: str) -> Sent:
    system, value = _identifier(resource, if_none_exist, where)
    return _sent(resource, system, value, where)


def _record(wanted: Sequence[_Wanted], asking: Asking) -> list[Recorded]:
    try:
        return record_sent([(one.patient_id, one.sent) for one in wanted], **_by(asking))
    except NotTheirs as refusal:
        where = f"{wanted[refusal.place].where}identifier"
        raise _refused("Identifiers of this system are its own: use one of yours.", where) from None
    except SaysOtherwise as refusal:
        where = f"{wanted[refusal.place].where}identifier"
        raise Problem(
            409, "duplicate", "There is another value with this identifier: correct it by PUT.", where
        ) from None


def update(kind: str, name: str, resource: JsonObject, if_match: str, asking: Asking) -> bool:
    """Put the next version of an Observation in place. Gives whether it says something new. Raises Problem."""
    _check(kind, asking, "update")
    held = interactions.read(kind, name, None, asking)
    match = re.fullmatch(r'(?:W/)?"(\d{1,4})"', if_match)
    if match is None:
        raise Problem(428, "required", 'Say which version you correct: If-Match: W/"1".')
    if resource.get("id") != name:
        raise invalid("The id of the resource is not the one in the address.", "Observation.id")
    patient = _patient(resource, asking, "Observation.")
    identifier = held["identifier"][0]
    sent = _sent(resource, identifier["system"], identifier["value"], "Observation.")
    try:
        return correct_sent(sent, version=int(match[1]), patient_id=patient.id, **_by(asking))
    except NotTheirs:
        raise _refused("This value was typed here, and is corrected here.", "Observation.identifier") from None
    except HasChanged:
        raise Problem(412, "conflict", "The value has been changed since: read it again first.") from None


def transaction(bundle: JsonObject, asking: Asking) -> JsonObject:
    """Do all that a Bundle asks for, or nothing. Raises Problem that names the entry."""
    if bundle.get("type") != "transaction":
        raise invalid("Only a transaction or a batch is taken here.", "Bundle.type")
    given = bundle.get("entry", [])
    entries = list(parts(given))
    if not isinstance(given, list) or len(given) > MOST_ENTRIES or len(entries) != len(given):
        raise invalid(f"A Bundle has at most {MOST_ENTRIES} entries, each an object.", "Bundle.entry")
    if entries:
        _check("Observation", asking, "create")
    patients: dict[str, int] = {}
    wanted = [_wanted(entry, f"Bundle.entry[{place}].", patients, asking) for place, entry in enumerate(entries)]
    return {
        "resourceType": "Bundle",
        "type": "transaction-response",
        "entry": [{"response": _response(recorded)} for recorded in _record(wanted, asking)],
    }


def _wanted(entry: JsonObject, where: str, patients: dict[str, int], asking: Asking) -> _Wanted:
    """Read what an entry asks for. `patients`: those whom an entry before has opened, by what they were named by."""
    request, resource = entry.get("request"), entry.get("resource")
    if not isinstance(request, dict) or not isinstance(resource, dict):
        raise invalid("The entry has no request or no resource.", where.rstrip("."))
    if request.get("method") != "POST" or request.get("url") != "Observation":
        raise Problem(422, "not-supported", "A transaction here creates Observations.", f"{where}request")
    if resource.get("resourceType") != "Observation":
        raise invalid("The resource is of another type than the request.", f"{where}resource")
    where = f"{where}resource."
    named = repr(resource.get("subject"))
    if named not in patients:
        patients[named] = _patient(resource, asking, where).id
    if_none_exist = request.get("ifNoneExist")
    sent = _named(resource, if_none_exist if isinstance(if_none_exist, str) else "", where)
    return _Wanted(patients[named], sent, where)


def _response(recorded: Recorded) -> JsonObject:
    return {
        "status": "201 Created" if recorded.is_new else "200 OK",
        "location": f"Observation/{recorded.logical_id}/_history/1",
        "etag": 'W/"1"',
    }


def _by(asking: Asking) -> dict[str, Any]:
    viewer = asking.caller.viewer
    return {"organization_id": viewer.organization_id, "by": viewer.login_id, "at": asking.at}


def _refused(text: str, where: str) -> Problem:
    return Problem(422, "business-rule", text, where)


def _check(kind: str, asking: Asking, interaction: Any) -> None:
    served(kind, asking, interaction)
    if kind not in (UPDATED if interaction == "update" else CREATED):
        raise Problem(405, "not-supported", "Resources of this type are not written so: /fhir/metadata tells how.")
    if asking.caller.viewer.kind is not ViewerKind.PRACTICE:
        raise Problem(403, "forbidden", "The patient's practice writes here; patients write theirs on the page.")


def _patient(resource: JsonObject, asking: Asking, where: str) -> OpenPatient:
    """Open the patient whom it is about: a reference of ours, or a CPR number. Raises Problem."""
    subject = resource.get("subject")
    subject = subject if isinstance(subject, dict) else {}
    number = subject.get("identifier")
    viewer, as_of = asking.caller.viewer, asking.as_of
    try:
        if isinstance(number, dict) and number.get("system") == CPR and isinstance(number.get("value"), str):
            found = find_by_number(number["value"], seen_by=viewer, as_of=as_of)
            if found is None:
                raise policies.NoCareRelation
            name = found.public_id
        else:
            name = UUID(str(subject.get("reference")).rpartition("Patient/")[2])
        return open_as(name, seen_by=viewer, as_of=as_of, event="api-written", action="write")
    except ValueError:
        raise _refused("Say whom it is about: Patient/… , or a CPR number.", f"{where}subject") from None
    except REFUSED:
        problem = not_found()
        raise Problem(422, problem.code, "There is no such patient on your list.", f"{where}subject") from None


def _identifier(resource: JsonObject, if_none_exist: str, where: str) -> tuple[str, str]:
    """Give the sender's name of the value, which keeps it from being made twice. Raises Problem."""
    for one in parts(resource.get("identifier")):
        system, value = one.get("system"), one.get("value")
        if isinstance(system, str) and isinstance(value, str) and 0 < len(system) <= 120 and 0 < len(value) <= 120:
            if if_none_exist and (match := _IDENTIFIER.fullmatch(if_none_exist)) and match.groups() != (system, value):
                raise invalid("If-None-Exist asks for another identifier than the resource has.", "If-None-Exist")
            if "\x00" in system + value:
                break
            return system, value
    raise _refused("Give your own identifier (system and value), so that a repeat is known.", f"{where}identifier")


def _sent(resource: JsonObject, system: str, value: str, where: str) -> Sent:
    status = _STATUSES.get(str(resource.get("status")))
    if status is None:
        raise _refused("The status is one of final, amended, corrected and entered-in-error.", f"{where}status")
    findings: list[Finding] = []
    read = list(read_observation({**resource, "status": "final"}, findings))
    if faults := [finding for finding in findings if finding.is_fault]:
        raise _refused(f"The value cannot be used: {faults[0].what}.", where.rstrip("."))
    if len(read) != 1 or read[0].measurement is None:
        raise _refused("An Observation here has one value, of a code that is known: /fhir/metadata.", f"{where}code")
    return _as_sent(read[0], system, value, status)


def _as_sent(read: ReadObservation, system: str, value: str, status: str) -> Sent:
    assert read.measurement is not None
    return Sent(system, value, read.coding, read.measurement, read.setting, read.measured_on, read.measured_at, status)
