"""The record system's FHIR R4 server: read, history, search, create, update and their conditional forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from forloeb.jobs.demo.lps.store import Resource, Store, Token

KINDS = ("Patient", "Condition", "Observation", "MedicationStatement", "Subscription")
_SEARCHES = ("identifier", "code", "patient", "subject", "category", "status", "_id", "_lastUpdated")
_MOST = 1000


class Refused(Exception):
    """The request cannot be done: a status and a text for an OperationOutcome."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    status: int
    body: Resource
    headers: Mapping[str, str] = field(default_factory=dict)


def outcome(text: str, severity: str = "error") -> Resource:
    """Give an OperationOutcome."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": "processing", "diagnostics": text}],
    }


def capability() -> Resource:
    """Say what this server does."""
    interactions = [{"code": code} for code in ("read", "vread", "history-instance", "search-type", "create", "update")]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-23",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {
                        "type": kind,
                        "interaction": interactions,
                        "versioning": "versioned-update",
                        "conditionalCreate": True,
                        "conditionalUpdate": True,
                        "searchParam": [{"name": name, "type": "token"} for name in _SEARCHES],
                    }
                    for kind in KINDS
                ],
            }
        ],
    }


def tokens_of(resource: Resource) -> Iterator[Token]:
    """Give what a resource can be found by."""
    for one in resource.get("identifier", []):
        yield Token("identifier", one.get("system", ""), str(one.get("value", "")))
    for name, element in (("code", "code"), ("code", "medicationCodeableConcept")):
        for coding in resource.get(element, {}).get("coding", []) if isinstance(resource.get(element), dict) else []:
            yield Token(name, coding.get("system", ""), coding.get("code", ""))
    for part in resource.get("component", []):
        for coding in part.get("code", {}).get("coding", []):
            yield Token("code", coding.get("system", ""), coding.get("code", ""))
    for category in resource.get("category", []):
        for coding in category.get("coding", []):
            yield Token("category", coding.get("system", ""), coding.get("code", ""))
    if "reference" in resource.get("subject", {}):
        yield Token("patient", "", resource["subject"]["reference"].removeprefix("Patient/"))
    if isinstance(resource.get("status"), str):
        yield Token("status", "", resource["status"])


@dataclass(frozen=True, slots=True)
class Server:
    """The server over its store."""

    store: Store
    base: str

    def read(self, kind: str, id_: str) -> Reply:
        """Read one resource. Raises Refused."""
        found = self.store.find(_known(kind), id_)
        if found is None:
            raise Refused(404, f"there is no {kind} {id_}")
        return Reply(200, found, _tag(found))

    def history(self, kind: str, id_: str) -> Reply:
        """Give every version of a resource."""
        return Reply(200, self._bundle("history", self.store.versions(_known(kind), id_), {}))

    def search(self, kind: str, query: str, *, twice: bool = False, backwards: bool = False) -> Reply:
        """Search, a page at a time, in the order of `_lastUpdated`. Raises Refused."""
        asked = dict(parse_qsl(query, keep_blank_values=True))
        count, offset = min(int(asked.pop("_count", "50")), _MOST), int(asked.pop("_offset", "0"))
        asked.pop("_sort", None)
        found = self._find(_known(kind), asked)
        if backwards:
            found = found[::-1]
        bundle = self._bundle("searchset", found[offset : offset + count], {"total": len(found)})
        if twice:
            bundle["entry"] += bundle["entry"]
        if offset + count < len(found):
            rest = urlencode({**asked, "_count": count, "_offset": offset + count})
            bundle["link"] = [{"relation": "next", "url": f"{self.base}/{kind}?{rest}"}]
        return Reply(200, bundle)

    def create(self, kind: str, resource: Resource, if_none_exist: str | None) -> Reply:
        """Create a resource, unless there is one as `If-None-Exist` says. Raises Refused."""
        _check(kind, resource)
        with self.store.writing():
            if if_none_exist is not None:
                held = self._find(kind, dict(parse_qsl(if_none_exist)))
                if len(held) > 1:
                    raise Refused(412, "more than one resource is so already")
                if held:
                    return Reply(200, held[0], _tag(held[0]))
            saved = self.store.save(kind, resource, tokens_of(resource))
        return Reply(201, saved, {**_tag(saved), "Location": f"{self.base}/{kind}/{saved['id']}"})

    def update(self, kind: str, id_: str | None, query: str, resource: Resource, if_match: str | None) -> Reply:
        """Update a resource by its id or by a search; one that is not there is made. Raises Refused."""
        _check(kind, resource)
        with self.store.writing():
            if id_ is None:
                held = self._find(kind, dict(parse_qsl(query)))
                if len(held) > 1:
                    raise Refused(412, "more than one resource is so already")
                id_ = held[0]["id"] if held else None
            now = self.store.find(kind, id_) if id_ else None
            if if_match is not None and (now is None or if_match != _tag(now)["ETag"]):
                raise Refused(412, "the resource has changed since")
            saved = self.store.save(kind, resource, tokens_of(resource), id_)
        return Reply(200 if now else 201, saved, _tag(saved))

    def _find(self, kind: str, asked: Mapping[str, str]) -> list[Resource]:
        wanted, since, ids = [], "", []
        for name, text in asked.items():
            if name not in _SEARCHES:
                raise Refused(400, f"{kind} cannot be searched by {name}")
            if name == "_lastUpdated":
                since = text.removeprefix("ge").removeprefix("gt").replace("+00:00", "Z")
            elif name == "_id":
                ids = text.split(",")
            else:
                system, bar, value = text.rpartition("|")
                named = "patient" if name == "subject" else name
                wanted.append(Token(named, system if bar else "", value.removeprefix("Patient/")))
        return self.store.search(kind, wanted, since=since, ids=ids)

    def _bundle(self, kind: str, found: list[Resource], more: dict[str, Any]) -> Resource:
        entries = [{"fullUrl": f"{self.base}/{one['resourceType']}/{one['id']}", "resource": one} for one in found]
        return {"resourceType": "Bundle", "type": kind, **more, "entry": entries}


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise Refused(404, f"{kind} is not kept here")
    return kind


def _check(kind: str, resource: Resource) -> None:
    """Refuse what no server would take."""
    if resource.get("resourceType") != _known(kind):
        raise Refused(400, f"resourceType is not {kind}")
    if kind == "Observation":
        if "status" not in resource or not resource.get("code", {}).get("coding"):
            raise Refused(422, "an Observation has a status and a code")
        if not resource.get("subject", {}).get("reference"):
            raise Refused(422, "an Observation has a subject")


def _tag(resource: Resource) -> dict[str, str]:
    return {"ETag": f'W/"{resource["meta"]["versionId"]}"'}
