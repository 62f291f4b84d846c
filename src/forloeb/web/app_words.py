"""What an app may do, in plain words: one line for each kind of data, for those who say yes to it."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forloeb.access.scopes import Granted, Scope

_DATA: dict[str, str | Promise] = {
    "*": gettext_lazy("Everything in the plan and in the record behind it"),
    "Patient": gettext_lazy("Name, age and CPR number"),
    "CarePlan": gettext_lazy("The care plan"),
    "Goal": gettext_lazy("The goals"),
    "Observation": gettext_lazy("Measurements and test results"),
    "Condition": gettext_lazy("Diseases"),
    "MedicationStatement": gettext_lazy("Medicine"),
    "QuestionnaireResponse": gettext_lazy("Answers to questions before a control"),
    "ServiceRequest": gettext_lazy("Referrals"),
    "Task": gettext_lazy("Agreements"),
    "CommunicationRequest": gettext_lazy("Reminders"),
    "DocumentReference": gettext_lazy("Documents"),
    "Consent": gettext_lazy("Who may see the plan"),
    "AuditEvent": gettext_lazy("Who has seen the plan"),
    "Provenance": gettext_lazy("Who has written what"),
    "Subscription": gettext_lazy("Being told when something is new"),
}


def what_it_may(granted: Granted) -> list[tuple[str, str]]:
    """Give what an app may see or change, and how: the changes first, for they weigh most."""
    lines = [(_data(scope), _how(scope.letters)) for scope in granted.scopes]
    changing = [line for scope, line in zip(granted.scopes, lines, strict=True) if scope.letters & set("cud")]
    return list(dict.fromkeys([*changing, *lines]))


def _data(scope: Scope) -> str:
    words = str(_DATA.get(scope.resource_type, scope.resource_type))
    if not scope.where:
        return words
    limits = ", ".join(value.rpartition("|")[2] for _name, value in scope.where)
    return _("%(data)s, only: %(limits)s") % {"data": words, "limits": limits}


def _how(letters: frozenset[str]) -> str:
    changes, reads = bool(letters & set("cud")), bool(letters & set("rs"))
    if changes and reads:
        return _("read and change")
    return _("add or change, not read") if changes else _("read")
