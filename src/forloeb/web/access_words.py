"""Access in words: the reasons for a look-up, what a patient can be referred to, how a course or a dispute ended."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from forloeb.access.models import LookupReason
from forloeb.access.referrals import NURSING_TASK, OFFERS

_REASONS: dict[str, tuple[str | Promise, str | Promise]] = {
    LookupReason.TREATMENT: (_("I treat or care for the person now"), ""),
    LookupReason.ASSESSMENT: (_("I assess whether the person is to have a municipal offer"), ""),
    LookupReason.TRANSITION: (_("The person is being admitted or discharged"), ""),
    LookupReason.OTHER: (_("Another reason"), _("Write which. The patient can read it.")),
    LookupReason.EMERGENCY: (
        _("Emergency: life or health is in danger"),
        _("Write why. It opens the plan also where the patient has said no, and it stands out in the patient's log."),
    ),
}

_OFFERS: dict[str, str | Promise] = {
    "copd-rehabilitation": _("Rehabilitation for KOL"),
    "cardiac-rehabilitation": _("Rehabilitation for heart disease"),
    "diabetes-education": _("Course about diabetes"),
    "smoking-cessation": _("Help to stop smoking"),
    "exercise": _("Physical exercise"),
    "diet": _("Advice about food"),
    "alcohol": _("Conversation about alcohol"),
    "conversation": _("Conversation about health"),
    "hospital-outpatient": _("Outpatient clinic at the hospital"),
    "other": _("Something else"),
}

_ENDS: dict[str, str | Promise] = {
    "completed": _("Completed"),
    "revoked": _("Withdrawn"),
    "declined": _("Not taken on"),
}

_OUTCOMES: dict[str, str | Promise] = {
    "corrected": _("It is corrected"),
    "kept": _("It stays as it is"),
    "talk": _("We talk about it"),
}

_KINDS: dict[str, str | Promise] = {
    "municipality": _("Municipality"),
    "hospital": _("Hospital"),
}


def reason_options() -> list[tuple[str, str | Promise, str | Promise]]:
    """Give the reasons to choose from, each with a hint."""
    return [(code, words, hint) for code, (words, hint) in _REASONS.items()]


def reason_name(reason: str) -> str | Promise:
    """Say why a plan was looked up."""
    return _REASONS[reason][0] if reason in _REASONS else reason


def offer_options() -> list[tuple[str, str | Promise]]:
    """Give the offers to choose from."""
    return [(offer, _OFFERS[offer]) for offer in OFFERS]


def offer_name(offer: str) -> str | Promise:
    """Say what a patient is referred to."""
    if offer.partition(":")[0] == NURSING_TASK:
        return _("Task for the municipal nursing")
    return _OFFERS.get(offer, offer)


def ended_name(how: str) -> str | Promise:
    """Say how a referral ended."""
    return _ENDS.get(how, how)


def outcome_name(outcome: str) -> str | Promise:
    """Say how a dispute was answered."""
    return _OUTCOMES.get(outcome, outcome)


def outcome_options() -> list[tuple[str, str | Promise]]:
    """Give the answers to choose from."""
    return list(_OUTCOMES.items())


def kind_name(kind: str) -> str | Promise:
    """Name a kind of organization in another sector."""
    return _KINDS.get(kind, kind)
