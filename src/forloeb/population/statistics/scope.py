"""What a report is about: which months, which practices, which type of plan; and where the counts are read.

A plan counts as *new* where the patient never had one of its type, else as *maintained*; which of them is written down
when the plan is saved. Practices of the types 5 and 80 count; those that had closed by the period's last day, and
regional and tender clinics, are left out (docs/reference/statistics.md has the definitions with their source).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connections

COUNTING_TYPES = ("5", "80")
"""The register's types of practice that count."""

_COPENHAGEN = ZoneInfo("Europe/Copenhagen")
MOST_MONTHS = 120


class BadScope(ValueError):
    """There can be no such report. The text says why, and how to ask instead."""


class Source(Enum):
    """Where plans are counted: anew from every event, or from the counts kept by month. Both give the same."""

    EVENTS = """
        SELECT date_trunc('month', e.happened_at AT TIME ZONE 'Europe/Copenhagen')::date AS month, e.organization_id,
               e.guideline, e.kind, count(*) AS plans
        FROM careplans_planevent e
        WHERE e.happened_at >= %(since)s AND e.happened_at < %(until)s
        GROUP BY 1, 2, 3, 4
    """
    MONTHS = """
        SELECT m.month, m.organization_id, m.guideline, m.kind, m.plans
        FROM careplans_planmonth m
        WHERE m.month >= %(first)s AND m.month <= %(last)s
    """


@dataclass(frozen=True, slots=True)
class Scope:
    """Months from `first` to `last` (first days, both included); an empty region or guideline means all of them."""

    first: date
    last: date
    region: str = ""
    guideline: str = ""

    def __post_init__(self) -> None:
        if self.first.day != 1 or self.last.day != 1:
            raise BadScope("a month is told by its first day")
        if self.first > self.last:
            raise BadScope("the first month must not come after the last")
        if months_between(self.first, self.last) > MOST_MONTHS:
            raise BadScope(f"a report covers at most {MOST_MONTHS} months")

    @property
    def last_day(self) -> date:
        """The last day of the last month: practices that had closed by then are left out."""
        return month_after(self.last) - timedelta(days=1)

    def parameters(self) -> dict[str, Any]:
        """Give what the SQL of reports asks with."""
        return {
            "first": self.first,
            "last": self.last,
            "last_day": self.last_day,
            "since": beginning_of(self.first),
            "until": beginning_of(month_after(self.last)),
            "region": self.region,
            "guideline": self.guideline,
            "types": list(COUNTING_TYPES),
        }


_COUNTED = """
WITH practice AS (
    SELECT o.id, o.region, o.doctors FROM people_organization o
    WHERE o.kind = 'general-practice' AND o.practice_type = ANY(%(types)s)
      AND (o.closed_on IS NULL OR o.closed_on > %(last_day)s)
      AND (%(region)s = '' OR o.region = %(region)s)
), counted AS (
    SELECT c.month, c.organization_id, c.guideline, c.kind, c.plans
    FROM ({source}) c JOIN practice p ON p.id = c.organization_id
    WHERE %(guideline)s = '' OR c.guideline = %(guideline)s
), month AS (
    SELECT generate_series(%(first)s::date, %(last)s::date, interval '1 month')::date AS month
)
"""


def ask(sql: str, scope: Scope, *, source: Source, using: str, **told: Any) -> list[tuple[Any, ...]]:
    """Ask about `practice` (those that count), `counted` (their plans by month, type and kind) and `month`."""
    with connections[using].cursor() as cursor:
        cursor.execute(_COUNTED.format(source=source.value) + sql, {**scope.parameters(), **told})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def month_after(month: date) -> date:
    """Give the first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def months_back(month: date, count: int) -> date:
    """Give the first day of the month so many months before."""
    place = month.year * 12 + month.month - 1 - count
    return date(place // 12, place % 12 + 1, 1)


def months_between(first: date, last: date) -> int:
    """Count the months from one to another, both included."""
    return (last.year - first.year) * 12 + last.month - first.month + 1


def beginning_of(month: date) -> datetime:
    """Give the moment a month begins in Copenhagen."""
    return datetime.combine(month, time(), _COPENHAGEN)


def find_regions(*, using: str) -> tuple[str, ...]:
    """List the regions that practices lie in."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT region FROM people_organization WHERE kind = 'general-practice' AND region <> ''"
            " ORDER BY region"
        )
        return tuple(row[0] for row in cursor.fetchall())
