"""Reads a document's body: diagnoses, goals, results, reminders and services, from sections and sub-sections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from forloeb.cda import codes
from forloeb.cda.codes import V3, Part
from forloeb.cda.document import (
    Activity,
    Detail,
    Diagnosis,
    Group,
    Observed,
)
from forloeb.cda.read_parts import read_author, read_code, read_id, read_period, read_value
from forloeb.cda.taking import Element, Taking, plain, tag
from forloeb.cda.values import Code, Coded

_USUAL_CODES = {codes.DIAGNOSIS_KIND, "FLPServicesCode"}


class Sections(NamedTuple):
    """The four sections of a document, with where each stands, for what is not known in them."""

    found: dict[Element, Part]
    body: Element | None


class Entry(NamedTuple):
    """One entry and what its sub-section is called."""

    element: Element
    sub_section: Element | None


def find_sections(take: Taking) -> Sections:
    """Find the four sections by their templates, whatever their date; of one kind the first counts."""
    body = take.child(take.root, "component", "structuredBody")
    found: dict[Element, Part] = {}
    for component in [] if body is None else body.findall(tag("component")):
        section = component.find(tag("section"))
        part = None if section is None else _part_of(section)
        if section is not None and part is not None and part not in found.values():
            take.include(component, section)
            found[section] = part
    return Sections(found, body)


def _part_of(section: Element) -> Part | None:
    roots = {one.get("root") for one in section.findall(tag("templateId"))}
    return next(
        (part for part, known in codes.SECTIONS.items() if f"{codes.BODY}.{known.number}" in roots),
        None,
    )


def entries_of(take: Taking, section: Element) -> Iterator[Entry]:
    """Give a section's entries, those of its sub-sections first; an exact copy of one is read once."""
    _take_frame(take, section)
    seen: set[str] = set()
    places: list[tuple[Element, Element | None]] = []
    for component in section.findall(tag("component")):
        inner = component.find(tag("section"))
        if inner is not None and _is_sub_section(inner):
            take.include(component, inner)
            _take_frame(take, inner)
            places.append((inner, inner))
    for place, sub_section in (*places, (section, None)):
        for element in place.findall(tag("entry")):
            said = re.sub(r">\s+<", "><", "".join(plain(child) for child in element))
            if said in seen:
                take.skip(element)
                continue
            seen.add(said)
            yield Entry(element, sub_section)


def _is_sub_section(section: Element) -> bool:
    """Whether a section within a section is one of the plan's: by its template, or without any (older documents)."""
    roots = [one.get("root") or "" for one in section.findall(tag("templateId"))]
    return not roots or any(root.startswith((codes.BODY, codes.SHORTENED_BODY)) for root in roots)


def _take_frame(take: Taking, section: Element) -> None:
    for name in ("templateId", "id", "code", "title", "text"):
        for element in take.children(section, name):
            take.skip(element)


def narrative_of(take: Taking, section: Element) -> str:
    """Give all that a section shows to eyes, as one text."""
    shown = [section, *(inner for inner in section.iterfind(f".//{{{V3}}}section"))]
    said = [line for one in shown for name in ("title", "text") for line in _lines(take, one.find(tag(name)))]
    return "\n".join(said)


def _lines(take: Taking, text: Element | None) -> Iterator[str]:
    """Give a text's lines: of a table a line for each row, its cells apart."""
    rows = [] if text is None else list(text.iter(tag("tr")))
    if not rows:
        words = take.text(text)
        yield from [words] if words else []
        return
    for row in rows:
        cells = [" ".join(" ".join(str(part) for part in cell.itertext()).split()) for cell in row]
        yield " · ".join(cell for cell in cells if cell)


def group_of(take: Taking, entry: Entry, part: Part, name: str | None) -> Group | None:
    """Give what an entry's sub-section is called; None where it is called as usual."""
    section = entry.sub_section
    if section is None:
        return None
    title = take.text(section.find(tag("title")))
    code = read_code(take, section.find(tag("code")))
    if code is not None and (code.code in _USUAL_CODES or code.code == codes.SECTIONS[part].loinc):
        code = None
    title = None if title == name or title in ("Husk at",) else title
    return Group(title, code) if title or code else None


def _templates(take: Taking, element: Element) -> None:
    for template in take.children(element, "templateId"):
        take.skip(template)


