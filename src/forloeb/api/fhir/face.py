"""The FHIR face as a WSGI application beside Django's middleware: same rooms, same access, same log.

Pages need sessions that are written, messages, languages and tokens against forgery; a resource needs none of it, and a
read takes a third of the time without. `docs/adr` tells what was measured.
"""

from __future__ import annotations

import gzip
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import orjson
from django.core.signals import request_finished, request_started
from django.utils import timezone
from django.utils.http import http_date

from forloeb.access.queries import note
from forloeb.api.callers import Caller, NotSignedIn, find_caller, fitting, recall_caller
from forloeb.api.fhir import (
    at_once,
    batch,
    capability,
    definitions,
    gathering,
    interactions,
    operations,
    own_log,
    writing,
)
from forloeb.api.fhir.interactions import Asking
from forloeb.api.fhir.paging import opened
from forloeb.api.fhir.problems import Problem, invalid, not_found, unsupported
from forloeb.fhir.served.parts import JsonObject
from forloeb.fhir.xml import NotFhirXml, from_xml, to_xml
from forloeb.people.viewers import looking

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Application = Callable[[Environ, Any], Any]

PREFIX = "/fhir"
BEHIND = ("/fhir/.well-known/", "/fhir/Subscription")
"""What the application behind answers: what apps are told of us, and what they want to be told of."""
JSON = "application/fhir+json; charset=utf-8"
XML = "application/fhir+xml; charset=utf-8"
LARGEST = 10_000_000
_WORTH_COMPRESSING = 800
_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")
_DOCUMENTS = re.compile(rf"{PREFIX}/(?:DocumentReference|Binary)(?:/|$)")
"""What the application behind answers (`api/mhd.py`): whole documents, made on demand, which no table has as rows."""
_GATHERED = frozenset({"$everything", "$lastn"})
"""Operations that give resources as they are searched for, and are sifted as searches are."""
_KIND = re.compile(r"[A-Z][A-Za-z]{1,63}")
_OURS = Problem(500, "exception", "Something went wrong here; it has been noted. Try again later.")
log = logging.getLogger("forloeb.api.fhir")


class FhirFace:
    """Answers at `/fhir`; everything else is the application's behind it."""

    def __init__(self, behind: Application) -> None:
        self.behind = behind

    def __call__(self, environ: Environ, start_response: StartResponse) -> Any:
        """Answer one request. As any WSGI application."""
        path = str(environ.get("PATH_INFO", ""))
        ours = path == PREFIX or path.startswith(f"{PREFIX}/")
        if not ours or _DOCUMENTS.match(path) or path.startswith(BEHIND):
            return self.behind(environ, start_response)
        request_started.send(sender=type(self), environ=environ)
        try:
            status, headers, body = _answer(environ, path.removeprefix(PREFIX).strip("/"))
        finally:
            request_finished.send(sender=type(self))
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]


@dataclass(frozen=True, slots=True)
class Done:
    """What is answered: a status and a resource."""

    status: int
    resource: JsonObject


def _answer(environ: Environ, path: str) -> tuple[int, list[tuple[str, str]], bytes]:
    headers: list[tuple[str, str]] = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
    is_xml = False
    try:
        is_xml = _is_xml_wanted(environ)
        done = _done(environ, path)
    except Problem as problem:
        done = Done(problem.status, problem.outcome())
        if problem.status == 401:
            headers.append(("WWW-Authenticate", 'Bearer realm="forloeb"'))
    except Exception:
        log.exception("a FHIR request failed")
        done = Done(500, _OURS.outcome())
    said = done.resource.get("meta", {}) if done.status < 400 else {}
    if "versionId" in said:
        headers.append(("ETag", f'W/"{said["versionId"]}"'))
    if "lastUpdated" in said:
        headers.append(("Last-Modified", http_date(datetime.fromisoformat(said["lastUpdated"]).timestamp())))
    if done.status == 201:
        where = f"{done.resource['resourceType']}/{done.resource['id']}/_history/{said['versionId']}"
        headers.append(("Location", f"{_base(environ)}/{where}"))
    if done.status == 200 and environ["REQUEST_METHOD"] in ("GET", "HEAD") and _is_known(environ, said):
        return 304, headers, b""
    return done.status, *_body_of(done.resource, environ, headers, is_xml=is_xml)


def _body_of(
    resource: JsonObject, environ: Environ, headers: list[tuple[str, str]], *, is_xml: bool
) -> tuple[list[tuple[str, str]], bytes]:
    if is_xml:
        body = to_xml(resource, pretty=_wants_pretty(environ))
    else:
        body = orjson.dumps(resource, default=_number, option=orjson.OPT_INDENT_2 if _wants_pretty(environ) else 0)
    headers += [("Content-Type", XML if is_xml else JSON), ("Vary", "Accept, Accept-Encoding")]
    if len(body) > _WORTH_COMPRESSING and "gzip" in str(environ.get("HTTP_ACCEPT_ENCODING", "")):
        body = gzip.compress(body, compresslevel=4, mtime=0)
        headers.append(("Content-Encoding", "gzip"))
    headers.append(("Content-Length", str(len(body))))
    return headers, b"" if environ["REQUEST_METHOD"] == "HEAD" else body


