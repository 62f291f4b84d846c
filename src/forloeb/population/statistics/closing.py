"""Closing a month: what it counted then stays for ever, and what is counted differently later is a correction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connections, transaction

from forloeb.careplans.models import ClosedMonth
from forloeb.population.statistics.figures import count_figures
from forloeb.population.statistics.plans import Plans
from forloeb.population.statistics.scope import Scope, Source, ask, month_after


class NotOver(ValueError):
    """The month has not ended, so that it cannot be closed."""


class ClosedAlready(ValueError):
    """The month was closed before; a closed month stays as it is."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed month: what was counted at the closing, and what is counted now of the same practices' types."""

    closed_at: datetime
    then: Plans
    now: Plans

    @property
    def new(self) -> int:
        """How many more new plans there are now."""
        return self.now.new - self.then.new

    @property
    def maintained(self) -> int:
        """How many more maintained plans there are now."""
        return self.now.maintained - self.then.maintained

    @property
    def is_corrected(self) -> bool:
        """Whether something has come, or gone, since."""
        return bool(self.new or self.maintained)


_COUNTS = """
SELECT c.organization_id, p.region, c.guideline, c.kind, c.plans
FROM counted c JOIN practice p ON p.id = c.organization_id
ORDER BY 1, 3, 4
"""
_CLOSE = """
INSERT INTO careplans_closedcount (closed_id, organization_id, region, guideline, kind, plans)
VALUES (%s, %s, %s, %s, %s, %s)
"""


def close_month(month: date, *, at: datetime, as_of: date, using: str) -> int:
    """Close a month, with its figures about people; gives its plans. Raises NotOver, ClosedAlready."""
    if month_after(month) > as_of:
        raise NotOver(f"{month:%Y-%m} is not over; it can be closed from {month_after(month):%Y-%m-%d}")
    with transaction.atomic(using=using):
        closed, is_new = ClosedMonth.objects.using(using).get_or_create(month=month, defaults={"closed_at": at})
        if not is_new:
            raise ClosedAlready(f"{month:%Y-%m} was closed on {closed.closed_at:%Y-%m-%d}; a closed month stays")
        rows = ask(_COUNTS, Scope(month, month), source=Source.EVENTS, using=using)
        count_figures(month, at=at, using=using)
        with connections[using].cursor() as cursor:
            cursor.executemany(_CLOSE, [(closed.pk, *row) for row in rows])
    return sum(row[4] for row in rows)


def recount(month: date, *, at: datetime, using: str) -> int:
    """Count a month's figures about people anew, unless it is closed; gives how many. Raises ClosedAlready."""
    closed = ClosedMonth.objects.using(using).filter(month=month).first()
    if closed is not None:
        raise ClosedAlready(f"{month:%Y-%m} was closed on {closed.closed_at:%Y-%m-%d}; its figures stay")
    return count_figures(month, at=at, using=using)


# Now is counted as then: with the practices that were open when the month ended.
_CLOSED = """
SELECT m.month, m.closed_at, coalesce(t.new, 0), coalesce(t.maintained, 0),
       coalesce(n.new, 0), coalesce(n.maintained, 0)
FROM careplans_closedmonth m
LEFT JOIN LATERAL (
    SELECT sum(c.plans) FILTER (WHERE c.kind = 'new') AS new,
           sum(c.plans) FILTER (WHERE c.kind = 'maintained') AS maintained
    FROM careplans_closedcount c
    WHERE c.closed_id = m.id AND (%(region)s = '' OR c.region = %(region)s)
      AND (%(guideline)s = '' OR c.guideline = %(guideline)s)
) t ON true
LEFT JOIN LATERAL (
    SELECT sum(c.plans) FILTER (WHERE c.kind = 'new') AS new,
           sum(c.plans) FILTER (WHERE c.kind = 'maintained') AS maintained
    FROM careplans_planmonth c JOIN people_organization o ON o.id = c.organization_id
    WHERE c.month = m.month AND o.kind = 'general-practice' AND o.practice_type = ANY(%(types)s)
      AND (o.closed_on IS NULL OR o.closed_on >= m.month + interval '1 month')
      AND (%(region)s = '' OR o.region = %(region)s) AND (%(guideline)s = '' OR c.guideline = %(guideline)s)
) n ON true
WHERE m.month >= %(first)s AND m.month <= %(last)s
ORDER BY m.month
"""


def closed_months(scope: Scope, *, using: str = "default") -> tuple[Closed, ...]:
    """Give the scope's closed months with what has been corrected since."""
    with connections[using].cursor() as cursor:
        cursor.execute(_CLOSED, scope.parameters())
        return tuple(
            Closed(closed_at, Plans(month, int(new), int(maintained)), Plans(month, int(new_now), int(maintained_now)))
            for month, closed_at, new, maintained, new_now, maintained_now in cursor.fetchall()
        )
