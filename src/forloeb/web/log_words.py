"""The patient's log in plain words: what somebody did, and why they could."""

from __future__ import annotations

from django.utils.translation import gettext as _

from forloeb.access.own_log import Look
from forloeb.access.policies import ON_OUR_LIST, OWN_PLAN


def what_was_done(look: Look) -> str:
    """Say what was done; an event without words of its own is a look at the plan."""
    mine = {
        "own-plan": _("You read your plan."),
        "own-plan-history": _("You read what has changed."),
        "own-log": _("You read this page."),
        "own-words": _("You opened the page where you write."),
        "own-words-written": _("You wrote in your plan."),
        "own-measurements": _("You opened the page where you send measurements."),
        "own-measurement": _("You wrote or sent a measurement."),
        "own-measurement-withdrawn": _("You took a measurement back."),
        "own-questions": _("You opened the questions before your control."),
        "own-answers": _("You answered questions before your control."),
    }
    theirs = {
        "control": _("Opened your plan."),
        "save-draft": _("Wrote in your plan, not saved yet."),
        "discard-draft": _("Put what was written aside."),
        "finish-review": _("Worked on your plan."),
        "review-finished": _("Saved your plan."),
        "plan-history": _("Read earlier versions of your plan."),
        "search": _("Looked you up."),
    }
    return (
        mine.get(look.event, _("You read your plan."))
        if look.is_patient
        else theirs.get(look.event, _("Looked at your plan."))
    )


def why_allowed(look: Look) -> str:
    """Say which rule let somebody in; empty where it goes without saying."""
    return {ON_OUR_LIST: _("Because you are a patient there."), OWN_PLAN: ""}.get(look.rule, look.rule)
