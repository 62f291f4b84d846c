"""The clinical formulas. Everything but their arithmetic stands in content/formulas/: titles, inputs with unit and
valid range, coefficients, sources, and published examples, which `check_formulas` recomputes.

    answer = FORMULAS["ckd_epi_2009"].calculate(crea=75, age=55, sex="female")
    answer.value, answer.unit        # 77.31…, mL/min/{1.73_m2}

Outside its valid range a formula answers unknown with the reason, never a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from forloeb.guidelines.formulas import (
    body,
    breathlessness,
    glucose,
    kidney,
    kidney_failure,
    lipids,
    score2,
    smoking,
    spirometry,
    stroke,
)
from forloeb.guidelines.formulas.checking import check_formula
from forloeb.guidelines.formulas.formula import Band, Example, Formula, FormulaAnswer, Part
from forloeb.guidelines.formulas.inputs import Given, Input

_SUBJECTS = (kidney, kidney_failure, lipids, score2, glucose, body, smoking, breathlessness, spirometry, stroke)


class _Formulas(Mapping[str, Formula]):
    """Every formula by its name, read from the content when first asked for."""

    @cached_property
    def _all(self) -> dict[str, Formula]:
        return {formula.name: formula for subject in _SUBJECTS for formula in subject.formulas()}

    def __getitem__(self, name: str) -> Formula:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


FORMULAS: Mapping[str, Formula] = _Formulas()


def check_formulas(sources: Iterable[str]) -> list[str]:
    """Recompute every published example and look up every source; give a line for each fault."""
    known = frozenset(sources)
    return [fault for formula in FORMULAS.values() for fault in check_formula(formula, known)]


__all__ = ["FORMULAS", "Band", "Example", "Formula", "FormulaAnswer", "Given", "Input", "Part", "check_formulas"]
