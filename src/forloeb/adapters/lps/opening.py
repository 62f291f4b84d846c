"""Opens the way to a practice's record system: the adapter it is registered with, over a session that is kept."""

from __future__ import annotations

import threading

import requests

from forloeb.adapters.lps.fhir_card import FhirCard
from forloeb.adapters.lps.results import FhirResults
from forloeb.adapters.lps.tokens import SystemToken, TokenServer
from forloeb.adapters.lps.xrpt01_card import Xrpt01Card
from forloeb.people.models import CardAdapter, RecordSystem
from forloeb.records.laboratory_card import LaboratoryCard

SCOPES = "system/Patient.rs system/Observation.cruds system/Subscription.cruds"
_kept = threading.local()


def session_with(server: TokenServer, *, base_url: str) -> requests.Session:
    """Give this thread's session with a FHIR server, whose connections are kept open; with a token if it gives any."""
    sessions: dict[tuple[TokenServer, str], requests.Session] = _kept.__dict__.setdefault("sessions", {})
    known_by = server, base_url
    if known_by not in sessions:
        session = sessions[known_by] = requests.Session()
        session.trust_env = False
        if server.token_url:
            session.auth = SystemToken(server)
    return sessions[known_by]


def _session(system: RecordSystem) -> requests.Session:
    server = TokenServer(system.token_url, system.client_id, SCOPES)
    return session_with(server, base_url=system.fhir_base_url)


def session_without_token() -> requests.Session:
    """Give this thread's session with systems that are told nothing of who asks."""
    session: requests.Session = _kept.__dict__.setdefault("plain", requests.Session())
    session.trust_env = False
    return session


def open_card(system: RecordSystem) -> LaboratoryCard:
    """Open the laboratory card of a record system that takes values."""
    if system.card_adapter == CardAdapter.FHIR:
        return FhirCard(system, _session(system))
    return Xrpt01Card(system, session_without_token())


def open_results(system: RecordSystem) -> FhirResults:
    """Open the laboratory results of a record system that has a FHIR server."""
    return FhirResults(system, _session(system))
