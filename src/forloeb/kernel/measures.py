"""What can be measured: the names, codes, units and limits of one value. Content fills these in."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from forloeb.kernel.content import Closed, Localized, Status

Setting = Literal["laboratory", "clinic", "home", "asked"]
Kind = Literal["decimal", "integer", "choice"]


class MeasureCode(Closed):
    """One code a value travels under. `convert` names the conversion to the measure's own unit, where one is due."""

    system: Literal["NPU", "MCS"]
    code: str
    convert: str | None = None
    status: Status = "V"
    note: str | None = None


class Choice(Closed):
    """One answer of a measure that is chosen, not counted (smoking: dagligt, lejlighedsvis …).

    `also` lists other spellings we read. One that is not offered is read from others, never asked for.
    """

    value: str
    name: Localized
    also: tuple[str, ...] = ()
    is_offered: bool = True


class Range(Closed):
    """Inclusive limits in the measure's unit. `status` where it is not the measure's `range_status`."""

    low: Decimal
    high: Decimal
    status: Status | None = None

    def __contains__(self, number: Decimal) -> bool:
        return self.low <= number <= self.high


class Measure(Closed):
    """One kind of value: what it is called, how it is coded, and which numbers can be true.

    Outside `hard` a number is refused; outside `soft` it is asked about. `goal` says whose target it is
    held against: clinic and home blood pressure are two measures held against `sbp` and `dbp`.
    """

    id: str
    name: Localized
    patient_name: Localized
    patient_help: Localized | None = None
    kind: Kind = "decimal"
    setting: Setting
    unit: str = Field(description="UCUM")
    unit_shown: str
    decimals: int = 0
    hard: Range | None = None
    soft: Range | None = None
    range_status: Status = "U"
    good: Literal["lower", "higher", "between", "none"] = "none"
    goal: str | None = None
    write: MeasureCode | None = None
    read: tuple[MeasureCode, ...] = ()
    choices: tuple[Choice, ...] = ()
    unit_conversions: dict[str, str] = Field(default_factory=dict, description="UCUM unit received: conversion")
    recommended_goal_code: str | None = None
    agreed_goal_code: str | None = None
    status: Status
    sources: tuple[str, ...] = ()
    note: Localized | None = None
