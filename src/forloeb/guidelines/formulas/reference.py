"""The page docs/reference/formulas.md, made from the formulas by `tools/write_reference.py`."""

from __future__ import annotations

from collections.abc import Iterator

from forloeb.guidelines.formulas import FORMULAS, Formula, Input

_INTRODUCTION = """# Formulas

Written by `tools/write_reference.py`. Outside the valid range of any input, or without it, the answer is unknown with
the reason, never a number. The examples are recomputed by `forloeb guidelines check` and in the tests.

Status: **V** read in the source itself, **V2** second-hand, **C** computed from V, **U** unverified. V2 and U need a
clinician's confirmation.
"""


def formulas_reference() -> str:
    """Give the page, a section for each formula."""
    return "\n".join([_INTRODUCTION, *(line for formula in FORMULAS.values() for line in _section(formula))])


def _section(formula: Formula) -> Iterator[str]:
    sources = ", ".join(formula.sources) or "arithmetic"
    unit = f", in {formula.unit}" if formula.unit else ""
    yield f"## `{formula.name}`: {formula.title.en}{unit}"
    yield ""
    yield f"{formula.title.da}. Status {formula.status}; {sources}." + (f" {formula.note.en}" if formula.note else "")
    yield ""
    yield "| input | what | unit | valid |"
    yield "| --- | --- | --- | --- |"
    for one in formula.inputs:
        yield f"| {one.name} | {one.title.en} | {one.unit} | {_valid(one)} |"
    yield ""
    if formula.examples:
        yield "| example | answer | within | source |"
        yield "| --- | --- | --- | --- |"
    for example in formula.examples:
        inputs = ", ".join(f"{name}={value}" for name, value in example.inputs.items())
        part = f" ({example.part})" if example.part else ""
        yield f"| {inputs} | {example.answer:g}{part} | {example.within:g} | {example.source} ({example.status}) |"
    if formula.examples:
        yield ""


def _valid(one: Input) -> str:
    if one.choices:
        return ", ".join(one.choices)
    if one.kind == "yes_no":
        return "yes, no"
    if one.low is None and one.high is None:
        return "any"
    return f"{'' if one.low is None else f'{one.low:g}'}–{'' if one.high is None else f'{one.high:g}'}"
