"""A session that ended at the provider ends here, in every browser it names; nobody else can end one."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from authlib.integrations.base_client.sync_openid import OpenIDMixin
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import OctKey

from forloeb.access import sign_ins
from forloeb.access.actions import give_login
from forloeb.access.identities import find_login
from forloeb.access.models import HeardSignOut, SignIn
from forloeb.people import actions as people
from forloeb.people.actions import LOADER
from forloeb.people.models import PractitionerRole
from forloeb.web.signin import provider as signin_provider
from forloeb.web.signin.back_channel import EVENT
from tests.integration.test_audit import entries
from tests.support.oidc.person import Person
from tests.support.oidc.provider import CLIENT, Provider, key, site_with_provider
from tests.support.personas import Cast

KAREN, OVE = "karen-at-the-provider", "ove-at-the-provider"


@pytest.fixture(scope="module")
def running(cast: Cast) -> Iterator[Provider]:
    with site_with_provider() as provider:
        for subject, patient in ((KAREN, "karen"), (OVE, "ove")):
            give_login(issuer=provider.issuer, subject=subject, patient=cast.demo.patients[patient])
        yield provider


@pytest.fixture
def provider(running: Provider) -> Provider:
    """The provider as it is at first, whatever the last test made of it."""
    running.be()
    signin_provider._new_keys.cache_clear()
    return running


@pytest.fixture
def karen(provider: Provider) -> Person:
    return signed_in(provider, KAREN)


def signed_in(provider: Provider, name: str) -> Person:
    person = Person(provider)
    person.sign_in(name)
    assert person.is_signed_in()
    return person


def told(provider: Provider, **changes: Any) -> dict[str, Any]:
    """Give what a logout token says; a change to None leaves that out."""
    claims = {
        "iss": provider.issuer,
        "aud": CLIENT,
        "iat": int(time.time()),
        "exp": int(time.time()) + 120,
        "jti": str(uuid4()),
        "events": {EVENT: {}},
        "sub": KAREN,
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def post(token: str) -> int:
    """Post a token as the provider does, without a cookie or a form of ours; gives the answer's status."""
    answer = Client(headers={"host": "localhost"}, enforce_csrf_checks=True).post(
        "/sign-out/back-channel/", {"logout_token": token}
    )
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code


# --- the provider's own word


def test_who_signs_out_at_the_provider_is_signed_out_here_and_only_in_that_browser(provider: Provider, karen: Person):
    elsewhere, ove = signed_in(provider, KAREN), signed_in(provider, OVE)
    karen.sign_out_at_provider()
    assert not karen.is_signed_in()
    assert elsewhere.is_signed_in()
    assert ove.is_signed_in()


def test_where_the_provider_names_no_session_all_of_a_persons_end(provider: Provider):
    provider.be(names_session=False)
    karen, elsewhere, ove = signed_in(provider, KAREN), signed_in(provider, KAREN), signed_in(provider, OVE)
    karen.sign_out_at_provider()
    assert not karen.is_signed_in()
    assert not elsewhere.is_signed_in()
    assert ove.is_signed_in()


def test_the_provider_may_have_changed_its_key_in_between(provider: Provider, karen: Person):
    provider.be(signs_with="changed")
    karen.sign_out_at_provider()
    assert not karen.is_signed_in()


def test_who_has_yet_to_choose_a_workplace_is_signed_out_too(cast: Cast, provider: Provider):
    since = cast.as_of - timedelta(days=30)
    berg = people.employ(name="Bo Berg", role="doctor", organization=cast.demo.practice, since=since)
    neighbour = cast.staff("lund").acts_for
    PractitionerRole.objects.using(LOADER).create(
        practitioner=berg, organization_id=neighbour, role="doctor", valid_from=since
    )
    give_login(issuer=provider.issuer, subject="berg", practitioner=berg)
    person = Person(provider)
    choice = person.sign_in("berg")
    assert choice.status_code == 200
    person.sign_out_at_provider()
    assert person.choose_workplace(choice, neighbour).headers["Location"] == "/sign-in/"


