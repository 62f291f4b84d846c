"""What a figure can be: a number, a curve, shares, or one of these for a group; each with its status and sources."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from forloeb.kernel.content import Closed

FigureStatus = Literal["V", "C", "A"]
"""V read in the source named, C computed from such figures, A assumed."""

Points = tuple[tuple[float, float], ...]


class Figure(Closed):
    """What every figure carries: how sure it is, where it comes from, and a note for the reader."""

    status: FigureStatus
    sources: tuple[str, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _is_sourced(self) -> Self:
        if self.status == "V" and not self.sources:
            raise ValueError("a figure with status V names its source")
        return self


class Number(Figure):
    """One number, in the unit its key or note says."""

    value: float


class Curve(Figure):
    """Points (x, y) with straight lines between: a quantile curve (share, value), or a value over age."""

    points: Points

    @model_validator(mode="after")
    def _rises(self) -> Self:
        xs = [x for x, _ in self.points]
        if len(xs) < 2 or xs != sorted(xs):
            raise ValueError("a curve has two points or more, in rising order")
        return self


class Shares(Figure):
    """Shares that add up to one, by what they are shares of."""

    shares: dict[str, float]

    @model_validator(mode="before")
    @classmethod
    def _keys_as_text(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("shares"), dict):
            return {**data, "shares": {str(key): share for key, share in data["shares"].items()}}
        return data

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if abs(sum(self.shares.values()) - 1) > 1e-6:
            raise ValueError("shares add up to 1")
        return self


class Group(Closed):
    """Whom a figure is about: those with all of `with`, any of `with_any`, none of `without`."""

    with_: tuple[str, ...] = Field(default=(), alias="with")
    with_any: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @property
    def named(self) -> frozenset[str]:
        """Every disease the group speaks of."""
        return frozenset(self.with_ + self.with_any + self.without)


class GroupShare(Group, Figure):
    """A share of a group."""

    share: float = Field(ge=0, le=1)
    from_age: float = 0


class GroupCurve(Group, Curve):
    """A curve for a group."""


class GroupShares(Group, Shares):
    """Shares for a group."""


class Pyramid(Figure):
    """People by age band, and the share of women in each."""

    band_years: int
    oldest: int
    people: tuple[float, ...]
    women: tuple[float, ...]
