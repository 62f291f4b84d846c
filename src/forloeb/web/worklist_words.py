"""The work list in words: reasons, values, lists."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from forloeb.guidelines.record import Measurement
from forloeb.kernel.measures import Measure
from forloeb.population.reasons import Reason
from forloeb.terminology import measures
from forloeb.web.clinical_words import answer_words
from forloeb.web.formatting import format_date, format_quantity
from forloeb.web.translated import local

_SHOWN_AT_ONCE = 4


def reason_words(reason: Reason) -> str:
    """Say a reason in a line."""
    if reason.list is None:
        return _("Control today") if reason.kind == "planned-today" else _("Begun, not finished")
    title = local(reason.list.title)
    if reason.since is not None:
        return _("%(list)s since %(day)s") % {"list": title, "day": format_date(reason.since)}
    if reason.measures:
        return f"{title}: {_shortly(reason.measures)}"
    if reason.disease is not None and reason.kind != "excluded":
        return f"{title}: {local(reason.disease.title)}"
    return title


def _shortly(asked: Sequence[Measure]) -> str:
    names = ", ".join(local(measure.name) for measure in asked[:_SHOWN_AT_ONCE])
    more = len(asked) - _SHOWN_AT_ONCE
    return f"{names} {_('and %(count)s more') % {'count': more}}" if more > 0 else names


def measured_words(value: Measurement) -> str:
    """Write a value as it was measured, with its unit."""
    measure = measures()[value.measure]
    if value.quantity is None:
        return answer_words(measure, value.answer or "")
    return f"{format_quantity(value.quantity, measure.decimals)} {measure.unit_shown}".rstrip()
