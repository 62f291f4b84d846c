"""Sends the log's look-ups to MinLog: chain by chain, in order, at least once; what is refused blocks nothing.

A registration says whom it is about by CPR number. It is made here, sent, and kept nowhere.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from forloeb.audit import registering
from forloeb.audit.look_ups import LookUp
from forloeb.audit.registering import Stretch
from forloeb.audit.registrations import NotReceived, NotUnderstood, Registration, Registrations
from forloeb.jobs.minlog import People, to_registration

QUEUE = "national"
BATCH = 200
MOST_SECONDS = 20.0
"""How long one job sends: a worker that is asked to stop can. The rest goes a minute later."""
LONGEST_PAUSE = timedelta(hours=1)
NO_CPR_NUMBER = "no-cpr-number"


def has_work() -> bool:
    """Whether there is a log to send to."""
    return _register() is not None


def send_registrations(timestamp: int) -> None:
    """Send what is not registered yet, unless the log was silent a moment ago; each minute."""
    register = _register()
    if register is None or registering.is_paused(timezone.now()):
        return
    until = time.monotonic() + MOST_SECONDS
    try:
        while time.monotonic() < until and _send_again(register):
            pass
        for stretch in registering.unregistered():
            _send_stretch(register, stretch, until)
    except NotReceived as silence:
        registering.note_silence(silence.fault, longest=LONGEST_PAUSE, at=timezone.now())


def _register() -> Registrations | None:
    register: Registrations | None = import_string(settings.OPEN_NATIONAL_LOG)()
    return register


def _send_stretch(register: Registrations, stretch: Stretch, until: float) -> None:
    """Send a stretch, a batch at a time; each receipt is noted before the next batch leaves."""
    while stretch.after < stretch.until and time.monotonic() < until:
        looks = registering.look_ups_in(stretch, most=BATCH)
        reached = looks[-1].position if len(looks) == BATCH else stretch.until
        refused = _send(register, looks)
        receipt = Stretch(stretch.chain, stretch.after, reached)
        by_position = {look.position: refused[_id(look)] for look in looks if _id(look) in refused}
        sent = len(looks) - len(by_position)
        registering.note_receipt(receipt, sent=sent, refused=by_position, at=timezone.now())
        stretch = Stretch(stretch.chain, reached, stretch.until)


def _send_again(register: Registrations) -> bool:
    """Send a batch of what was set aside and is to be tried again; False when there is none."""
    looks = registering.due_again(most=BATCH)
    refused = _send(register, looks)
    for look in looks:
        registering.note_tried_again(look, refused=refused.get(_id(look)), at=timezone.now())
    return bool(looks)


def _id(look: LookUp) -> str:
    return f"{look.chain}-{look.position}"


def _send(register: Registrations, looks: list[LookUp]) -> dict[str, str]:
    """Send look-ups, and give those that were not taken: the reason by id. Raises NotReceived."""
    people = People()
    people.meet(looks)
    refused: dict[str, str] = {}
    registrations = []
    for look in looks:
        cpr_number = people.cpr_numbers.get(look.patient_id)
        if cpr_number:
            registrations.append(to_registration(look, cpr_number, people))
        else:
            refused[_id(look)] = NO_CPR_NUMBER
    if registrations:
        refused |= _offer(register, registrations)
        registering.note_answered(timezone.now())
    return refused


def _offer(register: Registrations, registrations: Sequence[Registration]) -> Mapping[str, str]:
    """Offer a batch; where it is refused as a whole, find in halves which one it is that cannot be taken."""
    try:
        return register.send(registrations)
    except NotUnderstood:
        if len(registrations) == 1:
            return {str(registrations[0]["id"]): "not-understood"}
    refused: dict[str, str] = {}
    for half in _halves(registrations):
        refused |= _offer(register, half)
    return refused


def _halves(registrations: Sequence[Registration]) -> list[Sequence[Registration]]:
    middle = len(registrations) // 2
    return [registrations[:middle], registrations[middle:]]
