"""Checks a formula against what its content says: published examples, sources, and names that mean one thing."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator

from forloeb.guidelines.formulas.formula import Example, Formula

_BINARY = 1e-9  # a number printed as exactly half way is not to fail on its binary form


def check_formula(formula: Formula, sources: frozenset[str]) -> Iterator[str]:
    """Give every fault of a formula, a line each."""
    where = f"content/formulas: {formula.name}"
    named = {*formula.sources, *formula.bands_sources, *(example.source for example in formula.examples)}
    for key in sorted(named - sources):
        near = difflib.get_close_matches(key, sources, n=1)
        yield f"{where}: unknown source '{key}'." + (f" Did you mean '{near[0]}'?" if near else "")
    if not formula.sources and formula.status in ("V", "V2"):
        yield f"{where}: a formula marked {formula.status} names the source it was read in"
    if not formula.examples:
        yield f"{where}: a formula has at least one example"
    for example in formula.examples:
        yield from _example(formula, example, where)
    names = Counter(name for one in formula.inputs for name in {one.name, *one.also})
    for name, count in names.items():
        if count > 1:
            yield f"{where}: the name '{name}' means two inputs"


def _example(formula: Formula, example: Example, where: str) -> Iterator[str]:
    try:
        answer = formula.calculate(**example.inputs)
        value = answer.part(example.part) if example.part else answer.value
    except (TypeError, KeyError) as error:
        yield f"{where}: the example {dict(example.inputs)}: {error}"
        return
    if value is None:
        because = answer.reason.en if answer.reason else ""
        yield f"{where}: the example {dict(example.inputs)} gives no number: {because}"
    elif abs(value - example.answer) > example.within + _BINARY:
        yield f"{where}: the example {dict(example.inputs)} gives {value:g}; {example.source} says {example.answer:g}"
