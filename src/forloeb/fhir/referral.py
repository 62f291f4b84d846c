"""A referral to a municipality as a FHIR R4 ServiceRequest (DK Core): out, and its answer in.

The life is that of MedCom's draft referral model. FHIR has no word `proposed`: a referral that nobody has taken on yet
is `draft`, and it is the receiver who makes it `active`. What it is about stands in full in the note, as in XREF15, and
the values also as Observations inside it. The patient and the parties are told by their numbers: each system has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import orjson

from forloeb.access.referrals import ReferralStatus
from forloeb.careplans.referral_letter import Answer, Diagnosis, Named, NotAnAnswer, Outgoing, Party, Value
from forloeb.careplans.referral_models import LetterKind
from forloeb.careplans.referral_text import sections
from forloeb.fhir.reading import Resource, identifier, parts, read_moment
from forloeb.fhir.served.parts import DK_CORE, coded, moment, without_empty
from forloeb.kernel.codes import MCS, NPU, SKS, UCUM
from forloeb.kernel.identifiers import SOR, YDERNUMMER
from forloeb.terminology import measures

IDENTIFIER: Final = "urn:forloeb:referral"
"""The system of the letter's own name: what makes a repeat find the first."""
_KINDS: Final = "urn:forloeb:referral-kind"
_ASKED: Final = "urn:forloeb:referral-offer"
_PROFILE: Final = f"{DK_CORE}dk-core-person-servicerequest"
_SKS_DIAGNOSES: Final = "urn:oid:1.2.208.176.2.4.12"
_SYSTEMS: Final = {"NPU": NPU, "MCS": MCS}
_TITLES: Final = {
    LetterKind.PREVENTION: "Henvisning til kommunal forebyggelse",
    LetterKind.TASK: "Opgaverekvisition til kommunal sygepleje",
}
_WRITTEN: Final = {ReferralStatus.PROPOSED: "draft"}
_READ: Final = {
    "draft": ReferralStatus.PROPOSED,
    **{status.value: status for status in ReferralStatus if status is not ReferralStatus.PROPOSED},
}


def status_code(status: ReferralStatus) -> str:
    """Write a status as FHIR's own code."""
    return _WRITTEN.get(status, status.value)


def to_service_request(message: Outgoing) -> Resource:
    """Write a message's letter as a ServiceRequest."""
    letter = message.letter
    values = [*letter.values, *([letter.smoking] if letter.smoking else [])]
    contained = [_observation(value, place, message) for place, value in enumerate(values, start=1)]
    return without_empty(
        {
            "resourceType": "ServiceRequest",
            "meta": {"profile": [_PROFILE]},
            "contained": contained,
            "identifier": [{"system": IDENTIFIER, "value": str(message.name)}],
            "status": status_code(message.status),
            "intent": "order",
            "priority": letter.priority,
            "code": {
                "coding": [coded(_KINDS, message.letter_kind.value)],
                "text": _TITLES[message.letter_kind],
            },
            "orderDetail": [_asked(one) for one in letter.asked],
            "subject": _subject(message),
            "occurrencePeriod": {"end": letter.until.isoformat()} if letter.until else None,
            "authoredOn": moment(message.authored_at),
            "requester": _party(message.sender, message.sent_by_name),
            "performer": [_party(message.receiver)],
            "reasonCode": [_reason(one) for one in (*letter.diagnoses, *letter.complications)],
            "supportingInfo": [{"reference": f"#{one['id']}"} for one in contained],
            "note": [
                {
                    "authorString": f"{message.sent_by_name}, {message.sender.name}",
                    "time": moment(message.authored_at),
                    "text": _text(message),
                }
            ],
        }
    )


def _asked(one: Named) -> Resource:
    return {"coding": [coded(_ASKED, one.id)], "text": one.name.da}


def _subject(message: Outgoing) -> Resource:
    patient = message.patient
    number = {"system": patient.number_system, "value": patient.number}
    return {"type": "Patient", "identifier": number, "display": f"{patient.given_name} {patient.family_name}"}


