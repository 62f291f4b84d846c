"""Plans, new and maintained: how many a month had (report c)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from forloeb.population.statistics.scope import Scope, Source, ask


@dataclass(frozen=True, slots=True)
class Plans:
    """New and maintained plans of one month, or up to and with it."""

    month: date
    new: int
    maintained: int

    @property
    def total(self) -> int:
        """New and maintained together."""
        return self.new + self.maintained


_BY_MONTH = """
SELECT m.month, coalesce(c.new, 0)::bigint, coalesce(c.maintained, 0)::bigint
FROM month m LEFT JOIN (
    SELECT month, sum(plans) FILTER (WHERE kind = 'new') AS new,
           sum(plans) FILTER (WHERE kind = 'maintained') AS maintained
    FROM counted
    GROUP BY month
) c ON c.month = m.month
ORDER BY m.month
"""


def plans_per_month(scope: Scope, *, source: Source = Source.MONTHS, using: str = "default") -> tuple[Plans, ...]:
    """Give report (c): a row for each month, also where there were none."""
    return tuple(Plans(*row) for row in ask(_BY_MONTH, scope, source=source, using=using))
