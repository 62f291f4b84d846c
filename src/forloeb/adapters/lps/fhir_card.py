"""A laboratory card that is a FHIR R4 server: each entry one Observation, known by our identifier, never made twice."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import requests

from forloeb.adapters.lps.web import ask, read_json
from forloeb.fhir.card import IDENTIFIER, to_observation
from forloeb.fhir.reading import Resource
from forloeb.people.models import RecordSystem
from forloeb.records.laboratory_card import CardEntry, CardPatient, CardRefused

_JSON = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}


class FhirCard:
    """The card behind a FHIR server. The patient is found by number, in a body and never in an address."""

    def __init__(self, system: RecordSystem, session: requests.Session) -> None:
        self._base, self._session = system.fhir_base_url, session

    def put(self, entry: CardEntry) -> str:
        """Create the Observation, or make the one that is there say what the entry says. Raises NotNow, CardRefused."""
        resource = to_observation(entry, subject=f"Patient/{self._patient(entry.patient)}")
        held = self._read(entry.remote_id) if entry.remote_id else None
        if held is None:
            created, held = self._create(resource, str(entry.card_id))
            if created:
                return str(held["id"])
        if not _says(held, resource):
            self._update(held, resource)
        return str(held["id"])

    def _patient(self, patient: CardPatient) -> str:
        found = self._search("Patient", f"{patient.number_system}|{patient.number}")
        if not found:
            raise CardRefused("patient-unknown")
        if len(found) > 1:
            raise CardRefused("patient-twice")
        return str(found[0]["id"])

    def _search(self, kind: str, identifier: str) -> list[Resource]:
        asked = {"identifier": identifier}
        answer = ask(
            self._session,
            "POST",
            f"{self._base}/{kind}/_search",
            data=asked,
            headers={"Accept": _JSON["Accept"]},
        )
        entries = read_json(answer).get("entry", []) if answer.status_code == 200 else []
        found = {one["resource"]["id"]: one["resource"] for one in entries}
        return list(found.values())

    def _read(self, remote_id: str) -> Resource | None:
        address = f"{self._base}/Observation/{quote(remote_id, safe='')}"
        answer = ask(self._session, "GET", address, headers={"Accept": _JSON["Accept"]})
        return read_json(answer) if answer.status_code == 200 else None

    def _create(self, resource: Resource, card_id: str) -> tuple[bool, Resource]:
        """Create it unless it is there; gives whether it was made, and how it stands."""
        headers = {**_JSON, "If-None-Exist": f"identifier={quote(f'{IDENTIFIER}|{card_id}', safe='')}"}
        answer = ask(self._session, "POST", f"{self._base}/Observation", json=resource, headers=headers)
        if answer.status_code == 404:
            raise CardRefused("answered-404")
        body = self._body(answer, card_id)
        return answer.status_code == 201, body

    def _body(self, answer: requests.Response, card_id: str) -> Resource:
        """Read what was saved; a server that answers without it is asked."""
        if answer.content and (found := read_json(answer)).get("resourceType") == "Observation":
            return found
        held = self._search("Observation", f"{IDENTIFIER}|{card_id}")
        if len(held) != 1:
            raise CardRefused("entry-twice" if held else "not-saved")
        return held[0]

    def _update(self, held: Resource, resource: Resource) -> None:
        """Make the one that is there say it. Raises NotNow when somebody changed it meanwhile: it is read again."""
        headers = dict(_JSON)
        if version := held.get("meta", {}).get("versionId"):
            headers["If-Match"] = f'W/"{version}"'
        address = f"{self._base}/Observation/{quote(str(held['id']), safe='')}"
        ask(self._session, "PUT", address, json={**resource, "id": held["id"]}, headers=headers)


def _says(held: Resource, wanted: Resource) -> bool:
    """Whether what is there says all that is wanted; a server may have added to it."""

    def holds(there: Any, ours: Any) -> bool:
        if isinstance(ours, dict):
            return isinstance(there, dict) and all(holds(there.get(name), told) for name, told in ours.items())
        if isinstance(ours, list):
            return isinstance(there, list) and len(there) == len(ours) and all(map(holds, there, ours))
        return bool(there == ours)

    return holds(held, wanted)
