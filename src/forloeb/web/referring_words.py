"""Referring in words, for the practice: what can be asked for, how far a letter has come, why not, and what to do."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from forloeb.careplans.referral_models import LetterKind
from forloeb.careplans.referral_prefill import referral_content
from forloeb.careplans.referrals_sent import Message, Sent
from forloeb.kernel.content import Localized


def askable(kind: LetterKind) -> list[tuple[str, Localized]]:
    """Give what can be asked for."""
    content = referral_content()
    found = content.tasks if kind is LetterKind.TASK else content.offers
    return [(one.id, one.name) for one in found]


def priority_options() -> list[tuple[str, str]]:
    """Give the priorities."""
    return [("routine", _("Ordinary")), ("urgent", _("Urgent"))]


def referral_status(sent: Sent) -> tuple[str, str, str]:
    """Say where a referral is, to the practice: words, symbol, how pressing."""
    course = sent.course
    if course.ended_how:
        return {
            "completed": (_("Completed"), "check", "good"),
            "revoked": (_("Withdrawn"), "close", "unknown"),
            "declined": (_("Not taken on"), "warning", "attention"),
        }[course.ended_how]
    return {
        "proposed": (_("Sent, not taken on yet"), "time", "note"),
        "active": (_("Received and under way"), "check", "good"),
        "on-hold": (_("Waits for something from you"), "help", "attention"),
    }[course.status.value]


def message_name(message: Message) -> str:
    """Name a message about a letter."""
    return _("The letter") if message.kind.value == "request" else _("That it is withdrawn")


def message_state(message: Message) -> tuple[str, str, str]:
    """Say how far a message has come: words, symbol, how pressing."""
    return {
        "queued": (_("on its way"), "time", "note"),
        "sent": (_("being sent"), "time", "note"),
        "waiting": (_("waits: tried again by itself"), "time", "note"),
        "delivered": (_("delivered, no receipt yet"), "time", "note"),
        "received": (_("received by the municipality"), "check", "good"),
        "refused": (_("refused"), "warning", "attention"),
        "given-up": (_("not delivered"), "warning", "attention"),
        "told": (_("told in another way"), "check", "good"),
        "cancelled": (_("not sent: it was withdrawn first"), "close", "unknown"),
    }[message.state.value]


def message_advice(message: Message) -> str:
    """Say why a message was not received, and what to do."""
    known = {
        "negative-receipt": _(
            "The municipality's system refused the letter. Withdraw it, put right what they say, and send a new one; or"
            " call them."
        ),
        "say-it-yourself": _(
            "Their system has no message that withdraws a referral. Call the municipality, and note here that you have."
        ),
        "unreachable": _("The municipality's system could not be reached for a day. Send again, or call them."),
        "too-slow": _("The municipality's system did not answer in time for a day. Send again, or call them."),
        "not-connected": _("The municipality no longer receives from here. Send it from your record system."),
        "": _("There has been no receipt for a day. Call the municipality, or send again: it arrives once only."),
    }
    if message.fault in known:
        return known[message.fault]
    if answered := re.fullmatch(r"answered-(\d{3})", message.fault):
        said = _("The municipality's system refused the letter (answer %(code)s). Call them, or send again later.")
        return said % {"code": answered[1]}
    return _("The municipality's system did not take the letter. Call them, or send again later.")
