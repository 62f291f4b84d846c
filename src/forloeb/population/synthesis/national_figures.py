"""The figures behind a year of plans in the whole nation: the closed schema of content/population/national.yaml."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from forloeb.kernel.content import Closed
from forloeb.population.synthesis.figure_kinds import Curve, Figure, Number, Shares

MONTHS = 12


class AddedUp(Figure):
    """Plans added up month by month."""

    added_up: tuple[int, ...] = Field(min_length=MONTHS, max_length=MONTHS)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if list(self.added_up) != sorted(self.added_up):
            raise ValueError("what is added up never falls")
        return self

    @property
    def per_month(self) -> tuple[int, ...]:
        """Each month's own."""
        return tuple(now - before for before, now in zip((0, *self.added_up), self.added_up, strict=False))


class NationalFigures(Closed):
    """content/population/national.yaml"""

    first_month: str = Field(pattern=r"^\d{4}-\d{2}$")
    new: AddedUp
    maintained: AddedUp
    practices: Number
    practices_per_doctor: Number
    closed: Number
    regional: Number
    tender: Number
    other_types: Number
    left_out: Number
    earlier: Number
    spread: Curve
    at_work: Number
    types: Shares
    both: Number
    age: Curve
    women: Number

    @property
    def first(self) -> date:
        """The first day of the first month."""
        return date.fromisoformat(f"{self.first_month}-01")
