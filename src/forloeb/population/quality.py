"""A practice's own quality figures over time, beside its region's, in which nobody can be found.

Counted by the loader for all practices at once and kept as sums; a practice reads its own rows and its region's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connections, transaction
from pydantic import model_validator

from forloeb.access import policies
from forloeb.access.queries import note
from forloeb.careplans.engine import library
from forloeb.careplans.quality_models import QualityFigure
from forloeb.guidelines.schema import Sourced
from forloeb.kernel.content import Closed, ContentError, Localized, content_folder, read_content
from forloeb.kernel.periods import months_before
from forloeb.people.models import Organization
from forloeb.people.viewers import Viewer
from forloeb.population.lists import work_lists
from forloeb.population.signs import diagnoses, left_out_by_diagnosis
from forloeb.population.statistics.figures import SMALLEST
from forloeb.population.statistics.scope import COUNTING_TYPES, month_after, months_back
from forloeb.terminology import measures


class Counts(Closed):
    """What is counted: that one of the measures is there within so many months, or what its newest value is."""

    measures: tuple[str, ...]
    within_months: int
    below: Decimal | None = None
    at_least: Decimal | None = None

    @property
    def by_value(self) -> bool:
        """Whether the newest value counts: then only those who have one are counted among."""
        return self.below is not None or self.at_least is not None


class Standard(Closed):
    """What a group should reach, in per cent: exactly one of these."""

    at_least_percent: int | None = None
    above_percent: int | None = None
    below_percent: int | None = None

    @model_validator(mode="after")
    def _one(self) -> Standard:
        if len(self.model_fields_set) != 1:
            raise ValueError("a standard is one of at_least_percent, above_percent and below_percent")
        return self

    @property
    def percent(self) -> int:
        """The limit."""
        return next(p for p in (self.at_least_percent, self.above_percent, self.below_percent) if p is not None)

    def is_met(self, share: float) -> bool:
        """Whether a share from 0 to 1 reaches it."""
        if self.below_percent is not None:
            return share * 100 < self.below_percent
        return share * 100 > self.percent if self.above_percent is not None else share * 100 >= self.percent


class Indicator(Sourced):
    """One quality figure."""

    id: str
    disease: str
    title: Localized
    counts: Counts
    standard: Standard | None = None


class Indicators(Closed):
    """content/quality/indicators.yaml."""

    indicators: tuple[Indicator, ...]


@cache
def indicators() -> tuple[Indicator, ...]:
    """Give this deployment's indicators. Raises ContentError."""
    return read_indicators(content_folder())


def read_indicators(content: Path) -> tuple[Indicator, ...]:
    """Read a content folder's indicators. Raises ContentError where they are unsound, or name what is not there."""
    path = content / "quality" / "indicators.yaml"
    found = read_content(path, Indicators).indicators
    faults = [f"{path}: '{one.id}': {fault}" for one in found for fault in _unknown(one)]
    if faults:
        raise ContentError(faults)
    return found


def _unknown(one: Indicator) -> Iterator[str]:
    yield from (f"unknown measure '{name}'" for name in one.counts.measures if name not in measures())
    yield from (f"unknown source '{name}'" for name in one.sources if name not in library().sources)
    if one.disease not in diagnoses():
        yield f"no guideline '{one.disease}'"


# --- Counting -------------------------------------------------------------------------------------------------------

# Whose diagnosis was on record that day, in the practice that had them then, and their newest value within the time.
_COUNT = """
WITH diagnosed AS MATERIALIZED (
    SELECT DISTINCT m.organization_id, o.region, m.patient_id
    FROM records_condition c
    JOIN people_practicemembership m ON m.patient_id = c.patient_id AND m.valid_from <= %(day)s
        AND (m.valid_until IS NULL OR m.valid_until > %(day)s)
    JOIN people_organization o ON o.id = m.organization_id AND o.kind = 'general-practice'
        AND o.practice_type = ANY (%(types)s) AND (o.closed_on IS NULL OR o.closed_on > %(day)s)
    JOIN people_patient p ON p.id = m.patient_id AND (p.deceased_on IS NULL OR p.deceased_on > %(day)s)
    WHERE c.superseded_at IS NULL AND c.clinical_status = 'active' AND c.code LIKE ANY (%(codes)s)
      AND (c.onset_on IS NULL OR c.onset_on <= %(day)s) AND (c.ended_on IS NULL OR c.ended_on > %(day)s)
      AND NOT EXISTS (SELECT FROM records_condition x WHERE x.patient_id = c.patient_id AND x.superseded_at IS NULL
                      AND x.clinical_status = 'active' AND x.code LIKE ANY (%(left_out)s)
                      AND (x.onset_on IS NULL OR x.onset_on <= %(day)s)
                      AND (x.ended_on IS NULL OR x.ended_on > %(day)s))
), judged AS (
    SELECT d.organization_id, d.region, v.patient_id IS NOT NULL AS is_known,
           v.patient_id IS NOT NULL AND (%(below)s::numeric IS NULL OR v.value < %(below)s)
           AND (%(at_least)s::numeric IS NULL OR v.value >= %(at_least)s) AS is_met
    FROM diagnosed d LEFT JOIN LATERAL (
        SELECT o.patient_id, o.value FROM records_observation o
        WHERE o.patient_id = d.patient_id AND o.measure = ANY (%(measures)s) AND o.superseded_at IS NULL
          AND o.status <> 'entered-in-error' AND o.measured_on > %(since)s AND o.measured_on <= %(day)s
          AND (NOT %(by_value)s OR (o.value BETWEEN %(low)s AND %(high)s AND o.comparator IS NULL))
        ORDER BY o.measured_on DESC, o.id DESC LIMIT 1
    ) v ON true
    WHERE v.patient_id IS NOT NULL OR NOT %(by_value)s
)
INSERT INTO careplans_qualityfigure (day, region, organization_id, indicator, whole, part, counted_at)
SELECT %(day)s, region, organization_id, %(indicator)s, count(*), count(*) FILTER (WHERE is_met), %(at)s
FROM judged GROUP BY GROUPING SETS ((region, organization_id), (region))
ON CONFLICT (day, region, organization_id, indicator)
    DO UPDATE SET whole = excluded.whole, part = excluded.part, counted_at = excluded.counted_at
RETURNING 1
"""


