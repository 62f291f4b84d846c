"""Bundles that answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forloeb.fhir.served.parts import JsonObject

_ALWAYS = frozenset({"resourceType", "id", "meta"})
_SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}


def searchset(
    found: Sequence[JsonObject],
    included: Iterable[JsonObject],
    total: int,
    links: Sequence[tuple[str, str]],
    base: str,
    only: Sequence[str] = (),
) -> JsonObject:
    """Answer a search: what was found, and what comes with it. `only` keeps those elements."""
    return _without_nothing(
        {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": total,
            "link": [{"relation": relation, "url": url} for relation, url in links],
            "entry": [
                *(_entry(reduced(resource, only) if only else resource, base, "match") for resource in found),
                *(_entry(resource, base, "include") for resource in included),
            ],
        }
    )


def history(versions: Sequence[JsonObject], base: str) -> JsonObject:
    """Answer with every version of a resource."""
    return {
        "resourceType": "Bundle",
        "type": "history",
        "total": len(versions),
        "entry": [
            {
                "fullUrl": f"{base}/{one['resourceType']}/{one['id']}",
                "resource": one,
                "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"},
                "response": {"status": "200", "etag": f'W/"{one["meta"].get("versionId", "1")}"'},
            }
            for one in versions
        ],
    }


def _entry(resource: JsonObject, base: str, mode: str) -> JsonObject:
    where = f"{base}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": where, "resource": resource, "search": {"mode": mode}}


def reduced(resource: JsonObject, only: Sequence[str]) -> JsonObject:
    """Keep some elements of a resource, and say that it is not the whole."""
    kept = {name: part for name, part in resource.items() if name in _ALWAYS or name in only}
    kept["meta"] = {**kept.get("meta", {}), "tag": [_SUBSETTED]}
    return kept


def _without_nothing(bundle: JsonObject) -> JsonObject:
    return {name: part for name, part in bundle.items() if part != []}
