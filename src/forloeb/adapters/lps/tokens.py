"""Our way in to another's FHIR server: SMART Backend Services, a token for a while against our own signature.

A system that is registered without an authorization server is spoken to without a token.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests
from django.utils import timezone
from requests.auth import AuthBase

from forloeb.access.our_keys import client_keys
from forloeb.adapters.lps.web import PATIENCE
from forloeb.records.laboratory_card import NotNow

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_EARLIER = 30
"""Seconds before its end that a token is not begun anything with."""


@dataclass(slots=True)
class _Held:
    token: str = field(repr=False)
    until: float


@dataclass(frozen=True, slots=True)
class TokenServer:
    """Where a token is asked for, as whom, and for what."""

    token_url: str
    client_id: str
    scopes: str


_held: dict[TokenServer, _Held] = {}
_asking = threading.Lock()


class SystemToken(AuthBase):
    """Puts our token on each request to one system; one that is refused is not shown again."""

    def __init__(self, server: TokenServer) -> None:
        self._server = server

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign one request. Raises NotNow where no token is given."""
        request.headers["Authorization"] = f"Bearer {self._token()}"
        request.register_hook("response", self._look_at)  # type: ignore[no-untyped-call]
        return request

    def _token(self) -> str:
        with _asking:
            held = _held.get(self._server)
            if held is None or held.until - _EARLIER < time.monotonic():
                held = _held[self._server] = _ask(self._server)
        return held.token

    def _look_at(self, answer: requests.Response, *_: object, **__: object) -> None:
        if answer.status_code == 401:
            with _asking:
                _held.pop(self._server, None)


def _ask(server: TokenServer) -> _Held:
    keys = client_keys()
    if keys is None:
        raise NotNow("no-key")
    assertion = keys.assertion(server.client_id, audience=server.token_url, at=timezone.now())
    asked = {
        "grant_type": "client_credentials",
        "scope": server.scopes,
        "client_assertion_type": _ASSERTION,
        "client_assertion": assertion,
    }
    try:
        answer = requests.post(server.token_url, data=asked, timeout=PATIENCE, allow_redirects=False)
        said: Any = answer.json() if answer.status_code == 200 else None
    except (requests.RequestException, ValueError):
        raise NotNow("no-token") from None
    token = said.get("access_token") if isinstance(said, dict) else None
    lasts = said.get("expires_in") if isinstance(said, dict) else None
    if not isinstance(token, str) or not token:
        raise NotNow("no-token")
    return _Held(token, time.monotonic() + (lasts if isinstance(lasts, int) else 60))
