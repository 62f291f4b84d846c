"""What a formula is when it runs: named inputs with unit and valid range, and an answer or the reason there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite

from forloeb.guidelines.formulas.inputs import Given, Input
from forloeb.kernel.content import Localized, Status


@dataclass(frozen=True, slots=True)
class Part:
    """A number that a formula gives beside its answer, with its own unit (UCUM)."""

    name: str
    title: Localized
    value: float
    unit: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Band:
    """The name of the stretch that an answer lies in, such as *high risk*."""

    name: str
    title: Localized


@dataclass(frozen=True, slots=True)
class BandLimit:
    """One row of a formula's bands: it fits below both limits, None being open. The first that fits names it."""

    band: Band
    below: float | None
    age_below: float | None


@dataclass(frozen=True, slots=True)
class FormulaAnswer:
    """A number in the formula's unit, unrounded, or None with the reason.

    `missing` names the inputs that were not given. `warning` goes with a number that is less sure than usual.
    """

    value: float | None
    unit: str
    reason: Localized | None = None
    warning: Localized | None = None
    missing: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    band: Band | None = None

    def part(self, name: str) -> float:
        """Give one of the numbers beside the answer. Raises KeyError for a name that is not there."""
        for part in self.parts:
            if part.name == name:
                return part.value
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Result:
    """What a formula's arithmetic gives when it is more than a number."""

    value: float | None
    reason: Localized | None = None
    warning: Localized | None = None
    missing: tuple[str, ...] = ()
    parts: Mapping[str, float] | None = None


Compute = Callable[..., float | Result]


@dataclass(frozen=True, slots=True)
class PartForm:
    """How a number beside the answer is called and written."""

    title: Localized
    unit: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Example:
    """A published or recomputed example: inputs, the answer or one of its parts, and how exactly it was printed."""

    inputs: Mapping[str, Given]
    answer: float
    within: float
    status: Status
    source: str
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula with its sources. Outside its valid range it answers unknown with the reason, never a number."""

    name: str
    title: Localized
    unit: str
    decimals: int
    equation: str
    inputs: tuple[Input, ...]
    compute: Compute
    status: Status
    sources: tuple[str, ...]
    note: Localized | None = None
    parts: Mapping[str, PartForm] | None = None
    bands: tuple[BandLimit, ...] = ()
    bands_status: Status | None = None
    bands_sources: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    also: tuple[str, ...] = ()

    def calculate(self, **given: Given) -> FormulaAnswer:
        """Calculate from inputs by name: numbers in the input's unit, `Quantity`, yes/no as bool, `Sex` or its value.

        What is missing, only a bound (`>90`), in another unit or outside the valid range gives an answer of unknown
        with the reason. An input left out takes its default where it has one; None is always missing.
        Raises TypeError for an input that the formula does not have.
        """
        values: dict[str, float | bool | str | None] = {}
        missing: tuple[Input, ...] = ()
        refusal = None
        for one in self.inputs:
            value = one.read(given.pop(one.name)) if one.name in given else one.default
            if isinstance(value, Localized):
                refusal = refusal or value
                continue
            if value is None and not one.is_optional:
                missing += (one,)
            values[one.name] = value
        if given:
            raise TypeError(f"{self.name} has no input {', '.join(sorted(given))}")
        if refusal is not None:
            return FormulaAnswer(None, self.unit, refusal, missing=tuple(one.name for one in missing))
        if missing:
            return FormulaAnswer(None, self.unit, _missing(missing), missing=tuple(one.name for one in missing))
        return self._answer(self.compute(**values), values.get("age"))

    def _answer(self, result: float | Result, age: object) -> FormulaAnswer:
        if not isinstance(result, Result):
            result = Result(result)
        value = result.value
        if value is not None and not isfinite(value):
            return FormulaAnswer(None, self.unit, _NO_NUMBER)
        band = self._band(value, age) if self.bands and value is not None else None
        parts = self._parts(result.parts) if result.parts else ()
        return FormulaAnswer(value, self.unit, result.reason, result.warning, result.missing, parts, band)

    def _parts(self, values: Mapping[str, float]) -> tuple[Part, ...]:
        forms = self.parts or {}
        return tuple(
            Part(name, form.title, values[name], form.unit, form.decimals)
            for name, form in forms.items()
            if name in values
        )

    def _band(self, value: float, age: object) -> Band | None:
        for row in self.bands:
            young = row.age_below is None or (isinstance(age, float) and age < row.age_below)
            if young and (row.below is None or value < row.below):
                return row.band
        return None


_NO_NUMBER = Localized(da="Tallene kan ikke regnes sammen.", en="The numbers cannot be calculated with.")


def _missing(inputs: tuple[Input, ...]) -> Localized:
    da, en = (_list([one.title.in_language(tongue) for one in inputs], tongue) for tongue in ("da", "en"))
    return Localized(da=f"Mangler: {da}.", en=f"Missing: {en}.")


def _list(names: list[str], language: str) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} {'og' if language == 'da' else 'and'} {names[-1]}"
