"""A laboratory card that takes MedCom laboratory reports (XRPT01), posted one letter at a time."""

from __future__ import annotations

import requests
from django.utils import timezone

from forloeb.adapters.lps.web import ask
from forloeb.medcom.writing import Between, write_report
from forloeb.people.models import RecordSystem
from forloeb.records.laboratory_card import CardEntry, CardRefused


class Xrpt01Card:
    """The card behind a MedCom inbox. A letter that is sent twice has the same id, and the same sample id."""

    def __init__(self, system: RecordSystem, session: requests.Session) -> None:
        self._inbox, self._session = system.medcom_inbox_url, session
        self._between = Between(system.own_gln, system.system_gln)

    def put(self, entry: CardEntry) -> str:
        """Post the entry as a letter; its sample id is its id there. Raises NotNow, CardRefused."""
        letter = write_report(entry, self._between, sent_at=timezone.localtime())
        headers = {"Content-Type": "application/xml; charset=windows-1252"}
        answer = ask(self._session, "POST", self._inbox, data=letter, headers=headers)
        if answer.status_code in (404, 410):
            raise CardRefused(f"answered-{answer.status_code}")
        return entry.card_id.hex[:20]
