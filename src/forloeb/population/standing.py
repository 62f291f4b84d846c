"""Where somebody on the list stands, from what was done about them and what came of it. Each stands in one place.

An answer holds for the reasons that stood when it was given: a reason that is new brings the row back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from forloeb.careplans.contact_models import ContactKind, ContactOutcomeKind
from forloeb.careplans.contacts import Contact
from forloeb.kernel.periods import months_after
from forloeb.population.lists import work_lists
from forloeb.population.reasons import Reason

Place = Literal["today", "open", "waiting", "later", "settled", "left-out"]

PLACES: tuple[Place, ...] = ("today", "open", "waiting", "later", "settled", "left-out")

SETTLED_BY_ANY_CONTROL = frozenset({"no-plan", "overdue", "missing"})
"""What a control answers by itself: an invitation covers it, also where it became so after the invitation."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands, the reasons that count there, and those that have been answered."""

    place: Place
    reasons: tuple[Reason, ...]
    answered: tuple[Reason, ...] = ()


def stand(
    reasons: Sequence[Reason], contacts: Sequence[Contact], *, last_review_on: date | None, as_of: date
) -> Standing:
    """Say where somebody with these reasons stands. `contacts` come the newest first."""
    held = [one for one in contacts if not one.is_taken_back]
    later = _answers(one for one in held if one.kind == ContactKind.NOT_NOW and one.until and one.until > as_of)
    settled = _answers(one for one in held if one.kind == ContactKind.NOT_RELEVANT and as_of < asks_again_on(one))
    left = [one.without(later | settled) for one in reasons]
    visible = tuple(one for one in left if one is not None)
    answered = tuple(one for one, now in zip(reasons, left, strict=True) if now != one)
    if any(one.list is None for one in visible):
        return Standing("today", visible, answered)
    if not visible:
        put_off = any(not set(one.keys).isdisjoint(later) for one in reasons)
        return Standing("later" if put_off else "settled", tuple(reasons))
    if all(one.kind == "excluded" for one in visible):
        return Standing("left-out", visible, answered)
    invitation = next((one for one in held if one.kind == ContactKind.INVITED), None)
    if invitation and is_waited_for(invitation, last_review_on, as_of) and _covers(invitation, visible):
        return Standing("waiting", visible, answered)
    return Standing("open", visible, answered)


def _answers(contacts: Iterable[Contact]) -> frozenset[str]:
    return frozenset(key for contact in contacts for key in contact.answers)


def _covers(invitation: Contact, reasons: Sequence[Reason]) -> bool:
    return all(
        reason.kind in SETTLED_BY_ANY_CONTROL or reason.kind == "excluded" or set(reason.keys) <= invitation.answers
        for reason in reasons
    )


def is_waited_for(invitation: Contact, last_review_on: date | None, as_of: date) -> bool:
    """Whether an answer to an invitation, or the control that was booked, is still to come."""
    if came_on(invitation, last_review_on) is not None:
        return False
    last = invitation.last
    if last is not None and last.kind != ContactOutcomeKind.BOOKED:
        return False
    return as_of <= waits_until(invitation)


def waits_until(invitation: Contact) -> date:
    """Give the day until which a row waits: the day booked, else the end of the month asked for or a fixed time."""
    if invitation.last is not None and invitation.last.on is not None:
        return invitation.last.on
    answer_by = invitation.made_on + timedelta(days=work_lists().wait_for_answer.days)
    if invitation.month is None:
        return answer_by
    return max(answer_by, months_after(invitation.month, 1) - timedelta(days=1))


def asks_again_on(contact: Contact) -> date:
    """Give the day from which an answer that a row is not relevant is asked for again."""
    return months_after(contact.made_on, work_lists().ask_again.months)


def came_on(contact: Contact, last_review_on: date | None) -> date | None:
    """Give the day of the control that came of an invitation; None while there is none."""
    if contact.kind != ContactKind.INVITED or last_review_on is None or last_review_on < contact.made_on:
        return None
    return last_review_on
