"""The evaluated plan as JSON: the contract of `forloeb evaluate` (docs/reference/evaluated-plan.schema.json)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from forloeb.guidelines.results import (
    Change,
    Clash,
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
from forloeb.kernel.content import Localized

Json = dict[str, Any]


def to_json(evaluation: Evaluation) -> Json:
    """Give an evaluation as plain JSON values; numbers keep the digits they were reported with."""
    return {
        "as_of": evaluation.as_of.isoformat(),
        "diseases": [_disease(disease) for disease in evaluation.diseases],
        "targets": [_target(target) for target in evaluation.targets],
        "alternatives": [_target(target) for target in evaluation.alternatives],
        "values": [_value(value) for value in evaluation.values],
        "classifications": {
            item.name: dict(item.values) if len(item.values) > 1 else next(iter(item.values.values()), None)
            for item in evaluation.classifications
        },
        "scores": [_score(score) for score in evaluation.scores],
        "due": [_due(due) for due in evaluation.due],
        "flags": [_flag(flag) for flag in evaluation.flags],
        "proposals": [_proposal(proposal) for proposal in evaluation.proposals],
        "clashes": [_clash(clash) for clash in evaluation.clashes],
    }


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _text(text: Localized) -> Json:
    return {"da": text.da, "en": text.en}


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


def _fact(fact: FactUsed) -> Json:
    value = _number(fact.value) if isinstance(fact.value, Decimal) else fact.value
    return {
        "fact": fact.fact,
        "value": value,
        "comparator": fact.comparator,
        "unit": fact.unit or None,
        "on": _day(fact.on),
        "source": fact.source,
    }


def _change(change: Change) -> Json:
    return {
        "fact": change.fact,
        "becomes": change.becomes,
        "leads_to": change.leads_to or None,
        "result": change.result,
    }


def _because(reasons: Iterable[Reason]) -> list[Json]:
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


def _disease(disease: Disease) -> Json:
    return {
        "guideline": disease.guideline,
        "version": disease.version,
        "label": disease.label,
        "included": disease.included.value,
        "signed_off": disease.is_signed_off,
        "because": _because(disease.because),
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
        "guideline_version": target.guideline_version,
        "profile": target.profile,
        "rule": target.rule,
        "text": _text(target.text),
        "status": target.status,
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
        "status": value.status,
        "source": value.source,
        "because": _because(value.because),
    }


def _score(score: Score) -> Json:
    return {
        "score": score.score,
        "value": _number(score.value),
        "unit": score.unit,
        "answer": "unknown" if score.value is None else "known",
        "band": score.band,
        "missing": list(score.missing),
        "because": _because(score.because),
    }


def _due(due: Due) -> Json:
    return {
        "what": due.what,
        "due_on": due.due_on.isoformat(),
        "last_on": _day(due.last_on),
        "guidelines": list(due.guidelines),
        "because": _because(due.because),
    }


def _flag(flag: Flag) -> Json:
    return {
        "flag": flag.flag,
        "guideline": flag.guideline,
        "level": flag.level,
        "text": _text(flag.text),
        "because": _because(flag.because),
    }


def _proposal(proposal: Proposal) -> Json:
    return {
        "rule": proposal.rule,
        "guideline": proposal.guideline,
        "kind": proposal.kind,
        "text": _text(proposal.text),
        "because": _because(proposal.because),
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
        "because": _text(clash.because),
    }
