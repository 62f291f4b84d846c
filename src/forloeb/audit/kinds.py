"""What kind of data each event shows or changes, so that a reader of the log need not know our pages."""

from __future__ import annotations

_KINDS = {
    "control": "plan-and-record",
    "own-plan": "plan-and-record",
    "plan-history": "earlier-plans",
    "own-plan-history": "earlier-plans",
    "own-words": "patients-own-words",
    "own-words-written": "patients-own-words",
    "save-draft": "draft-of-plan",
    "discard-draft": "draft-of-plan",
    "finish-review": "plan-and-record",
    "review-finished": "plan-and-record",
    "shared-plan": "plan-and-record",
    "team": "care-team",
    "own-access": "care-team",
    "own-notices": "notices",
    "own-notices-chosen": "notices",
    "referred": "care-team",
    "referral-seen": "care-team",
    "referral-revoked": "care-team",
    "course-ended": "care-team",
    "sector-note": "care-team",
    "proxy-given": "care-team",
    "proxy-accepted": "care-team",
    "proxy-withdrawn": "care-team",
    "block-set": "care-team",
    "block-lifted": "care-team",
    "dispute-raised": "patients-own-words",
    "dispute-answered": "patients-own-words",
    "own-measurements": "measurements",
    "own-measurement": "measurements",
    "own-measurement-withdrawn": "measurements",
    "own-questions": "questionnaire-answers",
    "own-answers": "questionnaire-answers",
    "own-log": "log",
    "search": "identity",
    "look-up": "identity",
    "referrals": "list-of-patients",
    "name-search": "list-of-patients",
    "work-list": "list-of-patients",
    "statistics": "statistics",
    "sign-in": "session",
    "sign-out": "session",
    "sign-out-elsewhere": "session",
    "proxy-code": "session",
}


def kind_of_data(event: str) -> str:
    """Name the kind of data of an event; an event that is not listed is its own kind."""
    return _KINDS.get(event, event)
