"""Every answer carries the headers that keep a browser to our own files; the language is the one a person chose."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.utils import translation

from forloeb.web.language import COOKIE, LanguageMiddleware, choose_language
from forloeb.web.security import SecurityHeaders, content_security_policy


def rules(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (rule.split() for rule in policy.split("; "))}


def test_the_policy_allows_our_own_files_and_nothing_inline() -> None:
    policy = rules(content_security_policy(""))
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert {source for sources in policy.values() for source in sources} == {"'none'", "'self'"}


def test_a_form_may_lead_to_the_openid_provider_because_signing_out_ends_there() -> None:
    policy = rules(content_security_policy("https://broker.example/realms/health"))
    assert policy["form-action"] == ["'self'", "https://broker.example"]
    assert policy["connect-src"] == ["'self'"]


def test_a_page_that_says_nothing_of_caching_is_stored_nowhere_and_one_that_does_is_left_alone() -> None:
    silent = SecurityHeaders(lambda request: HttpResponse("x"))(RequestFactory().get("/"))
    assert silent.headers["Cache-Control"] == "no-store"
    assert silent.headers["X-Content-Type-Options"] == "nosniff"
    static = SecurityHeaders(lambda request: HttpResponse("x", headers={"Cache-Control": "max-age=60"}))
    assert static(RequestFactory().get("/")).headers["Cache-Control"] == "max-age=60"


def spoken(request: HttpRequest) -> HttpResponse:
    return HttpResponse(translation.get_language())


@pytest.mark.parametrize(("cookie", "language"), [("en", b"en"), ("da", b"da"), ("xx", b"da"), ("", b"da")])
def test_danish_is_spoken_unless_english_was_chosen(cookie: str, language: bytes) -> None:
    request = RequestFactory().get("/", headers={"Accept-Language": "en-US"})
    request.COOKIES[COOKIE] = cookie
    answer = LanguageMiddleware(spoken)(request)
    assert answer.content == language
    assert answer.headers["Content-Language"] == language.decode()


@override_settings(ALLOWED_HOSTS=["testserver"])
@pytest.mark.parametrize(
    ("came_from", "led_to"),
    [
        ("/patient/1/?a=b", "/patient/1/?a=b"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_choosing_a_language_leads_back_and_never_to_another_site(came_from: str, led_to: str) -> None:
    request = RequestFactory().post("/language/", {"language": "en", "next": came_from})
    answer = choose_language(request)
    assert answer.headers["Location"] == led_to
    assert answer.cookies[COOKIE].value == "en"


@override_settings(ALLOWED_HOSTS=["testserver"])
def test_a_language_we_do_not_speak_is_not_remembered() -> None:
    answer = choose_language(RequestFactory().post("/language/", {"language": "tlh"}))
    assert COOKIE not in answer.cookies
