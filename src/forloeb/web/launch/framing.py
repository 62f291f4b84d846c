"""Our pages in a record system's frame: shown only by the one that opened them, with cookies that work there.

A browser keeps a frame's cookies apart for each site that shows it (CHIPS), when they are `SameSite=None`, `Secure` and
`Partitioned`; that needs TLS. Over plain HTTP, as in the demo, cookies stay as they are: they work in a frame of the
same site only, and the demo's record system stands on the same machine.
"""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import Morsel
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from forloeb.access.record_systems import RecordSystem

_OPENED_FROM = "opened_from"
"""The origin of the record system that this session was begun from."""
_ASKED_FROM = "forloeb.asked_from"
"""The origin of the record system that this one request came from."""

# Python knows the word from 3.14 on.
if "partitioned" not in Morsel._reserved:  # type: ignore[attr-defined]
    Morsel._reserved["partitioned"] = "Partitioned"  # type: ignore[attr-defined]
    Morsel._flags.add("partitioned")  # type: ignore[attr-defined]


def show_to(request: HttpRequest, system: RecordSystem) -> None:
    """Let the record system that asks show this answer in its frame. The session stays as it was."""
    request.META[_ASKED_FROM] = system.frame_origin if is_origin(system.frame_origin) else ""


def open_from(request: HttpRequest, system: RecordSystem) -> None:
    """Note that the session was begun by a record system, so that it may show the session's pages in its frame."""
    if is_origin(system.frame_origin):
        request.session[_OPENED_FROM] = system.frame_origin


def opened_from(request: HttpRequest) -> str:
    """Give the origin that may show this page in a frame; empty where none may."""
    session = getattr(request, "session", None)
    return str(request.META.get(_ASKED_FROM) or (session.get(_OPENED_FROM, "") if session is not None else ""))


def end_session(request: HttpRequest) -> None:
    """End the session, but go on being shown where we are: what is said next must be seen."""
    origin = request.session.get(_OPENED_FROM)
    request.session.flush()
    if origin:
        request.session[_OPENED_FROM] = origin


def is_origin(text: str) -> bool:
    """Whether a text is an origin and nothing more, so that it can stand in a policy."""
    parts = urlsplit(text)
    return (
        bool(parts.hostname)
        and parts.scheme in ("http", "https")
        and text == f"{parts.scheme}://{parts.netloc}"
        and not set(text) & set(" ;,'\"*@")
    )


class Framing:
    """Lets the record system that opened a session show its pages, and marks the cookies for its frame."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if opened_from(request) and request.is_secure():
            for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
                if name in response.cookies:
                    cookie = response.cookies[name]
                    cookie["samesite"] = "None"
                    cookie["secure"] = cookie["partitioned"] = True
        return response
