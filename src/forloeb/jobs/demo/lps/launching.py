"""The ways from the record system into Forløb: SMART App Launch and a signed context launch, in a tab or a frame."""

from __future__ import annotations

import json
import re
import secrets
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from forloeb.jobs.demo.lps import pages
from forloeb.jobs.demo.lps.keys import Signer
from forloeb.jobs.demo.lps.server import Answer, System
from forloeb.jobs.demo.lps.store import Resource

CLIENT = "forloeb"
"""What Forløb is called here."""
CPR = "urn:oid:1.2.208.176.1.2"
SYSTEM_SCOPES = ["system/Patient.rs", "system/Observation.cruds", "system/Subscription.cruds"]
"""What a system may do by itself, without anybody at the screen."""
_SCOPES = ["launch", "openid", "fhirUser", "patient/Patient.r", *SYSTEM_SCOPES]
_KEPT = 100


@dataclass(frozen=True, slots=True)
class User:
    """Who is signed in at the record system: always the same person, for it has no sign-in of its own."""

    id: str
    ydernummer: str


@dataclass
class Launching:
    """Adds the ways into Forløb to a record system. `authorization` is its SMART server; empty where it has none."""

    system: System
    signer: Signer
    user: User
    authorization: str = ""
    secret: str = field(default="", repr=False)
    own: str = field(default="", repr=False)
    """The token by which the laboratory and the demo write."""
    _launches: dict[str, str] = field(default_factory=dict, repr=False)

    def attach(self) -> None:
        """Answer at the addresses below, and lead there from each patient's page."""
        self.system.more.append(self.answer)
        for how, says in self._ways():
            self.system.links.append(partial(_link, "open", how, says))
            self.system.links.append(partial(_link, "frame", how, f"{says} i ramme"))
        if self.authorization:
            self.system.admits = self._admits

    def _ways(self) -> list[tuple[str, str]]:
        signed = [("signed", "Åbn forløbsplan (signeret kald)")]
        return [("smart", "Åbn forløbsplan (SMART)"), *signed] if self.authorization else signed

    def answer(
        self, _system: System, method: str, target: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer | None:
        """Answer what is ours; None for the rest."""
        path, asked = urlsplit(target).path, dict(parse_qsl(urlsplit(target).query))
        if path == "/.well-known/jwks.json":
            return _json(self.signer.jwks())
        if path == "/fhir/.well-known/smart-configuration" and self.authorization:
            return _json(self._configuration())
        if found := re.fullmatch(r"/launches/([\w-]+)", path):
            return self._tell(found[1], method, headers)
        found = re.fullmatch(r"/patient/([^/]+)/(open|frame)", path)
        patient = self.system.store.find("Patient", found[1]) if found else None
        if found is None or patient is None:
            return None
        if found[2] == "frame":
            return _html(pages.framed(patient, f"/patient/{found[1]}/open?how={asked.get('how', '')}"))
        return self._smart(patient) if asked.get("how") == "smart" and self.authorization else self._signed(patient)

    def _smart(self, patient: Resource) -> Answer:
        """Send the browser to Forløb with a mark that stands for the patient, and is good once."""
        launch = secrets.token_urlsafe(18)
        self._launches[launch] = patient["id"]
        while len(self._launches) > _KEPT:
            del self._launches[next(iter(self._launches))]
        asked = urlencode({"iss": f"{self.system.base}/fhir", "launch": launch})
        return 302, "text/plain", b"", {"Location": f"{self.system.forloeb}/launch?{asked}"}

    def _signed(self, patient: Resource) -> Answer:
        """Give a page that posts a signed token to Forløb by itself."""
        there = f"{self.system.forloeb}/launch/context"
        number = next((one["value"] for one in patient.get("identifier", []) if one.get("system") == CPR), "")
        token = self.signer.sign(there, sub=self.user.id, ydernummer=self.user.ydernummer, cpr=number)
        form = (
            f'<!doctype html><html lang="da"><head><meta charset="utf-8"><title>Åbner Forløb</title></head><body>'
            f'<form method="post" action="{escape(there)}"><input type="hidden" name="token" value="{escape(token)}">'
            "<button>Fortsæt til forløbsplanen</button></form><script>document.forms[0].submit()</script></body></html>"
        )
        return _html(form)

    def _tell(self, launch: str, method: str, headers: Mapping[str, str]) -> Answer:
        """Tell our authorization server whom a launch was for, once."""
        told = headers.get("authorization", "")
        if method != "POST" or not self.secret or not secrets.compare_digest(told, f"Bearer {self.secret}"):
            return _json({"error": "forbidden"}, 403)
        patient = self._launches.pop(launch, None)
        if patient is None:
            return _json({"error": "no such launch"}, 404)
        who = {"user": self.user.id, "fhirUser": f"{self.system.base}/fhir/Practitioner/{self.user.id}"}
        return _json({**who, "patient": patient})

    def _configuration(self) -> dict[str, Any]:
        there = self.authorization
        return {
            "issuer": there,
            "jwks_uri": f"{there}/jwks",
            "authorization_endpoint": f"{there}/auth",
            "token_endpoint": f"{there}/token",
            "introspection_endpoint": f"{there}/token/introspection",
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "scopes_supported": _SCOPES,
            "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["ES384"],
            "code_challenge_methods_supported": ["S256"],
            "capabilities": [
                "launch-ehr",
                "authorize-post",
                "client-confidential-asymmetric",
                "sso-openid-connect",
                "context-ehr-patient",
                "permission-patient",
                "permission-v2",
            ],
        }

    def _admits(self, _method: str, authorization: str) -> bool:
        """Whether a token is shown that holds."""
        token = authorization.removeprefix("Bearer ") if authorization.startswith("Bearer ") else ""
        if self.own and secrets.compare_digest(token.encode(), self.own.encode()):
            return True
        if not token:
            return False
        basic = b64encode(f"record-system:{self.secret}".encode()).decode()
        request = urllib.request.Request(  # noqa: S310  our own authorization server
            f"{self.authorization}/token/introspection",
            data=urlencode({"token": token}).encode(),
            headers={"Authorization": f"Basic {basic}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as said:  # noqa: S310
                return bool(json.load(said).get("active"))
        except (OSError, ValueError, urllib.error.URLError):
            return False


def _link(where: str, how: str, says: str, patient: Resource) -> pages.Link:
    return f"/patient/{patient['id']}/{where}?how={how}", says


def _json(said: object, status: int = 200) -> Answer:
    return status, "application/json", json.dumps(said).encode(), {}


def _html(page: str) -> Answer:
    return 200, "text/html; charset=utf-8", page.encode(), {}
