"""Where apps get, renew and give back their tokens, and read how to (SMART App Launch 2.2). Nobody signs in here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from forloeb.access import app_server
from forloeb.access.assertions import SIGNATURES

View = Callable[..., HttpResponse]


def site_of(request: HttpRequest) -> str:
    """Give the address that the system is known by."""
    return settings.SITE_URL or request.build_absolute_uri("/").rstrip("/")


def _for_apps(view: View) -> Any:
    """Make an address for apps: it needs no session, takes no cookie into account, and may be asked from any page."""

    @csrf_exempt
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        given = HttpResponse() if request.method == "OPTIONS" else view(request, *args, **kwargs)
        given.headers["Access-Control-Allow-Origin"] = "*"
        given.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        given.headers["Cache-Control"] = "no-store"
        return given

    answer.for_whom = "anyone"  # type: ignore[attr-defined]
    return answer


@_for_apps
@require_http_methods(["POST"])
def token(request: HttpRequest) -> HttpResponse:
    """Make tokens of a code, a refresh token or a system's proof."""
    return _answer(app_server.make_token(_here(request, "app-token"), _body(request), _HEADERS))


@_for_apps
@require_http_methods(["POST"])
def revoke(request: HttpRequest) -> HttpResponse:
    """Take a token back."""
    where = _here(request, "app-token")
    return _answer(app_server.revoke(_here(request, "app-revoke"), _body(request), _HEADERS, token_endpoint=where))


@_for_apps
@require_http_methods(["POST"])
def introspect(request: HttpRequest) -> HttpResponse:
    """Tell an app that proves itself of its own tokens."""
    where = _here(request, "app-token")
    told = app_server.introspect(_here(request, "app-introspect"), _body(request), _HEADERS, token_endpoint=where)
    return JsonResponse({"error": "invalid_client"}, status=401) if told is None else JsonResponse(told)


@_for_apps
@require_GET
def smart_configuration(request: HttpRequest) -> HttpResponse:
    """Say where everything is, and what is understood."""
    return JsonResponse({**endpoints(site_of(request)), **_UNDERSTOOD})


def endpoints(site: str) -> dict[str, str]:
    """Give where an app of a site is let in, and its tokens are made, ended and looked into."""
    return {f"{kind}_endpoint": site + reverse(name) for kind, name in _ENDPOINTS.items()}


_ENDPOINTS = {
    "authorization": "app-consent",
    "token": "app-token",
    "revocation": "app-revoke",
    "introspection": "app-introspect",
}
_UNDERSTOOD: dict[str, list[str]] = {
    "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
    "response_types_supported": ["code"],
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    "token_endpoint_auth_signing_alg_values_supported": SIGNATURES,
    "scopes_supported": ["patient/*.rs", "user/*.cruds", "system/*.rs", "launch/patient", "offline_access"],
    "capabilities": [
        "launch-standalone",
        "context-standalone-patient",
        "client-public",
        "client-confidential-asymmetric",
        "permission-patient",
        "permission-user",
        "permission-offline",
        "permission-v2",
    ],
}
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


def _here(request: HttpRequest, name: str) -> str:
    return site_of(request) + reverse(name)


def _body(request: HttpRequest) -> str:
    """Give the form as it was sent; of a field that comes twice, oauthlib refuses the request."""
    return urlencode([(name, value) for name, values in request.POST.lists() for value in values])


def _answer(given: app_server.Answer) -> HttpResponse:
    answer = HttpResponse(given.body, status=given.status, content_type="application/json")
    for name, value in given.headers.items():
        answer.headers[name] = value
    return answer


urlpatterns = [
    path("oauth/token/", token, name="app-token"),
    path("oauth/revoke/", revoke, name="app-revoke"),
    path("oauth/introspect/", introspect, name="app-introspect"),
    path(".well-known/smart-configuration", smart_configuration, name="smart-configuration"),
    path("fhir/.well-known/smart-configuration", smart_configuration, name="fhir-smart-configuration"),
]
