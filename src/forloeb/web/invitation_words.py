"""An invitation to a control in the patient's words: on paper, and on their own page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from forloeb.pdf.letter import Letter, LetterDocument
from forloeb.people.queries import Practice
from forloeb.web.formatting import format_long_date, isolated
from forloeb.web.speaking import spoken


def month_name(month: date) -> str:
    """Write a month with its year in the page's language: marts 2027, March 2027."""
    return f"{MONTHS[month.month]} {month.year}"


def month_options(months: Sequence[date]) -> list[tuple[str, str]]:
    """Give months to choose from."""
    return [(f"{month:%Y-%m}", month_name(month)) for month in months]


def before_words(before: Sequence[str]) -> tuple[str, ...]:
    """Say what to do before the control."""
    said = {
        "blood": _("Have a blood sample taken some days before. Ask for a time for it when you call."),
        "urine": _("Bring a urine sample from the morning, or give one when you come."),
        "home-pressure": _(
            "Measure your blood pressure at home for three days before. Borrow a monitor from us if you have none."
        ),
    }
    return tuple(said[name] for name in before if name in said)


def when_words(month: date) -> str:
    """Say when the control is to be."""
    return _("We would like to see you in %(month)s.") % {"month": month_name(month)}


def letter_of(patient: str, practice: Practice | None, *, month: date, before: Sequence[str], on: date) -> Letter:
    """Put one invitation into words. It names no disease: others may see the paper."""
    contact = ""
    if practice is not None:
        name = isolated(practice.name)
        contact = f"{name}, {_('phone %(number)s') % {'number': isolated(practice.phone)}}" if practice.phone else name
    return Letter(
        patient=isolated(patient),
        practice=isolated(practice.name) if practice else "",
        contact=contact,
        date=format_long_date(on),
        heading=_("Invitation to a control"),
        paragraphs=(
            when_words(month),
            _("We look at everything at once, so that you need not come several times."),
            _("We talk about how you are, what matters to you, and what you can do yourself."),
        ),
        before_heading=_("Before you come"),
        before=before_words(before),
        closing=(
            _("Call us for a time. Tell us too if you do not want to come, or if another time suits you better."),
        ),
    )


def letters_of(letters: Sequence[Letter]) -> LetterDocument:
    """Gather letters in the page's language into one document."""
    language = spoken()
    return LetterDocument(_("Invitation to a control"), language.code, language.direction, tuple(letters))
