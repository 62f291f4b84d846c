"""A municipality that takes referrals as FHIR ServiceRequests: created once, taken back, asked for its answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests

from forloeb.adapters.lps.web import ask, read_json
from forloeb.careplans.referral_letter import LetterRefused, Outgoing
from forloeb.careplans.referral_models import MessageKind
from forloeb.fhir.reading import Resource, parts
from forloeb.fhir.referral import IDENTIFIER, to_service_request
from forloeb.people.models import ReferralReceiver
from forloeb.records.laboratory_card import NotNow

_JSON = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
_MOST_PAGES = 1000


class FhirInbox:
    """A FHIR R4 server that keeps ServiceRequests. The answer to a create is the receipt."""

    def __init__(self, receiver: ReferralReceiver, session: requests.Session) -> None:
        self._base, self._session = receiver.fhir_base_url, session

    def put(self, message: Outgoing) -> bool:
        """Create the ServiceRequest, or say in the one that is there that it is taken back. Raises as the port says."""
        if message.kind is MessageKind.REVOCATION:
            self._revoke(message)
        else:
            self._create(message)
        return True

    def _create(self, message: Outgoing) -> None:
        """Create it unless it is there. What the receiver has made of one that is there stays theirs."""
        found = quote(f"{IDENTIFIER}|{message.name}", safe="")
        headers = {**_JSON, "If-None-Exist": f"identifier={found}"}
        self._ask("POST", f"{self._base}/ServiceRequest", json=to_service_request(message), headers=headers)

    def _revoke(self, message: Outgoing) -> None:
        """Say that it is taken back, where it is there and has not ended. Another's change meanwhile is read again."""
        for held in self._held(str(message.name)):
            if held.get("status") in ("revoked", "completed"):
                continue
            headers = dict(_JSON)
            if version := held.get("meta", {}).get("versionId"):
                headers["If-Match"] = f'W/"{version}"'
            address = f"{self._base}/ServiceRequest/{quote(str(held['id']), safe='')}"
            self._ask("PUT", address, json={**held, "status": "revoked"}, headers=headers)

    def _held(self, name: str) -> list[Resource]:
        found = quote(f"{IDENTIFIER}|{name}", safe="")
        answer = self._ask("GET", f"{self._base}/ServiceRequest?identifier={found}", headers=_JSON)
        return [entry["resource"] for entry in parts(read_json(answer).get("entry")) if "resource" in entry]

    def _ask(self, method: str, address: str, **told: Any) -> requests.Response:
        """Ask once. Raises NotNow, and LetterRefused with the words of the OperationOutcome."""
        answer = ask(self._session, method, address, gives_refusals=True, **told)
        if answer.status_code >= 300:
            raise LetterRefused(f"answered-{answer.status_code}", _outcome(answer))
        return answer

    def answers_since(self, since: datetime | None) -> Iterator[Resource]:
        """Give each ServiceRequest of ours that was changed since a moment. Raises NotNow, LetterRefused."""
        asked = f"?identifier={quote(f'{IDENTIFIER}|', safe='')}&_count=200&_sort=_lastUpdated"
        if since is not None:
            asked += f"&_lastUpdated=ge{quote(since.isoformat(timespec='milliseconds'))}"
        address: str | None = f"{self._base}/ServiceRequest{asked}"
        for _page in range(_MOST_PAGES):
            if address is None:
                return
            bundle = read_json(self._ask("GET", address, headers=_JSON))
            for entry in parts(bundle.get("entry")):
                if isinstance(entry.get("resource"), dict):
                    yield entry["resource"]
            address = self._next(bundle)
        raise NotNow("too-many-pages")

    def _next(self, bundle: Resource) -> str | None:
        """Give the next page's address, on the same server: nobody is sent elsewhere with what we know."""
        link = next((one.get("url") for one in parts(bundle.get("link")) if one.get("relation") == "next"), None)
        if not isinstance(link, str):
            return None
        address = urljoin(f"{self._base}/", link)
        if urlsplit(address).netloc != urlsplit(self._base).netloc:
            raise NotNow("next-page-elsewhere")
        return address


def _outcome(answer: requests.Response) -> str:
    """Give the words of an OperationOutcome; nothing of an answer that is none."""
    try:
        issues = parts(read_json(answer).get("issue"))
    except NotNow:
        return ""
    said = []
    for issue in issues:
        details = issue.get("details")
        text = details.get("text") if isinstance(details, dict) else None
        said.append(str(issue.get("diagnostics") or text or ""))
    return "\n".join(filter(None, said))
