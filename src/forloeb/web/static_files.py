"""Our own files, as whitenoise serves them, with the caching that an address allows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from whitenoise.middleware import WhiteNoiseMiddleware

from forloeb.web.environment import NoSuchFile, static

FOR_EVER = "max-age=31536000, public, immutable"
A_WHILE = "max-age=3600, public"


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Lets a browser keep a file for ever when its address carries the mark of the content it has now.

    A mark of another content is not believed: while a new version is put in place, a page of the new one can ask a
    server of the old one, and a browser must not keep that answer for a year.
    """

    def serve(self, static_file: Any, request: HttpRequest) -> Any:
        """Answer with a file. Whitenoise calls it with `self`, as any method of ours."""
        response = WhiteNoiseMiddleware.serve(static_file, request)
        if not settings.DEBUG:
            response.headers["Cache-Control"] = FOR_EVER if _is_marked(request) else A_WHILE
        return response


def _is_marked(request: HttpRequest) -> bool:
    try:
        return static(request.path_info.removeprefix(settings.STATIC_URL)).endswith(f"?v={request.GET.get('v')}")
    except NoSuchFile:
        return False
