"""Why somebody is on the practice's list: each reason with the rule and the facts it rests on.

What a reason rests on comes from the engine's own answer, so that the list and the control page never disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from forloeb.careplans.control import AgreedGoal, Row
from forloeb.careplans.engine import library
from forloeb.guidelines import results
from forloeb.guidelines.history import History
from forloeb.guidelines.record import Measurement, PatientRecord
from forloeb.guidelines.results import Disease, Evaluation
from forloeb.guidelines.values import assess
from forloeb.kernel.answers import Answer
from forloeb.kernel.measures import Measure
from forloeb.kernel.periods import months_before
from forloeb.population.lists import WorkList, need_of, overdue_after_months, work_lists
from forloeb.terminology import measures

Kind = Literal[
    "planned-today",
    "draft",
    "over-treatment",
    "admission",
    "no-plan",
    "overdue",
    "above-twice",
    "missing",
    "evidence",
    "plan-not-needed",
    "excluded",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to act. `disease`, `since` or `measures` tells which, how late, or what."""

    kind: Kind
    disease: Disease | None = None
    since: date | None = None
    measures: tuple[Measure, ...] = ()
    because: tuple[results.Reason, ...] = ()
    """The rules that say so, each with its status, its source and the facts it used."""
    values: tuple[Measurement, ...] = field(default=(), repr=False)
    """The values it rests on, the newest first."""

    @property
    def list(self) -> WorkList | None:
        """The list the reason stands on; None for what is planned or begun today."""
        return None if self.kind in ("planned-today", "draft") else work_lists()[self.kind]

    @property
    def keys(self) -> tuple[str, ...]:
        """What an answer to the reason is remembered by: the list, and what it is about."""
        if self.measures:
            return tuple(f"{self.kind}:{measure.id}" for measure in self.measures)
        if self.disease is not None:
            return (f"{self.kind}:{self.disease.guideline}",)
        return tuple(f"{self.kind}:{one.rule}" for one in self.because) or (self.kind,)

    def without(self, hidden: frozenset[str]) -> Reason | None:
        """Leave out what has been answered; None where nothing is left."""
        if self.measures:
            left = tuple(m for m in self.measures if f"{self.kind}:{m.id}" not in hidden)
            return replace(self, measures=left) if left else None
        if self.disease is None and self.because and self.list is not None and self.list.flags:
            rules = tuple(one for one in self.because if f"{self.kind}:{one.rule}" not in hidden)
            return replace(self, because=rules) if rules else None
        return None if set(self.keys) <= hidden else self


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one person beside the engine's answer."""

    record: PatientRecord
    plans: tuple[str, ...]
    next_review_on: date | None
    has_draft: bool
    goals: Mapping[str, AgreedGoal] = field(default_factory=dict, repr=False)
    age: int = 0


def find_reasons(evaluation: Evaluation, known: Known) -> tuple[Reason, ...]:
    """Give every reason to act, the most pressing first."""
    found = [*_today(evaluation, known), *_clinical(evaluation, known), *_plans(evaluation, known)]
    return tuple(sorted(found, key=lambda reason: need_of()[reason.kind]))


def _today(evaluation: Evaluation, known: Known) -> Iterator[Reason]:
    if known.next_review_on == evaluation.as_of:
        yield Reason("planned-today")
    if known.has_draft:
        yield Reason("draft")


def _plans(evaluation: Evaluation, known: Known) -> Iterator[Reason]:
    diseases = [d for d in evaluation.diseases if d.included is Answer.YES]
    left_out = set(work_lists()["excluded"].rules)
    for disease in evaluation.diseases:
        has_plan = disease.guideline in known.plans
        if disease.included is Answer.YES and not has_plan:
            yield Reason("no-plan", disease, because=disease.because)
        elif disease.included is Answer.UNKNOWN and not has_plan:
            yield Reason("evidence", disease, because=disease.because, values=_evidence(disease, known.record))
        elif disease.included is Answer.NO and has_plan:
            yield Reason("plan-not-needed", disease, because=disease.because)
        elif disease.included is Answer.NO and {one.rule for one in disease.because} & left_out:
            yield Reason("excluded", disease, because=disease.because)
    last = max(known.record.reviewed_on, default=None)
    if diseases and known.plans and last and last < months_before(evaluation.as_of, overdue_after_months()):
        because = tuple(one for due in evaluation.due if due.what == "annual_review" for one in due.because)
        yield Reason("overdue", since=last, because=because)


