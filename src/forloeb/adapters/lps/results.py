"""Fetches laboratory results from a record system's FHIR server: what has changed since a moment, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests

from forloeb.adapters.lps.web import ask, read_json
from forloeb.fhir.card import IDENTIFIER
from forloeb.fhir.reading import Resource, identifier, reference
from forloeb.kernel.identifiers import CPR, X_ECPR
from forloeb.people.models import RecordSystem
from forloeb.records.laboratory_card import NotNow

_MOST_PAGES = 1000
_JSON = {"Accept": "application/fhir+json"}


class FhirResults:
    """The Observations of a FHIR server, but for those that we put there ourselves."""

    def __init__(self, system: RecordSystem, session: requests.Session) -> None:
        self._base, self._session = system.fhir_base_url, session
        self._numbers: dict[str, str | None] = {}

    def changed_since(self, since: datetime | None) -> Iterator[tuple[Resource, str | None]]:
        """Give each Observation changed since a moment with its patient's number, None where it has none.

        Raises NotNow, CardRefused. A page may tell a thing twice, or in another order: that is for the taker to bear.
        """
        asked = "?_count=200&_sort=_lastUpdated"
        if since is not None:
            asked += f"&_lastUpdated=ge{quote(since.isoformat(timespec='milliseconds'))}"
        address: str | None = f"{self._base}/Observation{asked}"
        for _ in range(_MOST_PAGES):
            if address is None:
                return
            bundle = read_json(ask(self._session, "GET", address, headers=_JSON))
            for entry in bundle.get("entry", []):
                resource = entry.get("resource", {})
                if resource.get("resourceType") == "Observation" and identifier(resource, IDENTIFIER) is None:
                    yield resource, self._number_of(resource)
            address = self._next(bundle)
        raise NotNow("too-many-pages")

    def _next(self, bundle: dict[str, Any]) -> str | None:
        """Give the next page's address, on the same server: nobody is sent elsewhere with what we know."""
        link = next((one.get("url") for one in bundle.get("link", []) if one.get("relation") == "next"), None)
        if not isinstance(link, str):
            return None
        address = urljoin(f"{self._base}/", link)
        if urlsplit(address).netloc != urlsplit(self._base).netloc:
            raise NotNow("next-page-elsewhere")
        return address

    def _number_of(self, resource: Resource) -> str | None:
        """Give the CPR or replacement number of whom an Observation is about."""
        subject = resource.get("subject")
        if isinstance(subject, dict) and isinstance(subject.get("identifier"), dict):
            return str(subject["identifier"].get("value") or "") or None
        told = reference(subject)
        if told is None or not told.startswith("Patient/"):
            return None
        if told not in self._numbers:
            answer = ask(self._session, "GET", f"{self._base}/{told}", headers=_JSON)
            found = read_json(answer) if answer.status_code == 200 else {}
            self._numbers[told] = identifier(found, CPR) or identifier(found, X_ECPR)
        return self._numbers[told]

    def subscribe(self, endpoint: str, token: str) -> None:
        """Ask to be told of new Observations at an address of ours. Asked again, it is one subscription still."""
        wanted = {
            "resourceType": "Subscription",
            "status": "active",
            "reason": "Forløb: laboratoriesvar",
            "criteria": "Observation?category=laboratory",
            "channel": {"type": "rest-hook", "endpoint": endpoint, "header": [f"Authorization: Bearer {token}"]},
        }
        held = read_json(ask(self._session, "GET", f"{self._base}/Subscription?status=active", headers=_JSON))
        channels = [entry.get("resource", {}).get("channel", {}) for entry in held.get("entry", [])]
        if any(channel.get("endpoint") == endpoint for channel in channels):
            return
        headers = {**_JSON, "Content-Type": "application/fhir+json"}
        ask(self._session, "POST", f"{self._base}/Subscription", json=wanted, headers=headers)
