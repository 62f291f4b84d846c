"""Columns over months or bands, as SVG that stands alone: the same on screen, in print and without a script.

What a chart shows stands in a table beside it; the two series differ in shade and in outline, not in colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

from forloeb.web.charts import INK, LINE, SOFT_INK
from forloeb.web.formatting import format_count

PALE = "#b9d8d5"
_LOOKS = ((LINE, "chart-column"), (PALE, "chart-column chart-column--upper"))
_WIDTH, _HEIGHT = 400, 230
_TOP, _RIGHT, _BOTTOM, _LEFT = 28, 8, 28, 58
_GAP = 0.28
"""The room between columns, as a share of a column's place."""
_MOST_LABELS = 12


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what stands below it, and the numbers that are put on top of each other."""

    label: str
    values: tuple[int, ...]


def columns(title: str, shown: Sequence[Column], series: Sequence[str] = ()) -> Markup:
    """Draw columns, the first series at the bottom; `series` names them when there are more than one."""
    top = _round_up(max((sum(column.values) for column in shown), default=0))
    parts = [*_head(title), *_axis(top), *_legend(series)]
    place = (_WIDTH - _LEFT - _RIGHT) / max(len(shown), 1)
    every = -(-len(shown) // _MOST_LABELS)
    for number, column in enumerate(shown):
        left = _LEFT + place * number
        parts += _column(column, left + place * _GAP / 2, place * (1 - _GAP), top)
        if number % every == 0:
            parts.append(_text(left + place / 2, _HEIGHT - _BOTTOM + 18, column.label, "middle"))
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704  words are escaped where they are put in


def _round_up(most: int) -> int:
    """Give a round number at or above the highest column, whose half is a whole number too: at least 4."""
    step = 1
    while step * 100 < most:
        step *= 10
    return next(times * step for times in (4, 6, 8, 10, 12, 16, 20, 30, 40, 50, 60, 80, 100) if times * step >= most)


def _head(title: str) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart chart--columns" role="img" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" direction="ltr" '
        f'font-family="IBM Plex Sans, sans-serif" font-size="12"><title>{escape(title)}</title>'
    )


def _axis(top: int) -> Iterator[str]:
    for share in (0.0, 0.5, 1.0):
        y = _y(top * share, top)
        look = f'stroke="{SOFT_INK}" stroke-width="1"' + ("" if share == 0 else ' stroke-dasharray="2 3"')
        yield f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" {look} fill="none"/>'
        yield _text(_LEFT - 6, y + 4, format_count(int(top * share)), "end")


def _legend(series: Sequence[str]) -> Iterator[str]:
    x = float(_LEFT)
    for name, (fill, look) in zip(series, _LOOKS, strict=False):
        yield f'<rect class="{look}" x="{x:.1f}" y="6" width="10" height="10" fill="{fill}" stroke="{LINE}"/>'
        yield _text(x + 16, 15, name, "start")
        x += 40 + 7 * len(name)


def _column(column: Column, left: float, width: float, top: int) -> Iterator[str]:
    below = 0
    for value, (fill, look) in zip(column.values, _LOOKS, strict=False):
        y = _y(below + value, top)
        if value:
            yield (
                f'<rect class="{look}" x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" '
                f'height="{_y(below, top) - y:.1f}" fill="{fill}" stroke="{LINE}" stroke-width="1"/>'
            )
        below += value


def _y(value: float, top: int) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / top


def _text(x: float, y: float, words: str, anchor: str) -> str:
    look = f'fill="{INK if anchor == "start" else SOFT_INK}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {look} aria-hidden="true">{escape(words)}</text>'
