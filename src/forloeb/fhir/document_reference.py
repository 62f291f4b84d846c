"""A plan's document as an entry of a document registry: FHIR R4 DocumentReference, as IHE MHD 4.2.3 asks (minimal).

The Danish value sets are those of the XDS metadata profile 2.0.0; docs/reference/cpd-dk.md has the choices.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from forloeb.kernel.codes import LOINC, SKS, SNOMED_CT
from forloeb.kernel.identifiers import SOR

JsonObject = dict[str, Any]

_PROFILE = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.Minimal.DocumentReference"
_TYPE = {"system": LOINC, "code": "81215-6", "display": "Care plan - recommended C-CDA R2.0 & R2.1 sections"}
_CLASS = {"system": "urn:oid:1.2.208.184.100.9", "code": "001", "display": "Klinisk rapport"}
_FORMAT = {
    "system": "urn:oid:1.2.208.184.100.10",
    "code": "urn:ad:dk:medcom:cpd-v2.0:full",
    "display": "DK CPD schema",
}
_FACILITY = {"system": SNOMED_CT, "code": "394761003", "display": "almen lægepraksis"}
_SETTING = {"system": SNOMED_CT, "code": "408443003", "display": "almen medicin"}
_NORMAL = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N", "display": "normal"}
CONTENT_TYPE = "text/xml"


@dataclass(frozen=True, slots=True)
class SharedDocument:
    """What a registry tells of one document. `id` is its name among our resources; times have their zone."""

    id: str
    unique_root: str
    unique_extension: str | None
    patient: UUID
    is_current: bool
    label: str
    label_name: str
    title: str
    made_at: datetime
    began_at: datetime
    ended_at: datetime | None
    author_name: str
    organization_name: str
    organization_sor: str | None
    body: bytes
    replaces: str | None = None
    """The id of the document that this one replaces."""


def document_id(plan: UUID, number: int) -> str:
    """Name the document of a plan's version: the same each time."""
    return f"{plan}.{number}"


def document_reference(document: SharedDocument, *, base: str) -> JsonObject:
    """Give the entry of one document; `base` is the address of our FHIR server, where its Binary is read."""
    resource = {
        "resourceType": "DocumentReference",
        "id": document.id,
        "meta": {"profile": [_PROFILE], "lastUpdated": document.made_at.isoformat(timespec="seconds")},
        "masterIdentifier": _unique_id(document),
        # The registry's own name for the entry, beside the document's.
        "identifier": [
            {"use": "official", "system": "urn:ietf:rfc3986", "value": uuid5(NAMESPACE_OID, document.id).urn}
        ],
        "status": "current" if document.is_current else "superseded",
        "type": {"coding": [_TYPE]},
        "category": [{"coding": [_CLASS]}],
        "subject": {"reference": f"Patient/{document.patient}"},
        "date": document.made_at.isoformat(timespec="seconds"),
        "author": [_organization(document), {"display": document.author_name}],
        "relatesTo": [
            {"code": "replaces", "target": {"reference": f"DocumentReference/{one}"}}
            for one in ([document.replaces] if document.replaces else [])
        ],
        "securityLabel": [{"coding": [_NORMAL]}],
        "content": [{"attachment": _attachment(document, base), "format": _FORMAT}],
        "context": {
            "event": [{"coding": [{"system": SKS, "code": document.label, "display": document.label_name}]}],
            "period": _period(document),
            "facilityType": {"coding": [_FACILITY]},
            "practiceSetting": {"coding": [_SETTING]},
        },
    }
    return {name: part for name, part in resource.items() if part != []}


def _unique_id(document: SharedDocument) -> JsonObject:
    """Give the document's own identifier; a bare OID is a name by itself."""
    if document.unique_extension:
        return {"use": "usual", "system": f"urn:oid:{document.unique_root}", "value": document.unique_extension}
    return {"use": "usual", "system": "urn:ietf:rfc3986", "value": f"urn:oid:{document.unique_root}"}


def _organization(document: SharedDocument) -> JsonObject:
    number = {"identifier": {"system": SOR, "value": document.organization_sor}} if document.organization_sor else {}
    return {"type": "Organization", **number, "display": document.organization_name}


def _attachment(document: SharedDocument, base: str) -> JsonObject:
    # SHA-1 is what FHIR R4 and XDS lay down for telling that the bytes are those registered.
    digest = sha1(document.body, usedforsecurity=False).digest()
    return {
        "contentType": CONTENT_TYPE,
        "language": "da-DK",
        "url": f"{base}/Binary/{document.id}",
        "size": len(document.body),
        "hash": b64encode(digest).decode(),
        "title": document.title,
        "creation": document.made_at.isoformat(timespec="seconds"),
    }


def _period(document: SharedDocument) -> JsonObject:
    period = {"start": document.began_at.isoformat(timespec="seconds")}
    if document.ended_at is not None:
        period["end"] = document.ended_at.isoformat(timespec="seconds")
    return period
