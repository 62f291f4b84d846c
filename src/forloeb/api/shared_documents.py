"""A patient's documents as a registry holds them: which there are, which a search asks for, and each one's bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from forloeb.access.queries import OpenPatient
from forloeb.careplans.documents import (
    SavedPlan,
    SavedVersion,
    find_patient_of_plan,
    get_own_plans,
    get_plans,
    received_document,
)
from forloeb.cda import codes
from forloeb.cda.export import plan_document
from forloeb.cda.reading import read
from forloeb.cda.values import COPENHAGEN
from forloeb.cda.writing import write
from forloeb.fhir.document_reference import SharedDocument, document_id
from forloeb.fhir.reading import read_day
from forloeb.people.viewers import Viewer, ViewerKind


class NotASearch(ValueError):
    """A search that cannot be answered; the text says which parameter, and what to write."""


def documents_of(public_id: UUID | None, *, seen_by: Viewer, as_of: date) -> tuple[SharedDocument, ...]:
    """Give all documents of a patient, the newest first; without an id those of the patient who asks, or by proxy.

    Raises NoCareRelation, NotForThisViewer, ProxyIsOver, and NotASearch where staff name no patient.
    """
    if seen_by.kind is ViewerKind.PRACTICE:
        if public_id is None:
            raise NotASearch("patient: name one, such as patient=<id>")
        patient, plans = get_plans(public_id, seen_by=seen_by, as_of=as_of)
    else:
        patient, plans = get_own_plans(seen_by=seen_by, as_of=as_of)
        if public_id not in (None, patient.public_id):
            return ()
    found = [_shared(patient, plan, version) for plan in plans for version in plan.versions]
    return tuple(sorted(found, key=lambda document: (document.made_at, document.id), reverse=True))


def find_document(name: str, *, seen_by: Viewer, as_of: date) -> SharedDocument | None:
    """Find a document by its id, as far as the viewer may see it. Raises as documents_of."""
    plan, _, _number = name.partition(".")
    try:
        public_id = find_patient_of_plan(UUID(plan))
    except ValueError:
        return None
    if public_id is None:
        return None
    documents = documents_of(public_id, seen_by=seen_by, as_of=as_of)
    return next((document for document in documents if document.id == name), None)


def _shared(patient: OpenPatient, plan: SavedPlan, version: SavedVersion) -> SharedDocument:
    received = received_document(version)
    document = read(received)[0] if received else plan_document(patient, plan, version)
    header, body = document.header, write(document)
    newest = version is plan.versions[-1]
    before = plan.up_to(version)[1:2]
    return SharedDocument(
        id=document_id(plan.public_id, version.number),
        unique_root=header.id.mended.root if header.id else codes.MEDCOM,
        unique_extension=header.id.mended.extension if header.id else None,
        patient=patient.public_id,
        is_current=newest and plan.ended_at is None,
        label=plan.label,
        label_name=codes.LABELS.get(plan.label, plan.label),
        title=header.title or "Forløbsplan",
        made_at=version.saved_at,
        began_at=plan.created_at,
        ended_at=plan.ended_at if newest else None,
        author_name=version.saved_by_name,
        organization_name=version.writer.name,
        organization_sor=version.writer.sor_code,
        body=body,
        replaces=document_id(plan.public_id, before[0].number) if before else None,
    )


# --- searching


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for: the patient, and what each document must be."""

    patient: UUID | None
    patient_number: str | None
    conditions: tuple[Callable[[SharedDocument], bool], ...]
    most: int | None = None
    """How many are wanted; all of a patient's where nobody says."""

    def choose(self, documents: Sequence[SharedDocument]) -> tuple[SharedDocument, ...]:
        """Give those that are all that is asked for."""
        return tuple(one for one in documents if all(holds(one) for holds in self.conditions))


def read_search(parameters: Mapping[str, Sequence[str]]) -> Search:
    """Read a search's parameters, each with the values it was given. Raises NotASearch."""
    patient, number = _patient(parameters), None
    if identifiers := parameters.get("patient.identifier"):
        number = identifiers[0].rpartition("|")[2]
    asked = [(name, value) for name, values in parameters.items() for value in values]
    counts = parameters.get("_count", ("",))
    if counts[0] and not (counts[0].isascii() and counts[0].isdigit()):
        raise NotASearch("_count: is a whole number")
    return Search(patient, number, tuple(_conditions(asked)), int(counts[0][:6]) if counts[0] else None)


def _patient(parameters: Mapping[str, Sequence[str]]) -> UUID | None:
    named = [value for name in ("patient", "subject") for value in parameters.get(name, ())]
    if not named:
        return None
    try:
        return UUID(named[0].removeprefix("Patient/"))
    except ValueError:
        raise NotASearch("patient: is no patient's id") from None


def _conditions(asked: Sequence[tuple[str, str]]) -> Iterator[Callable[[SharedDocument], bool]]:
    for name, value in asked:
        if name in ("patient", "subject", "patient.identifier", "_format", "_count"):
            continue
        if name not in ASKED:
            raise NotASearch(f"{name}: is not searched by; use {', '.join(sorted(ASKED))} or patient")
        yield ASKED[name](value)


def _token(known: Callable[[SharedDocument], tuple[str, str]]) -> Callable[[str], Callable[[SharedDocument], bool]]:
    """Ask for a code, with or without its system; several with commas between them are any of them."""

    def asks(value: str) -> Callable[[SharedDocument], bool]:
        wanted = [one.rpartition("|") for one in value.split(",")]

        def holds(document: SharedDocument) -> bool:
            system, code = known(document)
            return any(asked == code and (not bar or given == system) for given, bar, asked in wanted)

        return holds

    return asks


def _date(value: str) -> Callable[[SharedDocument], bool]:
    prefix, text = (value[:2], value[2:]) if value[:2].isalpha() else ("eq", value)
    first, last = (read_day(text, last=is_last) for is_last in (False, True))
    compare = _COMPARED.get(prefix)
    if first is None or last is None or compare is None:
        raise NotASearch("date: write it as 2026-03-01, with eq, ge, gt, le or lt before it if need be")
    # Of a year or a month alone, all of it is meant: from its first day to its last.
    begin = first.replace(day=1, month=1) if len(text) == 4 else first.replace(day=1) if len(text) == 7 else first
    return lambda document: compare(document.made_at.astimezone(COPENHAGEN).date(), begin, last)


_COMPARED: dict[str, Callable[[date, date, date], bool]] = {
    "eq": lambda one, first, last: first <= one <= last,
    "ge": lambda one, first, last: one >= first,
    "gt": lambda one, first, last: one > last,
    "le": lambda one, first, last: one <= last,
    "lt": lambda one, first, last: one < first,
}
ASKED: dict[str, Callable[[str], Callable[[SharedDocument], bool]]] = {
    "_id": _token(lambda d: ("", d.id)),
    "status": _token(lambda d: ("http://hl7.org/fhir/document-reference-status", _status(d))),
    "type": _token(lambda _: ("http://loinc.org", "81215-6")),
    "category": _token(lambda _: ("urn:oid:1.2.208.184.100.9", "001")),
    "event": _token(lambda d: ("urn:oid:1.2.208.176.2.4", d.label)),
    "format": _token(lambda _: ("urn:oid:1.2.208.184.100.10", "urn:ad:dk:medcom:cpd-v2.0:full")),
    "identifier": _token(lambda d: (f"urn:oid:{d.unique_root}", d.unique_extension or "")),
    "date": _date,
}


def _status(document: SharedDocument) -> str:
    return "current" if document.is_current else "superseded"
