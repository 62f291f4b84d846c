"""What a draft would change is added up person by person, and what could point at somebody is hidden from others."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from forloeb.guidelines.library import Library, read_files
from forloeb.guidelines.record import Condition, Measurement, PatientRecord
from forloeb.kernel.codes import ICPC2_DK, Coding
from forloeb.kernel.content import content_folder
from forloeb.kernel.identifiers import Sex
from forloeb.kernel.quantities import Quantity
from forloeb.population.simulation.effects import Effect, Person, effect
from forloeb.population.simulation.running import read_minutes, workload
from forloeb.population.simulation.summing import SMALLEST, Line, Summed, for_others, summed
from forloeb.terminology import measures

DAY = date(2026, 3, 1)
FILES = read_files(content_folder())
RULES = "guidelines/ischaemic_heart_disease/rules/rules.yaml"
BEFORE = Library.read(FILES, measures())


def after(old: str, new: str) -> Library:
    assert old in FILES[RULES]
    return Library.read({**FILES, RULES: FILES[RULES].replace(old, new, 1)}, measures())


def somebody(ldl: str) -> PatientRecord:
    measured = Measurement("ldl", date(2025, 10, 1), Quantity(Decimal(ldl), "mmol/L"))
    return PatientRecord(date(1960, 1, 1), Sex.MALE, [measured], [Condition(Coding(ICPC2_DK, "K74"), date(2020, 1, 1))])


def changed(ldl: str, old: str, new: str) -> Effect:
    record = somebody(ldl)
    return effect(BEFORE.evaluate(record, DAY), after(old, new).evaluate(record, DAY), measures())


def test_the_same_version_changes_nothing() -> None:
    record = somebody("1.3")
    assert not effect(BEFORE.evaluate(record, DAY), BEFORE.evaluate(record, DAY), measures()).is_any


def test_a_lower_goal_moves_those_between_out_of_it_and_gives_a_task() -> None:
    found = changed("1.3", "{ldl: {below: 1.4}}", "{ldl: {below: 1.2}}")
    assert found.targets == (("ldl", "< 1.4", "< 1.2"),)
    assert (found.goes_out, found.comes_in) == ({"ldl"}, set())
    assert found.added.total() > 0
    assert changed("1.1", "{ldl: {below: 1.4}}", "{ldl: {below: 1.2}}").goes_out == set()


def test_another_inclusion_lets_people_in_and_out() -> None:
    found = changed("1.3", "when: ihd, included", "when: age > 200, included")
    assert found.leaves == {"ischaemic_heart_disease"}
    assert found.removed["annual_review"] == 1


def test_minutes_are_as_typed_or_as_assumed() -> None:
    assumed = {task.task: task.minutes for task in workload()}
    assert read_minutes({}) == assumed
    typed = read_minutes({"minutes.laboratory": "7", "minutes.other": "-3", "minutes.notice": "99999"})
    assert typed == {**assumed, "laboratory": 7}


PEOPLE = st.lists(
    st.tuples(
        st.builds(
            Person,
            st.integers(0, 99),
            st.sampled_from(["female", "male", ""]),
            st.frozensets(st.sampled_from(["copd", "type2_diabetes"])),
            st.booleans(),
        ),
        st.builds(
            Effect,
            st.frozensets(st.sampled_from(["copd"])),
            st.frozensets(st.sampled_from(["type2_diabetes"])),
            st.sampled_from([(), (("ldl", "< 1.4", "< 1.2"),)]),
            st.frozensets(st.sampled_from(["ldl"])),
            st.frozensets(st.sampled_from(["sbp_home"])),
            st.dictionaries(st.sampled_from(["laboratory", "notice"]), st.integers(1, 2)).map(Counter),
            st.just(Counter()),
        ),
    ),
    max_size=60,
)
MINUTES = {"laboratory": 10, "notice": 2}


@given(PEOPLE)
def test_groups_add_up_to_the_whole(people: list[tuple[Person, Effect]]) -> None:
    whole = summed(people, MINUTES)
    assert whole.people == len(people)
    for axis in ("age", "sex", "frailty"):
        lines = whole.groups[axis]
        assert sum(line.people or 0 for line in lines) == whole.people
        assert sum(line.changed or 0 for line in lines) == whole.changed
        assert sum(line.minutes or 0 for line in lines) == whole.minutes
    assert whole.minutes == sum(line.minutes or 0 for line in whole.tasks)
    assert Summed.from_json(whole.to_json()) == whole


@given(PEOPLE)
def test_others_read_no_small_number_and_cannot_find_one_by_subtracting(people: list[tuple[Person, Effect]]) -> None:
    shown = for_others(summed(people, MINUTES))
    for lines in (shown.enters, shown.leaves, shown.targets, shown.flips, shown.tasks, *shown.groups.values()):
        for line in lines:
            assert not any(0 < count < SMALLEST for count in counts(line))
    for axis in ("age", "sex", "frailty"):
        hidden = [line for line in shown.groups[axis] if line.people is None]
        shown_people = [line for line in shown.groups[axis] if line.people]
        assert len(hidden) != 1 or not shown_people


def counts(line: Line) -> list[int]:
    return [count for count in (line.people, line.changed, line.comes_in, line.goes_out) if count is not None]
