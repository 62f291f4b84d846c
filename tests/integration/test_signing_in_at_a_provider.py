"""Signing in at a real provider: only who was asked for is let in, and only by a key the provider stands by."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from requests import Response

from forloeb.access.actions import give_login
from tests.support.oidc.person import Person, changed
from tests.support.oidc.provider import Provider, site_with_provider
from tests.support.personas import Cast

KAREN = "karen-at-the-provider"


@pytest.fixture
def provider(cast: Cast) -> Iterator[Provider]:
    with site_with_provider() as provider:
        give_login(issuer=provider.issuer, subject=KAREN, patient=cast.demo.patients["karen"])
        yield provider


def is_refused(answer: Response) -> bool:
    return (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/")


def test_what_we_ask_carries_a_challenge_a_state_a_nonce_and_the_level(provider: Provider):
    first, second = (parse_qs(urlsplit(Person(provider).question()).query) for _ in range(2))
    assert first["code_challenge_method"] == ["S256"]
    assert "nsis/Substantial" in first["acr_values"][0]
    for asked_anew in ("code_challenge", "state", "nonce"):
        assert len(first[asked_anew][0]) >= 20
        assert first[asked_anew] != second[asked_anew]


def test_an_answer_is_good_once(provider: Provider):
    karen = Person(provider)
    back = karen.at_provider(KAREN, karen.question())
    assert karen.come_back(back).headers["Location"] == "/"
    assert karen.is_signed_in()
    assert is_refused(karen.come_back(back))


def test_a_code_that_was_used_is_refused_under_a_new_question_too(provider: Provider):
    karen = Person(provider)
    back = karen.at_provider(KAREN, karen.question())
    karen.come_back(back)
    thief = Person(provider)
    theirs = parse_qs(urlsplit(thief.question()).query)["state"][0]
    assert is_refused(thief.come_back(changed(back, state=theirs)))
    assert not thief.is_signed_in()


def test_a_code_that_was_stolen_unused_does_not_fit_the_thiefs_challenge(provider: Provider):
    karen, thief = Person(provider), Person(provider)
    back = karen.at_provider(KAREN, karen.question())
    theirs = parse_qs(urlsplit(thief.question()).query)["state"][0]
    assert is_refused(thief.come_back(changed(back, state=theirs)))
    assert not thief.is_signed_in()


def test_an_answer_opened_in_another_browser_lets_nobody_in(provider: Provider):
    karen, other = Person(provider), Person(provider)
    back = karen.at_provider(KAREN, karen.question())
    assert is_refused(other.come_back(back))
    assert not other.is_signed_in()


@pytest.mark.parametrize(("part", "value"), [("state", "another"), ("code", "another")])
def test_a_changed_answer_lets_nobody_in(provider: Provider, part: str, value: str):
    karen = Person(provider)
    back = karen.at_provider(KAREN, karen.question())
    assert is_refused(karen.come_back(changed(back, **{part: value})))
    assert not karen.is_signed_in()


def test_an_id_token_made_for_another_question_is_refused(provider: Provider):
    """The nonce in the token is not the one that this browser's session waits for."""
    karen = Person(provider)
    back = karen.at_provider(KAREN, changed(karen.question(), nonce="of-another-question"))
    assert is_refused(karen.come_back(back))
    assert not karen.is_signed_in()


def test_a_key_that_is_new_since_we_read_the_keys_is_asked_for(provider: Provider):
    Person(provider).sign_in(KAREN)
    provider.be(signs_with="second")
    karen = Person(provider)
    karen.sign_in(KAREN)
    assert karen.is_signed_in()


def test_a_token_signed_with_a_key_that_is_not_published_is_refused(provider: Provider):
    Person(provider).sign_in(KAREN)
    provider.be(signs_with="nobodys", publishes=("first",))
    karen = Person(provider)
    assert is_refused(karen.sign_in(KAREN))
    assert not karen.is_signed_in()


def test_a_key_that_was_taken_back_is_refused_within_the_hour(provider: Provider, monkeypatch: pytest.MonkeyPatch):
    Person(provider).sign_in(KAREN)
    provider.be(signs_with="first", publishes=("second",))
    monkeypatch.setattr("forloeb.web.signin.provider._AN_HOUR", 1)
    karen = Person(provider)
    assert is_refused(karen.sign_in(KAREN))
