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
    "own-log": "log",
    "search": "identity",
    "work-list": "list-of-patients",
    "sign-in": "session",
    "sign-out": "session",
}


def kind_of_data(event: str) -> str:
    """Name the kind of data of an event; an event that is not listed is its own kind."""
    return _KINDS.get(event, event)
