"""Pages and texts go out compressed.

Compressing a page that holds a secret beside something an attacker chooses tells the secret by its length (BREACH).
Three things stand against it: the only secret in our pages that is worth guessing byte by byte, the token of a form,
is masked anew in every answer; Django adds up to a hundred random bytes to each; and the session's cookie is
SameSite=Lax, so that another site cannot have our pages fetched with it in the thousands, unseen.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXTS = ("text/", "application/javascript", "application/json", "application/fhir+json", "image/svg+xml")


class Compression(GZipMiddleware):
    """Compresses what is text and whole; pictures, fonts and prints are compressed in themselves."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress an answer where the browser can read it so."""
        kind = response.headers.get("Content-Type", "")
        if request.method != "GET" or response.status_code != 200 or not kind.startswith(TEXTS):
            return response
        return super().process_response(request, response)
