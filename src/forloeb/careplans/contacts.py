"""What the practice did about the people on its work list, and what came of it.

One invitation per person covers every disease. A message goes through the outbox, deferred in the transaction of the
invitation; a letter is printed. Nothing is changed afterwards: what came of a contact is a row of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection

from forloeb.access import policies
from forloeb.access.notices import tell_of_invitation
from forloeb.access.queries import OpenPatient, open_patient
from forloeb.careplans import contact_models as models
from forloeb.careplans.contact_models import Channel, ContactKind, ContactOutcomeKind, WhyNot
from forloeb.kernel.typed_text import typed_line
from forloeb.people.viewers import Viewer


class ContactRefused(ValueError):
    """What was asked for cannot be: no such way, reason or outcome, or a day that is not to come."""


class NotReachable(ContactRefused):
    """The patient has not asked for messages: send a letter."""


class NoSuchContact(LookupError):
    """There is no such contact of this practice with this patient."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a contact, when it was told and by whom; nobody where the outbox told it."""

    kind: str
    on: date | None
    told_at: datetime
    told_by_name: str


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact as it stands: what was done, and all that came of it, the newest last."""

    id: int
    patient_id: int
    kind: str
    answers: frozenset[str]
    made_at: datetime
    made_on: date
    made_by_name: str
    channel: str
    batch: UUID | None
    month: date | None
    before: tuple[str, ...]
    until: date | None
    why: str
    note: str = field(repr=False)
    outcomes: tuple[Outcome, ...]

    @property
    def is_taken_back(self) -> bool:
        """Whether it was made by mistake: it counts for nothing."""
        return any(outcome.kind == ContactOutcomeKind.TAKEN_BACK for outcome in self.outcomes)

    @property
    def last(self) -> Outcome | None:
        """What came of it last; that a message was sent is no answer."""
        told = [one for one in self.outcomes if one.kind != ContactOutcomeKind.SENT]
        return told[-1] if told else None


_CONTACTS = """
SELECT c.id, c.patient_id, c.kind, c.answers, c.made_at, c.made_on, c.made_by_name, c.channel, c.batch, c.month,
       c.before, c.until, c.why, c.note,
       coalesce((SELECT jsonb_agg(jsonb_build_array(o.kind, o.on, o.told_at, o.told_by_name) ORDER BY o.id)
                 FROM careplans_contactoutcome o WHERE o.contact_id = c.id), '[]')
FROM careplans_contact c
WHERE c.organization_id = %s AND {which}
ORDER BY c.id DESC
"""


def contacts_of(patients: Sequence[int], *, organization_id: int) -> dict[int, tuple[Contact, ...]]:
    """Give a practice's contacts with its patients, the newest first."""
    found: dict[int, list[Contact]] = {}
    for contact in _find("c.patient_id = ANY(%s)", organization_id, list(patients)):
        found.setdefault(contact.patient_id, []).append(contact)
    return {patient: tuple(some) for patient, some in found.items()}


def batch_of(batch: UUID, *, seen_by: Viewer) -> tuple[Contact, ...]:
    """Give the letters that were made together, in the order they were made. Raises NotForThisViewer."""
    policies.check_is_practice(seen_by)
    made = _find("c.batch = %s AND c.channel = 'letter'", seen_by.acts_for, batch)
    return tuple(one for one in reversed(made) if not one.is_taken_back)


@dataclass(frozen=True, slots=True)
class Batch:
    """Letters that were made together."""

    batch: UUID
    made_at: datetime
    letters: int


_BATCHES = """
SELECT c.batch, min(c.made_at), count(*) FROM careplans_contact c
WHERE c.organization_id = %s AND c.channel = 'letter' AND c.made_on > %s
  AND NOT EXISTS (SELECT FROM careplans_contactoutcome o WHERE o.contact_id = c.id AND o.kind = 'taken-back')
GROUP BY c.batch ORDER BY 2 DESC
"""


def batches_since(day: date, *, seen_by: Viewer) -> tuple[Batch, ...]:
    """Give the printings of letters after a day, the newest first. Raises NotForThisViewer."""
    policies.check_is_practice(seen_by)
    with connection.cursor() as cursor:
        cursor.execute(_BATCHES, [seen_by.acts_for, day])
        return tuple(Batch(*row) for row in cursor.fetchall())


def _find(which: str, organization_id: int, value: UUID | list[int]) -> list[Contact]:
    with connection.cursor() as cursor:
        cursor.execute(_CONTACTS.format(which=which), [organization_id, value])
        return [_contact(row) for row in cursor.fetchall()]


def _contact(row: tuple[Any, ...]) -> Contact:
    *plain, outcomes = row
    pk, patient, kind, answers, made_at, made_on, by, channel, batch, month, before, until, why, note = plain
    return Contact(
        pk,
        patient,
        kind,
        frozenset(_read(answers)),
        made_at,
        made_on,
        by,
        channel,
        batch,
        month,
        tuple(_read(before)),
        until,
        why,
        note,
        tuple(_outcome(one) for one in _read(outcomes)),
    )


def _read(stored: Any) -> Any:
    """Read jsonb, which Django's cursor hands over as text."""
    return orjson.loads(stored) if isinstance(stored, str) else stored


def _outcome(stored: list[Any]) -> Outcome:
    kind, on, told_at, by = stored
    return Outcome(kind, None if on is None else date.fromisoformat(on), datetime.fromisoformat(told_at), by)


