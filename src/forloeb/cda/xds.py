"""What a document is registered under when it is shared: XDS metadata by the Danish profile.

Times are UTC without a zone. Source: Dansk XDS metadata-profil 2.0.0, its CDA mapping, and the value sets in
medcomdk/dk-medcom-xds-metadata; docs/reference/cpd-dk.md has the choices.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from forloeb.cda import codes
from forloeb.cda.document import Author, Document, Name
from forloeb.cda.naming import derived_uuid
from forloeb.cda.values import Code, Id, Stamp

FORMAT = Code("urn:ad:dk:medcom:cpd-v2.0:full", "1.2.208.184.100.10", "DK CPD schema")
CLASS = Code("001", "1.2.208.184.100.9", "Klinisk rapport")
TYPE = Code("81215-6", codes.LOINC, codes.DOCUMENT_NAME)
FACILITY = Code("394761003", "2.16.840.1.113883.6.96", "almen lægepraksis")
SETTING = Code("408443003", "2.16.840.1.113883.6.96", "almen medicin")
NORMAL = Code("N", codes.CONFIDENTIALITY, "normal")
STABLE = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
COMMON_DOMAIN, PRIMARY_DOMAIN = "1.2.208.176.8.1", "1.2.208.193.100"
"""The home communities: the common Danish one, and that of the primary health care."""
TITLE_LONGEST = 127


@dataclass(frozen=True, slots=True)
class Metadata:
    """A registry's entry for one document. A field that is None is not known, and left out."""

    unique_id: str
    entry_uuid: str
    patient_id: str
    source_patient_info: tuple[str, ...]
    title: str
    creation_time: str
    service_start_time: str | None
    service_stop_time: str | None
    author_institution: str | None
    author_person: str | None
    event_codes: tuple[Code, ...]
    hash: str
    size: int
    availability: Literal["Approved", "Deprecated"]
    home_community_id: str
    repository_unique_id: str | None
    replaces: tuple[str, ...]
    type_code: Code = TYPE
    class_code: Code = CLASS
    format_code: Code = FORMAT
    facility_type: Code = FACILITY
    practice_setting: Code = SETTING
    confidentiality: Code = NORMAL
    language: str = "da-DK"
    mime_type: str = "text/xml"
    object_type: str = STABLE


def metadata(
    document: Document,
    body: bytes,
    *,
    is_deprecated: bool = False,
    home_community_id: str = COMMON_DOMAIN,
    repository_unique_id: str | None = None,
) -> Metadata:
    """Give a document's metadata; `body` is the document as written. Raises ValueError for one without an id.

    A replaced document, and a plan that was withdrawn, is deprecated.
    """
    header = document.header
    if header.id is None:
        raise ValueError("a document without an id cannot be registered")
    valid, author = header.valid, next(iter(header.authors), None)
    return Metadata(
        unique_id=unique_id(header.id),
        entry_uuid=f"urn:uuid:{derived_uuid('entry', header.id.key)}",
        patient_id=f"{header.patient.id.extension}^^^&{header.patient.id.root}&ISO",
        source_patient_info=tuple(_patient_info(document)),
        title=(header.title or "Forløbsplan")[:TITLE_LONGEST],
        creation_time=_utc(header.made) or "",
        service_start_time=_utc(valid.low) if valid else None,
        service_stop_time=_utc(valid.high) if valid else None,
        author_institution=_institution(author),
        author_person=_person(author.person) if author else None,
        event_codes=(header.label,) if header.label and header.label.code else (),
        # The registry's own check that the bytes are those registered; SHA-1 is what XDS lays down.
        hash=hashlib.sha1(body, usedforsecurity=False).hexdigest(),
        size=len(body),
        availability="Deprecated" if is_deprecated else "Approved",
        home_community_id=f"urn:oid:{home_community_id}",
        repository_unique_id=repository_unique_id,
        replaces=tuple(unique_id(one) for r in header.related if r.kind == "RPLC" for one in r.ids),
        language=header.language or "da-DK",
    )


def unique_id(found: Id) -> str:
    """Give an identifier as registries write it: root^extension."""
    root, extension = found.mended.root, found.mended.extension
    return f"{root}^{extension}" if extension else root


def _utc(stamp: Stamp | None) -> str | None:
    if stamp is None or stamp.text is None:
        return None
    return f"{stamp.moment:%Y%m%d%H%M%S}" if stamp.moment else stamp.text


def _patient_info(document: Document) -> list[str]:
    patient = document.header.patient
    given = "^".join((patient.name.family or "", *patient.name.given[:1], " ".join(patient.name.given[1:])))
    found = [f"PID-5|{given.rstrip('^')}"]
    if patient.birth and patient.birth.day:
        found.append(f"PID-7|{patient.birth.day:%Y%m%d}")
    if patient.sex and patient.sex.code in ("M", "F"):
        found.append(f"PID-8|{patient.sex.code}")
    return found


def _institution(author: Author | None) -> str | None:
    """Write an organization as XON: its name first, its number tenth, whose number it is sixth."""
    organization = author.organization if author else None
    number = (author.id if author else None) or (organization.id if organization else None)
    if organization is None or number is None or not organization.name:
        return None
    return f"{organization.name}^^^^^&{number.root}&ISO^^^^{number.extension or ''}"


def _person(name: Name | None) -> str | None:
    """Write a person as XCN: family name, first given name, further given names joined with &."""
    if name is None or not name.family:
        return None
    first, further = "".join(name.given[:1]), "&".join(name.given[1:])
    return f"^{name.family}^{first}^{further}".rstrip("^")
