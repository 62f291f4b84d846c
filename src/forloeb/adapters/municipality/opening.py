"""Opens the way to a municipality: the adapter it is registered with, over a session that is kept."""

from __future__ import annotations

import requests

from forloeb.adapters.lps.opening import session_with, session_without_token
from forloeb.adapters.lps.tokens import TokenServer
from forloeb.adapters.municipality.fhir_inbox import FhirInbox
from forloeb.adapters.municipality.here import Here
from forloeb.adapters.municipality.xref15_inbox import Xref15Inbox
from forloeb.careplans.referral_letter import Inbox
from forloeb.people.models import ReferralAdapter, ReferralReceiver

SCOPES = "system/ServiceRequest.cruds"


def _session(receiver: ReferralReceiver) -> requests.Session:
    server = TokenServer(receiver.token_url, receiver.client_id, SCOPES)
    return session_with(server, base_url=receiver.fhir_base_url)


def open_inbox(receiver: ReferralReceiver) -> Inbox:
    """Open where a municipality receives referrals."""
    if receiver.adapter == ReferralAdapter.FHIR:
        return FhirInbox(receiver, _session(receiver))
    if receiver.adapter == ReferralAdapter.XREF15:
        return Xref15Inbox(receiver, session_without_token())
    return Here()


def open_answers(receiver: ReferralReceiver) -> FhirInbox:
    """Open the answers of a municipality that has a FHIR server."""
    return FhirInbox(receiver, _session(receiver))