def own_invitation(patient_id: int, *, as_of: date) -> models.Contact | None:
    """Give an opened patient the newest invitation that is open: nobody has answered it, and no control came of it."""
    newest = models.Contact.objects.filter(patient_id=patient_id, kind=ContactKind.INVITED).order_by("-pk").first()
    if newest is None or newest.made_on > as_of:
        return None
    over = {ContactOutcomeKind.TAKEN_BACK, ContactOutcomeKind.DECLINED}
    if newest.outcomes.filter(kind__in=over).exists():
        return None
    has_come = newest.patient.reviews.filter(reviewed_on__gte=newest.made_on).exists()
    return None if has_come else newest


def reached_by_message(patients: Collection[int]) -> frozenset[int]:
    """Give those of the practice's patients whom a message would reach: who asked for news, at a confirmed address."""
    if not settings.SENDS_MAIL or not patients:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute("SELECT forloeb_reached_by_message(%s)", [list(patients)])
        return frozenset(row[0] for row in cursor.fetchall())


# --- Acting ---------------------------------------------------------------------------------------------------------


def invite(
    public_id: UUID,
    *,
    answers: Collection[str],
    channel: str,
    month: date,
    before: Sequence[str],
    batch: UUID,
    by: Viewer,
    at: datetime,
    as_of: date,
) -> int:
    """Invite somebody to a control, once for all diseases; gives the contact's number. Twice on a day is once.

    Raises NoCareRelation, NotForThisViewer, ContactRefused, NotReachable, PatientIsDead.
    """
    if channel not in Channel.values or month.replace(day=1) < as_of.replace(day=1):
        raise ContactRefused
    patient = _open(public_id, by=by, as_of=as_of)
    if channel == Channel.MESSAGE and patient.id not in reached_by_message([patient.id]):
        raise NotReachable
    made = _made_today(patient, by, as_of)
    if made is not None:
        return made.id
    contact = _add(
        patient,
        by,
        at,
        as_of,
        kind=ContactKind.INVITED,
        answers=sorted(answers),
        channel=channel,
        month=month.replace(day=1),
        before=list(before),
        batch=batch,
    )
    if channel == Channel.MESSAGE:
        tell_of_invitation(contact)
    return contact


def _made_today(patient: OpenPatient, by: Viewer, as_of: date) -> Contact | None:
    """Give the invitation that was sent already: the form was sent twice, or a colleague was faster."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('contacts', %s))", [patient.id])
    made = contacts_of([patient.id], organization_id=by.acts_for).get(patient.id, ())
    return next((c for c in made if c.kind == ContactKind.INVITED and c.made_on == as_of and c.last is None), None)


def put_off(public_id: UUID, *, answers: Collection[str], until: date, by: Viewer, at: datetime, as_of: date) -> int:
    """Let a row's reasons rest until a day. Raises NoCareRelation, NotForThisViewer, ContactRefused, PatientIsDead."""
    if until <= as_of or not answers:
        raise ContactRefused
    patient = _open(public_id, by=by, as_of=as_of)
    return _add(patient, by, at, as_of, kind=ContactKind.NOT_NOW, answers=sorted(answers), until=until)


def set_aside(
    public_id: UUID, *, answers: Collection[str], why: str, note: str, by: Viewer, at: datetime, as_of: date
) -> int:
    """Say that a row's reasons are not relevant, and why.

    Raises NoCareRelation, NotForThisViewer, ContactRefused, PatientIsDead.
    """
    words = typed_line(note)
    if why not in WhyNot.values or not answers or len(words) > 300:
        raise ContactRefused
    patient = _open(public_id, by=by, as_of=as_of)
    return _add(patient, by, at, as_of, kind=ContactKind.NOT_RELEVANT, answers=sorted(answers), why=why, note=words)


TOLD_BY_STAFF = (
    ContactOutcomeKind.BOOKED,
    ContactOutcomeKind.DECLINED,
    ContactOutcomeKind.NO_ANSWER,
    ContactOutcomeKind.TAKEN_BACK,
)


def tell_outcome(
    public_id: UUID, contact_id: int, *, kind: str, on: date | None, by: Viewer, at: datetime, as_of: date
) -> None:
    """Say what came of a contact. Said twice, it is said once.

    Raises NoCareRelation, NotForThisViewer, ContactRefused, NoSuchContact.
    """
    is_booked = kind == ContactOutcomeKind.BOOKED
    if kind not in TOLD_BY_STAFF or is_booked != (on is not None) or (on is not None and on < as_of):
        raise ContactRefused
    patient = _open(public_id, by=by, as_of=as_of, may_be_dead=True)
    held = contacts_of([patient.id], organization_id=by.acts_for).get(patient.id, ())
    contact = next((one for one in held if one.id == contact_id), None)
    if contact is None or contact.is_taken_back:
        raise NoSuchContact
    if contact.kind != ContactKind.INVITED and kind != ContactOutcomeKind.TAKEN_BACK:
        raise ContactRefused
    if contact.last is not None and (contact.last.kind, contact.last.on) == (kind, on):
        return
    models.ContactOutcome.objects.create(
        contact_id=contact.id, patient_id=patient.id, kind=kind, on=on, told_at=at, told_by_name=by.name
    )


def _open(public_id: UUID, *, by: Viewer, as_of: date, may_be_dead: bool = False) -> OpenPatient:
    policies.check_is_practice(by)
    patient = open_patient(public_id, seen_by=by, as_of=as_of, event="contact-made", action="write")
    if patient.deceased_on is not None and not may_be_dead:
        raise policies.PatientIsDead
    return patient


def _add(patient: OpenPatient, by: Viewer, at: datetime, as_of: date, **said: Any) -> int:
    made = models.Contact.objects.create(
        patient_id=patient.id,
        organization_id=by.acts_for,
        made_at=at,
        made_on=as_of,
        made_by=by.login_id,
        made_by_name=by.name,
        **said,
    )
    return int(made.pk)
