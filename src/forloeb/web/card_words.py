"""How far a value has come on its way to the laboratory card, and what to do where it did not arrive, in words."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from forloeb.records.deliveries import Shown
from forloeb.terminology import measures
from forloeb.web.clinical_words import answer_words
from forloeb.web.formatting import format_number, format_unit
from forloeb.web.translated import local


def card_state(state: str) -> tuple[str, str, str]:
    """Give a state in few words, with its symbol and how pressing it is."""
    return {
        "typed": (_("on its way to the laboratory card"), "time", "note"),
        "sent": (_("sent to the laboratory card"), "time", "note"),
        "waiting": (_("waits: tried again by itself"), "time", "note"),
        "received": (_("in the laboratory card"), "check", "good"),
        "given-up": (_("not in the laboratory card"), "warning", "attention"),
    }[state]


def card_fault(fault: str) -> str:
    """Say why a value did not arrive, and what to do."""
    known = {
        "patient-unknown": _("The record system does not know the patient. Create the patient there, and send again."),
        "patient-twice": _("The record system has the patient twice. Put that right there, and send again."),
        "entry-twice": _("The record system has the value twice. Delete one of them there, and send again."),
        "unreachable": _("The record system could not be reached for a day. Send again when it works."),
        "too-slow": _("The record system did not answer in time for a day. Send again when it works."),
        "no-key": _("We have no key to show the record system who we are. Ask whoever runs the system."),
        "no-token": _("The record system does not let us in. Ask whoever runs the system, or its supplier."),
        "not-connected": _("The practice's record system is no longer connected. Ask whoever runs the system."),
    }
    if fault in known:
        return known[fault]
    if answered := re.fullmatch(r"answered-(\d{3})", fault):
        said = _("The record system refused the value (answer %(code)s). Type it there, or ask its supplier.")
        return said % {"code": answered[1]}
    return _("The record system did not take the value. Type it there, or ask its supplier.")


def shown_value(one: Shown) -> str:
    """Write a value with its unit."""
    measure = measures()[one.measure]
    if one.value is None:
        return str(answer_words(measure, one.answer or ""))
    number = f"{one.comparator or ''}{format_number(one.value, at_least=measure.decimals)}"
    return f"{number} {format_unit(measure.unit_shown)}".rstrip()


def shown_name(one: Shown) -> str:
    """Name what was measured."""
    return local(measures()[one.measure].name)
