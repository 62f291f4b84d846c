"""One person under two versions: what changes for them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from forloeb.guidelines.results import Evaluation
from forloeb.kernel.answers import Answer
from forloeb.kernel.measures import Measure

_OUT = frozenset({"above_target", "below_floor", "confirm_at_home"})


@dataclass(frozen=True, slots=True)
class Effect:
    """What another version changes for one person."""

    enters: frozenset[str]
    """The guidelines whose disease would become theirs, and below those whose would no longer be."""
    leaves: frozenset[str]
    targets: tuple[tuple[str, str, str], ...]
    """Each goal that changes: measure, before, after; empty where there is none."""
    comes_in: frozenset[str]
    """The measures that would be at goal and are not, and below the reverse."""
    goes_out: frozenset[str]
    added: Counter[str] = field(default_factory=Counter)
    """Tasks that would be there and are not, by kind, and below those that would be gone."""
    removed: Counter[str] = field(default_factory=Counter)

    @property
    def is_any(self) -> bool:
        """Whether anything changes at all."""
        return bool(
            self.enters or self.leaves or self.targets or self.comes_in or self.goes_out or self.added or self.removed
        )


def effect(before: Evaluation, after: Evaluation, measures: Mapping[str, Measure]) -> Effect:
    """Hold two evaluations of one person on one day against each other."""
    had, has = _included(before), _included(after)
    was_in, is_in = _statuses(before), _statuses(after)
    then, now = Counter(_tasks(before, measures)), Counter(_tasks(after, measures))
    return Effect(
        has - had,
        had - has,
        tuple(_targets(before, after)),
        frozenset(m for m, at_goal in is_in.items() if at_goal and was_in.get(m) is False),
        frozenset(m for m, at_goal in is_in.items() if not at_goal and was_in.get(m) is True),
        _kinds(now - then),
        _kinds(then - now),
    )


def _included(evaluation: Evaluation) -> frozenset[str]:
    return frozenset(disease.guideline for disease in evaluation.diseases if disease.included is Answer.YES)


def _targets(before: Evaluation, after: Evaluation) -> Iterator[tuple[str, str, str]]:
    was = {target.measure: target.says for target in before.targets}
    now = {target.measure: target.says for target in after.targets}
    for measure in sorted({*was, *now}):
        if was.get(measure) != now.get(measure):
            yield measure, was.get(measure, ""), now.get(measure, "")


def _statuses(evaluation: Evaluation) -> dict[str, bool]:
    """Give for each value that can be judged whether it is at its goal."""
    return {
        value.measure: value.status == "in_target"
        for value in evaluation.values
        if value.status == "in_target" or value.status in _OUT
    }


Task = tuple[str, str]
"""A kind of task, and which one it is."""


def _tasks(evaluation: Evaluation, measures: Mapping[str, Measure]) -> Iterator[Task]:
    for due in evaluation.due:
        if due.due_on <= evaluation.as_of:
            yield _kind_of_due(due.what, due.measures, measures), due.what
    for proposal in evaluation.proposals:
        yield proposal.kind, proposal.rule
    for flag in evaluation.flags:
        if flag.level != "note":
            yield "notice", flag.flag


def _kind_of_due(what: str, asked: tuple[str, ...], measures: Mapping[str, Measure]) -> str:
    if not asked:
        return "annual_review"
    settings = {measures[name].setting for name in asked if name in measures}
    return "laboratory" if "laboratory" in settings else "measurement"


def _kinds(tasks: Counter[Task]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (kind, _which), count in tasks.items():
        found[kind] += count
    return found


AGE_BANDS = ((0, 40), (40, 60), (60, 75), (75, 200))
"""Ages from the first up to, not with, the second."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an effect is of, by what effects are told apart by."""

    age: int
    sex: str
    diseases: frozenset[str]
    is_frail: bool

    def groups(self) -> Iterator[tuple[str, str]]:
        """Give the groups a person is in, by axis."""
        low, high = next(band for band in AGE_BANDS if band[0] <= self.age < band[1])
        yield "age", f"{low}-{high - 1}" if high < AGE_BANDS[-1][1] else f"{low}-"
        yield "sex", self.sex
        yield "frailty", "yes" if self.is_frail else "no"
        for disease in self.diseases or ("",):
            yield "disease", disease
