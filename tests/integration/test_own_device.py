"""What a phone is given to keep: the same for everybody, and nothing of anybody's."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import settings
from django.test import Client, override_settings

from forloeb.people.viewers import Viewer, ViewerKind
from forloeb.web.language import COOKIE
from forloeb.web.own_device import owner_of
from tests.integration.test_access import signed_in
from tests.support.personas import Cast


@pytest.fixture
def visitor(cast: Cast) -> Client:
    return Client(headers={"host": "localhost"})


def shell_of(client: Client) -> dict[str, object]:
    """Read what the worker is told to keep, from its first line."""
    told, _, _ = client.get("/service-worker.js").content.decode().partition("\n")
    found: dict[str, object] = json.loads(told.removeprefix("const SHELL = ").removesuffix(";"))
    return found


def test_the_worker_keeps_only_files_that_anybody_is_given(visitor: Client):
    files = shell_of(visitor)["files"]
    assert isinstance(files, list)
    assert len(files) > 5
    for address in files:
        answer = visitor.get(address)
        assert (answer.status_code, address.startswith("/static/")) == (200, True)


def test_the_worker_is_asked_for_anew_each_time(visitor: Client):
    answer = visitor.get("/service-worker.js")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cache-Control"] == "no-cache"


def test_another_language_is_another_worker_with_the_page_in_that_language(visitor: Client):
    danish = shell_of(visitor)["version"]
    visitor.cookies[COOKIE] = "en"
    assert shell_of(visitor)["version"] != danish
    assert "You have no internet" in visitor.get("/offline/").content.decode()


def test_the_page_for_being_offline_is_the_same_for_karen_as_for_nobody(cast: Cast, visitor: Client):
    karen = signed_in(cast, "karen")
    page = karen.get("/offline/")
    assert page.content == visitor.get("/offline/").content
    assert not page.cookies


def test_the_page_for_being_offline_takes_no_message_that_waits_for_somebody(cast: Cast):
    key = cast.give_login(cast.new_patient())
    with override_settings(DEMO_PERSONAS=(*settings.DEMO_PERSONAS, (key, ""))):
        somebody = signed_in(cast, key)
    somebody.post("/my-plan/write/", {"matters": "At kunne danse"})
    saved = "Det er gemt. Din læge kan læse det."
    assert saved not in somebody.get("/offline/").content.decode()
    assert saved in somebody.get("/my-plan/").content.decode()


def test_signing_out_tells_the_browser_to_forget(cast: Cast):
    karen = signed_in(cast, "karen")
    assert not karen.get("/my-plan/").has_header("Clear-Site-Data")
    assert karen.post("/sign-out/")["Clear-Site-Data"] == '"cache", "storage"'


def test_a_page_says_whose_it_is_in_a_way_that_tells_nobody_who(cast: Cast):
    pages = {who: signed_in(cast, who).get("/", follow=True).content.decode() for who in ("karen", "bent", "holm")}
    owners = {who: re.findall('name="device-owner" content="([0-9a-f]{64})"', page) for who, page in pages.items()}
    assert [len(found) for found in owners.values()] == [1, 1, 1]
    assert len({tag for found in owners.values() for tag in found}) == 3
    again = signed_in(cast, "karen").get("/my-plan/").content.decode()
    assert owners["karen"][0] in again


def test_the_same_person_with_other_eyes_is_another_owner():
    own = Viewer(ViewerKind.PATIENT, login_id=1, name="", patient_id=5)
    as_relative = Viewer(ViewerKind.PROXY, login_id=1, name="", patient_id=6)
    of_a_relative = Viewer(ViewerKind.PROXY, login_id=2, name="", patient_id=5)
    assert len({owner_of(viewer) for viewer in (own, as_relative, of_a_relative)}) == 3
