"""An app of others, as its makers would write it: a client on Authlib, with a key of its own where it has one."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey

from forloeb.access import app_registry
from forloeb.access.assertions import TYPE

REDIRECT = "http://127.0.0.1:9/back"
KEY = ECKey.generate_key("P-384", {"kid": "one", "use": "sig", "alg": "ES384"})


def register(
    client_id: str = "", *, kind: str = "public", scopes: str = "patient/*.rs offline_access", **more: Any
) -> str:
    """Register an app, as the operator does from a file; gives its client_id."""
    name = client_id or f"app-{uuid4().hex[:12]}"
    said: dict[str, Any] = {
        "client_id": name,
        "name": "Min Puls",
        "publisher": "Puls ApS",
        "kind": kind,
        "scopes": scopes.split(),
        "redirect_uris": [] if kind == "system" else [REDIRECT],
        **more,
    }
    if kind != "public":
        said["keys"] = {"keys": [KEY.as_dict(private=False)]}
    app_registry.register(app_registry.read_app(said, allows_loopback=True), at=timezone.now())
    return name


def proof(client_id: str, audience: str, *, key: ECKey = KEY, **claims: Any) -> dict[str, str]:
    """Give an app's proof of who it is, as a token request carries it."""
    now = int(time.time())
    said = {"iss": client_id, "sub": client_id, "aud": audience, "exp": now + 120, "jti": uuid4().hex, **claims}
    signed = jwt.encode({"alg": "ES384", "kid": "one", "typ": "JWT"}, said, key, algorithms=["ES384"])
    return {"client_assertion_type": TYPE, "client_assertion": signed}


@dataclass(slots=True)
class App:
    """An app that talks to a running site over HTTP, for the person whose browser is given."""

    site: str
    client_id: str
    scope: str = "patient/Observation.rs patient/Patient.r launch/patient offline_access"
    verifier: str = field(default_factory=lambda: generate_token(64))
    configuration: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.configuration = requests.get(f"{self.site}/fhir/.well-known/smart-configuration", timeout=30).json()

    def session(self) -> OAuth2Session:
        """Give Authlib's client for a public app with PKCE."""
        return OAuth2Session(
            self.client_id,
            scope=self.scope,
            redirect_uri=REDIRECT,
            code_challenge_method="S256",
            token_endpoint_auth_method="none",
        )

    def address(self, **changed: str) -> str:
        """Give the address that a browser is sent to."""
        where, _state = self.session().create_authorization_url(
            self.configuration["authorization_endpoint"],
            code_verifier=self.verifier,
            **{"aud": f"{self.site}/fhir", "state": "s-1", **changed},
        )
        return str(where)

    def code(self, browser: Client, **changed: str) -> str:
        """Let the browser's person say yes; gives the code that comes back."""
        (code,) = self.back(browser, **changed)["code"]
        return code

    def back(self, browser: Client, do: str = "yes", **changed: str) -> dict[str, list[str]]:
        """Let the browser's person answer; gives what comes back to the app."""
        parts = urlsplit(self.address(**changed))
        answer = browser.post(f"{parts.path}?{parts.query}", {"do": do}, headers={"host": urlsplit(self.site).netloc})
        assert answer.status_code == 302, answer.content
        assert answer.headers["Location"].startswith(REDIRECT), answer.headers["Location"]
        return parse_qs(urlsplit(answer.headers["Location"]).query)

    def token(self, code: str, **changed: str) -> dict[str, Any]:
        """Hand the code in; gives the answer, a token or a refusal."""
        return self.post(
            grant_type="authorization_code",
            code=code,
            **{"redirect_uri": REDIRECT, "client_id": self.client_id, "code_verifier": self.verifier, **changed},
        )

    def refresh(self, refresh_token: str, **changed: str) -> dict[str, Any]:
        """Hand a refresh token in; gives the answer."""
        return self.post(
            grant_type="refresh_token", refresh_token=refresh_token, **{"client_id": self.client_id, **changed}
        )

    def post(self, endpoint: str = "token_endpoint", **form: str) -> dict[str, Any]:
        """Post a form to one of the endpoints."""
        answer = requests.post(self.configuration[endpoint], data=form, timeout=30)
        found: dict[str, Any] = answer.json() if answer.content else {}
        return {**found, "status": answer.status_code}
