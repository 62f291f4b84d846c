"""What a formula is: named inputs with unit and valid range, an answer or the reason there is none, and examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from forloeb.kernel.content import Localized, Status

Number = float
Given = Number | bool | str


@dataclass(frozen=True, slots=True)
class Input:
    """One input: its unit (UCUM), and the range outside which the formula has no answer.

    `kind` is `number`, `yes_no`, `sex` or `choice`. `also` lists other names that people use for it.
    """

    name: str
    title: Localized
    unit: str = ""
    low: Number | None = None
    high: Number | None = None
    kind: str = "number"
    choices: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    default: Given | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A number in the formula's unit, or None with the reason. `warning` goes with a number that is stretched."""

    value: Number | None
    reason: Localized | None = None
    warning: Localized | None = None
    parts: Mapping[str, Number] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Example:
    """A published or recomputed example: inputs, the answer, and how exactly it was printed."""

    inputs: Mapping[str, Given]
    answer: Number
    within: Number
    status: Status
    source: str
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula with its source. Outside its valid range it answers unknown with the reason, never a number."""

    name: str
    title: Localized
    unit: str
    inputs: tuple[Input, ...]
    compute: Callable[..., Number | Answer]
    status: Status
    sources: tuple[str, ...]
    examples: tuple[Example, ...] = ()
    note: Localized | None = None

    def calculate(self, **given: Given | Decimal | None) -> Answer:
        """Calculate from inputs by name. A missing or impossible input gives the reason, not an error.

        Raises TypeError for an input that the formula does not have.
        """
        unknown = given.keys() - {one.name for one in self.inputs}
        if unknown:
            raise TypeError(f"{self.name} has no input {', '.join(sorted(unknown))}")
        values: dict[str, Given] = {}
        for one in self.inputs:
            value = given.get(one.name, one.default)
            value = float(value) if isinstance(value, Decimal | int) and not isinstance(value, bool) else value
            refusal = _refusal(one, value)
            if refusal is not None:
                return Answer(None, refusal)
            if value is not None:
                values[one.name] = value
        answer = self.compute(**values)
        return answer if isinstance(answer, Answer) else Answer(answer)


def _refusal(one: Input, value: Given | None) -> Localized | None:
    if value is None:
        return Localized(da=f"{one.title.da} mangler.", en=f"{one.title.en} is missing.")
    if one.kind in ("sex", "choice"):
        return (
            None
            if value in one.choices
            else Localized(
                da=f"{one.title.da} skal være {' eller '.join(one.choices)}.",
                en=f"{one.title.en} must be {' or '.join(one.choices)}.",
            )
        )
    if one.kind == "yes_no" or not isinstance(value, float):
        return None
    if value != value or (one.low is not None and value < one.low) or (one.high is not None and value > one.high):
        return _outside(one)
    return None


def _outside(one: Input) -> Localized:
    low, high = (None if limit is None else f"{limit:g}" for limit in (one.low, one.high))
    if low is not None and high is not None:
        da, en = f"{low}–{high}", f"{low} to {high}"
    else:
        da, en = (f"mindst {low}", f"at least {low}") if low is not None else (f"højst {high}", f"at most {high}")
    unit_da, unit_en = {"": ("", ""), "a": (" år", " years")}.get(one.unit, (f" {one.unit}", f" {one.unit}"))
    return Localized(
        da=f"Formlen gælder kun, når {one.title.da.lower()} er {da.replace('.', ',')}{unit_da}.",
        en=f"The formula holds only when {one.title.en.lower()} is {en}{unit_en}.",
    )


def text(da: str, en: str) -> Localized:
    """Write a text in both languages."""
    return Localized(da=da, en=en)


SEX = Input("sex", text("Køn", "Sex"), kind="sex", choices=("female", "male"), also=("gender", "koen", "køn"))


def age(low: Number, high: Number | None = None) -> Input:
    """Give the age input with a formula's own limits."""
    return Input("age", text("Alder", "Age"), "a", low, high, also=("alder", "age_years"))


def number(name: str, da: str, en: str, unit: str, low: Number | None, high: Number | None, *also: str) -> Input:
    """Give a number input."""
    return Input(name, text(da, en), unit, low, high, also=also)


def yes_no(name: str, da: str, en: str, *also: str, default: bool | None = None) -> Input:
    """Give a yes/no input."""
    return Input(name, text(da, en), kind="yes_no", also=also, default=default)
