"""Figures about the people and controls of a month, counted for the nation, each region and each type of plan.

They are counted by the loader and kept as sums; who reads them sees no one. A small number could point at somebody,
and is hidden, with another beside it where the sum would give it away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connections, transaction

from forloeb.careplans.models import MonthFigure
from forloeb.population.signs import diagnoses
from forloeb.population.statistics import figure_sql as sql
from forloeb.population.statistics.scope import Scope

SMALLEST = 5
"""Fewer people than this are not shown."""

SHARES: Mapping[str, str] = {
    "with-plan": sql.WITH_PLAN,
    "seen-by-patient": sql.SEEN_BY_PATIENT,
    "seen-by-municipality": sql.SEEN_BY_MUNICIPALITY,
    "goals-met": sql.GOALS_MET,
    "overrides": sql.OVERRIDES,
    "own-words": sql.OWN_WORDS,
}
"""Figures that are a part of a whole, in the order they are shown."""

PROGRESS: Mapping[str, tuple[float, float]] = {
    "practices-below-25": (0, 0.25),
    "practices-below-50": (0.25, 0.5),
    "practices-below-75": (0.5, 0.75),
    "practices-below-100": (0.75, 1),
    "practices-at-100": (1, 2),
}
"""Bands of practices by the share they have made of the plans their patients' diagnoses ask for."""

MINUTES = "control-minutes"
"""The middle of the minutes that controls took."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as it may be shown; None where it is hidden, or where there is nothing to count (`whole` is 0)."""

    name: str
    whole: int | None
    part: int | None
    amount: float | None = None

    @property
    def share(self) -> float | None:
        """The part of the whole, from 0 to 1."""
        return self.part / self.whole if self.part is not None and self.whole else None


_GROUPS = """
SELECT coalesce(region, ''), coalesce(guideline, ''), count(DISTINCT key),
       count(DISTINCT key) FILTER (WHERE is_met), NULL::numeric
FROM (SELECT nullif(r.region, '') AS region, r.guideline, r.key, r.is_met FROM ({rows}) r) s
GROUP BY GROUPING SETS ((), (region), (guideline), (region, guideline))
HAVING GROUPING(region) = 1 OR region IS NOT NULL
"""
# A control with two types of plan is one control: its minutes count once in the whole of all types.
_MIDDLE = """
SELECT coalesce(region, ''), coalesce(guideline, ''), count(*), NULL::bigint,
       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY amount)::numeric, 1)
FROM (
    SELECT nullif(region, '') AS region, guideline, key, min(amount) AS amount
    FROM ({rows} UNION ALL SELECT region, NULL, key, amount FROM ({rows}) a) u
    GROUP BY 1, 2, 3
) s
GROUP BY GROUPING SETS ((guideline), (region, guideline))
HAVING GROUPING(region) = 1 OR region IS NOT NULL
"""
_PRACTICES = """
SELECT coalesce(region, ''), coalesce(guideline, ''), count(*),
       count(*) FILTER (WHERE {low} <= share AND share < {high}), NULL::numeric
FROM ({rows}) s
GROUP BY GROUPING SETS ((guideline), (region, guideline))
HAVING GROUPING(region) = 1 OR region IS NOT NULL
"""
_KEEP = """
INSERT INTO careplans_monthfigure (month, region, guideline, figure, whole, part, amount, counted_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (month, region, guideline, figure) DO UPDATE SET
    whole = excluded.whole, part = excluded.part, amount = excluded.amount, counted_at = excluded.counted_at
"""


def count_figures(month: date, *, at: datetime, using: str) -> int:
    """Count a month's figures and keep them in place of those counted before; gives how many there are."""
    asked = Scope(month, month).parameters() | _diagnoses()
    kept = 0
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for name, statement in _statements():
            cursor.execute(statement, asked)
            rows = [
                (month, region, guideline, name, whole, part, amount, at)
                for region, guideline, whole, part, amount in cursor.fetchall()
            ]
            cursor.executemany(_KEEP, rows)
            kept += len(rows)
    return kept


def _statements() -> Iterator[tuple[str, str]]:
    for name, rows in SHARES.items():
        yield name, _GROUPS.format(rows=rows)
    yield MINUTES, _MIDDLE.format(rows=sql.CONTROL_MINUTES)
    for name, (low, high) in PROGRESS.items():
        yield name, _PRACTICES.format(rows=sql.PRACTICES, low=low, high=high)


def _diagnoses() -> dict[str, list[str]]:
    """Give the code patterns of every diagnosis that asks for a plan, beside the type of plan."""
    pairs = [(guideline, pattern) for guideline, patterns in diagnoses().items() for pattern in patterns]
    return {"guidelines": [guideline for guideline, _ in pairs], "patterns": [pattern for _, pattern in pairs]}


def get_figures(scope: Scope, *, using: str = "default") -> tuple[tuple[Figure, ...], datetime | None]:
    """Give the figures of the scope's last month as they may be shown, and when they were counted; None before."""
    rows = list(MonthFigure.objects.using(using).filter(month=scope.last))
    if not rows:
        return (), None
    figures = []
    for name in (*SHARES, MINUTES, *PROGRESS):
        named = {(row.region, row.guideline): row for row in rows if row.figure == name}
        row = named.get((scope.region, scope.guideline))
        hidden = _hidden(named.values())
        figures.append(_shown(name, row, is_hidden=(scope.region, scope.guideline) in hidden))
    return tuple(figures), max(row.counted_at for row in rows)


def _shown(name: str, row: MonthFigure | None, *, is_hidden: bool) -> Figure:
    if row is None or not row.whole:
        return Figure(name, 0, None)
    if is_hidden:
        return Figure(name, row.whole if row.whole >= SMALLEST else None, None)
    return Figure(name, row.whole, row.part, float(row.amount) if row.amount is not None else None)


def _is_small(row: MonthFigure) -> bool:
    """Whether the whole, the part or the rest of it is somebody, and fewer than may be shown."""
    counts = [row.whole] if row.part is None else [row.whole, row.part, row.whole - row.part]
    return any(0 < count < SMALLEST for count in counts)


def _hidden(rows: Iterable[MonthFigure]) -> frozenset[tuple[str, str]]:
    """Give whose figures are hidden: the small ones, and one more where only one among regions or types would be."""
    rows = list(rows)
    hidden = {(row.region, row.guideline) for row in rows if _is_small(row)}
    for axis in ("region", "guideline"):
        other = "guideline" if axis == "region" else "region"
        for held in {getattr(row, other) for row in rows}:
            line = [row for row in rows if getattr(row, other) == held and getattr(row, axis)]
            alone = [row for row in line if (row.region, row.guideline) in hidden]
            rest = [row for row in line if row not in alone and row.whole]
            if len(alone) == 1 and rest:
                smallest = min(rest, key=lambda row: (row.whole, row.region, row.guideline))
                hidden.add((smallest.region, smallest.guideline))
    return frozenset(hidden)
