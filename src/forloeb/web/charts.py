"""Small line charts of one measure over time, as SVG that stands alone: the same on screen, in print, without a script.

Presentation attributes only: a strict content security policy lets no inline style through, and a printed document
has no stylesheet. Colours repeat what position says; nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from django.utils.translation import gettext, ngettext
from markupsafe import Markup

from forloeb.guidelines.record import Measurement
from forloeb.kernel.measures import Measure
from forloeb.kernel.periods import months_before
from forloeb.kernel.quantities import Comparator
from forloeb.web.formatting import (
    Limits,
    format_date,
    format_goal,
    format_goal_words,
    format_limit,
    format_long_date,
    format_quantity,
    format_unit,
    isolated,
    with_unit,
)
from forloeb.web.speaking import spoken
from forloeb.web.translated import local

INK = "#1a1a1a"
SOFT_INK = "#5a6469"
LINE = "#0b5563"
BAND = "#d9ebe3"
BAND_EDGE = "#3f7a62"


# The one that has all of a label's letters first: on paper a label is drawn with one font.
_FONTS = {"ltr": "IBM Plex Sans", "rtl": "IBM Plex Sans Arabic, IBM Plex Sans"}


@dataclass(frozen=True, slots=True)
class Size:
    """How large a chart is drawn, in user units (pixels on screen), and whether it has axes in words."""

    name: str
    width: int
    height: int
    top: int
    right: int
    bottom: int
    left: int
    dot: float
    months: int
    """How far back it looks."""
    has_labels: bool


SIZES = {
    "sparkline": Size("sparkline", 160, 44, 6, 8, 6, 8, 2.0, 60, has_labels=False),
    "card": Size("card", 340, 180, 22, 20, 30, 44, 4.0, 60, has_labels=True),
}


@dataclass(frozen=True, slots=True)
class _Point:
    x: float
    y: float
    comparator: Comparator | None


@dataclass(frozen=True, slots=True)
class _Scale:
    """Turns days and values into places on the paper. `low` and `high` are the values at the bottom and the top."""

    size: Size
    first: date
    last: date
    low: float
    high: float

    def x(self, day: date) -> float:
        span = max((self.last - self.first).days, 1)
        width = self.size.width - self.size.left - self.size.right
        return self.size.left + width * (day - self.first).days / span

    def y(self, value: float) -> float:
        height = self.size.height - self.size.top - self.size.bottom
        place = self.size.top + height * (self.high - value) / (self.high - self.low)
        return min(max(place, float(self.size.top)), float(self.size.height - self.size.bottom))


def trend(
    measure: Measure,
    history: Sequence[Measurement],
    goal: Limits | None,
    *,
    as_of: date,
    size: str = "sparkline",
    name: str | None = None,
) -> Markup:
    """Draw a measure's values up to `as_of`, oldest first, against its goal; an empty text when there is none to draw.

    The right edge is `as_of`, so that a line that ends early says that nothing has been measured since.
    `name` is what the measure is called in the picture's title; its clinical name unless told.
    """
    drawn = SIZES[size]
    since = months_before(as_of, drawn.months)
    shown = [m for m in history if m.quantity is not None and since <= m.measured_on <= as_of]
    if not shown:
        return Markup("")
    scale = _scale(drawn, shown, goal, as_of)
    points = [_Point(scale.x(m.measured_on), scale.y(_number(m)), _comparator(m)) for m in shown]
    parts = [*_head(drawn, measure, shown, goal, name), *_band(scale, goal), *_line(points)]
    parts += [_mark(point, drawn.dot) for point in points[:-1]]
    parts.append(_mark(points[-1], drawn.dot * 1.5))
    if drawn.has_labels:
        parts += _labels(scale, measure, shown[-1], points[-1], goal)
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704  words are escaped where they are put in


def _number(measurement: Measurement) -> float:
    assert measurement.quantity is not None
    return float(measurement.quantity.value)


def _comparator(measurement: Measurement) -> Comparator | None:
    assert measurement.quantity is not None
    return measurement.quantity.comparator


def _scale(size: Size, shown: Sequence[Measurement], goal: Limits | None, as_of: date) -> _Scale:
    values = [_number(m) for m in shown]
    if goal is not None:
        values += [float(limit) for limit in (goal.low, goal.high) if limit is not None]
    low, high = min(values), max(values)
    room = (high - low) * 0.15 or abs(high) * 0.1 or 1.0
    # One measurement gets a year before it, so that its mark stands where its age puts it.
    first = min(shown[0].measured_on, months_before(as_of, 12))
    return _Scale(size, first, as_of, low - room, high + room)


def _head(
    size: Size, measure: Measure, shown: Sequence[Measurement], goal: Limits | None, name: str | None
) -> Iterator[str]:
    newest = shown[-1]
    assert newest.quantity is not None
    told = gettext("Latest %(value)s on %(day)s.") % {
        "value": with_unit(format_quantity(newest.quantity, measure.decimals), format_unit(measure.unit_shown)),
        "day": format_long_date(newest.measured_on),
    }
    told += " " + (
        ngettext("%(count)d value since %(day)s.", "%(count)d values since %(day)s.", len(shown))
        % {"count": len(shown), "day": format_long_date(shown[0].measured_on)}
    )
    if goal is not None:
        aim = with_unit(format_goal_words(goal, measure.decimals), format_unit(measure.unit_shown))
        told += " " + gettext("Goal: %(goal)s.") % {"goal": aim}
    if spoken().direction == "rtl":
        told += " " + gettext("Time goes from left to right.")
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart chart--{size.name}" role="img" '
        f'viewBox="0 0 {size.width} {size.height}" width="{size.width}" height="{size.height}" '
        f'direction="ltr" font-family="{_FONTS[spoken().direction]}, sans-serif" font-size="12">'
        f"<title>{escape(name or local(measure.name))}. {escape(told)}</title>"
    )


def _band(scale: _Scale, goal: Limits | None) -> Iterator[str]:
    """Draw where the goal lies: a tinted field with a dashed edge at each limit."""
    if goal is None or (goal.low is None and goal.high is None):
        return
    size = scale.size
    top = size.top if goal.high is None else scale.y(float(goal.high))
    bottom = size.height - size.bottom if goal.low is None else scale.y(float(goal.low))
    left, right = size.left, size.width - size.right
    yield (
        f'<rect class="chart-band" x="{left}" y="{top:.1f}" width="{right - left}" '
        f'height="{max(bottom - top, 1):.1f}" fill="{BAND}"/>'
    )
    for limit in (goal.low, goal.high):
        if limit is not None:
            y = scale.y(float(limit))
            yield (
                f'<path class="chart-limit" d="M{left} {y:.1f}H{right}" stroke="{BAND_EDGE}" '
                f'stroke-width="1" stroke-dasharray="3 2" fill="none"/>'
            )


def _line(points: Sequence[_Point]) -> Iterator[str]:
    if len(points) > 1:
        path = "L".join(f"{p.x:.1f} {p.y:.1f}" for p in points)
        yield f'<path class="chart-line" d="M{path}" fill="none" stroke="{LINE}" stroke-width="1.5"/>'


def _mark(point: _Point, dot: float) -> str:
    """Draw one value: a dot, or an open arrow where the laboratory gave only a bound."""
    if point.comparator is None:
        return f'<circle class="chart-dot" cx="{point.x:.1f}" cy="{point.y:.1f}" r="{dot:g}" fill="{LINE}"/>'
    up = -1 if point.comparator in (Comparator.ABOVE, Comparator.AT_LEAST) else 1
    half, tall = dot + 1.5, (dot + 3) * up
    tip = f"M{point.x - half:.1f} {point.y:.1f}L{point.x:.1f} {point.y + tall:.1f}L{point.x + half:.1f} {point.y:.1f}Z"
    return f'<path class="chart-bound" d="{tip}" fill="#fff" stroke="{LINE}" stroke-width="1.5"/>'


def _labels(scale: _Scale, measure: Measure, newest: Measurement, last: _Point, goal: Limits | None) -> Iterator[str]:
    """Write the newest value, the goal's limits and the first and last day."""
    size = scale.size
    base = size.height - size.bottom
    yield f'<path d="M{size.left} {base}H{size.width - size.right}" stroke="{SOFT_INK}" stroke-width="1" fill="none"/>'
    yield _text(size.left, base + 18, format_date(scale.first), "start")
    yield _text(size.width - size.right, base + 18, format_date(scale.last), "end")
    if goal is not None:
        for limit in (goal.low, goal.high):
            if limit is not None:
                yield _text(size.left - 6, scale.y(float(limit)) + 4, format_limit(limit, measure.decimals), "end")
        yield _text(size.left, 12, gettext("Goal %(goal)s") % {"goal": _aim(goal, measure)}, "start")
    assert newest.quantity is not None
    anchor = "end" if last.x > size.width * 0.75 else "middle"
    above = last.y - 12 if last.y - 24 > size.top else last.y + 22
    yield _text(last.x, above, format_quantity(newest.quantity, measure.decimals), anchor, bold=True)


def _aim(goal: Limits, measure: Measure) -> str:
    """Write the goal with its unit. Where the reading turns, a sign would turn with it: there it stands in words."""
    if spoken().direction == "rtl":
        return format_goal_words(goal, measure.decimals)
    return with_unit(format_goal(goal, measure.decimals), format_unit(measure.unit_shown))


def _text(x: float, y: float, words: str, anchor: str, *, bold: bool = False) -> str:
    look = f'fill="{INK}" font-weight="600" font-size="15"' if bold else f'fill="{SOFT_INK}"'
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} {look} aria-hidden="true">{escape(isolated(words))}</text>'
