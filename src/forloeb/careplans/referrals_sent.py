"""Letters of referral that have been sent: how each stands, for the practice, the patient, and those it was sent to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection

from forloeb.access import policies, referrals
from forloeb.access.queries import OpenPatient, open_own_or_proxied, open_patient
from forloeb.access.referrals import Course
from forloeb.careplans.referral_letter import Letter
from forloeb.careplans.referral_models import LetterKind, MessageKind, MessageState, ReferralLetter, ReferralMessage
from forloeb.careplans.sectors import Note, notes_of
from forloeb.people.viewers import Viewer

RECEIPT_WITHIN = timedelta(hours=24)
"""A letter without a receipt for so long is one that a person is to ask about."""


class NoSuchLetter(LookupError):
    """No letter of that name has been sent for the patient."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message about a letter, and how far it has come."""

    id: int
    kind: MessageKind
    state: MessageState
    queued_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    fault: str
    said: str

    @property
    def moment(self) -> datetime:
        """When it came to where it is."""
        return self.answered_at or self.sent_at or self.queued_at

    def needs_somebody(self, at: datetime) -> bool:
        """Whether a person is to do something about it."""
        if self.state in (MessageState.REFUSED, MessageState.GIVEN_UP):
            return True
        is_late = self.sent_at is not None and at - self.sent_at > RECEIPT_WITHIN
        return self.state is MessageState.DELIVERED and is_late


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter that was sent, its course, and the messages about it, the first first."""

    name: UUID
    kind: LetterKind
    letter: Letter
    course: Course
    shown_at: datetime
    sent_by_name: str
    messages: tuple[Message, ...]

    def __repr__(self) -> str:
        return f"Sent({self.name})"


@dataclass(frozen=True, slots=True)
class SentPage:
    """One letter with what was written back about it, the newest first."""

    patient: OpenPatient
    sent: Sent
    notes: tuple[Note, ...]


def letters_of(patient_id: int) -> tuple[Sent, ...]:
    """Give an opened patient's letters, the newest first."""
    courses = {course.id: course for course in referrals.courses_of(patient_id)}
    stored = ReferralLetter.objects.filter(patient_id=patient_id).order_by("-shown_at", "-pk")
    return tuple(
        Sent(
            one.name,
            LetterKind(one.kind),
            Letter.model_validate(one.content),
            courses[one.referral_id],
            one.shown_at,
            one.sent_by_name,
            tuple(map(_message, one.messages.order_by("pk"))),
        )
        for one in stored.prefetch_related("messages")
        if one.referral_id in courses
    )


def _message(row: ReferralMessage) -> Message:
    return Message(
        row.pk,
        MessageKind(row.kind),
        MessageState(row.state),
        row.queued_at,
        row.sent_at,
        row.answered_at,
        row.fault,
        row.said,
    )


def get_letter(public_id: UUID, name: UUID, *, seen_by: Viewer, as_of: date) -> SentPage:
    """Give the practice one letter. Raises NotForThisViewer, NoCareRelation, NoSuchLetter."""
    policies.check_is_practice(seen_by)
    patient = open_patient(public_id, seen_by=seen_by, as_of=as_of, event="referral-letter")
    found = next((one for one in letters_of(patient.id) if one.name == name), None)
    if found is None:
        raise NoSuchLetter
    return SentPage(patient, found, tuple(note for note in notes_of(patient.id) if note.referral_id == found.course.id))


def get_own_letters(*, seen_by: Viewer, as_of: date) -> tuple[Sent, ...]:
    """Give a patient, or who reads by proxy, the letters. Raises NotForThisViewer, ProxyIsOver."""
    return letters_of(open_own_or_proxied(seen_by=seen_by, as_of=as_of, event="own-referrals").id)


def letter_for(patient_id: int, referral_id: int) -> Sent | None:
    """Find the letter of an opened patient's course, for those it was sent to; None where it came by another way."""
    return next((one for one in letters_of(patient_id) if one.course.id == referral_id), None)


@dataclass(frozen=True, slots=True)
class ToDo:
    """A letter that somebody in the practice is to do something about."""

    public_id: UUID
    name: UUID
    patient_name: str
    state: str
    kind: str
    since: datetime

    def __repr__(self) -> str:
        return "ToDo(…)"


_TO_DO = """
SELECT p.public_id, l.name, p.given_name || ' ' || p.family_name, m.state, m.kind, coalesce(m.answered_at, m.queued_at)
FROM careplans_referralmessage m
JOIN careplans_referralletter l ON l.id = m.letter_id
JOIN people_patient p ON p.id = m.patient_id
JOIN people_practicemembership b ON b.patient_id = m.patient_id AND b.organization_id = m.from_organization_id
WHERE m.from_organization_id = %s AND b.valid_from <= %s AND (b.valid_until IS NULL OR b.valid_until > %s)
  AND (m.state IN ('refused', 'given-up') OR (m.state = 'delivered' AND m.sent_at < %s))
ORDER BY 6
"""


def to_do(*, seen_by: Viewer, at: datetime, as_of: date) -> tuple[ToDo, ...]:
    """Give the practice's letters that were not received, the longest waiting first. Raises NotForThisViewer."""
    policies.check_is_practice(seen_by)
    with connection.cursor() as cursor:
        cursor.execute(_TO_DO, [seen_by.acts_for, as_of, as_of, at - RECEIPT_WITHIN])
        return tuple(ToDo(*row) for row in cursor.fetchall())
