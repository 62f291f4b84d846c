"""Referrals, as other systems ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

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
    ended_at: datetime | None
    ended_how: str


REFERRALS = Table(
    source="access_referral r JOIN people_patient p ON p.id = r.patient_id",
    columns="r.id, p.public_id, r.patient_id, r.from_organization_id, r.organization_id, r.offer, r.purpose, "
    "r.referred_at, r.referred_by_name, r.ended_at, r.ended_how",
    read=FoundReferral,
    key="r.id",
    order="r.referred_at DESC, r.id",
    updated="coalesce(r.ended_at, r.referred_at)",
    patient_id="r.patient_id",
    fields={
        "patient": Link("p.public_id", "Patient", is_uuid),
        "performer": Link("r.organization_id", "Organization"),
        "requester": Link("r.from_organization_id", "Organization"),
        "status": Code("(CASE r.ended_how WHEN '' THEN 'active' WHEN 'revoked' THEN 'revoked' ELSE 'completed' END)"),
        "authored": Moment("r.referred_at"),
        "_lastUpdated": Moment("coalesce(r.ended_at, r.referred_at)"),
    },
)
