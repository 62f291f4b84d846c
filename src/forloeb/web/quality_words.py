"""Quality figures in words and as a chart of two lines: the practice's and the region's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from markupsafe import Markup

from forloeb.careplans.engine import library
from forloeb.guidelines.results import Source
from forloeb.population.quality import Line, Share, Standard
from forloeb.web.charts import INK, LINE, SOFT_INK
from forloeb.web.formatting import format_count, format_number
from forloeb.web.translated import local

_WIDTH, _HEIGHT = 400, 170
_TOP, _RIGHT, _BOTTOM, _LEFT = 24, 12, 26, 44
_OTHERS = "#5b6b70"


def heading(line: Line) -> str:
    """Name an indicator with the disease it is about."""
    disease = next(one for one in library().guidelines if one.name == line.indicator.disease)
    return f"{local(disease.file.title)}: {local(line.indicator.title)}"


def sources_of(line: Line) -> list[Source]:
    """Give where an indicator and its standard stand."""
    return [library().sources[name] for name in line.indicator.sources]


def share_words(share: Share) -> str:
    """Write a share with its count, a mark where it is hidden, a dash where there is nobody."""
    if share.is_hidden:
        return _("hidden: too few")
    if share.share is None or share.part is None or share.whole is None:
        return "–"
    return (
        f"{format_number(share.share * 100, 1)}\N{NO-BREAK SPACE}% "
        f"({format_count(share.part)}/{format_count(share.whole)})"
    )


def standard_words(standard: Standard | None) -> str:
    """Write a standard: at least 95 %, over 40 %, under 20 %."""
    if standard is None:
        return _("no standard")
    words = {"percent": standard.percent}
    if standard.below_percent is not None:
        return _("under %(percent)d %%") % words
    return (_("over %(percent)d %%") if standard.above_percent is not None else _("at least %(percent)d %%")) % words


def verdict(share: Share, standard: Standard | None) -> str:
    """Say whether the newest share reaches the standard; nothing where it cannot be said."""
    if standard is None or share.share is None:
        return ""
    return _("reached") if standard.is_met(share.share) else _("not reached")


def day_words(line: Line) -> list[str]:
    """Name the days: Sep. 2026."""
    return [date_format(day, "M Y") for day in line.days]


def chart(line: Line) -> Markup:
    """Draw both lines over time, with the standard dotted. What is hidden is a gap."""
    parts = [*_frame(local(line.indicator.title)), *_standard(line.indicator.standard)]
    parts += _drawn(line.region, f'stroke="{_OTHERS}" stroke-width="2" stroke-dasharray="6 4"', "square")
    parts += _drawn(line.own, f'stroke="{LINE}" stroke-width="2.5"', "round")
    names = day_words(line)
    for place in sorted({0, len(names) - 1}):
        anchor = "start" if place == 0 else "end"
        parts.append(_text(_x(place, len(names)), _HEIGHT - 8, names[place], anchor))
    parts += [
        f'<path d="M{_LEFT} 11h22" stroke="{LINE}" stroke-width="2.5"/>',
        _text(_LEFT + 28, 15, _("the practice"), "start"),
        f'<path d="M{_LEFT + 130} 11h22" stroke="{_OTHERS}" stroke-width="2" stroke-dasharray="6 4"/>',
        _text(_LEFT + 158, 15, _("the region"), "start"),
        "</svg>",
    ]
    return Markup("".join(parts))  # noqa: S704  words are escaped where they are put in


def _frame(title: str) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" direction="ltr" font-family="IBM Plex Sans, sans-serif" font-size="12" '
        f'fill="none"><title>{escape(title)}</title>'
    )
    for percent in (0, 50, 100):
        y = _y(percent / 100)
        yield f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="{SOFT_INK}" stroke-width="0.6"/>'
        yield _text(_LEFT - 6, y + 4, f"{percent} %", "end")


def _standard(standard: Standard | None) -> Iterator[str]:
    if standard is not None:
        y = _y(standard.percent / 100)
        yield f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="{INK}" stroke-width="1.2" stroke-dasharray="1 4"/>'


def _drawn(shares: Sequence[Share], look: str, mark: str) -> Iterator[str]:
    """Draw the stretches between hidden days, and a mark on each day that is shown."""
    path, is_open = "", False
    for place, share in enumerate(shares):
        if share.share is None:
            is_open = False
            continue
        x, y = _x(place, len(shares)), _y(share.share)
        path += f"{'L' if is_open else 'M'}{x:.1f} {y:.1f}"
        is_open = True
        if mark == "round":
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{LINE}"/>'
        else:
            yield f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6" fill="{_OTHERS}"/>'
    if path:
        yield f'<path d="{path}" {look}/>'


def _x(place: int, count: int) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (place / (count - 1) if count > 1 else 0.5)


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}" aria-hidden="true">{escape(words)}</text>'
    )
