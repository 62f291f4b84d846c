"""A patient is referred to another sector: the plan is open to that organization until the referral ends.

Here it is the care relation. What is asked of them, and how it travels, is the letter in `careplans/referring.py`; a
referral without a letter is sent from the practice's record system.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from uuid import UUID

from django.db import connection

from forloeb.access import policies
from forloeb.access.models import Referral, ReferralEnd
from forloeb.access.queries import OpenPatient, note, open_own, open_patient, open_shared
from forloeb.kernel.typed_text import typed_line
from forloeb.people.viewers import Viewer

OFFERS = (
    "copd-rehabilitation",
    "cardiac-rehabilitation",
    "diabetes-education",
    "smoking-cessation",
    "exercise",
    "diet",
    "alcohol",
    "conversation",
    "hospital-outpatient",
    "other",
)
"""What a patient can be referred to: the municipal prevention offers, and the hospital."""
NURSING_TASK = "nursing-task"
"""A task asked of the municipal nursing (*opgaverekvisition*), which is asked for by a letter only."""
MOST_PURPOSE = 300


class ReferralStatus(Enum):
    """Where a referral is, by the life of MedCom's draft referral model: only forwards, but for a pause and back."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    ON_HOLD = "on-hold"
    REVOKED = "revoked"
    COMPLETED = "completed"


def status_of(*, seen: bool, on_hold: bool, ended_how: str) -> ReferralStatus:
    """Give the status of a referral. One that was not taken on is revoked, as in the draft model."""
    if ended_how:
        return ReferralStatus.COMPLETED if ended_how == ReferralEnd.COMPLETED else ReferralStatus.REVOKED
    if on_hold:
        return ReferralStatus.ON_HOLD
    return ReferralStatus.ACTIVE if seen else ReferralStatus.PROPOSED


class NoSuchOrganization(ValueError):
    """The place that was chosen is no municipality or hospital that we know, or has closed."""


class NoSuchOffer(ValueError):
    """None of the offers was chosen."""


class AlreadyReferred(ValueError):
    """The patient has an open referral to the same place for the same."""


class NoOpenReferral(LookupError):
    """The referral has ended, or was never there."""


@dataclass(frozen=True, slots=True)
class Place:
    """A municipality or a hospital that can be referred to."""

    id: int
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Course:
    """A referral as it stands in the plan."""

    id: int
    organization_id: int
    organization_name: str
    organization_phone: str
    offer: str
    purpose: str
    referred_at: datetime
    referred_by_name: str
    from_name: str
    seen_at: datetime | None
    on_hold_at: datetime | None
    ended_at: datetime | None
    ended_how: str

    @property
    def status(self) -> ReferralStatus:
        """Where it is in its life."""
        return status_of(seen=bool(self.seen_at), on_hold=bool(self.on_hold_at), ended_how=self.ended_how)


@dataclass(frozen=True, slots=True)
class Received:
    """A referral as the organization that received it lists it. Without a name where the patient has said no."""

    id: int
    public_id: UUID | None
    name: str
    birth_date: date | None
    offer: str
    purpose: str
    referred_at: datetime
    from_name: str
    seen_at: datetime | None

    def __repr__(self) -> str:
        return f"Received({self.id})"


_PLACES = """
SELECT id, name, kind FROM people_organization
WHERE kind IN ('municipality', 'hospital') AND (closed_on IS NULL OR closed_on > %s)
ORDER BY kind DESC, name
"""
_COURSES = """
SELECT r.id, r.organization_id, o.name, o.phone, r.offer, r.purpose, r.referred_at, r.referred_by_name, f.name,
       r.seen_at, r.on_hold_at, r.ended_at, r.ended_how
FROM access_referral r
JOIN people_organization o ON o.id = r.organization_id
JOIN people_organization f ON f.id = r.from_organization_id
WHERE r.patient_id = %s
ORDER BY r.ended_at IS NOT NULL, r.referred_at DESC
"""
_RECEIVED = """
SELECT r.id, p.public_id, coalesce(p.given_name || ' ' || p.family_name, ''), p.birth_date, r.offer, r.purpose,
       r.referred_at, f.name, r.seen_at
FROM access_referral r
JOIN people_organization f ON f.id = r.from_organization_id
LEFT JOIN people_patient p ON p.id = r.patient_id
WHERE r.organization_id = %s AND r.ended_at IS NULL
ORDER BY r.seen_at IS NOT NULL, r.referred_at DESC
LIMIT 500
"""


def places(*, as_of: date) -> tuple[Place, ...]:
    """Give where a patient can be referred to: municipalities first, then hospitals, by name."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [as_of])
        return tuple(Place(*row) for row in cursor.fetchall())


def courses_of(patient_id: int) -> tuple[Course, ...]:
    """Give an opened patient's referrals: the open ones first, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(_COURSES, [patient_id])
        return tuple(Course(*row) for row in cursor.fetchall())


