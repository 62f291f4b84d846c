"""Opens the way to a practice's record system: the adapter it is registered with, over a session that is kept."""

from __future__ import annotations

import threading

import requests

from forloeb.adapters.lps.fhir_card import FhirCard
from forloeb.adapters.lps.results import FhirResults
from forloeb.adapters.lps.tokens import SystemToken
from forloeb.adapters.lps.xrpt01_card import Xrpt01Card
from forloeb.people.models import CardAdapter, RecordSystem
from forloeb.records.laboratory_card import LaboratoryCard

_kept = threading.local()


def _session(system: RecordSystem) -> requests.Session:
    """Give this thread's session with a FHIR server, whose connections are kept open."""
    sessions: dict[tuple[int | None, str], requests.Session] = _kept.__dict__.setdefault("sessions", {})
    known_by = system.pk, system.token_url
    if known_by not in sessions:
        session = sessions[known_by] = requests.Session()
        session.trust_env = False
        if system.token_url:
            session.auth = SystemToken(system)
    return sessions[known_by]


def session() -> requests.Session:
    """Give this thread's session that shows no token, whose connections are kept open."""
    kept: requests.Session = _kept.__dict__.setdefault("plain", requests.Session())
    kept.trust_env = False
    return kept


def open_card(system: RecordSystem) -> LaboratoryCard:
    """Open the laboratory card of a record system that takes values."""
    if system.card_adapter == CardAdapter.FHIR:
        return FhirCard(system, _session(system))
    return Xrpt01Card(system, session())


def open_results(system: RecordSystem) -> FhirResults:
    """Open the laboratory results of a record system that has a FHIR server."""
    return FhirResults(system, _session(system))
