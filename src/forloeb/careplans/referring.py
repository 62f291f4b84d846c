"""Referring to the municipality from a plan: the letter as it is shown, sent with its save, seen, and taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from forloeb.access import policies, referrals
from forloeb.access.queries import OpenPatient, open_patient
from forloeb.access.referrals import NURSING_TASK, Place
from forloeb.careplans.control import Control
from forloeb.careplans.queries import build_control, record_of
from forloeb.careplans.referral_letter import Interpreter, Letter, Priority
from forloeb.careplans.referral_models import LetterKind, MessageKind, MessageState, ReferralLetter, ReferralMessage
from forloeb.careplans.referral_prefill import named, prefill, referral_content
from forloeb.kernel.typed_text import typed_line, typed_text
from forloeb.people.models import ReferralReceiver
from forloeb.people.outbox import defer
from forloeb.people.viewers import Viewer

QUEUE = "referrals"
TASK = "deliver_referral"
MOST_WORDS = 1000
MOST_LANGUAGE = 60
SECTIONS = ("values", "complications", "smoking", "medicines", "words")
"""The parts of a letter that the patient may want left out."""


class LetterIncomplete(ValueError):
    """Something is to be put right in the letter first; `fields` are the fields of the page."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


class SomethingNew(Exception):
    """What the letter would say has changed since the patient was shown it: it is to be shown again."""

    def __init__(self) -> None:
        super().__init__("the letter has changed since it was shown")


@dataclass(frozen=True, slots=True)
class Form:
    """The page on which a letter is shown before it is sent."""

    kind: LetterKind
    patient: OpenPatient
    control: Control
    letter: Letter
    places: tuple[Place, ...]
    shown: str
    """What was shown, as a mark of it: sent back with the form."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What the clinician and the patient chose on the page."""

    organization_id: int
    asked: tuple[str, ...]
    reason: str
    shown: str
    included: Collection[str] = SECTIONS
    instruction: str = ""
    until: date | None = None
    priority: Priority = "routine"
    interpreter: Interpreter = "unknown"
    interpreter_language: str = ""

    def __repr__(self) -> str:
        return "Typed(…)"


def places(*, as_of: date) -> tuple[Place, ...]:
    """Give the municipalities that receive letters from here."""
    receive = set(ReferralReceiver.objects.values_list("organization_id", flat=True))
    return tuple(one for one in referrals.places(as_of=as_of) if one.kind == "municipality" and one.id in receive)


def get_form(public_id: UUID, kind: LetterKind, *, seen_by: Viewer, as_of: date) -> Form:
    """Give the page, filled in. Raises NotForThisViewer, NoCareRelation."""
    policies.check_is_practice(seen_by)
    patient = open_patient(public_id, seen_by=seen_by, as_of=as_of, event="referral-form")
    return _form(patient, kind, as_of=as_of)


def _form(patient: OpenPatient, kind: LetterKind, *, as_of: date) -> Form:
    record = record_of(patient, as_of=as_of)
    control = build_control(patient, as_of=as_of, record=record)
    letter = prefill(control, record, kind, last=_last_letter(patient.id))
    return Form(kind, patient, control, letter, places(as_of=as_of), _mark(letter))


def _last_letter(patient_id: int) -> Letter | None:
    last = ReferralLetter.objects.filter(patient_id=patient_id).order_by("-shown_at", "-pk").first()
    return Letter.model_validate(last.content) if last else None


def _mark(letter: Letter) -> str:
    return hashlib.sha256(letter.model_dump_json().encode()).hexdigest()


def send(public_id: UUID, kind: LetterKind, typed: Typed, *, by: Viewer, at: datetime, as_of: date) -> UUID:
    """Send a letter that the patient has seen and said yes to; gives its name. The plan opens to the municipality.

    Raises NotForThisViewer, NoCareRelation, LetterIncomplete, SomethingNew, PatientIsDead, NoSuchOrganization,
    AlreadyReferred.
    """
    policies.check_is_practice(by)
    patient = open_patient(public_id, seen_by=by, as_of=as_of, event="referred", action="write")
    form = _form(patient, kind, as_of=as_of)
    letter = _as_chosen(form, typed)
    if typed.shown != form.shown:
        raise SomethingNew
    if typed.organization_id not in {place.id for place in form.places}:
        raise referrals.NoSuchOrganization
    referral_id = referrals.begin(
        patient,
        organization_id=typed.organization_id,
        offer=_offer(kind, letter),
        purpose=letter.reason or letter.instruction,
        by=by,
        at=at,
        as_of=as_of,
    )
    sent = ReferralLetter.objects.create(
        patient_id=patient.id,
        referral_id=referral_id,
        from_organization_id=by.acts_for,
        organization_id=typed.organization_id,
        kind=kind,
        content=letter.model_dump(mode="json"),
        shown_at=at,
        sent_by=by.login_id,
        sent_by_name=by.name,
    )
    _queue(sent, MessageKind.REQUEST, at=at)
    return sent.name


