"""What a browser may do with our pages: load our own files, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from forloeb.web.launch.framing import opened_from

_PERMISSIONS = ("camera", "display-capture", "geolocation", "microphone", "payment", "publickey-credentials-get", "usb")


@cache
def content_security_policy(issuer: str, framed_by: str = "'none'") -> str:
    """Give the policy. A form may lead to ourselves and to the OpenID provider, where signing out ends.

    Nobody shows our pages in a frame but the record system that opened them (`framed_by`, an origin).
    """
    provider = urlsplit(issuer)
    leads_to = ["'self'"] + ([f"{provider.scheme}://{provider.netloc}"] if provider.netloc else [])
    rules = {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": leads_to,
        "base-uri": ["'none'"],
        "frame-ancestors": [framed_by],
    }
    return "; ".join(f"{rule} {' '.join(sources)}" for rule, sources in rules.items())


class SecurityHeaders:
    """Sets the headers on every answer. A page that says nothing of caching is stored nowhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.headers = {
            "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _PERMISSIONS),
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        origin = opened_from(request)
        policy = content_security_policy(settings.OIDC_ISSUER, origin or "'none'")
        response.headers.setdefault("Content-Security-Policy", policy)
        for name, value in self.headers.items():
            if not (origin and name == "X-Frame-Options"):
                response.headers.setdefault(name, value)
        return response
