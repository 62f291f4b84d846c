"""The content's own tests: invented patients, evaluated, held against what their authors expect.

`forloeb guidelines check` runs them all, and asks that every rule of every guideline is reached by some case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from forloeb.guidelines.library import Library, rows_of
from forloeb.guidelines.merging import interval_text
from forloeb.guidelines.record import Condition, Measurement, Medication, PatientRecord
from forloeb.guidelines.results import Evaluation, Reason
from forloeb.guidelines.schema import Case, CaseMeasurement, Expected, ScoreTable
from forloeb.kernel.codes import ICPC2_DK, SKS, SNOMED_CT, Coding
from forloeb.kernel.identifiers import Sex
from forloeb.kernel.measures import Measure
from forloeb.kernel.quantities import NotANumber, Quantity, read_number

_SYSTEMS = {"icpc2": ICPC2_DK, "sks": SKS, "snomed": SNOMED_CT}


class CaseFault(ValueError):
    """A case that cannot be made into a record; the text says why."""


def run_cases(library: Library) -> list[str]:
    """Evaluate every case. Gives a line for each answer that is not the one expected, and each rule not reached."""
    faults: list[str] = []
    reached: set[str] = set()
    for guideline in library.guidelines:
        for path, case in guideline.cases:
            try:
                record = record_of(case, library.measures)
                evaluation = library.evaluate(record, case.as_of)
                ordered = {found.rule for found in library.check_orders(record, case.ordering, case.as_of)}
            except CaseFault as fault:
                faults.append(f"{path}: {case.case}: {fault}")
                continue
            reached |= set(rules_of(evaluation)) | ordered
            faults += [
                f"{path}: {case.case}: {what} is {found!r}, not {wanted!r} as expected"
                for what, wanted, found in (*_compared(case.expect, evaluation), *_orders(case.expect, ordered))
                if wanted != found
            ]
    return [*faults, *_not_reached(library, reached)]


def _not_reached(library: Library, reached: set[str]) -> Iterator[str]:
    for guideline in library.guidelines:
        for path, table in guideline.tables:
            rules = [table.rule] if isinstance(table, ScoreTable) else [row.rule for row in rows_of(table)]
            for rule in rules:
                if rule not in reached:
                    yield f"{path}: no case reaches the rule '{rule}'; write one in {guideline.name}/cases"


def record_of(case: Case, measures: Mapping[str, Measure]) -> PatientRecord:
    """Make a case into a patient's record. Raises CaseFault."""
    return PatientRecord(
        case.birth_date,
        Sex(case.sex) if case.sex else None,
        [_measurement(given, measures, f"case/{place}") for place, given in enumerate(case.measurements)],
        [Condition(Coding(_SYSTEMS[given.system], given.code), given.onset) for given in case.conditions],
        [Medication(given.atc, given.start, given.stop) for given in case.medications],
        case.reviewed_on,
    )


def _measurement(given: CaseMeasurement, measures: Mapping[str, Measure], source: str) -> Measurement:
    measure = measures.get(given.measure)
    if measure is None:
        raise CaseFault(f"unknown measure '{given.measure}'")
    if measure.kind == "choice":
        if given.value not in {choice.value for choice in measure.choices}:
            raise CaseFault(f"'{given.value}' is not an answer to {measure.id}")
        return Measurement(measure.id, given.on, None, given.value, source=source)
    try:
        comparator, number = read_number(given.value)
    except NotANumber:
        raise CaseFault(f"{measure.id}: '{given.value}' is not a number") from None
    return Measurement(measure.id, given.on, Quantity(number, measure.unit, comparator), source=source)


def rules_of(evaluation: Evaluation) -> Iterator[str]:
    """Give every rule that had a say in an evaluation."""
    for target in (*evaluation.targets, *evaluation.alternatives):
        yield target.rule
    for clash in evaluation.clashes:
        yield from (side.rule for side in clash.sides)
    because: list[tuple[Reason, ...]] = [
        *(disease.because for disease in evaluation.diseases),
        *(found.because for found in evaluation.classifications),
        *(score.because for score in evaluation.scores),
        *(due.because for due in evaluation.due),
        *(flag.because for flag in evaluation.flags),
        *(proposal.because for proposal in evaluation.proposals),
    ]
    yield from (reason.rule for reasons in because for reason in reasons)


Compared = Iterator[tuple[str, object, object]]
"""What is asked for, what is expected, what was found."""


def _compared(expect: Expected, found: Evaluation) -> Compared:
    included = {disease.guideline: disease.included.value for disease in found.diseases}
    for name, answer in expect.included.items():
        yield f"whether {name} is included", answer, included.get(name)
    yield from _targets(expect, found)
    values = {value.measure: value.status for value in found.values}
    for measure, status in expect.values.items():
        yield f"the status of {measure}", status, values.get(measure)
    classes = {each.name: each for each in found.classifications}
    for name, value in expect.classifications.items():
        each = classes.get(name)
        held = None if each is None else each.values if isinstance(value, dict) else each.values[each.chosen]
        yield f"the class {name}", value, held
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


def _orders(expect: Expected, ordered: set[str]) -> Compared:
    for name in (*expect.orders, *expect.no_orders):
        yield f"whether {name} is said of the order", name in expect.orders, name in ordered


def _targets(expect: Expected, found: Evaluation) -> Compared:
    targets = {target.measure: target for target in found.targets}
    for measure, rule in expect.targets.items():
        yield f"the rule for {measure}", rule, targets[measure].rule if measure in targets else "none"
    for measure, limits in expect.limits.items():
        yield f"the goal for {measure}", limits, interval_text(targets[measure]) if measure in targets else "none"
    for measure, rules in expect.alternatives.items():
        others = {target.rule for target in found.alternatives if target.measure == measure}
        yield f"the alternatives for {measure}", set(rules), others
    for measure, facts in expect.missing.items():
        missing = {fact.fact for fact in targets[measure].missing} if measure in targets else None
        yield f"what is missing for {measure}", set(facts), missing


def _lists(expect: Expected, found: Evaluation) -> Compared:
    flags = {flag.flag for flag in found.flags}
    proposals = {proposal.rule for proposal in found.proposals}
    for names, held, wanted in (
        (expect.flags, flags, True),
        (expect.no_flags, flags, False),
        (expect.proposals, proposals, True),
        (expect.no_proposals, proposals, False),
    ):
        for name in names:
            yield f"whether {name} is shown", wanted, name in held
    if expect.clashes is not None:
        yield "the clashes", set(expect.clashes), {clash.measure for clash in found.clashes}
