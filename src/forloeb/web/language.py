"""The choice of a language: Danish unless another was chosen. The choice is kept in a cookie."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from forloeb.kernel.languages import find_language
from forloeb.web.asking import for_anyone
from forloeb.web.speaking import speak, spoken

COOKIE = "forloeb_language"
_A_YEAR = 365 * 24 * 3600


class LanguageMiddleware:
    """Speaks the chosen language. Danish unless chosen: many Danish machines say that they are English."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        speak(request, find_language(request.COOKIES.get(COOKIE, "")))
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", spoken().code)
        return response


@for_anyone
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember the language a person chose and take them back to where they were."""
    came_from = request.POST.get("next", "/")
    is_ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, request.is_secure())
    response = HttpResponseRedirect(came_from if is_ours else "/")
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            COOKIE, chosen, max_age=_A_YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )
    return response
