"""The bundled year keeps every interval, and no other set of visits is better: all of them are tried."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from forloeb.population.bundling import YEAR, Bundle, Task, bundle, done_at, fewest

EVERY = (1, 2, 3, 4, 6, 9, 12, 24)


@st.composite
def task_lists(draw: st.DrawFn, most: int = 4) -> list[Task]:
    found = []
    for number in range(draw(st.integers(0, most))):
        every = draw(st.sampled_from(EVERY))
        found.append(Task(f"task-{number}", draw(st.integers(0, min(every, YEAR))), every))
    return found


def keeps(task: Task, done: tuple[int, ...]) -> bool:
    """Whether doing it in these months keeps its interval through the year."""
    by = task.due
    for month in done:
        if month > by:
            return False
        by = month + task.every
    return by >= YEAR


def by_trying_all(tasks: list[Task]) -> tuple[int, int]:
    """Try every set of visits, and at each every way of doing each task; gives visits and times of the best."""
    subsets = chain.from_iterable(combinations(range(YEAR), size) for size in range(YEAR + 1))
    best: tuple[int, int] | None = None
    for visits in subsets:
        if best is not None and len(visits) > best[0]:
            break
        times = 0
        for task in tasks:
            ways = chain.from_iterable(combinations(visits, size) for size in range(len(visits) + 1))
            least = next((len(way) for way in ways if keeps(task, way)), None)
            if least is None:
                break
            times += least
        else:
            found = len(visits), times
            best = found if best is None else min(best, found)
    assert best is not None
    return best


@given(task_lists())
@example([Task("a", 0, 12), Task("b", 3, 3)])
@example([Task("a", 5, 6), Task("b", 11, 12), Task("c", 2, 24)])
def test_it_is_as_good_as_the_best_of_all(tasks: list[Task]):
    found = bundle(tasks)
    assert (len(found.visits), found.times) == by_trying_all(tasks)


@given(task_lists(most=8))
def test_every_interval_is_kept_and_only_at_visits(tasks: list[Task]):
    found = bundle(tasks)
    done = dict(found.done)
    for task in tasks:
        assert set(done[task.name]) <= set(found.visits)
        assert keeps(task, done[task.name])


@given(task_lists(), task_lists())
def test_together_is_never_more_visits_than_apart(some: list[Task], others: list[Task]):
    assert fewest([*some, *others]) <= fewest(some) + fewest(others)


@given(task_lists())
def test_no_visit_is_for_nothing(tasks: list[Task]):
    found = bundle(tasks)
    assert {month for _, months in found.done for month in months} == set(found.visits)


def test_nothing_to_do_is_no_visit():
    assert bundle([]) == Bundle((), ())
    assert bundle([Task("eyes", 12, 24)]) == Bundle((), (("eyes", ()),))


def test_what_comes_too_late_is_not_done():
    assert done_at(Task("a", 3, 3), (4, 7, 10)) is None


@pytest.mark.parametrize("task", [Task("a", 4, 3), Task("a", -1, 3), Task("a", 0, 0)])
def test_a_task_that_cannot_be_is_refused(task: Task):
    with pytest.raises(ValueError, match="cannot be due"):
        bundle([task])
