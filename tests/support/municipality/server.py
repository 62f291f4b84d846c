"""The municipality's system. Knows nothing of ours but the formats; run as a script with a folder, where its port goes.

`/medcom` takes XREF15 and answers with a receipt (XCTL), `/fhir/ServiceRequest` is a small FHIR server. Answers are
posted to the address it is told by the switch `forloeb`, with the switch `token`: XDIS15 where the referral came as
XREF15, the ServiceRequest itself where it came by FHIR (unless the switch `posts` is off: then it is to be fetched).
"""

from __future__ import annotations

import itertools
import json
import sys
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

NS = "http://rep.oio.dk/medcom.dk/xml/schemas/2016/12/01/"
CODES = {"active": "modtaget", "on-hold": "afventer", "revoked": "afvist", "completed": "afsluttet"}


@dataclass
class State:
    """What it has, and how it behaves."""

    letters: dict[str, dict[str, Any]] = field(default_factory=dict)
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    put_off: list[bytes] = field(default_factory=list)
    switches: dict[str, Any] = field(default_factory=dict)
    serial: itertools.count[int] = field(default_factory=itertools.count)


STATE = State()


def text_of(element: ElementTree.Element | None) -> str:
    """Give an element's lines."""
    if element is None:
        return ""
    said = element.text or ""
    for child in element:
        said += "\n" + (child.tail or "")
    return said


def take_xref15(body: bytes) -> tuple[int, bytes]:
    """Keep a letter; one that comes again is the same letter. Gives the status and the receipt."""
    root = ElementTree.fromstring(body)
    at = {"m": NS}
    letter = root.find("m:MunicipalityReferral", at)
    assert letter is not None, root.tag
    name = str(uuid.UUID(hex=text_of(letter.find("m:Referral/m:Identifier", at))))
    letter_id = text_of(letter.find("m:Letter/m:Identifier", at))
    number = letter.find("m:Patient/m:CivilRegistrationNumber", at)
    held = STATE.letters.setdefault(name, {"times": 0, "status": "proposed"})
    held["times"] += 1
    held |= {
        "letter_id": letter_id,
        "number": text_of(number),
        "text": text_of(letter.find("m:RelevantClinicalInformation/m:Anamnesis", at)),
        "diagnoses": [text_of(one) for one in letter.iter(f"{{{NS}}}DiagnoseCode")],
        "xml": body.decode("windows-1252"),
    }
    how = STATE.switches.get("receipt", "now")
    receipt = receipt_of(letter_id, how)
    if how == "later":
        STATE.put_off.append(receipt_of(letter_id, STATE.switches.get("later", "now")))
    return 200, b"" if how in ("later", "never") else receipt


def receipt_of(letter_id: str, how: str) -> bytes:
    """Write a receipt."""
    root = "NegativeReceipt" if how == "negative" else "PositiveReceipt"
    why = "<RefuseText>Modtageren findes ikke længere</RefuseText>" if how == "negative" else ""
    said = f"<OriginalLetterIdentifier>{letter_id}</OriginalLetterIdentifier>{why}"
    return in_envelope(f"<{root}>{said}</{root}>")


def in_envelope(inner: str) -> bytes:
    """Write a whole message, in the character set that MedCom's messages are in."""
    return f'<?xml version="1.0" encoding="windows-1252"?><Emessage xmlns="{NS}">{inner}</Emessage>'.encode("cp1252")


def xdis15(name: str, status: str, text: str) -> bytes:
    """Write an answer to a letter."""
    now = datetime.now().astimezone()
    lines = escape(text).replace("\n", "<Break/>")
    held = STATE.letters[name]
    return in_envelope(
        f"<MunicipalityLetter><Letter><Identifier>K{next(STATE.serial)}</Identifier><Authorisation>"
        f"<Date>{now.date()}</Date><Time>{now:%H:%M}</Time></Authorisation></Letter>"
        f"<Sender><OrganisationName>Åby Kommune</OrganisationName><UnitName>Visitator Vibeke</UnitName></Sender>"
        f"<Patient><CivilRegistrationNumber>{held['number']}</CivilRegistrationNumber></Patient>"
        f"<Referral><Identifier>{uuid.UUID(name).hex}</Identifier></Referral><MunicipalityVisitation>"
        f"<InformationCode>{CODES[status]}</InformationCode><Information>{lines}</Information>"
        f"</MunicipalityVisitation></MunicipalityLetter>"
    )


def named(resource: dict[str, Any]) -> str:
    """Give the sender's own name of a ServiceRequest."""
    return str(resource["identifier"][0]["value"])


