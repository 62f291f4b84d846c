"""The patient's log in plain words: what somebody did, and why they could."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from forloeb.access.own_log import Look
from forloeb.access.policies import (
    BY_PROXY,
    BY_REFERRAL,
    EMERGENCY,
    ON_OUR_LIST,
    OUR_OWN_RECORD,
    OWN_PLAN,
    STATED_REASON,
)
from forloeb.web.access_words import reason_name
from forloeb.web.translated import written


def what_was_done(look: Look) -> str:
    """Say what was done; an event without words of its own is a look at the plan."""
    mine = {
        "own-plan": _("You read your plan."),
        "own-plan-history": _("You read what has changed."),
        "own-plan-document": _("You downloaded your plan as a document."),
        "own-log": _("You read this page."),
        "own-words": _("You opened the page where you write."),
        "own-words-written": _("You wrote in your plan."),
        "own-notices": _("You looked at your messages about news."),
        "own-notices-chosen": _("You chose which messages you get."),
        "own-access": _("You looked at who may see your plan."),
        "own-referrals": _("You read your referrals."),
        "proxy-given": _("You let someone read your plan."),
        "proxy-withdrawn": _("You stopped someone from reading your plan."),
        "block-set": _("You closed your plan to others."),
        "block-lifted": _("You opened your plan again."),
        "dispute-raised": _("You wrote that something was wrong."),
        "referral-revoked": _("You took a referral back."),
        "app-consent": _("You let an app see your plan."),
        "app-withdrawn": _("You stopped an app."),
        "app-token": _("An app you have let in got a new key to your plan."),
        "app-token-revoked": _("An app gave its key to your plan back."),
        "app-code-replayed": _("We stopped an app, because its key may have been stolen."),
        "app-token-replayed": _("We stopped an app, because its key may have been stolen."),
        "own-measurements": _("You opened the page where you send measurements."),
        "own-measurement": _("You wrote or sent a measurement."),
        "own-measurement-withdrawn": _("You took a measurement back."),
        "own-questions": _("You opened the questions before your control."),
        "own-answers": _("You answered questions before your control."),
    }
    theirs = {
        "control": _("Opened your plan."),
        "decision-support": _("The practice's record system asked what there is to be aware of."),
        "launch": _("Opened your plan from the practice's record system."),
        "save-draft": _("Wrote in your plan, not saved yet."),
        "discard-draft": _("Put what was written aside."),
        "finish-review": _("Worked on your plan."),
        "review-finished": _("Saved your plan."),
        "plan-history": _("Read earlier versions of your plan."),
        "plan-document": _("Downloaded your plan as a document."),
        "plan-exported": _("Took your plans out as documents, for another system."),
        "plan-received": _("Took in a plan from forløbsplaner.dk."),
        "received-plan": _("Read a plan that was received from elsewhere."),
        "search": _("Looked you up."),
        "laboratory-card": _("Looked at which of your values are in the practice's own system."),
        "value-sent-again": _("Sent a value of yours to the practice's own system again."),
        "value-withdrawn": _("Took back a value that was typed by mistake."),
        "team": _("Read about the others who help you."),
        "referred": _("Opened your plan to someone you are referred to."),
        "referral-revoked": _("Took a referral back."),
        "referral-form": _("Looked at what a referral would tell about you."),
        "referral-letter": _("Read a referral of yours."),
        "own-referrals": _("Read your referrals."),
        "referral-sent-again": _("Sent a referral of yours again."),
        "referral-told": _("Noted that the municipality has been told about a referral."),
        "referral-answered": _("Answered a referral of yours."),
        "referral-seen": _("Confirmed that you are referred to them."),
        "shared-plan": _("Read your plan."),
        "look-up": _("Looked your plan up and said why."),
        "sector-note": _("Wrote in your plan."),
        "course-ended": _("Ended your course."),
        "dispute-answered": _("Answered what you said was wrong."),
        "proxy-accepted": _("Used the code you gave."),
        "work-list-entry": _("Looked at whether you need a control."),
        "plan-ended": _("Ended a plan that you no longer need."),
        "contact-made": _("Wrote down whether you are invited to a control."),
        "invitation": _("Printed an invitation to you."),
        "own-plan": _("Read your plan."),
        "own-plan-history": _("Read what has changed."),
        "own-plan-document": _("Downloaded your plan as a document."),
    }
    return (
        mine.get(look.event, _("You read your plan."))
        if look.is_patient
        else theirs.get(look.event, _("Looked at your plan."))
    )


_RULES: dict[str, str | Promise] = {
    OWN_PLAN: "",
    ON_OUR_LIST: gettext_lazy("Because you are a patient there."),
    OUR_OWN_RECORD: gettext_lazy("Because they made the plan when you were a patient there."),
    BY_PROXY: gettext_lazy("Because you have let them."),
    BY_REFERRAL: gettext_lazy("Because you are referred to them."),
    STATED_REASON: gettext_lazy("They gave this reason:"),
    EMERGENCY: gettext_lazy("They opened it as an emergency:"),
}


_RELATIONS: dict[str, Promise] = {
    "none": gettext_lazy("The national register did not know that they treat you."),
    "no-answer": gettext_lazy("The national register of who treats you did not answer."),
}


def why_allowed(look: Look) -> str:
    """Say which rule let somebody in, with the reason they gave; empty where it goes without saying."""
    words = str(_RULES.get(look.rule, look.rule))
    if not look.reason:
        return words
    given = written(look.explanation) if look.explanation else reason_name(look.reason)
    return Markup("{} {} {}").format(words, given, _RELATIONS.get(look.known_relation, "")).rstrip()


def is_emergency(look: Look) -> bool:
    """Whether the look stands out: someone opened the plan as an emergency."""
    return look.rule == EMERGENCY
