"""A session ends when nobody has been there for a while, and lives on while somebody is."""

from __future__ import annotations

from django.conf import settings
from django.test import Client

from tests.integration.test_access import signed_in
from tests.support.personas import Cast


def away(client: Client, seconds: int) -> None:
    """Let so many seconds pass, as the session sees it."""
    session = client.session
    session["seen_at"] -= seconds
    session.save()


def test_somebody_who_was_away_for_too_long_signs_in_again(cast: Cast):
    client = signed_in(cast, "holm")
    key = client.session.session_key
    away(client, settings.SESSION_IDLE_SECONDS + 1)
    answer = client.get("/start/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")
    assert client.session.session_key != key
    assert "Du har været væk i mere end 30 minutter" in client.get(answer["Location"]).content.decode()
    assert client.get("/start/").status_code == 302


def test_somebody_at_work_stays_signed_in(cast: Cast):
    client = signed_in(cast, "holm")
    for _ in range(3):
        away(client, settings.SESSION_IDLE_SECONDS - 60)
        assert client.get("/guidelines/").status_code == 200


def test_a_session_from_before_signing_in_is_of_no_use_afterwards(cast: Cast):
    client = Client(headers={"host": "localhost"})
    client.get("/sign-in/?next=/guidelines/")
    before = client.session.session_key
    client.post("/sign-in/persona/", {"persona": "holm"})
    assert client.get("/guidelines/").status_code == 200
    planted = Client(headers={"host": "localhost"})
    planted.cookies[settings.SESSION_COOKIE_NAME] = before
    assert planted.get("/guidelines/").status_code == 302


def test_a_page_that_keeps_its_draft_says_where_to_sign_in(cast: Cast):
    client = signed_in(cast, "holm")
    away(client, settings.SESSION_IDLE_SECONDS + 1)
    answer = client.post(f"/patient/{cast.id_of('karen')}/", {"base": "{}"}, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer["HX-Redirect"].startswith("/sign-in/")
