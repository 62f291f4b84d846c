"""Reads a document: all that we know of it into plain data, all else kept as it was, and a report of both."""

from __future__ import annotations

from typing import cast

from forloeb.cda import codes
from forloeb.cda.checks import check
from forloeb.cda.document import (
    Activity,
    Diagnosis,
    Document,
    Observed,
    Place,
    Unknown,
)
from forloeb.cda.findings import Finding, Report
from forloeb.cda.read_body import (
    Sections,
    entries_of,
    find_sections,
    narrative_of,
    place_of,
    read_activity,
    read_diagnosis,
    read_observed,
)
from forloeb.cda.read_header import read_header
from forloeb.cda.taking import NotCpd, Taking, line_of, parse, path_of, plain, tag
from forloeb.kernel.content import Localized

_PLACES: tuple[Place, ...] = ("header", "diagnoses", "goals", "results", "activities", "body", "inside")
HEADER_ORDER = (
    *("realmCode", "typeId", "templateId", "id", "code", "title", "effectiveTime", "confidentialityCode"),
    *("languageCode", "setId", "versionNumber", "copyTime", "recordTarget", "author", "dataEnterer", "informant"),
    *("custodian", "informationRecipient", "legalAuthenticator", "authenticator", "participant", "inFulfillmentOf"),
    *("documentationOf", "relatedDocument", "authorization", "componentOf", "component"),
)
"""The order of CDA's schema (POCD_MT000040)."""


def read(body: bytes) -> tuple[Document, Report]:
    """Read a CPD-DK document of any version in use. Raises NotCpd where it is none, with the line and what to mend."""
    root = parse(body)
    if root.tag != tag("ClinicalDocument"):
        raise NotCpd(f"the root element is not ClinicalDocument in {codes.V3}", line=line_of(root))
    take = Taking(root)
    header = read_header(take)
    sections = find_sections(take)
    diagnoses: list[Diagnosis] = []
    goals: list[Observed] = []
    results: list[Observed] = []
    activities: list[Activity] = []
    narratives: list[tuple[codes.Part, str]] = []
    for section, part in sections.found.items():
        for entry in entries_of(take, section):
            match part:
                case "diagnoses":
                    diagnoses += [found] if (found := read_diagnosis(take, entry)) else []
                case "goals" | "results":
                    into = goals if part == "goals" else results
                    into += [seen] if (seen := read_observed(take, entry, part)) else []
                case "activities":
                    activities += [done] if (done := read_activity(take, entry)) else []
        narratives.append((part, narrative_of(take, section)))
    unknown = _unknown(take, sections)
    document = Document(
        header,
        tuple(diagnoses),
        tuple(goals),
        tuple(results),
        tuple(one for one in activities if not one.is_service),
        tuple(one for one in activities if one.is_service),
        tuple(part for part in unknown if part.place != "inside"),
        tuple(part for part in unknown if part.place == "inside"),
        tuple(narratives),
    )
    return document, Report((*(_kept(part) for part in unknown), *check(document, root)))


def _unknown(take: Taking, sections: Sections) -> tuple[Unknown, ...]:
    found = []
    for element, attribute in take.left():
        if attribute is None:
            place, _ = place_of(element, sections, take.root)
            found.append(Unknown(cast("Place", place), plain(element), path_of(element), line_of(element)))
        else:
            text = element.text if attribute == "text()" else element.get(attribute)
            path = f"{path_of(element)}/{'' if attribute == 'text()' else '@'}{attribute}"
            found.append(Unknown("inside", f"{attribute}: {(text or '').strip()}", path, line_of(element)))
    return tuple(sorted(found, key=_order))


def _order(part: Unknown) -> tuple[int, int]:
    name = part.path.rsplit("/", 1)[-1].split("[")[0]
    within = HEADER_ORDER.index(name) if part.place == "header" and name in HEADER_ORDER else 0
    return _PLACES.index(part.place), within


def _kept(part: Unknown) -> Finding:
    return Finding(
        "unknown",
        part.path,
        part.line,
        Localized(
            da="Kendes ikke. Den er gemt, som den kom, og vises her.",
            en="Not known. It is kept as it came, and shown here.",
        ),
    )