# --- any other word


def test_a_token_that_names_the_person_alone_ends_all_their_sessions(provider: Provider, karen: Person):
    elsewhere = signed_in(provider, KAREN)
    assert post(provider.signed(told(provider))) == 200
    assert not karen.is_signed_in()
    assert not elsewhere.is_signed_in()


def test_a_token_that_names_the_session_alone_ends_that_one(provider: Provider, karen: Person):
    post(provider.signed(told(provider)))
    karen = signed_in(provider, KAREN)
    (sid,) = sids(provider, KAREN)
    elsewhere = signed_in(provider, KAREN)
    assert post(provider.signed(told(provider, sub=None, sid=sid))) == 200
    assert not karen.is_signed_in()
    assert elsewhere.is_signed_in()


def test_a_session_of_somebody_elses_is_not_ended_by_its_name(provider: Provider, karen: Person):
    (*_, sid) = sids(provider, KAREN)
    assert post(provider.signed(told(provider, sub=OVE, sid=sid))) == 200
    assert karen.is_signed_in()


def test_what_has_ended_already_is_no_fault(provider: Provider):
    assert post(provider.signed(told(provider, sub="nobody-here"))) == 200


def test_a_token_is_heard_once(provider: Provider):
    token = provider.signed(told(provider))
    assert post(token) == 200
    karen = signed_in(provider, KAREN)
    assert post(token) == 400
    assert karen.is_signed_in()


def now() -> int:
    return int(time.time())


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://another.example"},
        {"iss": None},
        {"aud": "another-site"},
        {"aud": None},
        {"iat": None},
        {"iat": timedelta(hours=-1)},
        {"iat": timedelta(hours=1)},
        {"iat": "today"},
        {"exp": timedelta(hours=-1)},
        {"jti": None},
        {"jti": 7},
        {"events": None},
        {"events": {}},
        {"events": {EVENT: True}},
        {"events": [EVENT]},
        {"nonce": "of-an-id-token"},
        {"sub": None},
        {"sub": ""},
        {"sub": ["karen-at-the-provider"]},
        {"sid": ""},
        {"sid": 7},
    ],
    ids=str,
)
def test_a_token_that_says_anything_else_is_refused_and_ends_nothing(
    provider: Provider, karen: Person, changes: dict[str, Any]
):
    # Told from now, so that the cases have the same names in every process that collects them.
    told_now = {
        claim: now() + int(value.total_seconds()) if isinstance(value, timedelta) else value
        for claim, value in changes.items()
    }
    assert post(provider.signed(told(provider, **told_now))) == 400
    assert karen.is_signed_in()


def test_a_token_for_us_among_others_is_heard(provider: Provider, karen: Person):
    assert post(provider.signed(told(provider, aud=["another-site", CLIENT]))) == 200
    assert not karen.is_signed_in()


def test_a_token_that_the_provider_did_not_sign_is_refused(provider: Provider, karen: Person):
    claims = told(provider)
    genuine = provider.signed(claims)
    unsigned = f"{b64({'alg': 'none'})}.{b64(claims)}."
    shared = jwt.encode({"alg": "HS256", "kid": "first"}, claims, OctKey.import_key("only-for-tests" * 3))
    forged = [
        provider.signed(claims, by="nobodys"),
        provider.signed(claims, by="nobodys", kid="first"),
        f"{genuine.rpartition('.')[0]}.",
        unsigned,
        shared,
        "",
        "not.a.token",
        "æøå",
        "." * 5000,
        f"{urlsafe_b64encode(b'[' * 100_000).decode().rstrip('=')}.e30.",
    ]
    assert {token[:40]: post(token) for token in forged} == {token[:40]: 400 for token in forged}
    assert karen.is_signed_in()


