"""An evaluated plan as JSON: the contract of `forloeb evaluate` (docs/reference/evaluated-plan.schema.json)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from forloeb.guidelines.results import (
    Change,
    Clash,
    Classification,
    Disease,
    Due,
    EvaluatedValue,
    Evaluation,
    FactUsed,
    Flag,
    Proposal,
    Reason,
    Score,
    Source,
    Target,
)
from forloeb.kernel.content import NEEDS_CONFIRMATION, Localized

Json = dict[str, Any]


def to_json(evaluation: Evaluation) -> Json:
    """Write an evaluation as plain data for JSON. Days are `YYYY-MM-DD`; texts stand in both languages."""
    return {
        "as_of": evaluation.as_of.isoformat(),
        "diseases": [_disease(each) for each in evaluation.diseases],
        "targets": [_target(each) for each in evaluation.targets],
        "alternatives": [_target(each) for each in evaluation.alternatives],
        "values": [_value(each) for each in evaluation.values],
        "classifications": {each.name: _class(each) for each in evaluation.classifications},
        "classification_reasons": {each.name: _reasons(each.because) for each in evaluation.classifications},
        "scores": [_score(each) for each in evaluation.scores],
        "due": [_due(each) for each in evaluation.due],
        "flags": [_flag(each) for each in evaluation.flags],
        "proposals": [_proposal(each) for each in evaluation.proposals],
        "clashes": [_clash(each) for each in evaluation.clashes],
    }


def _disease(disease: Disease) -> Json:
    return {
        "guideline": disease.guideline,
        "version": disease.version,
        "label": disease.label,
        "title": _text(disease.title),
        "included": disease.included.value,
        "signed_off": disease.is_signed_off,
        "because": _reasons(disease.because),
    }


def _target(target: Target) -> Json:
    return {
        "measure": target.measure,
        "low": _number(target.low),
        "low_inclusive": target.low_inclusive,
        "high": _number(target.high),
        "high_inclusive": target.high_inclusive,
        "unit": target.unit,
        "accepted": list(target.accepted),
        "floor": _number(target.floor),
        "accept_up_to": _number(target.accept_up_to),
        "reduction_percent": _number(target.reduction_percent),
        "guideline": target.guideline,
        "version": target.guideline_version,
        "profile": target.profile,
        "rule": target.rule,
        "text": _text(target.text),
        "status": target.status,
        "needs_confirmation": target.status in NEEDS_CONFIRMATION,
        "source": _source(target.source),
        "facts": [_fact(fact) for fact in target.facts],
        "missing": [fact.fact for fact in target.missing],
        "provisional": target.is_provisional,
        "needs_clinician": target.needs_clinician,
        "would_change": [_change(change) for change in target.would_change],
    }


def _value(value: EvaluatedValue) -> Json:
    quantity = value.quantity
    return {
        "measure": value.measure,
        "setting": value.setting,
        "value": _number(quantity.value) if quantity else value.answer,
        "comparator": quantity.comparator.value if quantity and quantity.comparator else None,
        "unit": quantity.unit if quantity else None,
        "measured_on": _day(value.measured_on),
        "source": value.source,
        "status": value.status,
        "because": _reasons(value.because),
    }


def _class(found: Classification) -> Any:
    """Give the class itself, or the class by profile where there are several profiles."""
    if len(found.values) > 1:
        return dict(found.values)
    return found.values[found.chosen]


def _score(score: Score) -> Json:
    return {
        "score": score.score,
        "title": _text(score.title),
        "value": _number(score.value),
        "unit": score.unit,
        "answer": "unknown" if score.value is None else "known",
        "band": _text(score.band),
        "missing": list(score.missing),
        "because": _reasons(score.because),
    }


def _due(due: Due) -> Json:
    return {
        "what": due.what,
        "title": _text(due.title),
        "due_on": due.due_on.isoformat(),
        "last_on": _day(due.last_on),
        "guidelines": list(due.guidelines),
        "because": _reasons(due.because),
    }


def _flag(flag: Flag) -> Json:
    return {
        "flag": flag.flag,
        "guideline": flag.guideline,
        "measure": flag.measure,
        "level": flag.level,
        "text": _text(flag.text),
        "because": _reasons(flag.because),
    }


def _proposal(proposal: Proposal) -> Json:
    return {
        "rule": proposal.rule,
        "guideline": proposal.guideline,
        "kind": proposal.kind,
        "text": _text(proposal.text),
        "patient_text": _text(proposal.patient_text),
        "because": _reasons(proposal.because),
    }


def _clash(clash: Clash) -> Json:
    return {
        "measure": clash.measure,
        "sides": [
            {
                "guideline": side.guideline,
                "profile": side.profile,
                "rule": side.rule,
                "says": side.says,
                "status": side.status,
                "source": _source(side.source),
            }
            for side in clash.sides
        ],
        "chosen": clash.chosen,
        "because": clash.because.da,
        "because_en": clash.because.en,
    }


def _reasons(reasons: Iterable[Reason]) -> list[Json]:
    return [
        {
            "rule": reason.rule,
            "text": _text(reason.text),
            "status": reason.status,
            "source": _source(reason.source),
            "facts": [_fact(fact) for fact in reason.facts],
            "missing": list(reason.missing),
        }
        for reason in reasons
    ]


def _fact(fact: FactUsed) -> Json:
    value = fact.value
    return {
        "fact": fact.fact,
        "title": _text(fact.title),
        "value": _number(value) if isinstance(value, Decimal) else value,
        "comparator": fact.comparator,
        "unit": fact.unit or None,
        "on": _day(fact.on),
        "source": fact.source,
    }


def _change(change: Change) -> Json:
    return {
        "fact": change.fact,
        "title": _text(change.title),
        "becomes": change.becomes,
        "leads_to": change.leads_to or None,
        "result": change.result,
    }


def _source(source: Source | None) -> Json | None:
    if source is None:
        return None
    return {
        "document": source.document,
        "title": source.title,
        "section": source.section,
        "url": source.url,
        "year": source.year,
    }


def _text(text: Localized | None) -> Json | None:
    return None if text is None else {"da": text.da, "en": text.en}


def _number(number: Decimal | None) -> int | float | None:
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else float(number)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
