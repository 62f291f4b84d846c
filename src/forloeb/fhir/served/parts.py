"""Parts that resources share."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

JsonObject = dict[str, Any]

DK_CORE = "http://hl7.dk/fhir/core/StructureDefinition/"
HERE = ZoneInfo("Europe/Copenhagen")
OURS = "urn:forloeb"


def moment(at: datetime) -> str:
    """Write a moment to the second, in Danish time."""
    return at.astimezone(HERE).isoformat(timespec="seconds")


def instant(at: datetime) -> str:
    """Write a moment to the millisecond, in Danish time."""
    return at.astimezone(HERE).isoformat(timespec="milliseconds")


def reference(kind: str, name: object, display: str = "") -> JsonObject:
    """Point at a resource that is served here."""
    return {"reference": f"{kind}/{name}", **({"display": display} if display else {})}


def coded(system: str, code: str, display: str = "") -> JsonObject:
    """Write one coding."""
    return {"system": system, "code": code, **({"display": display} if display else {})}


def without_empty(resource: JsonObject) -> JsonObject:
    """Leave out what is nothing: FHIR has no empty lists, objects or texts."""
    return {name: part for name, part in resource.items() if part not in (None, "", [], {})}


def meta(version: int | None, updated: datetime | None, profile: str = "") -> JsonObject:
    """Write the version and moment of what is known, and the profile it follows."""
    return without_empty(
        {
            "versionId": str(version) if version else "",
            "lastUpdated": instant(updated) if updated else "",
            "profile": [profile] if profile else [],
        }
    )
