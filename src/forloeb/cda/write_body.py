"""Writes the four sections: entries in sub-sections, newest first as they come, each with the table made from them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TypeVar

from forloeb.cda import codes
from forloeb.cda.codes import Part
from forloeb.cda.document import (
    Activity,
    Detail,
    Diagnosis,
    Document,
    Group,
    Observed,
)
from forloeb.cda.naming import Identifying
from forloeb.cda.narrative import add_narrative
from forloeb.cda.taking import Element, tag
from forloeb.cda.values import Code, Id
from forloeb.cda.write_parts import add, add_author, add_code, add_id, add_period, add_value

_CONCERN = Code("75310-3", codes.LOINC, "Health Concern")
_DIAGNOSES = Group(None, Code(codes.DIAGNOSIS_KIND, codes.SKS, "Diagnoseart"))
_SERVICES = Group(None, Code("FLPServicesCode", codes.MESSAGE_CODES, "Ydelser"))
_REMINDERS = Group("Husk at")

T = TypeVar("T")


def add_body(body: Element, document: Document, ids: Identifying) -> dict[Part, Element]:
    """Add the sections. Gives, for those with unknown entries, where these go."""
    into: dict[Part, Element] = {}
    for part in codes.SECTIONS:
        strange = any(one.place == part for one in document.unknown)
        if part == "results" and not document.results and not strange:
            continue
        section = _section(body, part, document)
        _add_entries(section, part, document, ids)
        if strange:
            into[part] = _sub_section(section, part, Group())
        elif section.find(tag("component")) is None:
            _sub_section(section, part, Group())
    return into


def _section(body: Element, part: Part, document: Document) -> Element:
    known = codes.SECTIONS[part]
    section = _frame(body)
    add(section, "templateId", root=f"{codes.BODY}.{known.number}", extension=codes.SECTION_DATE)
    add_code(section, "code", Code(known.loinc, codes.LOINC, known.name))
    add(section, "title", known.title)
    add_narrative(add(section, "text"), part, document)
    return section


def _frame(parent: Element) -> Element:
    component = add(parent, "component", typeCode="COMP", contextConductionInd="true")
    return add(component, "section", classCode="DOCSECT", moodCode="EVN")


def _sub_section(section: Element, part: Part, group: Group) -> Element:
    inner = _frame(section)
    root = f"{codes.BODY}.{codes.SECTIONS[part].number}.2"
    add(inner, "templateId", root=root, extension=codes.SUB_SECTION_DATE)
    add_code(inner, "code", group.code)
    if group.title:
        add(inner, "title", group.title)
    elif group.code is not None or part == "results":
        add(inner, "title", nullFlavor="NI")
    # A section with entries that its text derives from must have a text (RMIM-066).
    add(inner, "text")
    return inner


def _add_entries(section: Element, part: Part, document: Document, ids: Identifying) -> None:
    match part:
        case "diagnoses":
            _in_groups(section, part, document.diagnoses, lambda d: d.group or _DIAGNOSES, _diagnosis(ids))
        case "goals":
            _in_groups(section, part, document.goals, _goal_group, _observed(ids, "GOL", 2))
        case "results":
            _in_groups(section, part, document.results, _result_group, _observed(ids, "EVN", 4))
        case "activities":
            _in_groups(section, part, document.reminders, lambda a: a.group or _REMINDERS, _activity(ids))
            _in_groups(section, part, document.services, lambda a: a.group or _SERVICES, _activity(ids))


def repeat_first_entries(body: Element) -> None:
    """Put a copy, word for word, of the first diagnosis and the first goal directly in their sections."""
    for part in ("diagnoses", "goals"):
        template = f"{codes.BODY}.{codes.SECTIONS[part].number}"
        for section in body.iterfind(f"{tag('component')}/{tag('section')}"):
            first = next(section.iter(tag("entry")), None)
            text, known = section.find(tag("text")), section.find(tag("templateId"))
            if first is not None and text is not None and known is not None and known.get("root") == template:
                # A section's own entries stand between its text and its sub-sections.
                section.insert(section.index(text) + 1, copy.deepcopy(first))


def _in_groups(
    section: Element,
    part: Part,
    entries: Sequence[T],
    group_of: Callable[[T], Group],
    add_entry: Callable[[Element, T], None],
) -> None:
    """Put entries that follow each other and belong together into one sub-section."""
    for _, together in groupby(entries, key=lambda entry: (group_of(entry), _apart(part, entry))):
        members = list(together)
        group = group_of(members[0])
        inner = _sub_section(section, part, group)
        for entry in members:
            add_entry(inner, entry)


def _apart(part: Part, entry: object) -> Code | None:
    """Tell measures apart: each has its own sub-section, unless the plan has named one for several."""
    if isinstance(entry, Observed) and entry.group is None and part in ("goals", "results"):
        return entry.code
    return None


def _goal_group(goal: Observed) -> Group:
    return goal.group or Group()


def _result_group(result: Observed) -> Group:
    return result.group or Group(result.code.name if result.code else None)


def _entry(section: Element, kind: str) -> Element:
    return add(section, "entry", typeCode=kind, contextConductionInd="true")


def _template(element: Element, ending: str) -> None:
    add(element, "templateId", root=f"{codes.BODY}.{ending}", extension=codes.SECTION_DATE)


def _diagnosis(ids: Identifying) -> Callable[[Element, Diagnosis], None]:
    def add_entry(section: Element, diagnosis: Diagnosis) -> None:
        act = add(_entry(section, "DRIV"), "act", classCode="ACT", moodCode="EVN")
        named = ids(diagnosis.id)
        _template(act, "1.21")
        add_id(act, named)
        add_code(act, "code", _CONCERN)
        _add_text(act, diagnosis.text)
        _add_status(act, diagnosis.status)
        add_period(act, diagnosis.followed)
        add_author(act, diagnosis.author)
        observation = _refers(act)
        add_id(observation, named)
        add_code(observation, "code", diagnosis.kind or Code(codes.DIAGNOSIS_KIND, codes.SKS, "Diagnoseart"))
        add_period(observation, diagnosis.present)
        add_code(observation, "value", diagnosis.code, type_="CD")

    return add_entry


def _refers(act: Element) -> Element:
    return add(add(act, "entryRelationship", typeCode="REFR"), "observation", classCode="OBS", moodCode="EVN")


def _add_text(element: Element, text: str | None) -> None:
    if text:
        add(element, "text", text)


def _add_status(element: Element, status: str | None) -> None:
    if status:
        add(element, "statusCode", code=status)


def _observed(ids: Identifying, mood: str, number: int) -> Callable[[Element, Observed], None]:
    def add_entry(section: Element, observed: Observed) -> None:
        entry = _entry(section, "DRIV" if mood == "GOL" else "COMP")
        observation = add(entry, "observation", classCode="OBS", moodCode=mood)
        _template(observation, f"{number}.20")
        add_id(observation, ids(observed.id))
        add_code(observation, "code", observed.code)
        _add_text(observation, observed.text)
        _add_status(observation, observed.status)
        add_period(observation, observed.when)
        add_value(observation, observed.value)

    return add_entry


def _activity(ids: Identifying) -> Callable[[Element, Activity], None]:
    def add_entry(section: Element, activity: Activity) -> None:
        # The published examples call a planned encounter an observation; no rule looks at it.
        kind = "OBS" if activity.mood == "INT" else "ACT"
        encounter = add(_entry(section, "DRIV"), "encounter", classCode=kind, moodCode=activity.mood)
        named = ids(activity.id)
        _template(encounter, "3.20")
        add_id(encounter, named)
        add_code(encounter, "code", activity.kind)
        _add_text(encounter, activity.text)
        _add_status(encounter, activity.status)
        add_period(encounter, activity.when)
        for detail in activity.details:
            _detail(_refers(encounter), detail, named)

    return add_entry


def _detail(observation: Element, detail: Detail, activity: Id) -> None:
    add_id(observation, detail.id or activity)
    add_code(observation, "code", detail.code)
    add_period(observation, detail.when)
    add_value(observation, detail.value)
