"""First-match decision tables: the first row that is yes decides; one that cannot be answered is noted, passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from forloeb.guidelines.board import Board, Layout, Remembered, picker
from forloeb.guidelines.expressions import Atom, Expression, atoms
from forloeb.guidelines.logic import Ask, closure, open_atoms, reasons
from forloeb.guidelines.regions import Region
from forloeb.guidelines.results import FactUsed

Facts = tuple[FactUsed, ...]
Pick = Callable[[Sequence[FactUsed]], Facts]


class Outcome(NamedTuple):
    """What a table says: the row that decides, the facts that settle it, and the facts that are missing.

    `facts` and `missing` pick from a board's values; `missing_names` are the latter's names.
    """

    row: int | None
    facts: Pick
    missing: Pick
    missing_names: tuple[str, ...]


class Table(Remembered[Outcome]):
    """A compiled table of rows in order."""

    def __init__(self, rows: Sequence[Expression], layout: Layout) -> None:
        super().__init__((atom for row in rows for atom in atoms(row)), layout)
        self._rows = tuple(rows)
        self._closures = tuple(closure(row, self.atom_closure) for row in rows)
        self._index = layout.index

    def holds(self, board: Board) -> bool:
        """Whether a row decides."""
        return self.ask(board).row is not None

    def work_out(self, keys: tuple[Region, ...]) -> Outcome:
        """Find the row that decides, and why."""
        row, passed = None, []
        for number, answer in enumerate(asked(keys) for asked in self._closures):
            if answer:
                row = number
                break
            if answer is None:
                passed.append(number)
        return explained(self._rows, row, passed, self.asker(keys), self._index.__getitem__)


def explained(
    rows: Sequence[Expression], row: int | None, passed: Sequence[int], ask: Ask, index_of: Callable[[str], int]
) -> Outcome:
    """Give an outcome with the facts that alone settle it: the deciding row's first, then why earlier rows are not."""
    before = range(len(rows) if row is None else row)
    settled = [number for number in before if number not in passed]
    asked = settled if row is None else [row, *settled]
    facts = _names(atom for number in asked for atom in reasons(rows[number], ask))
    missing = _names(atom for number in passed for atom in open_atoms(rows[number], ask))
    return Outcome(
        row, picker([index_of(name) for name in facts]), picker([index_of(name) for name in missing]), missing
    )


def _names(found: Iterable[Atom]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(atom.fact for atom in found))
