"""The outbox's side of referrals: what to send now, what came of it, and what the other sector answers.

Done by the loader, through nobody's eyes; each thing may be done twice and is done once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q

from forloeb.access.models import Referral, ReferralEnd
from forloeb.access.notices import notify
from forloeb.access.referrals import ReferralStatus, status_of
from forloeb.audit.actions import append
from forloeb.careplans.models import SectorNote, SectorNoteKind
from forloeb.careplans.referral_letter import AboutWhom, Answer, Letter, Outgoing, Party, Receipt
from forloeb.careplans.referral_models import (
    LetterKind,
    MessageKind,
    MessageState,
    ReferralAnswer,
    ReferralLetter,
    ReferralMessage,
)
from forloeb.careplans.sectors import LONGEST_NOTE
from forloeb.kernel.identifiers import CPR, X_ECPR
from forloeb.kernel.typed_text import typed_text
from forloeb.people.actions import LOADER
from forloeb.people.models import Organization, ReferralReceiver

ON_ITS_WAY = (MessageState.QUEUED, MessageState.SENT, MessageState.WAITING)
_MOST_SAID = 500
_MOST_NAME = 200


def begin(message_id: int, *, at: datetime) -> tuple[ReferralReceiver, Outgoing] | None:
    """Say that a message is being sent, and give it as it now is. None when there is nothing to send."""
    message = (
        ReferralMessage.objects.using(LOADER)
        .select_related("letter__patient", "letter__referral", "letter__organization", "letter__from_organization")
        .get(pk=message_id)
    )
    if message.state not in ON_ITS_WAY:
        return None
    mine = ReferralMessage.objects.using(LOADER).filter(pk=message_id, state__in=ON_ITS_WAY)
    # What was taken back before it was received is not sent any more; that it was taken back is, by the next message.
    if message.kind == MessageKind.REQUEST and message.letter.referral.ended_at is not None:
        mine.update(state=MessageState.CANCELLED)
        return None
    receiver = ReferralReceiver.objects.using(LOADER).filter(organization_id=message.letter.organization_id).first()
    if receiver is None:
        give_up(message_id, fault="not-connected")
        return None
    mine.update(state=MessageState.SENT, sent_at=at, tries=message.tries + 1)
    return receiver, _outgoing(message)


def _outgoing(message: ReferralMessage) -> Outgoing:
    letter = message.letter
    patient, referral = letter.patient, letter.referral
    number_system, number = (CPR, patient.cpr_number) if patient.cpr_number else (X_ECPR, patient.replacement_id or "")
    return Outgoing(
        message_id=message.pk,
        name=letter.name,
        kind=MessageKind(message.kind),
        letter_kind=LetterKind(letter.kind),
        status=_status(referral),
        patient=AboutWhom(number_system, number, patient.given_name, patient.family_name, patient.birth_date),
        sender=_party(letter.from_organization),
        receiver=_party(letter.organization),
        sent_by_name=letter.sent_by_name,
        authored_at=letter.shown_at,
        letter=Letter.model_validate(letter.content),
    )


def _party(organization: Organization) -> Party:
    return Party(
        organization.name, organization.ydernummer or "", organization.sor_code or "", organization.phone or ""
    )


def _status(referral: Referral) -> ReferralStatus:
    return status_of(
        seen=referral.seen_at is not None, on_hold=referral.on_hold_at is not None, ended_how=referral.ended_how
    )


def note_sent(message_id: int, *, is_receipt: bool, at: datetime) -> None:
    """Say that the message was handed over; with `is_receipt` it was received, else a receipt is waited for."""
    mine = ReferralMessage.objects.using(LOADER).filter(pk=message_id)
    if is_receipt:
        mine.update(state=MessageState.RECEIVED, answered_at=at, fault="", said="")
    else:
        # A receipt that was quicker than our own answer stays.
        mine.filter(state__in=ON_ITS_WAY).update(state=MessageState.DELIVERED, fault="", said="")


def note_waiting(message_id: int, *, fault: str) -> None:
    """Say that the message was not taken yet, and why; it is tried again."""
    mine = ReferralMessage.objects.using(LOADER).filter(pk=message_id, state__in=ON_ITS_WAY)
    mine.update(state=MessageState.WAITING, fault=fault[:40])


def refuse(message_id: int, *, fault: str, said: str, at: datetime) -> None:
    """Say that the receiver will not have it: the practice sees it on its start page, with what to do."""
    mine = ReferralMessage.objects.using(LOADER).filter(pk=message_id)
    mine.update(state=MessageState.REFUSED, answered_at=at, fault=fault[:40], said=typed_text(said)[:_MOST_SAID])


def give_up(message_id: int, *, fault: str) -> None:
    """Say that the message will not be tried again by itself."""
    mine = ReferralMessage.objects.using(LOADER).filter(pk=message_id, state__in=ON_ITS_WAY)
    mine.update(state=MessageState.GIVEN_UP, fault=fault[:40])


def messages_given_up() -> list[tuple[str, int]]:
    """Count the messages that were given up or refused, for each practice by name."""
    stuck = ReferralMessage.objects.using(LOADER).filter(state__in=[MessageState.GIVEN_UP, MessageState.REFUSED])
    counted = stuck.values_list("from_organization__name").annotate(count=Count("pk"))
    return [(str(name), int(count)) for name, count in counted.order_by("from_organization__name")]


# --- What comes back


def is_ours(told: Answer | Receipt, *, organization_id: int) -> bool:
    """Whether what an organization told is about a letter that was sent to it."""
    if isinstance(told, Answer):
        return find_letter(told, organization_id=organization_id) is not None
    sent = ReferralMessage.objects.using(LOADER)
    return sent.filter(pk=told.message_id, letter__organization_id=organization_id).exists()


def take_receipt(receipt: Receipt, *, organization_id: int, at: datetime) -> None:
    """Take a receipt in. One that comes twice says nothing new, nor one of a message that a person has settled."""
    sent = ReferralMessage.objects.using(LOADER).filter(pk=receipt.message_id, letter__organization_id=organization_id)
    unsettled = sent.filter(state__in=[*ON_ITS_WAY, MessageState.DELIVERED])
    if not unsettled.exists():
        return
    if receipt.is_positive:
        note_sent(receipt.message_id, is_receipt=True, at=at)
    else:
        refuse(receipt.message_id, fault="negative-receipt", said=receipt.said, at=at)


def find_letter(answer: Answer, *, organization_id: int) -> int | None:
    """Find the letter that an answer is about: by its name, else the one open letter about the patient.

    The answer must come from where the letter was sent, and be about the same patient. None where nothing fits.
    """
    sent = ReferralLetter.objects.using(LOADER).filter(organization_id=organization_id)
    about = sent
    if answer.patient_number or answer.name is None:
        number = answer.patient_number
        about = sent.filter(Q(patient__cpr_number=number) | Q(patient__replacement_id=number))
    if answer.name is not None:
        return about.filter(name=answer.name).values_list("pk", flat=True).first()
    open_ones = list(about.filter(referral__ended_at=None).values_list("pk", flat=True)[:2])
    return open_ones[0] if len(open_ones) == 1 else None


def take_answer(answer: Answer, *, letter_id: int, received: int, at: datetime) -> None:
    """Take an answer in: the referral's status, and the words into the plan. The same again changes nothing."""
    with transaction.atomic(using=LOADER):
        letter = ReferralLetter.objects.using(LOADER).get(pk=letter_id)
        referral = Referral.objects.using(LOADER).select_for_update().get(pk=letter.referral_id)
        answers = ReferralAnswer.objects.using(LOADER).filter(letter=letter)
        if answers.filter(received_id=received).exists():
            return
        is_older = answers.filter(issued_at__gt=answer.issued_at).exists()
        answers.create(
            letter=letter,
            patient_id=letter.patient_id,
            received_id=received,
            status=answer.status.value,
            issued_at=answer.issued_at,
            taken_in_at=at,
        )
        _note_received(letter, at=at)
        moved = None if is_older else _move(referral, answer, at=at)
        _write(letter, referral, answer, moved, at=at)
        append(
            action="write",
            event="referral-answered",
            viewer="operator",
            role="operator",
            organization_id=letter.organization_id,
            patient_id=letter.patient_id,
            reason="operation",
            detail={"received": received, "referral": referral.pk},
            using=LOADER,
        )