def received(*, seen_by: Viewer) -> tuple[Received, ...]:
    """Give the referrals that are open at the viewer's organization, the unseen first.

    The list itself is written down; each plan is when it is opened. Raises NotForThisViewer, NotAuthorized.
    """
    policies.check_may_look_up(seen_by)
    note(seen_by, event="referrals", rule=policies.BY_REFERRAL)
    with connection.cursor() as cursor:
        cursor.execute(_RECEIVED, [seen_by.organization_id])
        return tuple(Received(*row) for row in cursor.fetchall())


def refer(
    public_id: UUID, *, organization_id: int, offer: str, purpose: str, by: Viewer, at: datetime, as_of: date
) -> OpenPatient:
    """Open the plan to a municipality or a hospital. Raises NoCareRelation, PatientIsDead, and the refusals above."""
    policies.check_is_practice(by)
    patient = open_patient(public_id, seen_by=by, as_of=as_of, event="referred", action="write")
    if offer not in OFFERS:
        raise NoSuchOffer
    begin(patient, organization_id=organization_id, offer=offer, purpose=purpose, by=by, at=at, as_of=as_of)
    return patient


def begin(
    patient: OpenPatient, *, organization_id: int, offer: str, purpose: str, by: Viewer, at: datetime, as_of: date
) -> int:
    """Begin a course for an opened patient, and give its number.

    Raises PatientIsDead, NoSuchOrganization, AlreadyReferred.
    """
    if patient.deceased_on is not None:
        raise policies.PatientIsDead
    if organization_id not in {place.id for place in places(as_of=as_of)}:
        raise NoSuchOrganization
    if Referral.objects.filter(
        patient_id=patient.id, organization_id=organization_id, offer=offer, ended_at=None
    ).exists():
        raise AlreadyReferred
    begun = Referral.objects.create(
        patient_id=patient.id,
        from_organization_id=by.acts_for,
        organization_id=organization_id,
        offer=offer,
        purpose=typed_line(purpose)[:MOST_PURPOSE],
        referred_at=at,
        referred_by_name=by.name,
    )
    return int(begun.pk)


def revoke(public_id: UUID, referral_id: int, *, by: Viewer, at: datetime, as_of: date) -> OpenPatient:
    """Take a referral back: the plan closes to that organization at once. Raises NoCareRelation, NoOpenReferral."""
    policies.check_is_practice(by)
    patient = open_patient(public_id, seen_by=by, as_of=as_of, event="referral-revoked", action="write")
    _end(patient.id, referral_id, ReferralEnd.REVOKED, by=by, at=at)
    return patient


def revoke_own(referral_id: int, *, by: Viewer, at: datetime, as_of: date) -> OpenPatient:
    """Let the patient say that they do not want what they were referred to. Raises NotForThisViewer, NoOpenReferral."""
    patient = open_own(seen_by=by, as_of=as_of, event="referral-revoked", action="write")
    _end(patient.id, referral_id, ReferralEnd.REVOKED, by=by, at=at)
    return patient


def mark_seen(public_id: UUID, referral_id: int, *, by: Viewer, at: datetime, as_of: date) -> OpenPatient:
    """Note that the referral has been received. Raises as open_shared, and NoOpenReferral."""
    patient = open_shared(public_id, seen_by=by, as_of=as_of, event="referral-seen", action="write")
    found = Referral.objects.filter(pk=referral_id, patient_id=patient.id, organization_id=by.acts_for, ended_at=None)
    if not found.exists():
        raise NoOpenReferral
    found.filter(seen_at=None).update(seen_at=at)
    return patient


def pause(patient: OpenPatient, referral_id: int, *, by: Viewer, at: datetime | None) -> None:
    """Say that the viewer's organization waits for something more since a moment; None: no longer.

    Whoever waits has received it. Raises NoOpenReferral.
    """
    found = Referral.objects.filter(pk=referral_id, patient_id=patient.id, organization_id=by.acts_for, ended_at=None)
    if not found.exists():
        raise NoOpenReferral
    if at is not None:
        found.filter(seen_at=None).update(seen_at=at)
    found.update(on_hold_at=at)


def close(patient: OpenPatient, referral_id: int, how: ReferralEnd, *, by: Viewer, at: datetime) -> None:
    """End a course that the viewer's organization has had. Raises NoOpenReferral."""
    _end(patient.id, referral_id, how, by=by, at=at, organization_id=by.acts_for)


def _end(
    patient_id: int, referral_id: int, how: ReferralEnd, *, by: Viewer, at: datetime, organization_id: int | None = None
) -> None:
    mine = {} if organization_id is None else {"organization_id": organization_id}
    found = Referral.objects.filter(pk=referral_id, patient_id=patient_id, ended_at=None, **mine)
    if not found.update(ended_at=at, ended_how=how, ended_by_name=by.name):
        raise NoOpenReferral
