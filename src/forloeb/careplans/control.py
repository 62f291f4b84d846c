"""What the control page shows: one patient across all diseases, in plain data. Built by queries.get_control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from forloeb.access.queries import OpenPatient
from forloeb.careplans.agreed import AgreedGoal as AgreedGoal
from forloeb.careplans.drafts import Draft
from forloeb.careplans.ranges import GoalRange
from forloeb.careplans.version_changes import VersionChange
from forloeb.guidelines.record import Measurement
from forloeb.guidelines.results import (
    Clash,
    Disease,
    Due,
    EvaluatedValue,
    Evaluation,
    FactUsed,
    Flag,
    Proposal,
    Target,
    ValueStatusName,
)
from forloeb.kernel.answers import Answer
from forloeb.kernel.measures import Measure


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the value table."""

    measure: Measure
    value: EvaluatedValue
    history: tuple[Measurement, ...]
    target: Target | None
    alternatives: tuple[Target, ...]
    agreed: AgreedGoal | None
    premise_changed: tuple[FactUsed, ...]
    """The facts that have changed since the goal was agreed to differ; it asks again."""
    can_type: bool
    shows_goal: bool
    """Whether the goal is edited on this line: the first of those held against the same goal."""
    version_change: VersionChange | None = None
    """What a new version proposes for the goal; until it is answered, the agreed goal holds."""
    is_far_off: bool = False
    """Whether the value has come far from the goal that was agreed to differ; it asks again."""
    is_quiet: bool = False
    """Whether nothing asks for it: no goal, never measured, not due. The page folds such lines away."""

    @property
    def goal_name(self) -> str:
        """The name the goal goes by: `sbp` for both clinic and home pressure."""
        return self.measure.goal or self.measure.id

    @property
    def status(self) -> ValueStatusName:
        """How the newest value stands to the goal in force: the agreed one where it differs from the recommended.

        Too low by the guideline stays too low, and what cannot be used is never called fine.
        """
        goal, quantity = self.agreed.range if self.agreed else None, self.value.quantity
        own = goal is not None and self._is_own
        if goal is None or not own or quantity is None or self.value.status not in self._judged:
            return self.value.status
        if goal.keeps_low(quantity) is Answer.NO:
            return "below_floor"
        match goal.keeps_high(quantity), goal.keeps_low(quantity):
            case Answer.YES, Answer.YES:
                return "in_target"
            case Answer.NO, _:
                return "confirm_at_home" if self.value.status == "confirm_at_home" else "above_target"
        return "missing"

    @property
    def _is_own(self) -> bool:
        """Whether the value is held against the agreed goal: it differs, or a new version's waits for an answer."""
        differs = self.agreed is not None and self.agreed.differs
        return self.target is None or differs or self.version_change is not None

    @property
    def wakes_up(self) -> bool:
        """Whether a goal that was agreed to differ asks to be looked at again."""
        by_version = self.version_change is not None and self.version_change.is_override
        return bool(self.premise_changed) or self.is_far_off or by_version

    @property
    def _judged(self) -> frozenset[ValueStatusName]:
        """The statuses that a goal of the patient's own may change."""
        no_goal: frozenset[ValueStatusName] = frozenset({"not_applicable"} if self.target is None else ())
        return no_goal | {"in_target", "above_target", "confirm_at_home"}

    @property
    def goal_in_force(self) -> GoalRange | None:
        """The agreed goal, else the recommended one."""
        if self.agreed is not None:
            return self.agreed.range
        return GoalRange.of(self.target) if self.target else None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Something agreed or to be remembered."""

    id: int
    is_reminder: bool
    text: str
    done_by: str
    due_on: date | None
    rule: str
    said_on: date


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """One disease's plan: None for `created_at` when the patient has the disease and no plan yet."""

    guideline: str
    label: str
    disease: Disease
    created_at: datetime | None
    versions: int


@dataclass(frozen=True, slots=True)
class PastReview:
    """A yearly control that was finished."""

    id: int
    reviewed_on: date
    saved_by_name: str
    next_review_on: date | None
    note_to_patient: str
    source: str = ""
    """Where it was received from; nothing for a control finished here."""


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One of the at most five lines that matter most now. Exactly one of the details is given."""

    kind: Literal["flag", "value", "premise", "version", "due", "missing", "all-well", "no-disease"]
    level: Literal["urgent", "attention", "note", "good"]
    flag: Flag | None = None
    row: Row | None = None
    due: Due | None = None
    measures: tuple[Measure, ...] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """Everything on the control page."""

    patient: OpenPatient
    as_of: date
    age: int
    evaluation: Evaluation
    rows: tuple[Row, ...]
    status: tuple[StatusLine, ...]
    statements: Mapping[str, str]
    agreements: tuple[Agreement, ...]
    proposals: tuple[Proposal, ...]
    plans: tuple[PlanSummary, ...]
    reviews: tuple[PastReview, ...]
    draft: Draft
    awaiting_sign_off: tuple[Disease, ...]
    suggested_next_review_on: date
    height: Decimal | None = None
    """The newest height on record, in metres."""

    @property
    def clashes(self) -> tuple[Clash, ...]:
        """The disagreements between guidelines, each with the choice and why."""
        return self.evaluation.clashes

    @property
    def last_review(self) -> PastReview | None:
        """The newest finished control."""
        return self.reviews[0] if self.reviews else None

    @property
    def is_finished_today(self) -> bool:
        """Whether a control has been finished on the day itself."""
        return self.last_review is not None and self.last_review.reviewed_on == self.as_of


def status_lines(rows: tuple[Row, ...], evaluation: Evaluation, *, most: int = 5) -> tuple[StatusLine, ...]:
    """Say what matters most now, the most pressing first: urgent flags, values off their goal, overdue, missing."""
    if not any(d.included.value == "yes" for d in evaluation.diseases):
        return (StatusLine("no-disease", "note"),)
    lines = [StatusLine("flag", f.level, flag=f) for f in evaluation.flags if f.level == "urgent"]
    lines += [
        StatusLine("value", "attention", row=row)
        for row in rows
        if row.status in ("above_target", "below_floor", "implausible", "conflict", "confirm_at_home")
    ]
    lines += [StatusLine("premise", "attention", row=row) for row in rows if row.wakes_up]
    proposed = [row for row in rows if row.shows_goal and row.version_change and not row.wakes_up]
    lines += [StatusLine("version", "attention", row=row) for row in proposed]
    lines += [StatusLine("flag", f.level, flag=f) for f in evaluation.flags if f.level == "attention"]
    missing = tuple(row.measure for row in rows if row.status in ("missing", "stale") and not row.is_quiet)
    tail = [StatusLine("missing", "note", measures=missing)] if missing else []
    if not lines and not tail:
        return (StatusLine("all-well", "good"),)
    return (*lines[: most - len(tail)], *tail)