def save(resource: dict[str, Any]) -> dict[str, Any]:
    """Keep a version of a ServiceRequest."""
    version = int(resource.get("meta", {}).get("versionId", "0")) + 1
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    resource["meta"] = {**resource.get("meta", {}), "versionId": str(version), "lastUpdated": moment}
    STATE.resources[resource["id"]] = resource
    return resource


def answer_fhir(name: str, status: str, text: str) -> dict[str, Any]:
    """Say something of a ServiceRequest, in it."""
    resource = dict(next(one for one in STATE.resources.values() if named(one) == name))
    if text:
        time.sleep(0.002)
        note = {"authorString": "Visitator Vibeke", "time": datetime.now(UTC).isoformat(), "text": text}
        resource["note"] = [*resource.get("note", []), note]
    resource["status"] = status
    return save(resource)


def post_back(body: bytes) -> int:
    """Post to the address that was told. Gives the status of the answer."""
    headers = {"Authorization": f"Bearer {STATE.switches['token']}"}
    request = urllib.request.Request(STATE.switches["forloeb"], body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as said:
            return int(said.status)
    except urllib.error.HTTPError as refused:
        return int(refused.code)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def do_POST(self) -> None:
        told = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        match urlsplit(self.path).path:
            case "/switch":
                STATE.switches |= json.loads(told)
                self.say(200, {})
            case "/answer":
                self.answered(json.loads(told))
            case "/receipts":
                waiting, STATE.put_off = STATE.put_off, []
                self.say(200, {"answered": [post_back(one) for one in waiting]})
            case "/token":
                asked = parse_qs(told.decode())
                STATE.switches["assertion"] = asked.get("client_assertion", [""])[0]
                self.say(200, {"access_token": "open-sesame", "expires_in": 300, "scope": asked["scope"][0]})
            case "/medcom":
                self.stands() and self.saved(*take_xref15(told))
            case "/fhir/ServiceRequest":
                self.stands() and self.created(json.loads(told))

    def do_PUT(self) -> None:
        resource = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        held = STATE.resources[resource["id"]]
        if self.headers.get("If-Match") != f'W/"{held["meta"]["versionId"]}"':
            self.say(412, {})
            return
        self.say(200, save(resource))

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        if where.path == "/held":
            fhir = {
                named(one): {"status": one["status"], "times": 1, "resource": one} for one in STATE.resources.values()
            }
            self.say(200, STATE.letters | fhir)
            return
        asked = parse_qs(where.query)
        system, _bar, value = asked.get("identifier", ["|"])[0].partition("|")
        since = asked.get("_lastUpdated", ["ge"])[0].removeprefix("ge")
        found = [
            one
            for one in sorted(STATE.resources.values(), key=lambda one: str(one["meta"]["lastUpdated"]))
            if one["identifier"][0]["system"] == system
            and (not value or named(one) == value)
            and (not since or datetime.fromisoformat(one["meta"]["lastUpdated"]) >= datetime.fromisoformat(since))
        ]
        self.say(200, {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in found]})

    def stands(self) -> bool:
        """Whether it takes anything now; otherwise it has said why not."""
        if STATE.switches.get("down"):
            self.say(503, {})
        elif STATE.switches.get("wants_token") and self.headers.get("Authorization") != "Bearer open-sesame":
            self.say(401, {})
        elif said := STATE.switches.get("refuse"):
            self.say(422, {"resourceType": "OperationOutcome", "issue": [{"code": "invalid", "diagnostics": said}]})
        else:
            return True
        return False

    def created(self, resource: dict[str, Any]) -> None:
        name = named(resource)
        held = next((one for one in STATE.resources.values() if named(one) == name), None)
        if held is not None and self.headers.get("If-None-Exist"):
            self.say(200, held)
            return
        resource["id"] = str(uuid.uuid4())
        self.saved(201, json.dumps(save(resource)).encode())

    def saved(self, status: int, body: bytes) -> None:
        """Answer what was saved; with `fail_after_saving` it goes wrong just then."""
        if STATE.switches.get("fail_after_saving", 0) > 0:
            STATE.switches["fail_after_saving"] -= 1
            status, body = 500, b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answered(self, told: dict[str, str]) -> None:
        name, status, text = told["name"], told["status"], told["text"]
        if name in STATE.letters:
            body = xdis15(name, status, text)
        else:
            body = json.dumps(answer_fhir(name, status, text)).encode()
            if not STATE.switches.get("posts", True):
                self.say(200, {"answered": 0})
                return
        self.say(200, {"answered": post_back(body)})

    def say(self, status: int, told: Any) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    (Path(sys.argv[1]) / "municipality-port").write_text(str(server.server_port))
    server.serve_forever()
