"""Report (a): practices distributed by the number of new plans per doctor in the period, the latest twelve months."""

from __future__ import annotations

from dataclasses import dataclass

from forloeb.population.statistics.scope import Scope, Source, ask

LIMITS = (0, 5, 10, 20, 30, 40, 50)
"""Where each band begins, in new plans per doctor; the first band holds those without any. The bands are our own."""


@dataclass(frozen=True, slots=True)
class Band:
    """Practices with at least `low` and fewer than `high` new plans per doctor; `none` holds those without a plan."""

    low: int
    high: int | None
    practices: int

    @property
    def is_none(self) -> bool:
        """Whether it is the band of those without a new plan."""
        return self.high == 0


@dataclass(frozen=True, slots=True)
class NewPerDoctor:
    """How practices spread. `without_doctors` is left out: there is no number of doctors to divide by."""

    bands: tuple[Band, ...]
    without_doctors: int

    @property
    def practices(self) -> int:
        """The practices in all."""
        return sum(band.practices for band in self.bands)


_SPREAD = """
SELECT CASE WHEN p.doctors > 0 THEN width_bucket(coalesce(c.new, 0) / p.doctors, %(limits)s::numeric[]) END AS band,
       c.new IS NULL AS has_none, count(*)
FROM practice p LEFT JOIN (
    SELECT organization_id, sum(plans) AS new FROM counted WHERE kind = 'new' GROUP BY organization_id
) c ON c.organization_id = p.id
GROUP BY 1, 2
"""


def new_per_doctor(scope: Scope, *, source: Source = Source.MONTHS, using: str = "default") -> NewPerDoctor:
    """Give report (a)."""
    counts = dict.fromkeys(range(len(LIMITS) + 1), 0)
    without = 0
    for band, has_none, practices in ask(_SPREAD, scope, source=source, using=using, limits=list(LIMITS)):
        if band is None:
            without += practices
        else:
            counts[0 if has_none else band] += practices
    bands = [Band(0, 0, counts[0])]
    bands += [
        Band(low, high, counts[place + 1])
        for place, (low, high) in enumerate(zip(LIMITS, (*LIMITS[1:], None), strict=True))
    ]
    return NewPerDoctor(tuple(bands), without)
