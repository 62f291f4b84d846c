"""Report (d): active practices (*aktive lægehuse*), those that made or maintained at least one plan in the month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from forloeb.population.statistics.scope import Scope, Source, ask


@dataclass(frozen=True, slots=True)
class ActivePractices:
    """How many practices were active in each month, of how many that count."""

    months: tuple[tuple[date, int], ...]
    practices: int


_ACTIVE = """
SELECT m.month, coalesce(c.active, 0), (SELECT count(*) FROM practice)
FROM month m LEFT JOIN (
    SELECT s.month, count(*) AS active FROM (SELECT DISTINCT month, organization_id FROM counted WHERE plans > 0) s
    GROUP BY s.month
) c ON c.month = m.month
ORDER BY m.month
"""


def active_practices(scope: Scope, *, source: Source = Source.MONTHS, using: str = "default") -> ActivePractices:
    """Give report (d)."""
    rows = ask(_ACTIVE, scope, source=source, using=using)
    return ActivePractices(tuple((month, active) for month, active, _ in rows), rows[0][2])
