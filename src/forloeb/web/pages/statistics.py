"""The national statistics, for staff of every sector: sums only, on a page and as a file."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from forloeb.careplans.engine import library
from forloeb.population.statistics.reports import HEADINGS, lines
from forloeb.population.statistics.scope import BadScope, Scope, find_regions, months_back
from forloeb.population.statistics.seen import months_with_plans, see_reports, see_statistics
from forloeb.web import statistics_words as words
from forloeb.web.asking import Asking, for_professional
from forloeb.web.translated import local


@dataclass(frozen=True, slots=True)
class _Choices:
    """What may be chosen, and what was; `fault` says what cannot be shown."""

    months: tuple[date, ...]
    regions: tuple[str, ...]
    types: tuple[tuple[str, str], ...]
    scope: Scope
    fault: str = ""

    @property
    def month_options(self) -> list[tuple[str, str]]:
        return [(f"{month:%Y-%m}", words.month_words(month)) for month in reversed(self.months)]

    @property
    def region_options(self) -> list[tuple[str, str]]:
        return [("", _("The whole country")), *((region, region) for region in self.regions)]

    @property
    def type_options(self) -> list[tuple[str, str]]:
        return [("", _("All types")), *self.types]


@require_GET
@for_professional
def statistics(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Show the four reports with their tables, the closed months and the figures about people."""
    choices = _choices(request, asking)
    seen = see_statistics(choices.scope, seen_by=asking.viewer)
    context = {"asking": asking, "choices": choices, "seen": seen, "reports": seen.reports, "words": words}
    return render(request, "statistics.html.j2", context, status=422 if choices.fault else 200)


@require_GET
@for_professional
def statistics_csv(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Give the four reports as CSV: a line per figure."""
    choices = _choices(request, asking)
    if choices.fault:
        return HttpResponse(choices.fault + "\n", content_type="text/plain; charset=utf-8", status=422)
    scope = choices.scope
    reports = see_reports(scope, seen_by=asking.viewer)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"forloebsplaner-{scope.first:%Y-%m}-{scope.last:%Y-%m}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(response)
    writer.writerow(HEADINGS)
    writer.writerows(lines(reports))
    return response


def _choices(request: HttpRequest, asking: Asking) -> _Choices:
    """Read what was chosen; the latest twelve whole months where nothing, or nothing that can be shown, was."""
    months = months_with_plans(asking.as_of)
    regions = find_regions(using="default")
    types = tuple((guideline.name, local(guideline.file.title)) for guideline in library().guidelines)
    last = months[-2] if len(months) > 1 else months[-1]
    usual = Scope(max(months_back(last, 11), months[0]), last)
    try:
        scope = _read(request, usual)
        known = scope.region in ("", *regions) and scope.guideline in ("", *(name for name, _title in types))
        if known and scope.first >= months[0] and scope.last <= months[-1]:
            return _Choices(months, regions, types, scope)
    except (BadScope, ValueError):
        pass
    fault = _("Choose a first month that does not come after the last, a region and a type from the lists.")
    return _Choices(months, regions, types, usual, fault)


def _read(request: HttpRequest, usual: Scope) -> Scope:
    asked = request.GET
    first, last = (
        date.fromisoformat(f"{asked[name]}-01") if asked.get(name) else default
        for name, default in (("from", usual.first), ("to", usual.last))
    )
    return Scope(first, last, asked.get("region", ""), asked.get("type", ""))