def _base(environ: Environ) -> str:
    return f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', 'localhost')}{PREFIX}"


def _done(environ: Environ, path: str) -> Done:
    method = environ["REQUEST_METHOD"]
    if path == "metadata" and method in ("GET", "HEAD"):
        return Done(200, capability.statement(_base(environ)))
    at = timezone.now()
    if method == "GET" and (recalled := recall_caller(environ, at=at)):
        caller, holds = recalled
        asking = Asking(caller, at, timezone.localdate(at), _base(environ))
        answered = at_once.answer(path, str(environ.get("QUERY_STRING", "")), asking, holds)
        if answered is not None:
            return Done(200, answered)
    try:
        caller = find_caller(environ, at=at)
    except NotSignedIn:
        raise Problem(401, "login", "Sign in first.") from None
    asking = Asking(caller, at, timezone.localdate(at), _base(environ))
    try:
        with looking(caller.viewer):
            return _answered(environ, method, path, asking)
    except Problem as problem:
        if problem.code in ("forbidden", "not-found"):
            with looking(caller.viewer):  # in a transaction of its own: the other was undone
                note(caller.viewer, event="api-read", action="refused")
        raise


def _answered(environ: Environ, method: str, path: str, asking: Asking) -> Done:
    """Answer one request, with no more than the caller's app may read. Raises Problem."""
    found = _dispatch(environ, method, path.split("/"), asking)
    operation = path.rpartition("/")[2]
    is_looked_up = method in ("GET", "HEAD") or operation == "_search"
    if operation in _GATHERED or (is_looked_up and not operation.startswith("$")):
        return _fitting(asking.caller, found)
    return found


def _fitting(caller: Caller, found: Done) -> Done:
    """Give an answer less what the app's granular scopes leave out. Raises Problem."""
    resource = fitting(caller, found.resource)
    if resource is None:
        raise not_found()
    return replace(found, resource=resource)


def _dispatch(environ: Environ, method: str, path: list[str], asking: Asking) -> Done:
    kind, rest = path[0], path[1:]
    if method == "POST" and path == [""]:
        return Done(200, _bundled(writing.parsed(_sent(environ), "Bundle"), asking))
    if not _KIND.fullmatch(kind):
        raise unsupported("There is nothing at this address: /fhir/metadata tells what there is.")
    if path[-1].startswith("$"):
        return Done(200, _operated(environ, method, path, asking))
    if method == "POST" and rest == ["_search"]:
        asked = [*_pairs(environ.get("QUERY_STRING", "")), *_pairs(_body(environ).decode("utf-8", "replace"))]
        return Done(200, _search(kind, asked, asking, in_address=False))
    if method in ("POST", "PUT"):
        return _write(environ, method, kind, rest, asking)
    if method not in ("GET", "HEAD"):
        raise Problem(405, "not-supported", "This server does not do that with resources of this type.")
    match rest:
        case []:
            return Done(200, _search(kind, _pairs(environ.get("QUERY_STRING", "")), asking, in_address=True))
        case [name] if kind in definitions.HELD:
            return Done(200, definitions.read(kind, name, asking))
        case [name] if kind == own_log.KIND:
            return Done(200, own_log.read(name, asking))
        case [name] if _ID.fullmatch(name):
            return Done(200, interactions.read(kind, name, None, asking))
        case [name, "_history"] if _ID.fullmatch(name):
            return Done(200, interactions.history(kind, name, asking))
        case [name, "_history", version] if _ID.fullmatch(name):
            return Done(200, interactions.read(kind, name, version, asking))
    raise unsupported("There is nothing at this address: /fhir/metadata tells what there is.")


def _bundled(bundle: JsonObject, asking: Asking) -> JsonObject:
    """Do what a Bundle asks for: all or nothing of a transaction, each by itself of a batch. Raises Problem."""
    if bundle.get("type") != "batch":
        return writing.transaction(bundle, asking)

    def answer(entry: Environ, method: str, path: str) -> tuple[int, JsonObject]:
        done = _answered(entry, method, path, asking)
        return done.status, done.resource

    return batch.batch(bundle, asking, answer)


def _operated(environ: Environ, method: str, path: list[str], asking: Asking) -> JsonObject:
    """Do what an address ending in `$…` asks for. Raises Problem."""
    asked = _pairs(environ.get("QUERY_STRING", ""))
    given = dict(asked)
    sent = writing.parsed(_sent(environ)) if method == "POST" else None
    if sent is not None and sent["resourceType"] == "Parameters":
        given |= operations.parameters(sent)
        asked = list(given.items())
    match path:
        case ["Patient", name, "$everything"] if method in ("GET", "POST") and _ID.fullmatch(name):
            return gathering.everything(name, given, asking)
        case ["Observation", "$lastn"] if method in ("GET", "POST"):
            return gathering.latest(asked, asking)
        case ["PlanDefinition", name, "$apply"] if method in ("GET", "POST"):
            return operations.apply(name, given, asking)
        case ["CarePlan", "$evaluate"] if sent is not None and sent["resourceType"] == "Bundle":
            return operations.evaluate_bundle(sent, given, asking)
        case ["CarePlan", "$evaluate"] if method in ("GET", "POST"):
            return operations.evaluate_subject(given, asking)
    raise unsupported("There is no such operation: /fhir/metadata tells what there is.")


