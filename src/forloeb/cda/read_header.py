"""Reads a document's header: who, when, which plan, which version."""

from __future__ import annotations

from forloeb.cda import codes
from forloeb.cda.document import Header, Patient, Related
from forloeb.cda.read_parts import (
    read_addresses,
    read_author,
    read_code,
    read_id,
    read_ids,
    read_name,
    read_organization,
    read_period,
    read_stamp,
    read_telecoms,
)
from forloeb.cda.taking import Element, NotCpd, Taking, line_of
from forloeb.cda.values import Code, Id, Period


def read_header(take: Taking) -> Header:
    """Read the header. Raises NotCpd where it names no plan document, no patient, or no time."""
    root = take.root
    _check_template(take)
    for name in ("realmCode", "typeId", "code"):
        for element in take.children(root, name):
            take.skip(element)
    made = read_stamp(take, take.child(root, "effectiveTime"))
    if made is None or made.text is None:
        raise NotCpd("ClinicalDocument has no effectiveTime with a value", line=line_of(root))
    valid, label, profile = _events(take)
    return Header(
        _patient(take),
        made,
        take.text(take.child(root, "title")),
        read_organization(take, take.child(root, "recordTarget", "patientRole", "providerOrganization")),
        tuple(read_author(take, element) for element in take.children(root, "author")),
        read_organization(take, take.child(root, "custodian", "assignedCustodian", "representedCustodianOrganization")),
        valid,
        label,
        _coded(take, "confidentialityCode"),
        _coded(take, "languageCode"),
        read_id(take, take.child(root, "id")),
        read_id(take, take.child(root, "setId")),
        _whole(take, take.child(root, "versionNumber")),
        tuple(_related(take, element) for element in take.children(root, "relatedDocument")),
        profile,
    )


def _check_template(take: Taking) -> None:
    templates = take.children(take.root, "templateId")
    for element in templates:
        take.skip(element)
    if codes.DOCUMENT_TEMPLATE not in {element.get("root") for element in templates}:
        raise NotCpd(
            f"ClinicalDocument has no templateId {codes.DOCUMENT_TEMPLATE}: it is no forløbsplan",
            line=line_of(take.root),
        )


def _coded(take: Taking, name: str) -> str | None:
    element = take.child(take.root, name)
    take.attribute(element, "codeSystem")
    return take.attribute(element, "code")


def _whole(take: Taking, element: Element | None) -> int | None:
    text = take.attribute(element, "value") or ""
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) <= 9 else None


def _patient(take: Taking) -> Patient:
    role = take.child(take.root, "recordTarget", "patientRole")
    number = read_id(take, take.child(role, "id"))
    if role is None or number is None or number.extension is None:
        line = line_of(take.root if role is None else role)
        raise NotCpd("recordTarget/patientRole has no id with a root and an extension", line=line)
    person = take.child(role, "patient")
    name = read_name(take, take.child(person, "name"))
    if name is None:
        raise NotCpd("patientRole/patient has no name", line=line_of(role))
    return Patient(
        number,
        name,
        read_code(take, take.child(person, "administrativeGenderCode")),
        read_stamp(take, take.child(person, "birthTime")),
        read_addresses(take, role),
        read_telecoms(take, role),
    )


def _events(take: Taking) -> tuple[Period | None, Code | None, str | None]:
    """Find the validity, the label and the declared profile among the header's events.

    The published examples leave the validity's template out, so an event of the care itself (PCPR) is read as it.
    """
    valid: Period | None = None
    label: Code | None = None
    profile: str | None = None
    for element in take.root.findall(f"{{{codes.V3}}}documentationOf"):
        event = element.find(f"{{{codes.V3}}}serviceEvent")
        if event is None:
            continue
        templates = {one.get("root") for one in event.findall(f"{{{codes.V3}}}templateId")}
        if codes.VERSION_EVENT in templates and profile is None:
            _take_event(take, element, event)
            declared = read_id(take, take.child(event, "id"))
            profile = declared.extension if declared else None
        elif codes.LABEL_EVENT in templates and label is None:
            _take_event(take, element, event)
            label = read_code(take, take.child(event, "code"))
        elif valid is None and (
            codes.VALIDITY_EVENT in templates or (not templates and event.get("classCode") == "PCPR")
        ):
            _take_event(take, element, event)
            valid = read_period(take, take.child(event, "effectiveTime"))
    return valid, label, profile


def _take_event(take: Taking, element: Element, event: Element) -> None:
    take.include(element, event)
    for template in take.children(event, "templateId"):
        take.skip(template)


def _related(take: Taking, element: Element) -> Related:
    parent = take.child(element, "parentDocument")
    ids: tuple[Id, ...] = read_ids(take, parent) if parent is not None else ()
    for code in take.children(parent, "code"):
        take.skip(code)
    return Related(
        (element.get("typeCode") or "").strip(),
        ids,
        read_id(take, take.child(parent, "setId")),
        _whole(take, take.child(parent, "versionNumber")),
    )
