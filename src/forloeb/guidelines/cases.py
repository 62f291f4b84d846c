"""The content's own tests: invented patients, evaluated, held against what their authors expect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from forloeb.guidelines.content import Guideline
from forloeb.guidelines.intervals import interval_text
from forloeb.guidelines.record import Condition, Measurement, Medication, PatientRecord
from forloeb.guidelines.results import Classification, Evaluation
from forloeb.guidelines.schema import Case, CaseMeasurement, Expected
from forloeb.kernel.codes import ICPC2_DK, MCS, NPU, SKS, SNOMED_CT, Coding
from forloeb.kernel.content import line_of
from forloeb.kernel.identifiers import Sex
from forloeb.kernel.measures import Measure
from forloeb.kernel.quantities import NotANumber, Quantity, read_number

Evaluate = Callable[[PatientRecord, date], Evaluation]

_SYSTEMS = {"icpc2": ICPC2_DK, "sks": SKS, "snomed": SNOMED_CT, "NPU": NPU, "MCS": MCS}


class CaseFault(ValueError):
    """A case that cannot be made into a record; the text says why."""


def check_cases(guidelines: Iterable[Guideline], measures: Mapping[str, Measure], evaluate: Evaluate) -> list[str]:
    """Evaluate every case; give a line for each answer that is not the one expected."""
    faults = []
    for guideline in guidelines:
        for path, place, case in guideline.cases:
            for fault in _check(case, measures, evaluate):
                faults.append(f"{path}:{line_of(path, ('cases', place))}: case '{case.case}': {fault}")
    return faults


def _check(case: Case, measures: Mapping[str, Measure], evaluate: Evaluate) -> Iterator[str]:
    try:
        record = record_of(case, measures)
    except CaseFault as fault:
        yield str(fault)
        return
    evaluation = evaluate(record, case.as_of)
    for what, expected, found in _compared(case.expect, evaluation):
        if expected != found:
            yield f"{what} is {found}, not {expected} as expected"


def record_of(case: Case, measures: Mapping[str, Measure]) -> PatientRecord:
    """Make a case into a patient's record. Raises CaseFault."""
    return PatientRecord(
        case.birth_date,
        Sex(case.sex),
        tuple(_measurement(given, measures, f"case/{place}") for place, given in enumerate(case.measurements)),
        tuple(Condition(Coding(_SYSTEMS[c.system], c.code), c.onset, c.ended) for c in case.conditions),
        tuple(Medication(m.atc, m.start, m.stop) for m in case.medications),
        case.reviewed_on,
    )


def _measurement(given: CaseMeasurement, measures: Mapping[str, Measure], source: str) -> Measurement:
    measure = measures.get(given.measure)
    if measure is None:
        raise CaseFault(f"unknown measure '{given.measure}'")
    coding = _coding(given, measure)
    if measure.kind == "choice":
        if given.value not in {choice.value for choice in measure.choices}:
            raise CaseFault(f"'{given.value}' is not an answer to {measure.id}")
        return Measurement(measure.id, given.on, None, given.value, coding, source)
    try:
        comparator, number = read_number(given.value)
    except NotANumber:
        raise CaseFault(f"{measure.id}: '{given.value}' is not a number") from None
    return Measurement(measure.id, given.on, Quantity(number, measure.unit, comparator), None, coding, source)


def _coding(given: CaseMeasurement, measure: Measure) -> Coding | None:
    codes = [*([measure.write] if measure.write else []), *measure.read]
    wanted = [code for code in codes if given.code in (None, code.code)]
    if not wanted and given.code is not None:
        raise CaseFault(f"{measure.id} is not read under the code {given.code}")
    return Coding(_SYSTEMS[wanted[0].system], wanted[0].code) if wanted else None


def _compared(expect: Expected, found: Evaluation) -> Iterator[tuple[str, object, object]]:
    """Give what is asked for: what it is, what is expected, what was found."""
    included = {disease.guideline: disease.included.value for disease in found.diseases}
    for name, answer in expect.included.items():
        yield f"whether {name} is included", answer, included.get(name)
    yield from _targets(expect, found)
    values = {value.measure: value.status for value in found.values}
    for measure, status in expect.values.items():
        yield f"the status of {measure}", status, values.get(measure)
    classes = {each.name: each for each in found.classifications}
    for name, value in expect.classifications.items():
        yield f"the class {name}", value, _class(classes.get(name), as_profiles=isinstance(value, dict))
    yield from _lists(expect, found)
    due = {each.what: each.due_on for each in found.due}
    for what, day in expect.due.items():
        yield f"when {what} is due", day, due.get(what)
    scores = {each.score: each.value for each in found.scores}
    for name, number in expect.scores.items():
        rounded = scores.get(name)
        if number is not None and rounded is not None:
            rounded = round(rounded, -int(number.as_tuple().exponent))
        yield f"the score {name}", number, rounded


def _targets(expect: Expected, found: Evaluation) -> Iterator[tuple[str, object, object]]:
    targets = {target.measure: target for target in found.targets}
    for measure, rule in expect.targets.items():
        yield f"the rule for {measure}", rule, targets[measure].rule if measure in targets else "none"
    for measure, limits in expect.limits.items():
        yield f"the goal for {measure}", limits, interval_text(targets.get(measure))
    for measure, rules in expect.alternatives.items():
        others = {target.rule for target in found.alternatives if target.measure == measure}
        yield f"the alternatives for {measure}", set(rules), others
    for measure, facts in expect.missing.items():
        missing = {fact.fact for fact in targets[measure].missing} if measure in targets else None
        yield f"what is missing for {measure}", set(facts), missing
    for measure, changes in expect.would_change.items():
        leads = {c.fact: c.leads_to for c in reversed(targets[measure].would_change)} if measure in targets else {}
        for fact, rule in changes.items():
            yield f"what {fact} would change for {measure}", rule, leads.get(fact)


def _lists(expect: Expected, found: Evaluation) -> Iterator[tuple[str, object, object]]:
    flags = {flag.flag for flag in found.flags}
    proposals = {proposal.rule for proposal in found.proposals}
    for name in expect.flags:
        yield f"the flag {name}", True, name in flags
    for name in expect.no_flags:
        yield f"the flag {name}", False, name in flags
    for name in expect.proposals:
        yield f"the proposal {name}", True, name in proposals
    for name in expect.no_proposals:
        yield f"the proposal {name}", False, name in proposals
    if expect.clashes is not None:
        yield "the clashes", set(expect.clashes), {clash.measure for clash in found.clashes}


def _class(found: Classification | None, *, as_profiles: bool) -> object:
    if found is None:
        return None
    return dict(found.values) if as_profiles else found.values[found.chosen]
