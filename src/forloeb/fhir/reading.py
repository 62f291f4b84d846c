"""What all FHIR readers share: findings, dates as FHIR writes them, codes, references."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from forloeb.kernel.codes import Coding

Resource = dict[str, Any]
COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in what came in that could not be used, or was changed on the way. Never repeats a value."""

    where: str
    what: str
    is_fault: bool = True


class NotFhir(ValueError):
    """What came in is not what it should be; the text says where and what."""


def parts(value: object) -> Iterator[Resource]:
    """Give the objects of a list; nothing of what is no list, and nothing that is no object."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(T.*)?")


def read_day(text: object, *, last: bool = False) -> date | None:
    """Read a FHIR date, partial date or moment as a calendar day in Copenhagen; None for what is none.

    Of a year or a month alone, the middle is meant: 1 July, or the 15th; with `last` its last day.
    """
    found = _DATE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    year, month, day, rest = found.groups()
    try:
        if rest:
            moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
            return moment.astimezone(COPENHAGEN).date() if moment.tzinfo else moment.date()
        if day:
            return date(int(year), int(month), int(day))
        if month:
            end = calendar.monthrange(int(year), int(month))[1]
            return date(int(year), int(month), end if last else 15)
        return date(int(year), 12, 31) if last else date(int(year), 7, 1)
    except (ValueError, OverflowError):
        return None


def read_moment(text: object) -> datetime | None:
    """Read a FHIR moment with its time zone; None for a day alone."""
    if not isinstance(text, str) or "T" not in text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=COPENHAGEN)


def codings(concept: object) -> Iterator[Coding]:
    """Give the codings of a CodeableConcept that have a system and a code."""
    if isinstance(concept, dict):
        for coding in parts(concept.get("coding")):
            if isinstance(coding.get("system"), str) and isinstance(coding.get("code"), str):
                yield Coding.of(coding["system"], coding["code"])


def status_code(concept: object) -> str | None:
    """Give the first code of a status, whatever its system."""
    if isinstance(concept, dict):
        for coding in parts(concept.get("coding")):
            if isinstance(coding.get("code"), str):
                return str(coding["code"])
    return None


def named(resource: Resource) -> str:
    """Name a resource by its type and id: `Observation/123`."""
    return f"{resource.get('resourceType', 'Resource')}/{resource.get('id', '?')}"


def reference(value: object) -> str | None:
    """Give what a Reference points to: `Patient/1` or a `urn:uuid:`; a whole address is cut to its last two parts."""
    target = value.get("reference") if isinstance(value, dict) else None
    if not isinstance(target, str) or not target:
        return None
    if target.startswith(("urn:", "#")):
        return target
    return "/".join(target.split("/_history/")[0].rstrip("/").split("/")[-2:])


def identifier(resource: Resource, system: str) -> str | None:
    """Give the value of the identifier in a system."""
    for one in parts(resource.get("identifier")):
        if one.get("system") == system and isinstance(one.get("value"), str):
            return str(one["value"])
    return None
