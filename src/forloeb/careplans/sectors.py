"""The plan across sectors: who is in the care team, and what a municipality or a hospital writes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from uuid import UUID

from django.db import connection

from forloeb.access import referrals
from forloeb.access.models import ReferralEnd
from forloeb.access.notices import notify
from forloeb.access.queries import OpenPatient, open_shared
from forloeb.access.referrals import Course
from forloeb.careplans.control import Control
from forloeb.careplans.models import SectorNote, SectorNoteKind
from forloeb.kernel.typed_text import typed_text
from forloeb.people.viewers import Viewer

LONGEST_NOTE = 1000


class NoteRefused(ValueError):
    """A note without words, or with more than 1,000 characters."""


@dataclass(frozen=True, slots=True)
class Note:
    """What another sector wrote, and when."""

    kind: SectorNoteKind
    text: str
    written_at: datetime
    written_by_name: str
    role: str
    organization_name: str
    referral_id: int


@dataclass(frozen=True, slots=True)
class Member:
    """Someone who takes part in the care: an organization, what it does there (`offer`), and since when.

    `person` is who saved the last control for the practice, or who wrote last for another sector.
    """

    name: str
    phone: str
    kind: str
    offer: str
    since: date
    person: str
    role: str


_NOTES = """
SELECT n.kind, n.text, n.written_at, n.written_by_name, n.written_by_role, o.name, n.referral_id
FROM careplans_sectornote n JOIN people_organization o ON o.id = n.organization_id
WHERE n.patient_id = %s
ORDER BY n.written_at DESC, n.id DESC
"""
_TEAM = """
SELECT o.name, o.phone, o.kind, '', m.valid_from, coalesce(r.saved_by_name, ''), ''
FROM people_practicemembership m JOIN people_organization o ON o.id = m.organization_id
LEFT JOIN LATERAL (SELECT v.saved_by_name FROM careplans_annualreview v
                   WHERE v.patient_id = m.patient_id AND v.organization_id = o.id
                   ORDER BY v.saved_at DESC LIMIT 1) r ON true
WHERE m.patient_id = %(patient)s AND m.valid_from <= %(as_of)s AND (m.valid_until IS NULL OR m.valid_until > %(as_of)s)
UNION ALL
SELECT o.name, o.phone, o.kind, f.offer, (f.referred_at AT TIME ZONE 'Europe/Copenhagen')::date,
       coalesce(n.written_by_name, ''), coalesce(n.written_by_role, '')
FROM access_referral f JOIN people_organization o ON o.id = f.organization_id
LEFT JOIN LATERAL (SELECT s.written_by_name, s.written_by_role FROM careplans_sectornote s
                   WHERE s.referral_id = f.id ORDER BY s.written_at DESC LIMIT 1) n ON true
WHERE f.patient_id = %(patient)s AND f.ended_at IS NULL
"""


def care_team(patient_id: int, *, as_of: date) -> tuple[Member, ...]:
    """Give who takes part in an opened patient's care: the practice first, then those with an open referral."""
    with connection.cursor() as cursor:
        cursor.execute(_TEAM, {"patient": patient_id, "as_of": as_of})
        return tuple(Member(*row) for row in cursor.fetchall())


def notes_of(patient_id: int) -> tuple[Note, ...]:
    """Give what other sectors have written in an opened patient's plan, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTES, [patient_id])
        return tuple(Note(SectorNoteKind(kind), *rest) for kind, *rest in cursor.fetchall())


def notes_since_last_control(control: Control, *, most: int = 3) -> tuple[Note, ...]:
    """Give what other sectors have written since the last control: what the practice has yet to talk about."""
    last = control.last_review.reviewed_on if control.last_review else date.min
    notes = (note for note in notes_of(control.patient.id) if note.text and note.written_at.date() >= last)
    return tuple(islice(notes, most))


def own_courses(patient: OpenPatient, viewer: Viewer) -> tuple[Course, ...]:
    """Give the open referrals of an opened patient at the viewer's own organization: where they may write."""
    return tuple(
        course
        for course in referrals.courses_of(patient.id)
        if course.organization_id == viewer.organization_id and course.ended_at is None
    )


def confirm_seen(public_id: UUID, referral_id: int, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Tell the practice that the referral has been received. Raises as open_shared, and NoOpenReferral."""
    patient = referrals.mark_seen(public_id, referral_id, by=by, at=at, as_of=as_of)
    if not SectorNote.objects.filter(referral_id=referral_id, kind=SectorNoteKind.SEEN).exists():
        _write(patient, referral_id, SectorNoteKind.SEEN, "", by=by, at=at)


def write_note(public_id: UUID, referral_id: int, text: str, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Write how it goes, into the plan. Raises as open_shared, NoteRefused, NoOpenReferral."""
    words = _checked(text)
    patient = open_shared(public_id, seen_by=by, as_of=as_of, event="sector-note", action="write")
    _check_open(patient, referral_id, by)
    # A page that is sent twice is written once.
    newest = SectorNote.objects.filter(referral_id=referral_id).order_by("-written_at", "-pk").first()
    if newest is None or (newest.text, newest.written_by) != (words, by.login_id):
        _write(patient, referral_id, SectorNoteKind.PROGRESS, words, by=by, at=at)


def pause_course(public_id: UUID, referral_id: int, text: str, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Say that the referral waits for something more, and for what. Raises as write_note."""
    words = _checked(text)
    patient = open_shared(public_id, seen_by=by, as_of=as_of, event="sector-note", action="write")
    referrals.pause(patient, referral_id, by=by, at=at)
    _write(patient, referral_id, SectorNoteKind.PROGRESS, words, by=by, at=at)


def resume_course(public_id: UUID, referral_id: int, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Say that nothing is waited for any more. Raises as open_shared, and NoOpenReferral."""
    patient = open_shared(public_id, seen_by=by, as_of=as_of, event="referral-seen", action="write")
    referrals.pause(patient, referral_id, by=by, at=None)


def end_course(
    public_id: UUID, referral_id: int, text: str, *, completed: bool, by: Viewer, at: datetime, as_of: date
) -> None:
    """End a course with some words to the practice; the plan closes to the organization at once.

    Raises as open_shared, NoteRefused, NoOpenReferral.
    """
    words = _checked(text)
    patient = open_shared(public_id, seen_by=by, as_of=as_of, event="course-ended", action="write")
    _check_open(patient, referral_id, by)
    _write(patient, referral_id, SectorNoteKind.ENDED, words, by=by, at=at)
    how = ReferralEnd.COMPLETED if completed else ReferralEnd.DECLINED
    referrals.close(patient, referral_id, how, by=by, at=at)


def _checked(text: str) -> str:
    words = typed_text(text)
    if not words or len(words) > LONGEST_NOTE:
        raise NoteRefused
    return words


def _check_open(patient: OpenPatient, referral_id: int, by: Viewer) -> None:
    if referral_id not in {course.id for course in own_courses(patient, by)}:
        raise referrals.NoOpenReferral


def _write(
    patient: OpenPatient, referral_id: int, kind: SectorNoteKind, text: str, *, by: Viewer, at: datetime
) -> None:
    SectorNote.objects.create(
        patient_id=patient.id,
        referral_id=referral_id,
        organization_id=by.acts_for,
        kind=kind,
        text=text,
        written_at=at,
        written_by=by.login_id,
        written_by_name=by.name,
        written_by_role=by.role or "",
    )
    if kind is not SectorNoteKind.SEEN:
        notify(patient.id, "news", at=at)
