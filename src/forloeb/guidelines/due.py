"""What is due and when: so long after it was last done, or after the day of a fact."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from forloeb.guidelines.board import Board, PatientFacts
from forloeb.guidelines.context import Context
from forloeb.guidelines.history import History
from forloeb.guidelines.results import Due, Reason
from forloeb.guidelines.schema import IntervalRow, IntervalTable
from forloeb.guidelines.tables import Table
from forloeb.kernel.periods import months_after

ANNUAL_REVIEW = "annual_review"


class IntervalRule:
    """One thing that is done again and again, compiled."""

    def __init__(self, content: IntervalTable, context: Context) -> None:
        self._content = content
        self._guideline = context.guideline
        self._sources = tuple(context.source(row) for row in content.rows)
        self._table = Table([context.expression(row.when) for row in content.rows], context.layout)

    def due(self, board: Board, facts: PatientFacts, history: History) -> Due | None:
        """Give when it is due; None where nothing is. What has never been done is due on the day asked about."""
        content = self._content
        outcome = self._table.ask(board)
        if outcome.row is None:
            return None
        row = content.rows[outcome.row]
        if row.months is None and row.weeks is None:
            return None
        last = _last_done(content, history)
        since = last if row.after is None else facts[row.after].on
        reason = Reason(
            row.rule,
            row.text,
            row.status,
            self._sources[outcome.row],
            outcome.facts(board.values),
            outcome.missing_names,
        )
        return Due(content.what, content.title, _due_on(row, since, history), last, (self._guideline,), (reason,))


def _due_on(row: IntervalRow, since: date | None, history: History) -> date:
    if since is None:
        return history.as_of
    if row.weeks is not None:
        return since + timedelta(weeks=row.weeks)
    return months_after(since, row.months or 0)


def _last_done(content: IntervalTable, history: History) -> date | None:
    if content.what == ANNUAL_REVIEW:
        return max((day for day in history.record.reviewed_on if day <= history.as_of), default=None)
    days = [found.measured_on for name in content.measures if (found := history.latest(name))]
    return max(days, default=None)


def earliest(found: Iterable[Due]) -> tuple[Due, ...]:
    """Keep one of each thing that is due: the earliest, with every guideline that asks for it."""
    by_what: dict[str, list[Due]] = {}
    for due in found:
        by_what.setdefault(due.what, []).append(due)
    kept = [_first(dues) if len(dues) > 1 else dues[0] for dues in by_what.values()]
    return tuple(sorted(kept, key=lambda due: (due.due_on, due.what)))


def _first(dues: list[Due]) -> Due:
    first = min(dues, key=lambda due: (due.due_on, due.guidelines))
    guidelines = tuple(sorted({name for due in dues for name in due.guidelines}))
    return first._replace(guidelines=guidelines)
