"""The record system's web server, of the standard library. `more` is where other parts add their addresses."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from forloeb.jobs.demo.lps import letters, pages
from forloeb.jobs.demo.lps.fhir import Refused, Reply, Server, capability, outcome
from forloeb.jobs.demo.lps.notices import tell_subscribers
from forloeb.jobs.demo.lps.store import Resource, Store
from forloeb.jobs.demo.lps.switches import Switches

_LARGEST = 5_000_000

Answer = tuple[int, str, bytes, dict[str, str]]
"""Status, content type, body, further headers."""


class System:
    """The whole record system: its store, its switches, and what other parts add to it."""

    def __init__(self, base: str, store: Path, *, forloeb: str = "") -> None:
        self.base, self.forloeb = base, forloeb
        self.store, self.switches = Store(store), Switches()
        self.fhir = Server(self.store, f"{base}/fhir")
        self.more: list[Callable[[System, str, str, bytes, dict[str, str]], Answer | None]] = []
        """Asked first, with method, target, body and headers (in lower case); the first that answers is heard."""
        self.links: list[Callable[[Resource], pages.Link]] = []
        """The ways on from a patient's page."""
        self.panels: list[Callable[[Resource], str]] = []
        """Further parts of a patient's page, as HTML."""
        self.admits: Callable[[str, str], bool] = lambda _method, _authorization: True
        """Whether a request to the FHIR server may be answered, by its Authorization header."""

    def answer(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Answer one request."""
        for part in self.more:
            if (found := part(self, method, target, body, headers)) is not None:
                return found
        path = urlsplit(target).path
        if path == "/switches":
            return self._turn(method, body)
        if path == "/counts":
            return _json(200, self.store.counts())
        if path.startswith("/fhir"):
            return self._fhir(method, target, body, headers)
        if path == "/medcom":
            return self._medcom(method, body)
        return self._page(path)

    def _turn(self, method: str, body: bytes) -> Answer:
        if method == "POST":
            try:
                self.switches.set(json.loads(body))
            except (ValueError, AttributeError, TypeError) as error:
                return _json(400, outcome(str(error)))
        return _json(200, self.switches.as_json())

    def _fhir(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Answer:
        if not self.admits(method, headers.get("authorization", "")):
            return _json(401, outcome("no token, or one that does not hold"))
        saves = method in ("POST", "PUT") and not urlsplit(target).path.endswith("_search")
        if saves and self.switches.takes("fail"):
            return _json(503, outcome("not now"))
        if saves and self.switches.takes("refuse"):
            return _json(422, outcome("refused"))
        try:
            reply = self._interaction(method, target, body, headers)
        except Refused as refusal:
            return _json(refusal.status, outcome(str(refusal)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return _json(400, outcome(f"cannot be read: {type(error).__name__}"))
        if saves:
            tell_subscribers(self.store, reply.body, twice=self.switches.takes("duplicate"))
            if self.switches.takes("fail_after_saving"):
                return _json(500, outcome("something went wrong"))
        return _json(reply.status, reply.body, {**reply.headers})

    def _interaction(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Reply:
        parts = urlsplit(target)
        steps = [step for step in parts.path.removeprefix("/fhir").split("/") if step]
        match method, steps:
            case "GET", ["metadata"]:
                return Reply(200, capability())
            case "GET", [kind]:
                return self._search(kind, parts.query)
            case "POST", [kind, "_search"]:
                return self._search(kind, body.decode())
            case "GET", [kind, id_]:
                return self.fhir.read(kind, id_)
            case "GET", [kind, id_, "_history"]:
                return self.fhir.history(kind, id_)
            case "POST", [kind]:
                return self.fhir.create(kind, json.loads(body), headers.get("if-none-exist"))
            case "PUT", [kind]:
                return self.fhir.update(kind, None, parts.query, json.loads(body), headers.get("if-match"))
            case "PUT", [kind, id_]:
                return self.fhir.update(kind, id_, "", json.loads(body), headers.get("if-match"))
        raise Refused(405, f"{method} is not done there")

    def _search(self, kind: str, query: str) -> Reply:
        twice, backwards = self.switches.takes("duplicate"), self.switches.takes("out_of_order")
        return self.fhir.search(kind, query, twice=twice, backwards=backwards)

    def _medcom(self, method: str, body: bytes) -> Answer:
        if method != "POST":
            return _json(405, outcome("letters are posted"))
        if self.switches.takes("fail"):
            return _json(503, outcome("not now"))
        if self.switches.takes("refuse"):
            return _json(422, outcome("refused"))
        try:
            is_new = letters.take(body, self.store)
        except letters.NotALetter as refusal:
            return _json(422, outcome(str(refusal)))
        if self.switches.takes("fail_after_saving"):
            return _json(500, outcome("something went wrong"))
        return _json(201 if is_new else 200, {"status": "received", "before": not is_new})

    def _page(self, path: str) -> Answer:
        if path == "/":
            return _html(200, pages.patients(self.store))
        found = re.fullmatch(r"/patient/([^/]+)(/card)?", path)
        patient = self.store.find("Patient", found[1]) if found else None
        if found is None or patient is None:
            return _html(404, "<!doctype html><title>Findes ikke</title><p>Siden findes ikke.")
        if found[2]:
            return _html(200, pages.card(self.store, patient))
        panels = [panel(patient) for panel in self.panels]
        return _html(200, pages.patient(self.store, patient, [link(patient) for link in self.links], panels))


def _json(status: int, body: Any, headers: dict[str, str] | None = None) -> Answer:
    return status, "application/fhir+json; charset=utf-8", json.dumps(body).encode(), headers or {}


def _html(status: int, page: str) -> Answer:
    return status, "text/html; charset=utf-8", page.encode(), {}


def _handler(system: System) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length <= _LARGEST else b""
            # The switches are heard on the worst of days.
            if self.path != "/switches":
                if system.switches.takes("down"):
                    self.close_connection = True
                    return
                system.switches.wait()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, kind, answer, more = system.answer(self.command, self.path, body, headers)
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(answer)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815  the standard library's names

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: what is asked for may be about a person."""

    return Handler


def serve(
    host: str, port: int, store: Path, *, forloeb: str = "", attach: Callable[[System], None] = lambda _system: None
) -> None:
    """Serve until interrupted or ended. `attach` adds further parts."""
    system = System(f"http://{host}:{port}", store, forloeb=forloeb)
    attach(system)
    ThreadingHTTPServer.daemon_threads = True
    ThreadingHTTPServer.request_queue_size = 128
    server = ThreadingHTTPServer((host, port), _handler(system))
    signal.signal(signal.SIGTERM, _interrupt)
    print("READY", flush=True)  # noqa: T201  whoever started us waits for it
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        server.server_close()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