def _write(environ: Environ, method: str, kind: str, rest: list[str], asking: Asking) -> Done:
    """Create or update one resource, and answer with it as it is now. Raises Problem."""
    if kind in definitions.HELD or kind == own_log.KIND:
        raise Problem(405, "not-supported", "Resources of this type are read here, and made elsewhere.")
    resource = writing.parsed(_sent(environ), kind)
    if method == "POST" and not rest:
        made = writing.create(kind, resource, str(environ.get("HTTP_IF_NONE_EXIST", "")), asking)
        return Done(201 if made.is_new else 200, interactions.written(kind, made.logical_id))
    if method == "PUT" and len(rest) == 1 and _ID.fullmatch(rest[0]):
        writing.update(kind, rest[0], resource, str(environ.get("HTTP_IF_MATCH", "")), asking)
        return Done(200, _as_it_is_now(kind, rest[0], asking))
    raise Problem(405, "not-supported", "This server does not do that with resources of this type.")


def _as_it_is_now(kind: str, name: str, asking: Asking) -> JsonObject:
    """Give what was updated; of what was entered in error, its last version, marked so."""
    try:
        return interactions.read(kind, name, None, asking)
    except Problem:
        versions = interactions.history(kind, name, asking)["entry"]
        return {**versions[0]["resource"], "status": "entered-in-error"}


def _sent(environ: Environ) -> bytes:
    """Give what was sent, as JSON. A form of another site cannot send FHIR's own types. Raises Problem."""
    match str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower():
        case "application/fhir+json" | "application/json":
            return _body(environ)
        case "application/fhir+xml" | "application/xml" | "text/xml":
            try:
                return orjson.dumps(from_xml(_body(environ)), default=_number)
            except NotFhirXml as fault:
                raise Problem(400, "structure", str(fault)) from None
    raise Problem(415, "not-supported", "Send it as application/fhir+json or application/fhir+xml.")


def _search(kind: str, asked: list[tuple[str, str]], asking: Asking, *, in_address: bool) -> JsonObject:
    if kind in definitions.HELD:
        return definitions.search(kind, asked, asking)
    if kind == own_log.KIND:
        return own_log.search(asked, asking)
    sealed = dict(asked).get("_page") if in_address else None
    if sealed is None:
        return interactions.search(kind, asked, asking, in_address=in_address)
    return interactions.search(kind, opened(kind, sealed), asking, in_address=False)


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=100, errors="strict")
    except ValueError:
        raise invalid("The parameters cannot be read: at most 100, in UTF-8.") from None


def _body(environ: Environ) -> bytes:
    try:
        size = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise invalid("Content-Length is no number.") from None
    if size > LARGEST:
        raise Problem(413, "too-long", f"What is sent may have {LARGEST} bytes.")
    read: bytes = environ["wsgi.input"].read(size)
    return read


_FORM = re.compile(r"xml|json|\*/\*|application/\*|text/html")


def _is_xml_wanted(environ: Environ) -> bool:
    """Whether the answer is to be XML: by `_format`, else by what is accepted first. Raises Problem."""
    accepted = dict(_pairs(environ.get("QUERY_STRING", ""))).get("_format") or str(environ.get("HTTP_ACCEPT", ""))
    if not accepted:
        return False
    named = _FORM.search(accepted)
    if named is None:
        raise Problem(406, "not-supported", "This server answers in application/fhir+json and application/fhir+xml.")
    # A browser names XML too, after HTML; it is shown JSON.
    return named[0] == "xml" and "text/html" not in accepted


def _wants_pretty(environ: Environ) -> bool:
    return "_pretty=true" in str(environ.get("QUERY_STRING", ""))


def _is_known(environ: Environ, said: JsonObject) -> bool:
    """Whether the caller has this version already, as it says itself."""
    if (known := environ.get("HTTP_IF_NONE_MATCH")) is not None:
        return "versionId" in said and known == f'W/"{said["versionId"]}"'
    try:
        since = parsedate_to_datetime(str(environ["HTTP_IF_MODIFIED_SINCE"]))
        return datetime.fromisoformat(said["lastUpdated"]).replace(microsecond=0) <= since
    except (KeyError, ValueError, TypeError):
        return False


def _number(value: object) -> object:
    """Write a decimal number as a number, digit for digit; orjson has no such type."""
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:f}".encode())
    raise TypeError(type(value).__name__)