def _party(party: Party, person: str = "") -> Resource:
    system, value = (YDERNUMMER, party.ydernummer) if party.ydernummer else (SOR, party.sor_code)
    number = {"identifier": {"system": system, "value": value}} if value else {}
    name = f"{person}, {party.name}" if person else party.name
    return {"type": "Organization", **number, "display": name}


def _reason(diagnosis: Diagnosis) -> Resource:
    system = _SKS_DIAGNOSES if diagnosis.system == SKS else diagnosis.system
    return {"coding": [coded(system, diagnosis.code)], "text": diagnosis.name.da}


def _observation(value: Value, place: int, message: Outgoing) -> Resource:
    measure = measures()[value.measure]
    code = measure.write or next(iter(measure.read), None)
    said: dict[str, Any]
    if value.value is None:
        answer = next((one.name.da for one in measure.choices if one.value == value.answer), value.answer)
        said = {"valueString": answer}
    else:
        said = {
            "valueQuantity": without_empty(
                {
                    "value": float(value.value),
                    "comparator": value.comparator,
                    "unit": measure.unit_shown,
                    "system": UCUM,
                    "code": value.unit,
                }
            )
        }
    return {
        "resourceType": "Observation",
        "id": f"value-{place}",
        "status": "final",
        "code": without_empty(
            {"coding": [coded(_SYSTEMS[code.system], code.code)] if code else [], "text": measure.name.da}
        ),
        "subject": _subject(message),
        "effectiveDateTime": value.measured_on.isoformat(),
        **said,
    }


def _text(message: Outgoing) -> str:
    told = sections(message.letter, message.letter_kind)
    return "\n\n".join("\n".join((f"{one.heading}:", *one.lines)) for one in told)


# --- In


def read_posted(body: bytes) -> tuple[Answer]:
    """Read a ServiceRequest as it was posted. Raises NotAnAnswer."""
    try:
        resource = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotAnAnswer("the body is not JSON") from None
    if not isinstance(resource, dict):
        raise NotAnAnswer("the body is no resource")
    return (read_answer(resource),)


def read_answer(resource: Resource) -> Answer:
    """Read what a receiver says of a referral of ours. Raises NotAnAnswer."""
    if resource.get("resourceType") != "ServiceRequest":
        raise NotAnAnswer("the resource is no ServiceRequest")
    name = identifier(resource, IDENTIFIER)
    try:
        letter = UUID(name or "")
    except ValueError:
        raise NotAnAnswer(f"identifier of {IDENTIFIER} is missing, or is no referral of ours") from None
    status = _READ.get(str(resource.get("status")))
    if status is None:
        known = ", ".join(_READ)
        raise NotAnAnswer(f"status is none of {known}")
    meta = resource.get("meta")
    issued_at = read_moment(meta.get("lastUpdated")) if isinstance(meta, dict) else None
    issued_at = issued_at or read_moment(resource.get("authoredOn"))
    if issued_at is None:
        raise NotAnAnswer("meta.lastUpdated is missing")
    notes = list(_their_notes(resource))
    performer = next(parts(resource.get("performer")), {})
    return Answer(
        name=letter,
        patient_number=_subject_number(resource),
        status=status,
        words=tuple(str(note["text"]) for note in notes),
        said_by=next((author for note in reversed(notes) if (author := _author(note))), "")
        or str(performer.get("display") or ""),
        issued_at=issued_at,
    )


def _subject_number(resource: Resource) -> str:
    subject = resource.get("subject")
    number = subject.get("identifier") if isinstance(subject, dict) else None
    return str(number.get("value") or "") if isinstance(number, dict) else ""


def _their_notes(resource: Resource) -> Iterator[Resource]:
    """Give the notes that are not our own: ours was written when the referral was."""
    ours = read_moment(resource.get("authoredOn"))
    for note in parts(resource.get("note")):
        if isinstance(note.get("text"), str) and (read_moment(note.get("time")) or None) != ours:
            yield note


def _author(note: Resource) -> str:
    written = note.get("authorReference")
    display = written.get("display") if isinstance(written, dict) else None
    return str(note.get("authorString") or display or "")
