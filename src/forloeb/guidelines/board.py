"""One patient's facts laid out for the tables: each fact's value, and the region it lies in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Generic, TypeVar

from forloeb.guidelines.expressions import Atom
from forloeb.guidelines.formulas import FORMULAS, FormulaAnswer
from forloeb.guidelines.logic import Ask, Closure, Truth
from forloeb.guidelines.regions import Axis, Region, axes_of
from forloeb.guidelines.results import FactUsed

T = TypeVar("T")
_MOST_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each fact stands on the board, and against which constants all rules together hold it."""

    index: Mapping[str, int]
    axes: tuple[Axis | None, ...]

    @classmethod
    def of(cls, index: Mapping[str, int], atoms: Iterable[Atom]) -> Layout:
        """Lay out the facts for all that will be asked of them."""
        axes: list[Axis | None] = [None] * len(index)
        for axis in axes_of(atoms):
            axes[index[axis.fact]] = axis
        return cls(index, tuple(axes))


class Board:
    """The facts of one patient on one day. `blank` holds what is known of somebody with an empty record."""

    __slots__ = ("axes", "places", "values")

    def __init__(self, blank: Sequence[FactUsed], blank_places: Sequence[Region], layout: Layout) -> None:
        self.values = list(blank)
        self.places = list(blank_places)
        self.axes = layout.axes

    def put(self, index: int, fact: FactUsed) -> None:
        """Lay down a fact."""
        self.values[index] = fact
        axis = self.axes[index]
        if axis is not None:
            self.places[index] = axis.region(fact)


class PatientFacts(Mapping[str, FactUsed]):
    """One patient's facts by name, and what formulas make of them; each formula is calculated once."""

    def __init__(self, index: Mapping[str, int], board: Board) -> None:
        self._index, self._board = index, board
        self._answers: dict[tuple[object, ...], FormulaAnswer] = {}

    def __getitem__(self, name: str) -> FactUsed:
        return self._board.values[self._index[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def missing_for(self, inputs: Mapping[str, str]) -> tuple[str, ...]:
        """Give the facts that a formula lacks. A bound (`>90`) is no number to calculate with."""
        found = (self[name] for name in inputs.values())
        return tuple(fact.fact for fact in found if fact.value is None or fact.comparator)

    def calculate(self, formula: str, inputs: Mapping[str, str]) -> FormulaAnswer:
        """Calculate a formula from facts that are all known exactly."""
        key = (formula, *inputs.items())
        found = self._answers.get(key)
        if found is None:
            given = {name: self[fact].value for name, fact in inputs.items()}
            found = self._answers[key] = FORMULAS[formula].calculate(**given)
        return found


def picker(indices: Sequence[int]) -> Callable[[Sequence[T]], tuple[T, ...]]:
    """Give a function that picks these places of a sequence, as a tuple."""
    match len(indices):
        case 0:
            return lambda _: ()
        case 1:
            only = indices[0]
            return lambda sequence: (sequence[only],)
    return itemgetter(*indices)


class Remembered(Generic[T]):
    """An answer that depends only on the regions of some facts: worked out once for each combination of them.

    Two memories: by the regions between all rules' constants, which are at hand for every patient, and by those
    between this answer's own constants, which are fewer.
    """

    def __init__(self, atoms: Iterable[Atom], layout: Layout) -> None:
        self.axes = tuple(axes_of(atoms))
        self.indices = tuple(layout.index[axis.fact] for axis in self.axes)
        self._at = {axis.fact: at for at, axis in enumerate(self.axes)}
        self._pick = picker(self.indices)
        self._near: dict[Any, T] = {}
        self._exact: dict[Any, T] = {}

    def ask(self, board: Board) -> T:
        """Give the answer for a patient."""
        key = self._pick(board.places)
        found = self._near.get(key)
        return self._miss(key, board) if found is None else found

    def _miss(self, key: tuple[Region, ...], board: Board) -> T:
        keys = tuple(axis.region(board.values[index]) for axis, index in zip(self.axes, self.indices, strict=True))
        found = self._exact.get(keys)
        if found is None:
            if len(self._exact) > _MOST_REMEMBERED:
                self._exact.clear()
            found = self._exact[keys] = self.work_out(keys)
        if len(self._near) > _MOST_REMEMBERED:
            self._near.clear()
        self._near[key] = found
        return found

    def work_out(self, keys: tuple[Region, ...]) -> T:
        """Work out the answer for one combination of regions, in the order of `axes`."""
        raise NotImplementedError

    def atom_closure(self, atom: Atom) -> Closure:
        """Compile one comparison to a function of the regions."""
        at = self._at[atom.fact]
        return self.axes[at].closure(atom, at)

    def asker(self, keys: Sequence[Region]) -> Ask:
        """Give a function that answers an atom for one combination of regions."""

        def ask(atom: Atom) -> Truth:
            return self.atom_closure(atom)(keys)

        return ask
