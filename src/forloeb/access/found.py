"""Referrals, as other systems ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forloeb.access.referrals import ReferralStatus, status_of
from forloeb.people.searching import Code, Link, Moment, Table, is_uuid


@dataclass(frozen=True, slots=True)
class FoundReferral:
    """A referral to a municipality or a hospital, open until it is ended."""

    id: int
    patient: UUID
    patient_id: int
    from_organization_id: int
    organization_id: int
    offer: str
    purpose: str
    referred_at: datetime
    referred_by_name: str
    seen_at: datetime | None
    on_hold_at: datetime | None
    ended_at: datetime | None
    ended_how: str

    @property
    def status(self) -> ReferralStatus:
        """Where it is in its life."""
        return status_of(seen=bool(self.seen_at), on_hold=bool(self.on_hold_at), ended_how=self.ended_how)

    @property
    def moments(self) -> tuple[datetime, ...]:
        """When it was made and when it changed since, as far as that still holds."""
        return tuple(filter(None, (self.referred_at, self.seen_at, self.on_hold_at, self.ended_at)))


_UPDATED = "greatest(r.referred_at, r.seen_at, r.on_hold_at, r.ended_at)"
# As `status_of` has it, in FHIR's codes: what nobody has taken on yet is a draft.
_STATUS = """(CASE WHEN r.ended_how = 'completed' THEN 'completed' WHEN r.ended_how <> '' THEN 'revoked'
 WHEN r.on_hold_at IS NOT NULL THEN 'on-hold' WHEN r.seen_at IS NOT NULL THEN 'active' ELSE 'draft' END)"""
REFERRALS = Table(
    source="access_referral r JOIN people_patient p ON p.id = r.patient_id",
    columns="r.id, p.public_id, r.patient_id, r.from_organization_id, r.organization_id, r.offer, r.purpose, "
    "r.referred_at, r.referred_by_name, r.seen_at, r.on_hold_at, r.ended_at, r.ended_how",
    read=FoundReferral,
    key="r.id",
    order="r.referred_at DESC, r.id",
    updated=_UPDATED,
    patient_id="r.patient_id",
    fields={
        "patient": Link("p.public_id", "Patient", is_uuid),
        "performer": Link("r.organization_id", "Organization"),
        "requester": Link("r.from_organization_id", "Organization"),
        "status": Code(_STATUS),
        "authored": Moment("r.referred_at"),
        "_lastUpdated": Moment(_UPDATED),
    },
)
