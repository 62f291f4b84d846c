"""A letter of referral in words, as patients and staff read it, and where it is, as the patient is told."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forloeb.careplans.referral_letter import Value
from forloeb.careplans.referral_models import LetterKind
from forloeb.careplans.referrals_sent import Sent
from forloeb.kernel.content import Localized
from forloeb.terminology import measures
from forloeb.web.clinical_words import answer_words
from forloeb.web.formatting import format_number, format_unit

_SECTIONS: dict[str, str | Promise] = {
    "values": gettext_lazy("Measurements"),
    "complications": gettext_lazy("Other diseases"),
    "smoking": gettext_lazy("Smoking"),
    "medicines": gettext_lazy("Medicine"),
    "words": gettext_lazy("The patient's own words"),
}
_OWN_WORDS = gettext_lazy("My own words")


class ValueWords(NamedTuple):
    """A value of a letter as it is shown."""

    name: Localized
    said: str


def letter_value(value: Value) -> ValueWords:
    """Write a value of a letter with its unit."""
    measure = measures()[value.measure]
    if value.value is None:
        return ValueWords(measure.name, str(answer_words(measure, value.answer)))
    number = f"{value.comparator}{format_number(value.value, at_least=measure.decimals)}"
    return ValueWords(measure.name, f"{number} {format_unit(measure.unit_shown)}".rstrip())


def section_name(section: str, own: bool = False) -> str | Promise:
    """Name a part of a letter; `own` to the patient."""
    return _OWN_WORDS if own and section == "words" else _SECTIONS[section]


def letter_title(kind: LetterKind) -> str:
    """Name a kind of letter."""
    if kind is LetterKind.TASK:
        return _("Task for the municipal nursing")
    return _("Referral to municipal prevention")


def interpreter_options() -> list[tuple[str, str]]:
    """Give the answers to whether an interpreter is needed."""
    return [("unknown", _("Not known")), ("no", _("No")), ("yes", _("Yes"))]


def interpreter_words(answer: str) -> str:
    """Say whether an interpreter is needed."""
    return dict(interpreter_options())[answer]


def own_referral_status(sent: Sent) -> str:
    """Say where a referral is, to the patient."""
    course = sent.course
    if course.ended_how:
        return {
            "completed": _("It is finished."),
            "revoked": _("It has been taken back."),
            "declined": _("They could not help with this. Talk with your doctor about what you can do instead."),
        }[course.ended_how]
    return {
        "proposed": _("We have sent it. They have not answered yet."),
        "active": _("They have received it, and will contact you."),
        "on-hold": _("They need to know more before they can begin. Your doctor helps them."),
    }[course.status.value]
