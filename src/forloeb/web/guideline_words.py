"""The guidelines' pages in words: how each kind of table is read, and what each kind of change is called."""

from __future__ import annotations

from django.utils.translation import gettext as _


def how_it_is_read() -> dict[str, str]:
    """Say how a table of each kind is read."""
    first = _("Read from the top: the first row that holds decides.")
    all_of_them = _("Every row that holds is shown.")
    return {
        "inclusion": first,
        "targets": first,
        "classification": first,
        "interval": first,
        "flags": all_of_them,
        "proposals": all_of_them,
        "orders": _("Every row that holds is said to whoever orders the medicine."),
        "score": _("Calculated where the condition holds."),
    }
