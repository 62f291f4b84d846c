"""The cards that a record system was given, and what became of each: accepted, or overridden and why. To be counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connections

from forloeb.access.queries import note
from forloeb.careplans.models import Advice, AdviceFeedback
from forloeb.people.viewers import Viewer

LONGEST_COMMENT = 500


class NoSuchAdvice(LookupError):
    """Feedback on a card that this practice was never given. `places` tells which of those sent, from 0."""

    def __init__(self, places: Sequence[int]) -> None:
        super().__init__("no such card")
        self.places = tuple(places)


class Given(NamedTuple):
    """A card that is given now."""

    name: UUID
    topic: str
    indicator: str


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody did with a card; `happened_at` is when, by their own clock."""

    name: UUID
    outcome: str
    suggestions: int
    reason: str
    comment: str
    happened_at: datetime | None

    def __repr__(self) -> str:
        return f"Told({self.outcome})"


_GIVE = """
INSERT INTO careplans_advice (name, organization_id, hook, topic, indicator, given_at)
SELECT name, %s, %s, topic, indicator, %s
FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS given (name, topic, indicator)
"""


def remember(cards: Sequence[Given], *, hook: str, by: Viewer, at: datetime) -> None:
    """Keep which cards a practice was given."""
    if cards:
        columns = [list(column) for column in zip(*cards, strict=True)]
        with connections["default"].cursor() as cursor:
            cursor.execute(_GIVE, [by.acts_for, hook, at, *columns])


def take_feedback(told: Sequence[Told], *, by: Viewer, at: datetime) -> None:
    """Keep what became of cards; all of it, or nothing. Raises NoSuchAdvice."""
    known = set(Advice.objects.filter(name__in=[one.name for one in told]).values_list("name", flat=True))
    if strays := [place for place, one in enumerate(told) if one.name not in known]:
        raise NoSuchAdvice(strays)
    AdviceFeedback.objects.bulk_create(
        AdviceFeedback(
            advice_id=one.name,
            organization_id=by.acts_for,
            outcome=one.outcome,
            suggestions=one.suggestions,
            reason=one.reason,
            comment=one.comment,
            happened_at=one.happened_at,
            told_at=at,
        )
        for one in told
    )
    note(by, event="decision-support-feedback", action="write", detail={"cards": len(told)})


class Count(NamedTuple):
    """How often something was advised, and what became of it. `reasons` counts why it was not followed, by code."""

    hook: str
    topic: str
    given: int
    accepted: int
    overridden: int
    reasons: dict[str, int]


# The last word on a card counts.
_COUNT = """
SELECT a.hook, a.topic, f.outcome, coalesce(f.reason, ''), count(*)
FROM careplans_advice a
LEFT JOIN LATERAL (SELECT outcome, reason FROM careplans_advicefeedback x
                   WHERE x.advice_id = a.name ORDER BY x.id DESC LIMIT 1) f ON true
WHERE a.given_at >= %s
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2
"""


def count_advice(*, since: datetime, using: str = "loader") -> tuple[Count, ...]:
    """Count all practices' cards since a moment, by hook and topic; nobody's comments are among them."""
    with connections[using].cursor() as cursor:
        cursor.execute(_COUNT, [since])
        return tuple(_counted(cursor.fetchall()))


def _counted(rows: Iterable[tuple[str, str, str | None, str, int]]) -> Iterable[Count]:
    found: dict[tuple[str, str], Count] = {}
    for hook, topic, outcome, reason, number in rows:
        held = found.get((hook, topic)) or Count(hook, topic, 0, 0, 0, {})
        reasons = dict(held.reasons)
        if outcome == "overridden":
            reasons[reason or "none-given"] = reasons.get(reason or "none-given", 0) + number
        found[hook, topic] = held._replace(
            given=held.given + number,
            accepted=held.accepted + number * (outcome == "accepted"),
            overridden=held.overridden + number * (outcome == "overridden"),
            reasons=reasons,
        )
    return found.values()
