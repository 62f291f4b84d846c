"""Writes a document as CPD-DK 2.0.0: header, four sections, and what we did not know, where it stood."""

from __future__ import annotations

from lxml import etree

from forloeb.cda import codes
from forloeb.cda.codes import V3, XSI
from forloeb.cda.document import (
    Document,
    Header,
    Organization,
    Patient,
)
from forloeb.cda.naming import Identifying, derived_uuid
from forloeb.cda.reading import HEADER_ORDER
from forloeb.cda.taking import Element, parse, tag
from forloeb.cda.values import (
    Code,
    Id,
    Period,
    Stamp,
)
from forloeb.cda.write_body import add_body, repeat_first_entries
from forloeb.cda.write_parts import (
    add,
    add_addresses,
    add_author,
    add_code,
    add_id,
    add_name,
    add_organization,
    add_period,
    add_stamp,
    add_telecoms,
)


def write(document: Document, *, repeats_direct_entries: bool = False) -> bytes:
    """Write a document, UTF-8. The same document gives the same bytes.

    `repeats_direct_entries` puts the first diagnosis and the first goal directly in their sections too, word for
    word: clauses C241 and C36 of the guide, read narrowly, ask for it.
    """
    root = etree.Element(tag("ClinicalDocument"), nsmap={None: V3, "xsi": XSI})
    header = document.header
    _add_header(root, header)
    ids = Identifying(header.id.key if header.id else repr(document))
    body = add(add(root, "component"), "structuredBody")
    sections = add_body(body, document, ids)
    etree.indent(root)
    if repeats_direct_entries:
        repeat_first_entries(body)
    _add_unknown(root, body, sections, document)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _add_header(root: Element, header: Header) -> None:
    add(root, "realmCode", code="DK")
    add(root, "typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040")
    add(root, "templateId", root=codes.DOCUMENT_TEMPLATE)
    add_id(root, header.id or Id(codes.MEDCOM, str(derived_uuid(repr(header)))))
    add_code(root, "code", Code("81215-6", codes.LOINC, codes.DOCUMENT_NAME))
    if header.title:
        add(root, "title", header.title)
    add_stamp(root, "effectiveTime", header.made)
    if header.confidentiality:
        add(root, "confidentialityCode", code=header.confidentiality, codeSystem=codes.CONFIDENTIALITY)
    if header.language:
        add(root, "languageCode", code=header.language)
    add_id(root, header.set_id, "setId")
    if header.version_number is not None:
        add(root, "versionNumber", value=str(header.version_number))
    _add_patient(root, header.patient, header.practice)
    for author in header.authors:
        add_author(root, author)
    if header.custodian:
        add_organization(
            add(add(root, "custodian"), "assignedCustodian"), "representedCustodianOrganization", header.custodian
        )
    _add_events(root, header)
    _add_related(root, header)


def _add_patient(root: Element, patient: Patient, practice: Organization | None) -> None:
    role = add(add(root, "recordTarget"), "patientRole", classCode="PAT")
    add_id(role, patient.id)
    add_addresses(role, patient.addresses)
    add_telecoms(role, patient.telecoms)
    person = add(role, "patient", classCode="PSN", determinerCode="INSTANCE")
    add_name(person, patient.name)
    add_code(person, "administrativeGenderCode", patient.sex)
    add_stamp(person, "birthTime", patient.birth)
    add_organization(role, "providerOrganization", practice)


def _add_events(root: Element, header: Header) -> None:
    if header.valid is not None:
        event = _event(root, codes.VALIDITY_EVENT, classCode="PCPR")
        open_end = header.valid.high or Stamp(None, "NI")
        add_period(event, Period(header.valid.value, header.valid.low, open_end))
    event = _event(root, codes.VERSION_EVENT, of="DOC", classCode="MPROT", moodCode="EVN")
    add(event, "id", root=codes.MEDCOM, extension=codes.PROFILE, assigningAuthorityName="MedCom")
    if header.label is not None:
        add_code(_event(root, codes.LABEL_EVENT), "code", header.label)


def _event(root: Element, template: str, *, of: str | None = None, **attributes: str) -> Element:
    event = add(add(root, "documentationOf", typeCode=of), "serviceEvent", **attributes)
    add(event, "templateId", root=template)
    return event


def _add_related(root: Element, header: Header) -> None:
    for related in header.related:
        parent = add(add(root, "relatedDocument", typeCode=related.kind), "parentDocument")
        for found in related.ids:
            add_id(parent, found)
        add_id(parent, related.set_id, "setId")
        if related.version_number is not None:
            add(parent, "versionNumber", value=str(related.version_number))


def _add_unknown(root: Element, body: Element, sections: dict[codes.Part, Element], document: Document) -> None:
    """Put back what we did not know where it stood: in the header, in a section's entries, in the body."""
    for part in document.unknown:
        element = parse(part.xml.encode())
        match part.place:
            case "header":
                name = etree.QName(element).localname
                _insert_in_order(root, element, name)
            case "body":
                body.append(element)
            case "diagnoses" | "goals" | "results" | "activities" as place:
                sections[place].append(element)
            case "inside":  # nowhere of its own to stand: it is in `remainders`, and not here
                continue


def _insert_in_order(root: Element, element: Element, name: str) -> None:
    order = HEADER_ORDER.index(name) if name in HEADER_ORDER else HEADER_ORDER.index("component")
    after = [place for place, one in enumerate(root) if _rank(one) <= order]
    root.insert(after[-1] + 1 if after and order < HEADER_ORDER.index("component") else len(root) - 1, element)


def _rank(element: Element) -> int:
    name = etree.QName(element).localname
    return HEADER_ORDER.index(name) if name in HEADER_ORDER else len(HEADER_ORDER)
