"""Report (b): plans, new and maintained, added up over the period, the latest twelve months."""

from __future__ import annotations

from forloeb.population.statistics.plans import Plans
from forloeb.population.statistics.scope import Scope, Source, ask

_ADDED_UP = """
SELECT m.month, (sum(coalesce(c.new, 0)) OVER up_to)::bigint, (sum(coalesce(c.maintained, 0)) OVER up_to)::bigint
FROM month m LEFT JOIN (
    SELECT month, sum(plans) FILTER (WHERE kind = 'new') AS new,
           sum(plans) FILTER (WHERE kind = 'maintained') AS maintained
    FROM counted
    GROUP BY month
) c ON c.month = m.month
WINDOW up_to AS (ORDER BY m.month)
ORDER BY m.month
"""


def plans_cumulated(scope: Scope, *, source: Source = Source.MONTHS, using: str = "default") -> tuple[Plans, ...]:
    """Give report (b): for each month the plans from the period's first month up to and with it."""
    return tuple(Plans(*row) for row in ask(_ADDED_UP, scope, source=source, using=using))