def _as_chosen(form: Form, typed: Typed) -> Letter:
    """Give the letter with what was typed, and without what is to be left out. Raises LetterIncomplete."""
    content = referral_content()
    of_kind = {one.id for one in (content.offers if form.kind is LetterKind.PREVENTION else content.tasks)}
    reason, instruction = typed_text(typed.reason), typed_text(typed.instruction)
    asked = named(id for id in typed.asked if id in of_kind)
    wrong = [
        ("asked", not asked),
        ("reason", len(reason) > MOST_WORDS or (form.kind is LetterKind.PREVENTION and not reason)),
        ("instruction", len(instruction) > MOST_WORDS or (form.kind is LetterKind.TASK and not instruction)),
        ("until", typed.until is not None and typed.until < form.control.as_of),
        ("interpreter_language", typed.interpreter == "yes" and not typed_line(typed.interpreter_language)),
    ]
    if any(is_wrong for _field, is_wrong in wrong):
        raise LetterIncomplete(tuple(field for field, is_wrong in wrong if is_wrong))
    chosen = form.letter.model_copy(
        update={
            "asked": asked,
            "reason": reason,
            "instruction": instruction,
            "until": typed.until,
            "priority": typed.priority,
            "interpreter": typed.interpreter,
            "interpreter_language": typed_line(typed.interpreter_language)[:MOST_LANGUAGE],
        }
    )
    return without(chosen, [section for section in SECTIONS if section not in typed.included])


def without(letter: Letter, left_out: Collection[str]) -> Letter:
    """Give a letter without some sections, which it says it lacks."""
    empty: dict[str, object] = {"left_out": tuple(left_out)}
    for section in left_out:
        match section:
            case "smoking":
                empty["smoking"] = None
            case "words":
                empty |= {"matters": "", "own_goal": "", "resources": ""}
            case _:
                empty[section] = ()
    return letter.model_copy(update=empty)


def _offer(kind: LetterKind, letter: Letter) -> str:
    """Name the course by the first thing that is asked for beyond the conversation that every course begins with."""
    if kind is LetterKind.TASK:
        return f"{NURSING_TASK}:{letter.asked[0].id}"[:40]
    default = referral_content().default_offer
    return next((one.id for one in letter.asked if one.id != default), default)


def _queue(letter: ReferralLetter, kind: MessageKind, *, at: datetime) -> None:
    message = ReferralMessage.objects.create(
        letter=letter,
        patient_id=letter.patient_id,
        from_organization_id=letter.from_organization_id,
        kind=kind,
        queued_at=at,
    )
    _defer(message.pk, letter.patient_id)


def _defer(message_id: int, patient_id: int) -> None:
    defer(QUEUE, TASK, {"message_id": message_id}, lock=f"referral:{patient_id}")


def send_again(public_id: UUID, message_id: int, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Send once more what was refused, given up, or never got a receipt. Pressed twice, it is sent once.

    Raises NotForThisViewer, NoCareRelation.
    """
    policies.check_is_practice(by)
    patient = open_patient(public_id, seen_by=by, as_of=as_of, event="referral-sent-again", action="write")
    stuck = ReferralMessage.objects.filter(pk=message_id, patient_id=patient.id, state__in=STUCK)
    if stuck.update(state=MessageState.QUEUED, queued_at=at, answered_at=None, tries=0, fault=""):
        _defer(message_id, patient.id)


STUCK = (MessageState.DELIVERED, MessageState.REFUSED, MessageState.GIVEN_UP)
"""Where a person may want to do something; a delivered message, when its receipt does not come."""


def told(public_id: UUID, message_id: int, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Say that the municipality has been told in another way. Raises NotForThisViewer, NoCareRelation."""
    policies.check_is_practice(by)
    patient = open_patient(public_id, seen_by=by, as_of=as_of, event="referral-told", action="write")
    stuck = ReferralMessage.objects.filter(pk=message_id, patient_id=patient.id, state__in=STUCK)
    stuck.update(state=MessageState.TOLD, answered_at=at)


def revoke(public_id: UUID, referral_id: int, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Take a referral back, here and there. Raises NoCareRelation, NoOpenReferral."""
    referrals.revoke(public_id, referral_id, by=by, at=at, as_of=as_of)
    _take_back(referral_id, at=at)


def revoke_own(referral_id: int, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Let the patient take a referral back, here and there. Raises NotForThisViewer, NoOpenReferral."""
    referrals.revoke_own(referral_id, by=by, at=at, as_of=as_of)
    _take_back(referral_id, at=at)


def _take_back(referral_id: int, *, at: datetime) -> None:
    """Tell the municipality, unless nothing has been sent yet."""
    letter = ReferralLetter.objects.filter(referral_id=referral_id).first()
    if letter is None:
        return
    unsent = letter.messages.filter(kind=MessageKind.REQUEST, state=MessageState.QUEUED, tries=0)
    if not unsent.update(state=MessageState.CANCELLED):
        _queue(letter, MessageKind.REVOCATION, at=at)
