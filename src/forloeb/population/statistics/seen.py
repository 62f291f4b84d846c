"""The statistics as somebody sees them: who may, written down, and the whole of what is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from forloeb.access import policies
from forloeb.access.queries import note
from forloeb.people.viewers import Viewer
from forloeb.population.statistics.closing import Closed, closed_months
from forloeb.population.statistics.figures import Figure, get_figures
from forloeb.population.statistics.reports import Reports, get_reports
from forloeb.population.statistics.scope import Scope, month_after


@dataclass(frozen=True, slots=True)
class Statistics:
    """The four reports, the closed months, and the figures about people of the last month."""

    reports: Reports
    closed: tuple[Closed, ...]
    figures: tuple[Figure, ...]
    counted_at: datetime | None
    """When the figures about people were counted; None when they have not been."""


def see_statistics(scope: Scope, *, seen_by: Viewer) -> Statistics:
    """Give the statistics, and write down that they were seen. Raises NotForThisViewer."""
    _open(scope, seen_by)
    figures, counted_at = get_figures(scope)
    return Statistics(get_reports(scope), closed_months(scope), figures, counted_at)


def see_reports(scope: Scope, *, seen_by: Viewer) -> Reports:
    """Give the four reports alone, and write down that they were seen. Raises NotForThisViewer."""
    _open(scope, seen_by)
    return get_reports(scope)


def _open(scope: Scope, viewer: Viewer) -> None:
    policies.check_may_see_statistics(viewer)
    months = {"from": f"{scope.first:%Y-%m}", "to": f"{scope.last:%Y-%m}"}
    note(viewer, event="statistics", detail={**months, "region": scope.region, "type": scope.guideline})


def months_with_plans(as_of: date) -> tuple[date, ...]:
    """List the months from the first with a plan to that of the day; that month alone where there is no plan."""
    now = as_of.replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(month) FROM careplans_planmonth")
        (month,) = cursor.fetchone()
    month = min(month or now, now)
    months = [month]
    while months[-1] < now:
        months.append(month_after(months[-1]))
    return tuple(months)