def _clinical(evaluation: Evaluation, known: Known) -> Iterator[Reason]:
    for kind in ("over-treatment", "admission"):
        wanted = {one.flag: one.from_age for one in work_lists()[kind].flags}
        flags = [f for f in evaluation.flags if f.flag in wanted and known.age >= wanted[f.flag]]
        if flags:
            yield Reason(kind, because=tuple(one for flag in flags for one in flag.because))
    yield from _above_twice(evaluation, known)
    if any(d.included is Answer.YES for d in evaluation.diseases) and (missing := missing_values(evaluation)):
        lacking = {measure.id for measure in missing}
        last = tuple(_newest(known.record, name) for name in sorted(lacking))
        yield Reason("missing", measures=missing, values=tuple(one for one in last if one is not None))


def _above_twice(evaluation: Evaluation, known: Known) -> Iterator[Reason]:
    """Give one reason for all measures whose last two values, of two days, are above the goal in force."""
    targets = {target.measure: target for target in evaluation.targets}
    asked = work_lists()["above-twice"].measures
    above: list[Measure] = []
    because: list[results.Reason] = []
    values: list[Measurement] = []
    for value in evaluation.values:
        measure = measures()[value.measure]
        goal = measure.goal or measure.id
        if value.measure not in asked or goal not in targets:
            continue
        row = Row(measure, value, (), targets[goal], (), known.goals.get(goal), (), False, False)
        before = _second_newest(known.record, value)
        if row.status != "above_target" or before is None:
            continue
        earlier = PatientRecord(known.record.birth_date, known.record.sex, (before,))
        history = History(earlier, evaluation.as_of, library().measures, library().ranks)
        then = assess(measure, targets[goal], None, history)
        if replace(row, value=then).status not in ("above_target", "confirm_at_home"):
            continue
        above.append(measure)
        target = targets[goal]
        if target.rule not in {one.rule for one in because}:
            because.append(results.Reason(target.rule, target.text, target.status, target.source, target.facts))
        values += [one for one in (_newest(known.record, measure.id), before) if one is not None]
    if above:
        yield Reason("above-twice", measures=tuple(above), because=tuple(because), values=tuple(values))


def _second_newest(record: PatientRecord, value: results.EvaluatedValue) -> Measurement | None:
    """Give the newest value of an earlier day than the one that was judged."""
    if value.measured_on is None:
        return None
    earlier = [
        m
        for m in record.measurements
        if m.measure == value.measure and m.measured_on < value.measured_on and m.quantity
    ]
    return max(earlier, key=lambda m: m.measured_on, default=None)


def _newest(record: PatientRecord, measure: str) -> Measurement | None:
    return max((m for m in record.measurements if m.measure == measure), key=lambda m: m.measured_on, default=None)


def _evidence(disease: Disease, record: PatientRecord) -> tuple[Measurement, ...]:
    """Give the values that a sign of disease was read from: of each measure the newest two."""
    declared = library().fact_layer.declared
    names: list[str] = []
    for fact in (used.fact for one in disease.because for used in one.facts):
        origin = declared[fact].origin
        names += [origin.repeated.measure] if origin.repeated else []
        names += origin.latest.measures if origin.latest else []
    found = [m for m in record.measurements if m.measure in names]
    return tuple(sorted(found, key=lambda m: m.measured_on, reverse=True)[:2])


def missing_values(evaluation: Evaluation) -> tuple[Measure, ...]:
    """Give the measures that are too old, or that a guideline asks for by now and nobody has measured."""
    known = measures()
    asked = {name for due in evaluation.due if due.due_on <= evaluation.as_of for name in due.measures}
    return tuple(
        known[value.measure]
        for value in evaluation.values
        if value.status == "stale" or (value.status == "missing" and value.measure in asked)
    )
