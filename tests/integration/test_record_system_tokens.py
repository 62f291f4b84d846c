"""Values travel to a record system with a token: got by our signature, kept while it holds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from django.conf import settings

from forloeb.access.client_keys import make_client_key
from forloeb.adapters.lps import open_results, tokens
from forloeb.adapters.lps.opening import SCOPES
from forloeb.jobs.demo.record_system import YDERNUMMER
from forloeb.people.actions import LOADER
from forloeb.people.models import RecordSystem
from forloeb.records.laboratory_card import NotNow
from tests.support.launching import Beside, site_beside_record_system
from tests.support.personas import Cast


@pytest.fixture(scope="module")
def beside(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    with site_beside_record_system(cast, tmp_path_factory.mktemp("beside")) as found:
        yield found


@pytest.fixture
def system(beside: Beside) -> Iterator[RecordSystem]:
    tokens._held.clear()
    yield RecordSystem.objects.using(LOADER).get(organization__ydernummer=YDERNUMMER)
    tokens._held.clear()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tokens.TokenServer]:
    """Where a token was asked for, one after the other."""
    found: list[tokens.TokenServer] = []
    ask = tokens._ask

    def counted(server: tokens.TokenServer) -> tokens._Held:
        found.append(server)
        return ask(server)

    monkeypatch.setattr(tokens, "_ask", counted)
    return found


def server_of(system: RecordSystem) -> tokens.TokenServer:
    return tokens.TokenServer(system.token_url, system.client_id, SCOPES)


def results(system: RecordSystem) -> int:
    return sum(1 for _ in open_results(system).changed_since(None))


@pytest.mark.parametrize("shown", [{}, {"Authorization": "Bearer invented"}, {"Authorization": "Basic eDp5"}])
def test_the_record_system_tells_nobody_without_a_token(beside: Beside, shown: dict[str, str]):
    answer = requests.get(f"{beside.system.address}/fhir/Observation", headers=shown, timeout=10)
    assert answer.status_code == 401


def test_one_token_serves_reading_and_writing(system: RecordSystem, asked: list[tokens.TokenServer]):
    assert results(system) > 0
    open_results(system).subscribe("http://127.0.0.1:9/there", "token")
    assert asked == [server_of(system)]


def test_a_token_is_got_anew_before_it_ends(system: RecordSystem, asked: list[tokens.TokenServer]):
    results(system)
    tokens._held[server_of(system)].until = time.monotonic() + tokens._EARLIER - 1
    results(system)
    assert asked == [server_of(system), server_of(system)]


def test_a_token_that_is_refused_is_not_shown_again(system: RecordSystem, asked: list[tokens.TokenServer]):
    tokens._held[server_of(system)] = tokens._Held("taken-back", time.monotonic() + 600)
    with pytest.raises(NotNow) as refused:
        results(system)
    assert refused.value.fault == "answered-401"
    assert results(system) > 0
    assert asked == [server_of(system)]


def test_without_our_key_nothing_is_asked(system: RecordSystem, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "CLIENT_KEY_FILE", "")
    with pytest.raises(NotNow) as refused:
        results(system)
    assert refused.value.fault == "no-key"


def test_another_key_gets_no_token(system: RecordSystem, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    make_client_key(tmp_path / "another.pem")
    monkeypatch.setattr(settings, "CLIENT_KEY_FILE", str(tmp_path / "another.pem"))
    with pytest.raises(NotNow) as refused:
        results(system)
    assert refused.value.fault == "no-token"


def test_a_token_is_in_no_repr(system: RecordSystem):
    results(system)
    held = tokens._held[server_of(system)]
    assert held.token not in repr(held)
