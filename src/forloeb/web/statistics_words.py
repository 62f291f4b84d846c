"""The statistics in words: months, bands, and what each figure says."""

from __future__ import annotations

from datetime import date

from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from forloeb.population.statistics.figures import Figure
from forloeb.population.statistics.per_doctor import Band, NewPerDoctor
from forloeb.population.statistics.plans import Plans
from forloeb.population.statistics.reports import Reports
from forloeb.web.formatting import format_count, format_number
from forloeb.web.statistics_charts import Column, columns

_FIGURES: dict[str, tuple[str | Promise, str | Promise]] = {
    # what is counted, and of what
    "with-plan": (gettext_lazy("Diagnoses with a plan"), gettext_lazy("diagnoses that ask for a plan")),
    "seen-by-patient": (gettext_lazy("Patients who opened their plan"), gettext_lazy("patients with a plan")),
    "seen-by-municipality": (
        gettext_lazy("Patients whose plan a municipality opened"),
        gettext_lazy("patients with a plan"),
    ),
    "goals-met": (gettext_lazy("Goals met"), gettext_lazy("values with a goal, in the month's plans")),
    "overrides": (
        gettext_lazy("Goals agreed to differ from the recommended"),
        gettext_lazy("goals agreed in the month's controls"),
    ),
    "own-words": (
        gettext_lazy("Controls with the patient's own words on what matters"),
        gettext_lazy("controls in the month"),
    ),
    "control-minutes": (
        gettext_lazy("Minutes from the first entry to saving, the middle control"),
        gettext_lazy("controls begun and saved on one day"),
    ),
}


_PROGRESS: dict[str, str | Promise] = {
    "practices-below-25": gettext_lazy("under a quarter"),
    "practices-below-50": gettext_lazy("from a quarter to under a half"),
    "practices-below-75": gettext_lazy("from a half to under three quarters"),
    "practices-below-100": gettext_lazy("from three quarters to under all"),
    "practices-at-100": gettext_lazy("all"),
}


def month_words(month: date) -> str:
    """Write a month: marts 2024, or March 2024."""
    return f"{MONTHS[month.month]} {month.year}"


def band_words(band: Band) -> str:
    """Say a band of new plans per doctor."""
    if band.is_none:
        return _("no new plans")
    if band.high is None:
        return _("%(low)d or more") % {"low": band.low}
    if band.low == 0:
        return _("fewer than %(high)d") % {"high": band.high}
    return _("%(low)d to fewer than %(high)d") % {"low": band.low, "high": band.high}


def figure_name(figure: Figure) -> str:
    """Say what a figure counts."""
    if figure.name in _PROGRESS:
        return _("Practices that have made %(share)s of the plans asked for") % {"share": _PROGRESS[figure.name]}
    return str(_FIGURES[figure.name][0])


def figure_whole(figure: Figure) -> str:
    """Say what a figure is counted among: 1.234 patients with a plan."""
    what = _("practices with diagnosed patients") if figure.name in _PROGRESS else str(_FIGURES[figure.name][1])
    if figure.whole is None:
        return _("fewer than 5 %(what)s") % {"what": what}
    return f"{format_count(figure.whole)} {what}"


def figure_value(figure: Figure) -> str:
    """Write a figure: a share with its count, an amount, a mark where it is hidden, a dash where there is nothing."""
    if figure.whole == 0:
        return _("nothing to count")
    if figure.amount is not None:
        return format_number(figure.amount, 1)
    if figure.share is None or figure.part is None:
        return _("hidden: too few")
    return f"{format_number(figure.share * 100, 1)}\N{NO-BREAK SPACE}% ({format_count(figure.part)})"


def correction(count: int) -> str:
    """Write a correction with its sign: +3, −1, or 0."""
    return "0" if count == 0 else f"{'+' if count > 0 else '−'}{format_count(abs(count))}"


def per_doctor_chart(spread: NewPerDoctor) -> Markup:
    """Draw report (a)."""
    shown = [Column(_band_mark(band), (band.practices,)) for band in spread.bands]
    return columns(_("Practices by new plans per doctor"), shown)


def _band_mark(band: Band) -> str:
    if band.is_none:
        return "0"
    return f"{band.low}+" if band.high is None else f"<{band.high}"


def plans_chart(title: str, rows: tuple[Plans, ...]) -> Markup:
    """Draw report (b) or (c)."""
    shown = [Column(_month_mark(row.month), (row.new, row.maintained)) for row in rows]
    return columns(title, shown, (_("new"), _("maintained")))


def active_chart(reports: Reports) -> Markup:
    """Draw report (d)."""
    shown = [Column(_month_mark(month), (active,)) for month, active in reports.active.months]
    return columns(_("Active practices per month"), shown)


def _month_mark(month: date) -> str:
    return date_format(month, "b").rstrip(".")
