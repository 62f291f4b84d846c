"""`forloeb formula NAME key=value…`: one formula's answer with its unit, or unknown with the reason."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import TextIO

from forloeb.guidelines.formulas import FORMULAS, Formula, Input
from forloeb.kernel.quantities import NotANumber, read_number

_YES = {"yes", "y", "true", "1", "ja", "smoker", "current"}
_NO = {"no", "n", "false", "0", "nej", "never", "non"}
_CHOICES = {
    "m": "male",
    "mand": "male",
    "man": "male",
    "f": "female",
    "k": "female",
    "kvinde": "female",
    "woman": "female",
}


class BadInput(ValueError):
    """An argument that cannot be used; the text says which, and what to do."""


def run(name: str, arguments: Sequence[str], out: TextIO) -> int:
    """Print one formula's answer; without a name, all formulas with their inputs. Gives the exit code."""
    if not name:
        for formula in FORMULAS.values():
            out.write(f"{formula.name:16} {formula.title.en} [{formula.unit}]: {_inputs(formula)}\n")
        return 0
    formula_found = FORMULAS.get(name.lower().replace("-", "_"))
    if formula_found is None:
        near = difflib.get_close_matches(name, FORMULAS, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else " 'forloeb formula' lists them."
        return _refuse([f"unknown formula '{name}'.{hint}"])
    given, faults = _read(formula_found, arguments)
    if faults:
        return _refuse([*faults, f"{formula_found.name} takes {_inputs(formula_found)}"])
    answer = formula_found.calculate(**given)
    if answer.value is None:
        out.write(f"unknown: {answer.reason.en if answer.reason else 'no answer'}\n")
        return 0
    out.write(f"{answer.value:.6g} {formula_found.unit}\n")
    for part, value in answer.parts.items():
        out.write(f"  {part} {value:.6g}\n")
    if answer.warning:
        out.write(f"  warning: {answer.warning.en}\n")
    source = ", ".join(formula_found.sources) or "arithmetic"
    out.write(f"  {formula_found.title.en}; status {formula_found.status}; {source}\n")
    return 0


def _refuse(lines: Sequence[str]) -> int:
    for line in lines:
        print(line, file=sys.stderr)  # noqa: T201
    return 2


def _inputs(formula: Formula) -> str:
    def told(one: Input) -> str:
        values = "|".join(one.choices) if one.choices else "yes|no" if one.kind == "yes_no" else one.unit or "number"
        return f"{one.name}={values}" + (f" (else {one.default})" if one.default is not None else "")

    return " ".join(told(one) for one in formula.inputs)


def _read(formula: Formula, arguments: Sequence[str]) -> tuple[dict[str, Decimal | bool | str], list[str]]:
    """Read `key=value` arguments by name or other name; centimetres for a height are read as such."""
    names = {alias.lower(): one for one in formula.inputs for alias in (*one.also, one.name)}
    given: dict[str, Decimal | bool | str] = {}
    faults = []
    for argument in arguments:
        key, sign, text = argument.partition("=")
        one = names.get(key.strip().lower().replace("-", "_"))
        if not sign or one is None:
            near = difflib.get_close_matches(key, names, n=1)
            hint = f" Did you mean '{names[near[0]].name}'?" if near else ""
            faults.append(f"unknown input '{key}'.{hint}" if sign else f"'{argument}' is not key=value")
            continue
        try:
            given[one.name] = _value(one, text.strip())
        except BadInput as bad:
            faults.append(str(bad))
    return given, faults


def _value(one: Input, text: str) -> Decimal | bool | str:
    said = text.lower()
    if one.kind == "yes_no":
        if said in _YES | _NO:
            return said in _YES
        raise BadInput(f"{one.name} is yes or no")
    if one.kind in ("sex", "choice"):
        said = _CHOICES.get(said, said) if one.kind == "sex" else said
        if said in one.choices:
            return said
        raise BadInput(f"{one.name} is {' or '.join(one.choices)}")
    try:
        comparator, number = read_number(text)
    except NotANumber:
        raise BadInput(f"{one.name} is a number{f' in {one.unit}' if one.unit else ''}") from None
    if comparator is not None:
        raise BadInput(f"{one.name}: a bound such as >90 is no number to calculate with")
    return number / 100 if one.name == "height" and number > 3 else number
