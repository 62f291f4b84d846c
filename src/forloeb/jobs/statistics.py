"""`forloeb statistics`: the four reports as a table, as CSV or as JSON; and the closing of a month."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TextIO

import orjson

from forloeb.careplans.engine import library
from forloeb.people.actions import LOADER
from forloeb.population.statistics.per_doctor import Band
from forloeb.population.statistics.reports import HEADINGS, Reports, band_code, get_reports, lines
from forloeb.population.statistics.scope import BadScope, Scope, Source, find_regions


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for at the command line."""

    first: date
    last: date
    region: str = ""
    guideline: str = ""

    def scope(self) -> Scope:
        """Give the scope. Raises BadScope where there is no such region or type of plan."""
        regions, guidelines = find_regions(using=LOADER), [held.name for held in library().guidelines]
        if self.region and self.region not in regions:
            raise BadScope(f"no practice lies in '{self.region}'; there is {', '.join(regions) or 'no region'}")
        if self.guideline and self.guideline not in guidelines:
            raise BadScope(f"there is no plan of type '{self.guideline}'; there is {', '.join(guidelines)}")
        return Scope(self.first, self.last, self.region, self.guideline)


def run(asked: Asked, *, form: str, out: TextIO) -> int:
    """Print the reports, counted from every event. Raises BadScope."""
    reports = get_reports(asked.scope(), source=Source.EVENTS, using=LOADER)
    match form:
        case "json":
            out.write(orjson.dumps(_json(reports), option=orjson.OPT_INDENT_2).decode() + "\n")
        case "csv":
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(HEADINGS)
            writer.writerows(lines(reports))
        case _:
            out.writelines(f"{line}\n" for line in _table(reports))
    return 0


def _json(reports: Reports) -> dict[str, object]:
    scope = reports.scope
    told: dict[str, object] = {
        "from": f"{scope.first:%Y-%m}",
        "to": f"{scope.last:%Y-%m}",
        "region": scope.region or None,
        "type": scope.guideline or None,
        "new_plans_per_doctor": {
            "practices": reports.new_per_doctor.practices,
            "without_number_of_doctors": reports.new_per_doctor.without_doctors,
            "bands": [{"band": band_code(b), "practices": b.practices} for b in reports.new_per_doctor.bands],
        },
        "active_practices": {
            "practices": reports.active.practices,
            "months": [{"month": f"{month:%Y-%m}", "active": active} for month, active in reports.active.months],
        },
    }
    for name, rows in (("plans_cumulated", reports.cumulated), ("plans_per_month", reports.per_month)):
        told[name] = [
            {"month": f"{row.month:%Y-%m}", "new": row.new, "maintained": row.maintained, "total": row.total}
            for row in rows
        ]
    return told


def _table(reports: Reports) -> Iterator[str]:
    scope = reports.scope
    of = f"{scope.region or 'hele landet'}, {scope.guideline or 'alle typer'}"
    yield f"{scope.first:%Y-%m} – {scope.last:%Y-%m}, {of}"
    spread = reports.new_per_doctor
    yield ""
    yield f"(a) Praksis fordelt efter nye planer pr. læge: {spread.practices} praksis i alt"
    yield from (f"  {band_words(band):<14}{band.practices:>8}" for band in spread.bands)
    if spread.without_doctors:
        yield f"  uden kendt antal læger, ikke med: {spread.without_doctors}"
    for heading, rows in (
        ("(b) Planer, akkumuleret", reports.cumulated),
        ("(c) Planer pr. måned", reports.per_month),
    ):
        yield ""
        yield f"{heading:<26}{'nye':>10}{'vedligeholdte':>16}{'total':>10}"
        yield from (f"  {row.month:%Y-%m}{'':<17}{row.new:>10}{row.maintained:>16}{row.total:>10}" for row in rows)
    yield ""
    yield f"(d) Aktive lægehuse pr. måned, af {reports.active.practices} i alt"
    yield from (f"  {month:%Y-%m}{active:>10}" for month, active in reports.active.months)


def band_words(band: Band) -> str:
    """Say a band of new plans per doctor in Danish."""
    if band.is_none:
        return "ingen"
    if band.high is None:
        return f"{band.low} og flere"
    return f"over 0 til {band.high}" if band.low == 0 else f"{band.low} til {band.high}"
