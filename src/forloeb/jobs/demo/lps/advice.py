"""Asks Forløb for advice while a patient's page is shown (CDS Hooks), and tells it what became of each card."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from forloeb.jobs.demo.lps.keys import Signer
from forloeb.jobs.demo.lps.server import Answer, System
from forloeb.jobs.demo.lps.store import Resource, Token

SERVICE = "forloeb-patient-view"
_KINDS = {"conditions": "Condition", "observations": "Observation", "medications": "MedicationStatement"}
_SECONDS = 5
_WORDS = {"info": "Til orientering", "warning": "Opmærksomhed", "critical": "Vigtigt"}


@dataclass
class Advice:
    """Adds Forløb's cards to each patient's page."""

    system: System
    signer: Signer
    user: str

    def attach(self) -> None:
        """Show cards, and take what is done with them."""
        self.system.panels.append(self.panel)
        self.system.more.append(self.answer)

    def panel(self, patient: Resource) -> str:
        """Give the cards about a patient as a part of their page; what went wrong, where they could not be had."""
        try:
            cards = self._ask(patient)
        except (OSError, ValueError, KeyError, urllib.error.URLError) as fault:
            return f"<section><h2>Forløb</h2><p>Forløb svarer ikke ({escape(type(fault).__name__)}).</p></section>"
        shown = "".join(_shown(card, patient["id"]) for card in cards)
        return f"<section><h2>Fra Forløb</h2>{shown or '<p>Intet at bemærke.</p>'}</section>"

    def answer(
        self, _system: System, method: str, target: str, body: bytes, _headers: Mapping[str, str]
    ) -> Answer | None:
        """Send feedback on a card on to Forløb; None for every other address."""
        found = re.fullmatch(r"/patient/([^/]+)/feedback", target)
        if found is None or method != "POST":
            return None
        said = dict(parse_qsl(body.decode()))
        told: dict[str, Any] = {
            "card": said.get("card", ""),
            "outcome": said.get("outcome", ""),
            "outcomeTimestamp": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        if said.get("reason"):
            told["overrideReason"] = {"reason": {"code": said["reason"], "system": "urn:forloeb:cds-override-reason"}}
        self._post(f"{self._service}/feedback", {"feedback": [told]})
        return 303, "text/plain", b"", {"Location": f"/patient/{found[1]}"}

    @property
    def _service(self) -> str:
        return f"{self.system.forloeb}/cds-services/{SERVICE}"

    def _ask(self, patient: Resource) -> list[dict[str, Any]]:
        of = [Token("patient", "", patient["id"])]
        prefetch = {name: _bundle(self.system.store.search(kind, of)) for name, kind in _KINDS.items()}
        call = {
            "hook": "patient-view",
            "hookInstance": str(uuid4()),
            "fhirServer": f"{self.system.base}/fhir",
            "context": {"userId": f"Practitioner/{self.user}", "patientId": patient["id"]},
            "prefetch": {"patient": patient, **prefetch},
        }
        cards: list[dict[str, Any]] = self._post(self._service, call)["cards"]
        return cards

    def _post(self, address: str, body: object) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.signer.sign(address)}"}
        request = urllib.request.Request(address, json.dumps(body).encode(), headers)  # noqa: S310  as configured
        with urllib.request.urlopen(request, timeout=_SECONDS) as said:  # noqa: S310
            found: dict[str, Any] = json.load(said)
        return found


def _bundle(found: list[Resource]) -> Resource:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in found]}


def _shown(card: Mapping[str, Any], patient: str) -> str:
    points = "".join(f"<li>{escape(line.removeprefix('- '))}</li>" for line in card.get("detail", "").splitlines())
    suggestions = "".join(f"<li>Forslag: {escape(one['label'])}</li>" for one in card.get("suggestions", []))
    source = escape(card["source"]["label"])
    if url := card["source"].get("url"):
        source = f'<a href="{escape(url)}" rel="noreferrer">{source}</a>'
    # By SMART the record system itself launches the app.
    links = "".join(
        f'<a href="{escape(f"/patient/{patient}/open?how=smart" if one["type"] == "smart" else one["url"])}">'
        f"{escape(one['label'])}</a> "
        for one in card.get("links", [])
    )
    reasons = "".join(
        f'<option value="{escape(one["code"])}">{escape(one["display"])}</option>' for one in card["overrideReasons"]
    )
    name = escape(card["uuid"])
    return f"""<details class="card {escape(card["indicator"])}"><summary><strong>{_WORDS[card["indicator"]]}:</strong>
{escape(card["summary"])}</summary><ul>{points}{suggestions}</ul><p class="mark">{source}</p><p>{links}</p>
<form method="post" action="/patient/{escape(patient)}/feedback"><input type="hidden" name="card" value="{name}">
<button name="outcome" value="accepted">Følges</button>
<label>Følges ikke, fordi <select name="reason">{reasons}</select></label>
<button name="outcome" value="overridden">Følges ikke</button></form></details>"""
