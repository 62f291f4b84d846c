"""The cards of `patient-view`: no plan, overdue, off the goal, a premise that changed, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forloeb.api.cds.cards import Card, Indicator, Link, Suggestion, create, lines
from forloeb.api.cds.subject import Subject
from forloeb.api.cds.wording import confirm, day, goal_words, local, names, reason_words, target_words, value_words
from forloeb.careplans.control import Control
from forloeb.fhir.reading import Resource
from forloeb.guidelines.results import Disease, Evaluation, Flag
from forloeb.kernel.answers import Answer
from forloeb.kernel.periods import months_before
from forloeb.population.lists import overdue_after_months
from forloeb.population.reasons import missing_values
from forloeb.terminology import measures

OFF_GOAL = ("above_target", "below_floor", "confirm_at_home", "conflict", "implausible")
LEVELS: dict[str, Indicator] = {"urgent": "critical", "attention": "warning", "note": "info"}


def patient_view(subject: Subject, *, patient_id: str, links: tuple[Link, ...]) -> Iterator[Card]:
    """Give the cards about a patient who is being looked at, the most pressing first."""
    control = subject.control()
    evaluation = control.evaluation if control else subject.evaluation()
    if evaluation is None:
        yield _unknown_patient(subject, links)
        return
    unsigned = _unsigned(control, evaluation)
    ours = [d for d in evaluation.diseases if d.included is Answer.YES]
    for flag in evaluation.flags:
        if flag.level == "urgent":
            yield _flag(flag, unsigned, links)
    if control is not None:
        yield from _planning(control, ours, patient_id, unsigned, links)
        yield from _off_goal(control, unsigned, links)
        yield from _premises(control, unsigned, links)
    else:
        yield from _off_goal_by_recommendation(evaluation, unsigned, links)
    yield from _not_known(subject, evaluation, ours, unsigned, links)


def _flag(flag: Flag, unsigned: str, links: tuple[Link, ...]) -> Card:
    detail = lines([*map(reason_words, flag.because), *_said(unsigned)])
    summary = local(flag.text) + confirm(flag.because[0].status)
    return Card(flag.flag, summary, LEVELS[flag.level], detail, flag.because[0].source, links=links)


def _planning(
    control: Control, ours: list[Disease], patient_id: str, unsigned: str, links: tuple[Link, ...]
) -> Iterator[Card]:
    """Say that a plan is missing, or that the yearly control is overdue."""
    planned = {plan.guideline for plan in control.plans if plan.created_at}
    unplanned = [disease for disease in ours if disease.guideline not in planned]
    because = [reason_words(reason) for disease in unplanned for reason in disease.because]
    if unplanned:
        yield Card(
            "no-plan",
            _("No care plan (forløbsplan) for %(diseases)s") % {"diseases": names(unplanned)},
            "info",
            lines([*because, *_said(unsigned)]),
            suggestions=(_task(_("Make a care plan at a yearly control"), patient_id),),
            links=links,
        )
    last = control.last_review
    if ours and planned and last and last.reviewed_on < months_before(control.as_of, overdue_after_months()):
        due = [reason for one in control.evaluation.due if one.what == "annual_review" for reason in one.because]
        yield Card(
            "overdue",
            _("The yearly control is overdue: the last was %(day)s") % {"day": day(last.reviewed_on)},
            "warning",
            lines([*map(reason_words, due), *_said(unsigned)]),
            due[0].source if due else None,
            suggestions=(_task(_("Book the yearly control"), patient_id),),
            links=links,
        )


def _task(text: str, patient_id: str) -> Suggestion:
    resource: Resource = {
        "resourceType": "Task",
        "status": "draft",
        "intent": "proposal",
        "description": text,
        "for": {"reference": f"Patient/{patient_id}"},
    }
    return Suggestion(text, (create(resource, text),))


def _off_goal(control: Control, unsigned: str, links: tuple[Link, ...]) -> Iterator[Card]:
    off = [row for row in control.rows if row.status in OFF_GOAL]
    if off:
        said = [f"{value_words(row.value, row.measure)}; {goal_words(row)}" for row in off]
        yield _values_off_goal(said, [local(row.measure.name) for row in off], unsigned, links)


def _off_goal_by_recommendation(evaluation: Evaluation, unsigned: str, links: tuple[Link, ...]) -> Iterator[Card]:
    """Hold values against the recommended goals: what was agreed with somebody who is not ours is not known."""
    known = measures()
    targets = {target.measure: target for target in evaluation.targets}
    off = [(value, known[value.measure]) for value in evaluation.values if value.status in OFF_GOAL]
    if off:
        said = [
            f"{value_words(value, measure)}; {target_words(targets.get(measure.goal or measure.id), measure)}"
            for value, measure in off
        ]
        said.append(_("What has been agreed with the patient is not known: only recommended goals are looked at."))
        yield _values_off_goal(said, [local(measure.name) for _value, measure in off], unsigned, links)


def _values_off_goal(said: list[str], which: list[str], unsigned: str, links: tuple[Link, ...]) -> Card:
    summary = ngettext(
        "%(count)d value is off its goal: %(which)s", "%(count)d values are off their goals: %(which)s", len(which)
    )
    words = summary % {"count": len(which), "which": ", ".join(which)}
    return Card("off-goal", words, "warning", lines([*said, *_said(unsigned)]), links=links)


def _premises(control: Control, unsigned: str, links: tuple[Link, ...]) -> Iterator[Card]:
    changed = [row for row in control.rows if row.premise_changed]
    if changed:
        said = [
            _("%(measure)s: changed since the goal was agreed: %(facts)s")
            % {
                "measure": local(row.measure.name),
                "facts": ", ".join(local(fact.title) for fact in row.premise_changed),
            }
            for row in changed
        ]
        which = ", ".join(local(row.measure.name) for row in changed)
        summary = _("What an agreed goal rested on has changed: %(which)s") % {"which": which}
        yield Card("premise-changed", summary, "warning", lines([*said, *_said(unsigned)]), links=links)


def _not_known(
    subject: Subject, evaluation: Evaluation, ours: list[Disease], unsigned: str, links: tuple[Link, ...]
) -> Iterator[Card]:
    """Say in one card what is not known, so that no card is never taken for all is well."""
    said = []
    doubtful = [disease for disease in evaluation.diseases if disease.included is Answer.UNKNOWN]
    said += [f"{local(disease.title)}: {reason_words(reason)}" for disease in doubtful for reason in disease.because]
    missing = missing_values(evaluation)
    if ours and missing:
        which = ", ".join(local(measure.name) for measure in missing)
        said.append(_("Missing or too old: %(measures)s") % {"measures": which})
    if not subject.is_ours and (ours or doubtful):
        said.append(_("Whether there is a care plan is not known: the patient is not on your list in Forløb."))
    if subject.unread:
        said.append(
            ngettext(
                "%(count)d thing in what was sent could not be used.",
                "%(count)d things in what was sent could not be used.",
                subject.unread,
            )
            % {"count": subject.unread}
        )
    if said:
        diseases = names(doubtful)
        summary = (
            _("Not known: whether the patient has %(diseases)s") % {"diseases": diseases}
            if doubtful
            else _("Not everything is known")
        )
        yield Card("not-known", summary, "info", lines([*said, *_said(unsigned)]), links=links)


def _unknown_patient(subject: Subject, links: tuple[Link, ...]) -> Card:
    said = [
        _("The record system did not send all of: %(parts)s.") % {"parts": ", ".join(subject.lacks)},
        _("The patient is not on your list in Forløb either."),
    ]
    return Card("not-known", _("Forløb knows too little to say anything"), "info", lines(said), links=links)


def _unsigned(control: Control | None, evaluation: Evaluation) -> str:
    """Say that no clinician has signed the content off, where none has."""
    waiting = (
        control.awaiting_sign_off
        if control
        else tuple(d for d in evaluation.diseases if d.included is not Answer.NO and not d.is_signed_off)
    )
    return _("The content awaits clinical sign-off: no clinician has checked it.") if waiting else ""


def _said(text: str) -> list[str]:
    return [text] if text else []
