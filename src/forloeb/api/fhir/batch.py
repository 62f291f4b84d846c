"""`batch` Bundles: many requests sent as one, each answered as if it had come alone."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import orjson
from django.db import transaction

from forloeb.access.queries import note
from forloeb.api.fhir.interactions import Asking
from forloeb.api.fhir.problems import Problem, invalid
from forloeb.fhir.reading import parts
from forloeb.fhir.served.parts import JsonObject

MOST_REQUESTS = 100
_URL = re.compile(r"([A-Z$][^?\s]{0,300})(?:\?(\S{0,2000}))?")

Environ = dict[str, Any]
Answerer = Callable[[Environ, str, str], tuple[int, JsonObject]]
"""Answers one request (what WSGI knows of it, its method, its path) with a status and a resource. Raises Problem."""


def batch(bundle: JsonObject, asking: Asking, answer: Answerer) -> JsonObject:
    """Answer each request of a Bundle by itself; one that is refused undoes no other. Raises Problem."""
    given = bundle.get("entry", [])
    entries = list(parts(given))
    if not isinstance(given, list) or len(given) > MOST_REQUESTS or len(entries) != len(given):
        raise invalid(f"A batch has at most {MOST_REQUESTS} entries, each an object.", "Bundle.entry")
    return {
        "resourceType": "Bundle",
        "type": "batch-response",
        "entry": [_entry(entry, f"Bundle.entry[{place}]", asking, answer) for place, entry in enumerate(entries)],
    }


def _entry(entry: JsonObject, where: str, asking: Asking, answer: Answerer) -> JsonObject:
    try:
        environ, method, path = _request(entry, where, asking)
        with transaction.atomic():
            status, resource = answer(environ, method, path)
    except Problem as problem:
        if problem.code in ("forbidden", "not-found"):
            note(asking.caller.viewer, event="api-read", action="refused")
        return {"response": {"status": _status(problem.status), "outcome": problem.outcome()}}
    response = {"status": _status(status)}
    said = resource.get("meta", {})
    if "versionId" in said:
        response["etag"] = f'W/"{said["versionId"]}"'
        if status == 201:
            response["location"] = f"{resource['resourceType']}/{resource['id']}/_history/{said['versionId']}"
    return {"resource": resource, "response": response}


def _status(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def _request(entry: JsonObject, where: str, asking: Asking) -> tuple[Environ, str, str]:
    """Give what an entry asks for, as if it had come alone. Raises Problem that names the entry."""
    request = entry.get("request")
    if not isinstance(request, dict):
        raise invalid("The entry has no request.", where)
    method, url = request.get("method"), request.get("url")
    if method not in ("GET", "POST", "PUT"):
        raise Problem(405, "not-supported", "A batch takes GET, POST and PUT.", f"{where}.request.method")
    asked = _URL.fullmatch(url.removeprefix(f"{asking.base}/")) if isinstance(url, str) else None
    if asked is None or asked[1].endswith("_search"):
        raise invalid("This is no address of a resource or a search: Observation/1.", f"{where}.request.url")
    resource = entry.get("resource")
    if method != "GET" and not isinstance(resource, dict):
        raise invalid("The entry has no resource.", f"{where}.resource")
    body = b"" if method == "GET" else orjson.dumps(resource)
    environ = {
        "QUERY_STRING": asked[2] or "",
        "CONTENT_TYPE": "application/fhir+json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "HTTP_IF_NONE_EXIST": _text(request, "ifNoneExist"),
        "HTTP_IF_MATCH": _text(request, "ifMatch"),
    }
    return environ, method, unquote(asked[1])


def _text(request: JsonObject, name: str) -> str:
    said = request.get(name)
    return said if isinstance(said, str) else ""
