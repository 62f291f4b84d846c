"""The lists always add up: each person once in the whole, and the lists to all that stands on them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from forloeb.population.lists import need_of
from forloeb.population.reasons import Reason
from forloeb.population.totals import add_up
from forloeb.population.worklist import Entry, by_place

KINDS = st.sampled_from(sorted(need_of()))
DAY = date(2026, 11, 23)


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    found = []
    for number in range(draw(st.integers(0, 25))):
        kinds = sorted(draw(st.lists(KINDS, min_size=1, max_size=6)), key=need_of().__getitem__)
        reasons = tuple(Reason(kind) for kind in kinds)
        found.append(Entry(number, UUID(int=number), "A", "B", None, DAY, 70, (), None, None, reasons))
    return found


@given(entries())
def test_every_person_stands_in_one_place_and_the_places_add_up(people: list[Entry]):
    places = by_place(people)
    assert sorted(e.patient_id for found in places.values() for e in found) == [e.patient_id for e in people]


@given(entries())
def test_the_first_lists_add_up_to_the_people_and_the_others_to_all_that_stands_there(people: list[Entry]):
    on_a_list = [entry for entry in people if any(r.list for r in entry.reasons)]
    totals = add_up(people)
    assert totals.people == len(on_a_list) == sum(line.first for line in totals.lines)
    assert totals.reasons == totals.people + sum(line.also for line in totals.lines)
    for line in totals.lines:
        shown = [entry for entry in people if any(reason.kind == line.list.id for reason in entry.reasons)]
        assert line.people == len(shown)
        assert line.also >= 0


@given(entries())
def test_the_sums_of_the_places_are_the_sum_of_the_whole(people: list[Entry]):
    parts = [add_up(found) for found in by_place(people).values()]
    whole = add_up(people)
    assert whole.people == sum(part.people for part in parts)
    for place, line in enumerate(whole.lines):
        same = [part.lines[place] for part in parts]
        assert (line.first, line.also) == (sum(one.first for one in same), sum(one.also for one in same))