def _note_received(letter: ReferralLetter, *, at: datetime) -> None:
    """Whoever answers has received what they answer."""
    waits = letter.messages.using(LOADER).filter(kind=MessageKind.REQUEST)
    waits.filter(state__in=[*ON_ITS_WAY, MessageState.DELIVERED]).update(
        state=MessageState.RECEIVED, answered_at=at, fault="", said=""
    )


def _move(referral: Referral, answer: Answer, *, at: datetime) -> ReferralStatus | None:
    """Move the referral as the answer says, and give where to; None where it stays. What has ended stays ended."""
    if referral.ended_at is not None or answer.status in (ReferralStatus.PROPOSED, _status(referral)):
        return None
    match answer.status:
        case ReferralStatus.ACTIVE | ReferralStatus.ON_HOLD:
            referral.seen_at = referral.seen_at or at
            referral.on_hold_at = at if answer.status is ReferralStatus.ON_HOLD else None
        case _:
            referral.ended_at = at
            done = answer.status is ReferralStatus.COMPLETED
            referral.ended_how = ReferralEnd.COMPLETED if done else ReferralEnd.DECLINED
            referral.ended_by_name = answer.said_by[:_MOST_NAME]
    referral.save(using=LOADER, update_fields=["seen_at", "on_hold_at", "ended_at", "ended_how", "ended_by_name"])
    return answer.status


_ENDS = (ReferralStatus.COMPLETED, ReferralStatus.REVOKED)


def _write(
    letter: ReferralLetter, referral: Referral, answer: Answer, moved: ReferralStatus | None, *, at: datetime
) -> None:
    """Write what they said into the plan, each thing once; that it was received, where they said nothing."""
    known = set(SectorNote.objects.using(LOADER).filter(referral=referral).values_list("text", flat=True))
    parts = [part for words in answer.words for part in _parts(words) if part not in known]
    kind = SectorNoteKind.ENDED if moved in _ENDS else SectorNoteKind.PROGRESS
    if not parts and moved is ReferralStatus.ACTIVE:
        parts, kind = [""], SectorNoteKind.SEEN
    for part in parts:
        SectorNote.objects.using(LOADER).create(
            patient_id=letter.patient_id,
            referral=referral,
            organization_id=letter.organization_id,
            kind=kind,
            text=part,
            written_at=at,
            written_by=0,
            written_by_name=answer.said_by[:_MOST_NAME],
            written_by_role="",
        )
    if kind is not SectorNoteKind.SEEN and (parts or moved in _ENDS):
        notify(letter.patient_id, "news", at=at, using=LOADER)


def _parts(words: str) -> Iterator[str]:
    """Cut words to what a note holds."""
    text = typed_text(words)
    yield from (text[start : start + LONGEST_NOTE] for start in range(0, len(text), LONGEST_NOTE))
