"""The patient says that something in the plan is wrong, and gets an answer from the practice. Both stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from forloeb.access import policies
from forloeb.access.notices import notify
from forloeb.access.queries import open_own, open_patient
from forloeb.careplans.models import Dispute, DisputeOutcome
from forloeb.kernel.typed_text import typed_line, typed_text
from forloeb.people.viewers import Viewer

LONGEST = 500


class DisputeRefused(ValueError):
    """What is wrong was not said, or in more than 500 characters, or about nothing in the plan."""


class NoOpenDispute(LookupError):
    """It has been answered already, or was never there."""


@dataclass(frozen=True, slots=True)
class Disputed:
    """What the patient said is wrong, and what the practice answered; `replied_at` is None until it has."""

    id: int
    subject: str
    text: str
    raised_at: datetime
    outcome: str
    reply: str
    replied_at: datetime | None
    replied_by_name: str

    def __repr__(self) -> str:
        return f"Disputed({self.id})"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A patient on the practice's list who waits for an answer."""

    public_id: UUID
    name: str
    raised_at: datetime

    def __repr__(self) -> str:
        return "Waiting(…)"


_WAITING = """
SELECT p.public_id, p.given_name || ' ' || p.family_name, min(d.raised_at)
FROM careplans_dispute d
JOIN people_practicemembership m ON m.patient_id = d.patient_id
JOIN people_patient p ON p.id = d.patient_id
WHERE d.replied_at IS NULL AND m.organization_id = %s
  AND m.valid_from <= %s AND (m.valid_until IS NULL OR m.valid_until > %s)
GROUP BY p.id ORDER BY 3
"""


def disputes_of(patient_id: int) -> tuple[Disputed, ...]:
    """Give what an opened patient has said is wrong: what waits for an answer first, then the newest."""
    names = ("id", "subject", "text", "raised_at", "outcome", "reply", "replied_at", "replied_by_name")
    found = [
        Disputed(*row) for row in Dispute.objects.filter(patient_id=patient_id).order_by("-pk").values_list(*names)
    ]
    return tuple(sorted(found, key=lambda one: one.replied_at is not None))


def count_waiting(patient_id: int) -> int:
    """Count what an opened patient has said is wrong and nobody has answered."""
    return Dispute.objects.filter(patient_id=patient_id, replied_at=None).count()


def waiting_for_answer(*, seen_by: Viewer, as_of: date) -> tuple[Waiting, ...]:
    """Give the practice's patients who wait for an answer, the longest waiting first. Raises NotForThisViewer."""
    policies.check_is_practice(seen_by)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [seen_by.organization_id, as_of, as_of])
        return tuple(Waiting(*row) for row in cursor.fetchall())


def raise_dispute(subject: str, text: str, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Say that something is wrong. `subject` names it as it stands. Said twice, it is said once.

    Raises NotForThisViewer, DisputeRefused.
    """
    words, about = typed_text(text), typed_line(subject)
    if not words or len(words) > LONGEST or not about or len(about) > 300:
        raise DisputeRefused
    patient = open_own(seen_by=by, as_of=as_of, event="dispute-raised", action="write")
    same = Dispute.objects.filter(patient_id=patient.id, subject=about, text=words, replied_at=None)
    if not same.exists():
        Dispute.objects.create(patient_id=patient.id, subject=about, text=words, raised_at=at, raised_by=by.login_id)


def answer(
    public_id: UUID, dispute_id: int, *, outcome: str, reply: str, by: Viewer, at: datetime, as_of: date
) -> None:
    """Close a dispute with a reply that the patient reads. Raises NoCareRelation, DisputeRefused, NoOpenDispute."""
    policies.check_is_practice(by)
    words = typed_text(reply)
    if outcome not in DisputeOutcome.values or not words or len(words) > LONGEST:
        raise DisputeRefused
    patient = open_patient(public_id, seen_by=by, as_of=as_of, event="dispute-answered", action="write")
    waiting = Dispute.objects.filter(pk=dispute_id, patient_id=patient.id, replied_at=None)
    if not waiting.update(outcome=outcome, reply=words, replied_at=at, replied_by_name=by.name):
        raise NoOpenDispute
    notify(patient.id, "news", at=at)
