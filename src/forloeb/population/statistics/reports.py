"""The four reports together, as one page, one command or one file shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from forloeb.population.statistics.active import ActivePractices, active_practices
from forloeb.population.statistics.cumulated import plans_cumulated
from forloeb.population.statistics.per_doctor import Band, NewPerDoctor, new_per_doctor
from forloeb.population.statistics.plans import Plans, plans_per_month
from forloeb.population.statistics.scope import Scope, Source


@dataclass(frozen=True, slots=True)
class Reports:
    """Reports (a) to (d) of one scope."""

    scope: Scope
    new_per_doctor: NewPerDoctor
    cumulated: tuple[Plans, ...]
    per_month: tuple[Plans, ...]
    active: ActivePractices


def get_reports(scope: Scope, *, source: Source = Source.MONTHS, using: str = "default") -> Reports:
    """Give the four reports."""
    return Reports(
        scope,
        new_per_doctor(scope, source=source, using=using),
        plans_cumulated(scope, source=source, using=using),
        plans_per_month(scope, source=source, using=using),
        active_practices(scope, source=source, using=using),
    )


HEADINGS = ("report", "group", "figure", "value")


def lines(reports: Reports) -> Iterator[tuple[str, str, str, int]]:
    """Give every figure as a line of HEADINGS, for CSV: which report, which month or band, which figure."""
    for band in reports.new_per_doctor.bands:
        yield "new-plans-per-doctor", band_code(band), "practices", band.practices
    yield "new-plans-per-doctor", "all", "practices", reports.new_per_doctor.practices
    for name, rows in (("plans-cumulated", reports.cumulated), ("plans-per-month", reports.per_month)):
        for row in rows:
            month = f"{row.month:%Y-%m}"
            yield name, month, "new", row.new
            yield name, month, "maintained", row.maintained
            yield name, month, "total", row.total
    for day, active in reports.active.months:
        yield "active-practices", f"{day:%Y-%m}", "practices", active
    yield "active-practices", "all", "practices", reports.active.practices


def band_code(band: Band) -> str:
    """Write a band of new plans per doctor as code does: `none`, `10-20` (20 not included), `50+`."""
    if band.is_none:
        return "none"
    return f"{band.low}+" if band.high is None else f"{band.low}-{band.high}"
