"""The closed schema of content/formulas/, and how a declaration and its arithmetic become a formula."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import cache
from typing import Generic, TypeVar

from pydantic import BaseModel, Field

from forloeb.guidelines.formulas.formula import Band, BandLimit, Compute, Example, Formula, PartForm
from forloeb.guidelines.formulas.inputs import Input, Kind, Limits, Scale
from forloeb.guidelines.schema.shared import Sourced
from forloeb.kernel.content import Closed, ContentError, Localized, Status, content_folder, read_content


class ScaleDeclaration(Closed):
    """Another unit that people write an input in, told by its size."""

    low: float
    high: float
    factor: float
    unit: str


class InputDeclaration(Closed):
    """What an input is, the same in every formula: its names, its unit (UCUM), and how people write it."""

    title: Localized
    kind: Kind = "number"
    unit: str = ""
    unit_shown: Localized | None = None
    choices: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    also_written: tuple[ScaleDeclaration, ...] = ()


class Inputs(Closed):
    """content/formulas/inputs.yaml: every input that a formula may take."""

    inputs: dict[str, InputDeclaration]


class InputUse(Closed):
    """One formula's use of an input: its limits with their status, and what is said outside them.

    A limit without another status is one of plausibility (U), the same as in content/measures.
    """

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    range_status: Status = "U"
    must_be: bool | None = None
    default: bool | str | None = None
    optional: bool = False
    also: tuple[str, ...] = ()
    outside: Localized | None = Field(None, description="what is said outside; made from the limits when left out")


class ExampleDeclaration(Closed):
    """A published or recomputed example, with how exactly it was printed."""

    inputs: dict[str, float | bool | str]
    answer: float
    part: str | None = None
    within: float
    status: Status
    source: str


class PartDeclaration(Closed):
    """A number that a formula gives beside its answer."""

    title: Localized
    unit: str
    decimals: int = 2


class BandRow(Closed):
    """One band: the first whose limits the answer and the age lie below."""

    name: str
    title: Localized
    below: float | None = None
    age_below: float | None = None


class Bands(Sourced):
    """The names of the stretches that answers lie in."""

    rows: tuple[BandRow, ...]


C = TypeVar("C", bound=BaseModel)


class NoCoefficients(Closed):
    """The coefficients of a formula that has none."""


class Declaration(Sourced, Generic[C]):
    """One formula as content: everything but its arithmetic."""

    title: Localized
    unit: str = Field(description="UCUM")
    decimals: int = Field(2, description="how many are printed; nothing is rounded before")
    equation: str = Field(description="the formula as the source writes it, for readers")
    inputs: dict[str, InputUse]
    coefficients: C
    parts: dict[str, PartDeclaration] = Field(default_factory=dict)
    bands: Bands | None = None
    refusals: dict[str, Localized] = Field(default_factory=dict, description="why the numbers cannot be used together")
    warnings: dict[str, Localized] = Field(default_factory=dict)
    note: Localized | None = None
    also: tuple[str, ...] = Field((), description="other names of the formula")
    examples: tuple[ExampleDeclaration, ...]


class BySex(Closed):
    """A coefficient that differs between the sexes."""

    female: float
    male: float

    def of(self, sex: str) -> float:
        """Give the coefficient for `female` or `male`."""
        return self.male if sex == "male" else self.female


M = TypeVar("M", bound=BaseModel)


def read(file: str, schema: type[M]) -> M:
    """Read one file of content/formulas/. Raises ContentError."""
    return read_content(content_folder() / "formulas" / f"{file}.yaml", schema)


@cache
def _inputs() -> dict[str, InputDeclaration]:
    return read("inputs", Inputs).inputs


def formula(name: str, declared: Declaration[C], make: Callable[[Declaration[C]], Compute]) -> Formula:
    """Tie a declaration to its arithmetic. Raises ContentError for an input that does not exist."""
    bands = declared.bands
    return Formula(
        name=name,
        title=declared.title,
        unit=declared.unit,
        decimals=declared.decimals,
        equation=declared.equation,
        inputs=tuple(_input(name, one, use) for one, use in declared.inputs.items()),
        compute=make(declared),
        status=declared.status,
        sources=declared.sources,
        note=declared.note,
        parts={key: PartForm(part.title, part.unit, part.decimals) for key, part in declared.parts.items()},
        bands=tuple(_band(row) for row in bands.rows) if bands else (),
        bands_status=bands.status if bands else None,
        bands_sources=bands.sources if bands else (),
        examples=tuple(Example(**dict(each)) for each in declared.examples),
        also=declared.also,
    )


def _band(row: BandRow) -> BandLimit:
    return BandLimit(Band(row.name, row.title), row.below, row.age_below)


def _input(formula_name: str, name: str, use: InputUse) -> Input:
    known = _inputs()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ContentError([f"content/formulas: {formula_name}: unknown input '{name}'.{hint}"])
    what = known[name]
    shown = what.unit_shown or Localized(da=what.unit, en=what.unit)
    limits = Limits(use.at_least, use.above, use.at_most, use.below)
    return Input(
        name=name,
        title=what.title,
        kind=what.kind,
        unit=what.unit,
        unit_shown=shown,
        limits=limits,
        span=limits.span,
        range_status=use.range_status,
        outside=use.outside or _outside(what, limits.text(shown)),
        must_be=use.must_be,
        default=use.default,
        is_optional=use.optional,
        choices=what.choices,
        also=(*what.also, *use.also),
        scales=tuple(Scale(each.low, each.high, each.factor, each.unit) for each in what.also_written),
    )


def _outside(what: InputDeclaration, limits: Localized) -> Localized:
    if what.choices:
        da, en = " eller ".join(what.choices), " or ".join(what.choices)
    else:
        da, en = limits.da, limits.en
    if not da:
        return Localized(da=f"{what.title.da} kan ikke bruges.", en=f"{what.title.en} cannot be used.")
    return Localized(da=f"{what.title.da} skal være {da}.", en=f"{what.title.en} must be {en}.")
