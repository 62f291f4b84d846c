"""The authorization server, as the pages and the API ask it: do we know this request, and what is the answer to it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from django.db import transaction
from oauth2_provider.models import AccessToken
from oauth2_provider.oauth2_backends import get_oauthlib_core
from oauthlib.common import Request
from oauthlib.oauth2 import FatalClientError, OAuth2Error
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from forloeb.access.consents import Asked, say_yes
from forloeb.access.grants import digest_of
from forloeb.access.models import Login
from forloeb.access.scopes import read_scopes
from forloeb.people.viewers import Viewer

TOKEN_ENDPOINT = "X-Forloeb-Token-Endpoint"  # noqa: S105  the name of a header that we set, and no client can


class UnknownApp(Exception):
    """The app, or the address that it wants its answer at, is not registered: it gets no answer."""

    def __init__(self) -> None:
        super().__init__("the app or its redirect address is not registered")


class RefusedRequest(Exception):
    """The app is known, and asks wrongly; `where` takes the refusal to it."""

    def __init__(self, where: str) -> None:
        super().__init__("the app's request is refused")
        self.where = where


@dataclass(frozen=True, slots=True)
class AppRequest:
    """What an app wants a person to be asked."""

    uri: str
    client_id: str
    redirect_uri: str
    state: str
    scopes: str
    credentials: dict[str, Any]

    def refusal(self, error: str) -> str:
        """Give the address that tells the app of a no."""
        mark = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{mark}{urlencode({'error': error, 'state': self.state})}"


def read_request(uri: str, *, audience: str) -> AppRequest:
    """Read what an app asks for; `audience` is the address of our FHIR API. Raises UnknownApp, RefusedRequest."""
    try:
        scopes, credentials = _server().validate_authorization_request(uri, "GET", "", {})
        _check_smart(uri, audience)
    except FatalClientError:
        raise UnknownApp from None
    except OAuth2Error as refusal:
        where = refusal.redirect_uri or dict(parse_qsl(urlsplit(uri).query)).get("redirect_uri", "")
        refusal.state = refusal.state or dict(parse_qsl(urlsplit(uri).query)).get("state")
        raise RefusedRequest(refusal.in_uri(where)) from None
    return AppRequest(
        uri,
        credentials["client_id"],
        credentials["redirect_uri"],
        credentials["state"] or "",
        " ".join(scopes),
        credentials,
    )


def _check_smart(uri: str, audience: str) -> None:
    """Hold what SMART asks besides OAuth: a state, S256, and that the app means this server."""
    said = dict(parse_qsl(urlsplit(uri).query))
    if not said.get("state"):
        raise InvalidRequestError("state is missing")
    if said.get("code_challenge_method") != "S256":
        raise InvalidRequestError("code_challenge_method is S256")
    if said.get("aud", "").rstrip("/") != audience.rstrip("/"):
        raise InvalidRequestError("aud is the address of the FHIR API")


def answer_yes(asked: AppRequest, what: Asked, *, by: Viewer) -> str:
    """Keep the yes; gives the address that hands the app its code."""
    headers, _body, _status = _server().create_authorization_response(
        asked.uri,
        "GET",
        scopes=str(what.granted).split(),
        credentials={**asked.credentials, "user": Login(pk=by.login_id)},
    )
    where = str(headers["Location"])
    (code,) = parse_qs(urlsplit(where).query)["code"]
    say_yes(what, code, by=by)
    return where


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answers an app."""

    status: int
    body: str
    headers: dict[str, str]


@transaction.atomic
def make_token(uri: str, body: str, headers: dict[str, str]) -> Answer:
    """Make tokens of a code, a refresh token or a system's proof."""
    try:
        made, text, status = _server().create_token_response(uri, "POST", body, {**headers, TOKEN_ENDPOINT: uri}, None)
    except OAuth2Error as refusal:
        return Answer(refusal.status_code, refusal.json, dict(refusal.headers))
    return Answer(status, text, dict(made))


@transaction.atomic
def revoke(uri: str, body: str, headers: dict[str, str], *, token_endpoint: str) -> Answer:
    """Take a token back at the app's wish."""
    given = {**headers, TOKEN_ENDPOINT: token_endpoint}
    made, text, status = _server().create_revocation_response(uri, "POST", body, given)
    return Answer(status, text or "", dict(made))


@transaction.atomic
def introspect(uri: str, body: str, headers: dict[str, str], *, token_endpoint: str) -> dict[str, object] | None:
    """Tell an app that has proved itself of a token of its own; of others that they are none. None: no proof."""
    request = Request(uri, "POST", body, {**headers, TOKEN_ENDPOINT: token_endpoint})
    if not _server().request_validator.authenticate_client(request):
        return None
    found = AccessToken.objects.filter(
        token_checksum=digest_of(getattr(request, "token", None) or ""), application=request.client
    )
    held = found.filter(consenttoken__isnull=False).first()
    if held is None or held.is_expired():
        return {"active": False}
    return {
        "active": True,
        "scope": str(read_scopes(held.scope)),
        "client_id": request.client_id,
        "exp": int(held.expires.timestamp()),
    }


def _server() -> Any:
    return get_oauthlib_core().server
