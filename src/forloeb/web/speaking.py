"""Which language this page speaks. What has no words in it yet is said in Danish."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from forloeb.kernel.languages import DANISH, LANGUAGES, Language, find_language

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponse]


def spoken() -> Language:
    """Give the page's language."""
    return find_language(translation.get_language() or DANISH.code)


def other_languages(*, for_staff: bool = False) -> list[Language]:
    """Give the languages that a reader can change to."""
    return [one for one in LANGUAGES if one != spoken() and (one.for_staff or not for_staff)]


def speak(request: HttpRequest, language: Language) -> None:
    """Speak a language for the rest of this request."""
    translation.activate(language.code)
    request.LANGUAGE_CODE = language.code


def speak_to_staff(request: HttpRequest) -> None:
    """Speak Danish where the chosen language has no words for staff."""
    if not spoken().for_staff:
        speak(request, DANISH)


def spoken_to_staff(page: Page[P]) -> Page[P]:
    """Mark a page that staff read, though it needs no sign-in."""

    @wraps(page)
    def speaking(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        speak_to_staff(request)
        return page(request, *args, **kwargs)

    return cast("Page[P]", speaking)
