"""Opens the way to a practice's record system: the adapter it is registered with, over a session that is kept."""

from __future__ import annotations

import threading

import requests

from forloeb.adapters.lps.fhir_card import FhirCard
from forloeb.adapters.lps.results import FhirResults
from forloeb.adapters.lps.xrpt01_card import Xrpt01Card
from forloeb.people.models import CardAdapter, RecordSystem
from forloeb.records.laboratory_card import LaboratoryCard

_kept = threading.local()


def session() -> requests.Session:
    """Give this thread's session, whose connections are kept open."""
    if not hasattr(_kept, "session"):
        _kept.session = requests.Session()
        _kept.session.trust_env = False
    kept: requests.Session = _kept.session
    return kept


def open_card(system: RecordSystem) -> LaboratoryCard:
    """Open the laboratory card of a record system that takes values."""
    if system.card_adapter == CardAdapter.FHIR:
        return FhirCard(system, session())
    return Xrpt01Card(system, session())


def open_results(system: RecordSystem) -> FhirResults:
    """Open the laboratory results of a record system that has a FHIR server."""
    return FhirResults(system, session())
