"""Referrals, and what the patient has said yes and no to, as other systems ask for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
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


@dataclass(frozen=True, slots=True)
class FoundConsent:
    """A no to look-ups (by one organization, or by all), or a proxy for a relative (`holder_name`).

    `ended_at` when it was taken back; a proxy holds from a day until a day, once the relative has taken it on.
    """

    id: str
    patient: UUID
    patient_id: int
    is_proxy: bool
    status: str
    organization_id: int | None
    holder_name: str
    said_at: datetime
    ended_at: datetime | None
    valid_from: date | None
    valid_until: date | None

    def __repr__(self) -> str:
        return f"FoundConsent({self.id})"


_BLOCKS = """
SELECT 'block-' || b.id AS id, b.patient_id, false AS is_proxy,
       CASE WHEN b.lifted_at IS NULL THEN 'active' ELSE 'inactive' END AS status,
       b.organization_id, '' AS holder_name, b.set_at AS said_at, b.lifted_at AS ended_at,
       NULL::date AS valid_from, NULL::date AS valid_until
FROM access_block b"""
_PROXIES = """
SELECT 'proxy-' || x.id, x.patient_id, true,
       CASE WHEN x.withdrawn_at IS NOT NULL OR x.valid_until <= CURRENT_DATE THEN 'inactive'
            WHEN x.accepted_at IS NOT NULL THEN 'active'
            WHEN x.code_expires_at > now() THEN 'proposed'
            ELSE 'inactive' END,
       NULL::bigint, x.holder_name, x.given_at, x.withdrawn_at, x.valid_from, x.valid_until
FROM access_proxy x"""


def _is_consent(text: str) -> bool:
    return re.fullmatch(r"(?:block|proxy)-[0-9]{1,18}", text) is not None


CONSENTS = Table(
    source=f"({_BLOCKS} UNION ALL {_PROXIES}) o JOIN people_patient p ON p.id = o.patient_id",
    columns="o.id, p.public_id, o.patient_id, o.is_proxy, o.status, o.organization_id, o.holder_name, o.said_at, "
    "o.ended_at, o.valid_from, o.valid_until",
    read=FoundConsent,
    key="o.id",
    order="o.said_at DESC, o.id",
    updated="coalesce(o.ended_at, o.said_at)",
    patient_id="o.patient_id",
    is_key=_is_consent,
    fields={
        "patient": Link("p.public_id", "Patient", is_uuid),
        "status": Code("o.status"),
        "date": Moment("o.said_at"),
        "_lastUpdated": Moment("coalesce(o.ended_at, o.said_at)"),
    },
)
