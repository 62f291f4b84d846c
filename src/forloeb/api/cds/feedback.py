"""Feedback as it comes in: what somebody did with the cards they were shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from forloeb.api.cds.calls import BadCall, read_json
from forloeb.careplans.feedback import LONGEST_COMMENT, Told
from forloeb.careplans.models import AdviceOutcome
from forloeb.fhir.reading import read_moment
from forloeb.kernel.typed_text import typed_line, typed_text

MOST = 100
_LONGEST_CODE = 120


def read_feedback(body: bytes) -> tuple[Told, ...]:
    """Read what became of cards. Raises BadCall."""
    told = read_json(body).get("feedback")
    if not isinstance(told, list) or not 0 < len(told) <= MOST:
        raise BadCall("feedback", f"is not a list of 1 to {MOST}")
    return tuple(_read(one, f"feedback[{place}]") for place, one in enumerate(told))


def _read(one: object, where: str) -> Told:
    if not isinstance(one, dict):
        raise BadCall(where, "is not an object")
    outcome = one.get("outcome")
    if outcome not in AdviceOutcome.values:
        raise BadCall(f"{where}.outcome", "is neither 'accepted' nor 'overridden'")
    if read_moment(one.get("outcomeTimestamp")) is None:
        raise BadCall(f"{where}.outcomeTimestamp", "is not a moment such as 2026-11-23T09:30:00+01:00")
    reason, comment = _why(one.get("overrideReason"), f"{where}.overrideReason")
    return Told(
        _uuid(one.get("card"), f"{where}.card"),
        str(outcome),
        len(list(_accepted(one.get("acceptedSuggestions", []), f"{where}.acceptedSuggestions"))),
        reason,
        comment,
        read_moment(one.get("outcomeTimestamp")),
    )


def _accepted(suggestions: Any, where: str) -> Iterator[UUID]:
    if not isinstance(suggestions, list):
        raise BadCall(where, "is not a list")
    for place, one in enumerate(suggestions):
        yield _uuid(one.get("id") if isinstance(one, dict) else None, f"{where}[{place}].id")


def _why(said: object, where: str) -> tuple[str, str]:
    """Give the code and the words of why a card was not followed; each may be missing."""
    if said is None:
        return "", ""
    if not isinstance(said, dict):
        raise BadCall(where, "is not an object")
    reason, comment = said.get("reason"), said.get("userComment", "")
    code = reason.get("code") if isinstance(reason, dict) else ""
    if not isinstance(code, str) or len(code) > _LONGEST_CODE:
        raise BadCall(f"{where}.reason.code", f"is not a text of at most {_LONGEST_CODE} characters")
    if not isinstance(comment, str) or len(comment) > LONGEST_COMMENT:
        raise BadCall(f"{where}.userComment", f"is not a text of at most {LONGEST_COMMENT} characters")
    return typed_line(code), typed_text(comment)


def _uuid(value: object, where: str) -> UUID:
    try:
        return UUID(value) if isinstance(value, str) else UUID("")
    except ValueError:
        raise BadCall(where, "is not a UUID") from None
