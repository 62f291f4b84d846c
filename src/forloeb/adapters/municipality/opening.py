"""Opens the way to a municipality: the adapter it is registered with, over a session that is kept."""

from __future__ import annotations

from forloeb.adapters.lps.opening import session
from forloeb.adapters.municipality.fhir_inbox import FhirInbox
from forloeb.adapters.municipality.here import Here
from forloeb.adapters.municipality.xref15_inbox import Xref15Inbox
from forloeb.careplans.referral_letter import Inbox
from forloeb.people.models import ReferralAdapter, ReferralReceiver


def open_inbox(receiver: ReferralReceiver) -> Inbox:
    """Open where a municipality receives referrals."""
    if receiver.adapter == ReferralAdapter.FHIR:
        return FhirInbox(receiver, session())
    if receiver.adapter == ReferralAdapter.XREF15:
        return Xref15Inbox(receiver, session())
    return Here()


def open_answers(receiver: ReferralReceiver) -> FhirInbox:
    """Open the answers of a municipality that has a FHIR server."""
    return FhirInbox(receiver, session())