def count_quality(month: date, *, at: datetime, using: str) -> int:
    """Count every indicator on the last day of a month, for each practice and region; gives how many figures."""
    day = month_after(month) - timedelta(days=1)
    kept = 0
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for indicator in indicators():
            cursor.execute(_COUNT, _asked(indicator, day, at))
            kept += len(cursor.fetchall())
    return kept


def _asked(indicator: Indicator, day: date, at: datetime) -> dict[str, Any]:
    counts = indicator.counts
    hard = measures()[counts.measures[0]].hard
    return {
        "day": day,
        "since": months_before(day, counts.within_months),
        "at": at,
        "indicator": indicator.id,
        "types": list(COUNTING_TYPES),
        "codes": list(diagnoses()[indicator.disease]),
        "left_out": list(left_out_by_diagnosis(indicator.disease, work_lists()["excluded"].rules)),
        "measures": list(counts.measures),
        "by_value": counts.by_value,
        "below": counts.below,
        "at_least": counts.at_least,
        "low": hard.low if hard else Decimal("-Infinity"),
        "high": hard.high if hard else Decimal("Infinity"),
    }


# --- Showing --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole as it may be shown. `whole` and `part` are None where they are hidden: too few."""

    whole: int | None
    part: int | None

    @property
    def is_hidden(self) -> bool:
        """Whether somebody could be found in it."""
        return self.part is None

    @property
    def share(self) -> float | None:
        """The part, from 0 to 1; None where it is hidden or there is nobody."""
        return self.part / self.whole if self.part is not None and self.whole else None


HIDDEN = Share(None, None)


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator over time: the practice's shares and the region's, a day each."""

    indicator: Indicator
    days: tuple[date, ...]
    own: tuple[Share, ...]
    region: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """A practice's figures; no lines where nothing has been counted."""

    region: str
    lines: tuple[Line, ...]
    counted_at: datetime | None


def get_quality(*, seen_by: Viewer) -> Quality:
    """Give the practice its own figures beside its region's, the oldest first. Raises NotForThisViewer."""
    policies.check_is_practice(seen_by)
    note(seen_by, event="quality")
    own = seen_by.acts_for
    region = Organization.objects.values_list("region", flat=True).get(pk=own)
    rows = list(QualityFigure.objects.filter(region=region))
    days = tuple(sorted({row.day for row in rows}))
    held = {(row.indicator, row.day, row.organization_id): (row.whole, row.part) for row in rows}
    lines = tuple(_line(indicator, days, held, own) for indicator in indicators() if days)
    return Quality(region, lines, max((row.counted_at for row in rows), default=None))


def _line(
    indicator: Indicator, days: tuple[date, ...], held: Mapping[tuple[str, date, int | None], tuple[int, int]], own: int
) -> Line:
    mine = [held.get((indicator.id, day, own), (0, 0)) for day in days]
    all_ = [held.get((indicator.id, day, None), (0, 0)) for day in days]
    beside = tuple(beside_own(whole, part) for whole, part in zip(all_, mine, strict=True))
    return Line(indicator, days, tuple(shown(*one) for one in mine), beside)


def shown(whole: int, part: int) -> Share:
    """Give a share as it may be shown: hidden where the whole, the part or the rest is somebody, and too few."""
    return HIDDEN if any(0 < count < SMALLEST for count in (whole, part, whole - part)) else Share(whole, part)


def beside_own(region: tuple[int, int], own: tuple[int, int]) -> Share:
    """Give the region's share to a practice that knows its own: hidden where the others could be worked out too."""
    others = shown(region[0] - own[0], region[1] - own[1])
    return HIDDEN if others.is_hidden else shown(*region)


def months_to_count(as_of: date, quarters: int) -> tuple[date, ...]:
    """Give the last months of so many whole quarters before a day, the oldest first."""
    last = months_back(as_of.replace(day=1), 1)
    last = months_back(last, last.month % 3)
    return tuple(months_back(last, 3 * back) for back in reversed(range(quarters)))
