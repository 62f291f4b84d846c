"""What holds for every patient: the order of things never matters, and unknown is never shown as fine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from forloeb.guidelines.library import Library
from forloeb.guidelines.record import Condition, Measurement, Medication, PatientRecord
from forloeb.guidelines.to_json import to_json
from forloeb.kernel.codes import ICPC2_DK, SNOMED_CT, Coding
from forloeb.kernel.content import content_folder
from forloeb.kernel.identifiers import Sex
from forloeb.terminology import check_typed, measures

AS_OF = date(2026, 3, 1)
VALUES = {
    "hba1c": ("44", "48", "53", "58", "66", ">130"),
    "ldl": ("1,2", "1,4", "1,8", "2,6", "<0,5"),
    "egfr": ("25", "44", "59", "75", ">90"),
    "uacr": ("<9", "8", "30", "85", "300", "720"),
    "sbp_home": ("112", "128", "130", "145"),
    "dbp_home": ("66", "78", "80", "90"),
    "sbp_clinic": ("118", "142"),
    "fev1_fvc": ("0,55", "0,69", "0,70"),
    "fev1_pct": ("29", "47", "80"),
    "mrc": ("1", "2", "3"),
    "cat": ("6", "14"),
    "exac": ("0", "1", "2"),
    "eos": ("0,05", "0,35"),
    "smoking": ("dagligt", "ophørt"),
    "pack_years": ("0", "28"),
    "bmi": ("19", "31"),
}


@cache
def library() -> Library:
    return Library.load(content_folder(), measures())


@st.composite
def _measurement(draw: st.DrawFn) -> Measurement:
    name = draw(st.sampled_from(sorted(VALUES)))
    typed = check_typed(measures()[name], draw(st.sampled_from(VALUES[name])))
    day = AS_OF - timedelta(days=draw(st.integers(0, 700)))
    return Measurement(name, day, typed.quantity, typed.answer, source=f"Observation/{draw(st.integers(1, 10**6))}")


days = st.integers(0, 5000).map(lambda n: AS_OF - timedelta(days=n))
codes = st.sampled_from(["T90", "R95", "K76", "K75", "K90", "K77", "T89", "R96", "K86"]).map(
    lambda code: Coding(ICPC2_DK, code)
)
conditions = st.builds(Condition, st.one_of(codes, st.just(Coding(SNOMED_CT, "248279007"))), st.none() | days)
medicines = st.builds(
    Medication,
    st.sampled_from(["A10BA02", "A10BK03", "A10BB12", "C10AA05", "C09AA02", "B01AC06", "R03BB04", "R03BA02"]),
    st.none() | days,
)
records = st.builds(
    PatientRecord,
    birth_date=st.dates(date(1930, 1, 1), date(1990, 12, 31)),
    sex=st.sampled_from([Sex.FEMALE, Sex.MALE, None]),
    measurements=st.lists(_measurement(), max_size=25),
    conditions=st.lists(conditions, max_size=6),
    medications=st.lists(medicines, max_size=6),
)


@given(records, st.integers())
@settings(max_examples=150, deadline=None)
def test_the_order_of_diseases_values_and_medicines_never_matters(record: PatientRecord, seed: int) -> None:
    def shuffled(found: object) -> list[object]:
        items = list(found)  # type: ignore[call-overload]
        Random(seed).shuffle(items)
        return items

    other = replace(
        record,
        measurements=shuffled(record.measurements),
        conditions=shuffled(record.conditions),
        medications=shuffled(record.medications),
    )
    assert to_json(library().evaluate(other, AS_OF)) == to_json(library().evaluate(record, AS_OF))


@given(records)
@settings(max_examples=150, deadline=None)
def test_unknown_is_never_shown_as_fine(record: PatientRecord) -> None:
    evaluation = library().evaluate(record, AS_OF)
    measured = {m.measure for m in record.measurements}
    for value in evaluation.values:
        if value.measure not in measured:
            assert value.status in ("missing", "not_applicable"), value.measure
        if value.status == "in_target":
            assert value.quantity is not None or value.answer is not None


@given(records)
@settings(max_examples=150, deadline=None)
def test_every_number_carries_its_rule_source_and_status(record: PatientRecord) -> None:
    evaluation = library().evaluate(record, AS_OF)
    for target in (*evaluation.targets, *evaluation.alternatives):
        assert target.rule
        assert target.status in ("V", "V2", "C", "U")
        assert target.source is not None or target.status in ("C", "U")
        assert target.guideline_version


@given(records)
@settings(max_examples=100, deadline=None)
def test_one_merged_goal_for_each_measure_and_every_clash_is_told(record: PatientRecord) -> None:
    evaluation = library().evaluate(record, AS_OF)
    held = [target.measure for target in evaluation.targets]
    assert len(held) == len(set(held))
    told = {clash.measure for clash in evaluation.clashes}
    for other in evaluation.alternatives:
        chosen = next((t for t in evaluation.targets if t.measure == other.measure), None)
        if chosen is not None and chosen.says != other.says:
            assert other.measure in told
