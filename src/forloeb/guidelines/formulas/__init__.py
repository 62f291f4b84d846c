"""The clinical formulas: each with its source, valid range and published examples.

Outside the valid range the answer is unknown with the reason, never a number. `check_examples` recomputes every
published example; `forloeb guidelines check` and the tests run it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from forloeb.guidelines.formulas import body, heart, kidney, lungs
from forloeb.guidelines.formulas.formula import Answer, Example, Formula, Input

FORMULAS: Mapping[str, Formula] = MappingProxyType(
    {formula.name: formula for room in (kidney, heart, lungs, body) for formula in room.FORMULAS}
)


def check_examples() -> list[str]:
    """Recompute every example; give a line for each that does not come out as published."""
    faults = []
    for formula in FORMULAS.values():
        for example in formula.examples:
            answer = formula.calculate(**example.inputs)
            value = answer.parts[example.part] if example.part else answer.value
            if value is None or abs(value - example.answer) > example.within + 1e-9:
                faults.append(
                    f"{formula.name}: {dict(example.inputs)} gives {value}, {example.source} says {example.answer}"
                )
    return faults


__all__ = ["FORMULAS", "Answer", "Example", "Formula", "Input", "check_examples"]