def test_unknown_keys_make_us_ask_the_provider_seldom(provider: Provider, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(signin_provider, "_BETWEEN_QUESTIONS", 10**9)
    monkeypatch.setattr(
        OpenIDMixin, "fetch_jwk_set", lambda self, force=False: asked.append(force) or keys_of(provider)
    )
    for name in ("one", "another", "a-third"):
        assert post(provider.signed(told(provider), by=name)) == 400
    assert asked.count(True) <= 1


def test_nothing_but_a_post_is_answered(provider: Provider):
    assert Client(headers={"host": "localhost"}).get("/sign-out/back-channel/").status_code == 405


def test_without_a_provider_there_is_nobody_to_listen_to(cast: Cast):
    with override_settings(OIDC_ISSUER=""):
        assert Client(headers={"host": "localhost"}).post("/sign-out/back-channel/").status_code == 404


# --- what is kept


def test_a_sign_out_elsewhere_is_in_the_log_with_whose_it_was(database, cast: Cast, provider: Provider):
    where = f"event = 'sign-out-elsewhere' AND login_id = {login_of(provider, OVE)}"
    post(provider.signed(told(provider, sub=OVE)))
    before = len(entries(database, where))
    signed_in(provider, OVE)
    signed_in(provider, OVE)
    post(provider.signed(told(provider, sub=OVE)))
    assert [action for action, *_ in entries(database, where)[before:]] == ["write", "write"]


def test_a_refused_token_is_named_in_no_log_line(provider: Provider, caplog: pytest.LogCaptureFixture):
    post(provider.signed(told(provider, nonce="x")))
    post(provider.signed(told(provider), by="nobodys"))
    assert [record.name for record in caplog.records].count("forloeb.web.signin.back_channel") == 2
    assert KAREN not in caplog.text


def test_a_sign_in_is_forgotten_with_its_session(provider: Provider, karen: Person):
    before = len(sids(provider, KAREN))
    karen.sign_out_here()
    assert len(sids(provider, KAREN)) == before - 1


def test_signing_in_tidies_up_after_those_who_never_signed_out(provider: Provider, karen: Person):
    kept = sids(provider, KAREN)
    yesterday = timezone.now() - timedelta(days=1)
    Session.objects.update(expire_date=yesterday)
    signed_in(provider, KAREN)
    assert not Session.objects.filter(expire_date__lte=yesterday).exists()
    assert not set(kept) & set(sids(provider, KAREN))


def test_what_was_heard_is_forgotten_when_it_is_too_old_to_be_believed(provider: Provider):
    post(provider.signed(told(provider)))
    HeardSignOut.objects.using("owner").update(heard_at=timezone.now() - 2 * sign_ins.KEPT)
    post(provider.signed(told(provider)))
    assert HeardSignOut.objects.count() == 1


def test_the_database_shows_no_sign_in_but_of_the_identity_that_is_spoken_of(provider: Provider, karen: Person):
    signed_in(provider, OVE)
    assert SignIn.objects.count() == 0
    with transaction.atomic():
        sign_ins._tell(provider.issuer, KAREN, "")
        assert set(SignIn.objects.values_list("subject", flat=True)) == {KAREN}
    with transaction.atomic():
        sign_ins._tell("https://another.example", KAREN, "")
        assert SignIn.objects.count() == 0


def sids(provider: Provider, name: str) -> list[str]:
    """Give the provider's names of a person's sessions, the oldest first."""
    with transaction.atomic():
        sign_ins._tell(provider.issuer, name, "")
        return list(SignIn.objects.order_by("since").values_list("sid", flat=True))


def login_of(provider: Provider, name: str) -> int:
    who = find_login(provider.issuer, name, as_of=timezone.localdate())
    assert who
    return who.login_id


def keys_of(provider: Provider) -> dict[str, Any]:
    return {"keys": [key("first").as_dict(private=False)]}


def b64(said: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
