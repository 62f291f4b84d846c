"""SMART App Launch 2.2 from a record system (EHR launch): we are the app, a confidential client with a key of our own.

Only a registered record system is asked anything. Authorization code with PKCE (S256), state and nonce; we prove who we
are by a signed assertion (`private_key_jwt`); the ID token says who is sitting there.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from secrets import compare_digest, token_urlsafe
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson
import requests
from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from forloeb.access.client_keys import ALGORITHM, ClientKeys
from forloeb.access.record_systems import RecordSystem
from forloeb.access.signed_tokens import SIGNATURES

SCOPES = "launch openid fhirUser patient/Patient.r"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SECONDS_TO_WAIT = 8
_LARGEST_ANSWER = 1_000_000
_CLOCKS_DIFFER = 10


class LaunchFailed(Exception):
    """The launch cannot go on. `why` is a short code, and tells nothing of anybody."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Server:
    """What a record system's authorization server says of itself."""

    authorization_endpoint: str
    token_endpoint: str
    issuer: str
    jwks_uri: str


@dataclass(frozen=True, slots=True)
class Question:
    """What we asked, kept in the session until the answer comes; good for one answer."""

    system_id: int
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    come_back_to: str


@dataclass(frozen=True, slots=True)
class Launched:
    """Who is sitting at the record system, and which patient is open there."""

    issuer: str
    subject: str
    sid: str
    id_token: str
    patient: Mapping[str, Any]

    def __repr__(self) -> str:
        return "Launched(…)"


def begin(system: RecordSystem, launch: str, *, come_back_to: str) -> tuple[str, Question]:
    """Give the address to send the browser to, and what to remember. Raises LaunchFailed."""
    server = discover(system)
    question = Question(system.id, token_urlsafe(24), token_urlsafe(24), token_urlsafe(48), come_back_to)
    digest = hashlib.sha256(question.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": system.client_id,
        "redirect_uri": come_back_to,
        "launch": launch,
        "scope": SCOPES,
        "state": question.state,
        "nonce": question.nonce,
        "aud": system.fhir_base_url,
        "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    joined = "&" if urlsplit(server.authorization_endpoint).query else "?"
    return f"{server.authorization_endpoint}{joined}{urlencode(asked)}", question


def finish(
    system: RecordSystem, question: Question, *, state: str, code: str, keys: ClientKeys, at: datetime
) -> Launched:
    """Turn the code into who and whom. Raises LaunchFailed."""
    if not compare_digest(state.encode(), question.state.encode()):
        raise LaunchFailed("not-ours")
    server = discover(system)
    token = _exchange(system, server, question, code, keys, at)
    claims = _read_id_token(system, server, question, token, at)
    patient = token.get("patient")
    if not isinstance(patient, str) or not patient:
        raise LaunchFailed("no-patient")
    return Launched(
        server.issuer,
        claims["sub"],
        str(claims.get("sid") or ""),
        str(token["id_token"]),
        _fetch_patient(system, patient, str(token.get("access_token") or "")),
    )


def discover(system: RecordSystem) -> Server:
    """Ask a registered record system what it can do, and check that it is enough. Raises LaunchFailed."""
    said = _asked(requests.get, f"{system.fhir_base_url}/.well-known/smart-configuration")
    names = ("authorization_endpoint", "token_endpoint", "issuer", "jwks_uri")
    if not all(isinstance(said.get(name), str) and _is_safe(str(said[name])) for name in names):
        raise LaunchFailed("unfit-server")
    if "S256" not in _list(said, "code_challenge_methods_supported"):
        raise LaunchFailed("unfit-server")
    signs = _list(said, "token_endpoint_auth_signing_alg_values_supported")
    if signs and ALGORITHM not in signs:
        raise LaunchFailed("unfit-server")
    if said["issuer"] != system.issuer:
        raise LaunchFailed("unfit-server")
    return Server(*(str(said[name]) for name in names))


def _exchange(
    system: RecordSystem, server: Server, question: Question, code: str, keys: ClientKeys, at: datetime
) -> dict[str, Any]:
    posted = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": question.come_back_to,
        "code_verifier": question.verifier,
        "client_assertion_type": ASSERTION,
        "client_assertion": keys.assertion(system.client_id, audience=server.token_endpoint, at=at),
    }
    return _asked(requests.post, server.token_endpoint, data=posted)


def _read_id_token(
    system: RecordSystem, server: Server, question: Question, token: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    expected = JWTClaimsRegistry(
        now=int(at.timestamp()),
        leeway=_CLOCKS_DIFFER,
        iss={"essential": True, "value": system.issuer},
        aud={"essential": True, "value": system.client_id},
        sub={"essential": True},
        exp={"essential": True},
        nonce={"essential": True, "value": question.nonce},
    )
    try:
        keys = KeySet.import_key_set(_asked(requests.get, server.jwks_uri))  # type: ignore[arg-type]
        claims = jwt.decode(str(token.get("id_token") or ""), keys, algorithms=SIGNATURES).claims
        expected.validate(claims)
    except (JoseError, ValueError, TypeError, KeyError):
        raise LaunchFailed("not-signed") from None
    user = str(claims.get("fhirUser") or "").rstrip("/").split("/")
    if len(user) < 2 or user[-2] not in ("Practitioner", "PractitionerRole"):
        raise LaunchFailed("not-staff")
    return claims


def _fetch_patient(system: RecordSystem, name: str, access_token: str) -> Mapping[str, Any]:
    headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/fhir+json"}
    address = f"{system.fhir_base_url}/Patient/{quote(name, safe='')}"
    found = _asked(requests.get, address, headers=headers)
    if found.get("resourceType") != "Patient" or found.get("id") != name:
        raise LaunchFailed("no-patient")
    return found


def _asked(ask: Any, address: str, **more: Any) -> dict[str, Any]:
    """Ask the record system, follow it nowhere, and give its JSON object. Raises LaunchFailed."""
    if not _is_safe(address):
        raise LaunchFailed("unfit-server")
    more["headers"] = {"Accept": "application/json", **more.get("headers", {})}
    try:
        with ask(address, timeout=_SECONDS_TO_WAIT, allow_redirects=False, stream=True, **more) as answer:
            body = answer.raw.read(_LARGEST_ANSWER, decode_content=True)
            said = orjson.loads(body) if answer.status_code == 200 else None
    except (requests.RequestException, ValueError, OSError):
        raise LaunchFailed("no-answer") from None
    if answer.status_code in (400, 401, 403, 404):
        raise LaunchFailed("said-no")
    if not isinstance(said, dict):
        raise LaunchFailed("no-answer")
    return said


def _is_safe(address: str) -> bool:
    """Whether nobody can listen in: TLS, or a demo or a developer's machine."""
    parts = urlsplit(address)
    return bool(parts.netloc) and (parts.scheme == "https" or (parts.scheme == "http" and settings.PLAIN_HTTP))


def _list(said: Mapping[str, Any], name: str) -> list[str]:
    found = said.get(name)
    return found if isinstance(found, list) else []