def _status(take: Taking, element: Element) -> str | None:
    return take.attribute(take.child(element, "statusCode"), "code")


def _text(take: Taking, element: Element) -> str | None:
    """Give an entry's own words, or those of the table cell it refers to."""
    text = take.child(element, "text")
    reference = take.attribute(take.child(text, "reference"), "value")
    if reference and reference[1:] in take.by_name and reference.startswith("#"):
        cell = take.by_name[reference[1:]]
        return " ".join(" ".join(str(part) for part in cell.itertext()).split()) or None
    return take.text(text)


def read_diagnosis(take: Taking, entry: Entry) -> Diagnosis | None:
    """Read a health concern; None where the entry is something else."""
    act = entry.element.find(tag("act"))
    link = None if act is None else act.find(tag("entryRelationship"))
    observation = None if link is None else link.find(tag("observation"))
    if act is None or link is None or observation is None:
        return None
    take.include(entry.element, act, link, observation)
    for element in (act, observation):
        _templates(take, element)
    concern = take.child(act, "code")
    if concern is not None:
        take.skip(concern)
    value = read_value(take, take.child(observation, "value"))
    code = value.code if isinstance(value, Coded) else None
    authors = take.children(act, "author")
    read_id(take, take.child(observation, "id"))
    return Diagnosis(
        code,
        read_period(take, take.child(act, "effectiveTime")),
        read_period(take, take.child(observation, "effectiveTime")),
        _unless_usual(read_code(take, take.child(observation, "code"))),
        _status(take, act),
        read_author(take, authors[0]) if authors else None,
        _text(take, act),
        group_of(take, entry, "diagnoses", code.name if code else None),
        read_id(take, take.child(act, "id")),
    )


def _unless_usual(code: Code | None) -> Code | None:
    return None if code and code.code == codes.DIAGNOSIS_KIND else code


def read_observed(take: Taking, entry: Entry, part: Part) -> Observed | None:
    """Read a goal (GOL) or a result (EVN); None where the entry is something else."""
    observation = entry.element.find(tag("observation"))
    mood = "GOL" if part == "goals" else "EVN"
    if observation is None or observation.get("moodCode") != mood:
        return None
    take.include(entry.element, observation)
    _templates(take, observation)
    code = read_code(take, take.child(observation, "code"))
    return Observed(
        code,
        read_value(take, take.child(observation, "value")),
        read_period(take, take.child(observation, "effectiveTime")),
        _status(take, observation),
        _text(take, observation),
        group_of(take, entry, part, code.name if code else None),
        read_id(take, take.child(observation, "id")),
    )


def read_activity(take: Taking, entry: Entry) -> Activity | None:
    """Read a reminder or a service; None where the entry is something else."""
    act = next((one for name in ("encounter", "act") if (one := entry.element.find(tag(name))) is not None), None)
    mood = None if act is None else act.get("moodCode")
    if act is None or (mood != "INT" and mood != "EVN"):
        return None
    take.include(entry.element, act)
    _templates(take, act)
    return Activity(
        "INT" if mood == "INT" else "EVN",
        read_code(take, take.child(act, "code")),
        _status(take, act),
        read_period(take, take.child(act, "effectiveTime")),
        _text(take, act),
        tuple(_details(take, act)),
        group_of(take, entry, "activities", None),
        read_id(take, take.child(act, "id")),
    )


def _details(take: Taking, act: Element) -> Iterator[Detail]:
    for link in act.findall(tag("entryRelationship")):
        observation = link.find(tag("observation"))
        if observation is None:
            continue
        take.include(link, observation)
        _templates(take, observation)
        yield Detail(
            read_code(take, take.child(observation, "code")),
            read_period(take, take.child(observation, "effectiveTime")),
            read_value(take, take.child(observation, "value")),
            read_id(take, take.child(observation, "id")),
        )


def place_of(element: Element, sections: Sections, root: Element) -> tuple[str, Element]:
    """Say where something unknown stands: in the header, in a section's entries, in the body, or inside something."""
    parent = element.getparent()
    if parent is root:
        return "header", element
    if parent is not None and parent is sections.body:
        return "body", element
    if etree.QName(element).localname == "entry":
        node = parent
        while node is not None:
            if node in sections.found:
                return sections.found[node], element
            node = node.getparent()
    return "inside", element
