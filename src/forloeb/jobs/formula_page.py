"""Every formula as a page of Markdown (docs/reference/formulas.md), made of the content it describes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from forloeb.guidelines.formulas import Example, Formula, Input
from forloeb.guidelines.schema import Sources
from forloeb.kernel.content import Status

STATUS_MEANS: Mapping[Status, str] = {
    "V": "read in the source itself",
    "V2": "second-hand, needs a clinician's confirmation",
    "C": "calculated or by definition",
    "U": "not verified, needs a clinician's confirmation",
}

_INTRODUCTION = """\
# The formulas

Made by `forloeb formula --markdown` from `content/formulas/`; a test keeps the two alike.

    forloeb formula ckd_epi_2009 creatinine=75 age=55 sex=female
    forloeb formula score2 age=50 sex=male smoker=yes sbp=140 chol=5,5 hdl=1,3
    forloeb formula gli_2012 age=65 sex=mand height=178 fev1=2.05
    forloeb formula

The first line is the answer with its UCUM unit, `ckd_epi_2009 = 77.31 mL/min/{1.73_m2}`, or `unknown:` with the
reason. Numbers beside the answer follow, one a line (`kfre.two_years = 2.74 %`), then what was assumed and the source.
Exit code 0 means answered (unknown is an answer), 2 not understood. A decimal comma is read, and the names in the last
column of each table; a height from 50 is read as cm, FEV1/FVC from 20 and a saturation from 50 as per cent.

- Outside its valid range, with a value missing, or with one known only as a bound (`>90`), a formula answers *unknown*
  with the reason. It never gives a number then.
- Nothing is rounded before it is compared; the decimals here are for printing.
- A range marked U is one of plausibility, near the measure's own in `content/measures/`. The others are the formula's.
- The examples below are recomputed by `forloeb guidelines check`.

| status | means |
| --- | --- |
"""


def page(formulas: Iterable[Formula], sources: Sources) -> str:
    """Write all formulas."""
    statuses = "".join(f"| {status} | {meaning} |\n" for status, meaning in STATUS_MEANS.items())
    chapters = ("\n".join(_chapter(formula, sources)) + "\n" for formula in formulas)
    return _INTRODUCTION + statuses + "\n" + "\n".join(chapters)


def range_text(one: Input) -> str:
    """Write what a formula can be used with, in English; empty where everything can."""
    if one.must_be is not None:
        return f"must be {'yes' if one.must_be else 'no'}"
    return one.limits.text(one.unit_shown).en


def _chapter(formula: Formula, sources: Sources) -> Iterator[str]:
    yield f"## {formula.name}\n"
    status = f"Status {formula.status}: {STATUS_MEANS[formula.status]}"
    yield f"**{formula.title.en}** ({formula.title.da}), in `{formula.unit}`. {status}.\n"
    yield f"    {formula.equation}\n"
    if formula.note:
        yield f"{formula.note.en}\n"
    yield "| input | what | unit | range | status | also called |"
    yield "| --- | --- | --- | --- | --- | --- |"
    yield from map(_input, formula.inputs)
    yield from _beside(formula)
    if formula.sources:
        yield f"\nSources: {'; '.join(_source(key, sources) for key in formula.sources)}.\n"
    else:
        yield "\nBy definition; no source is needed.\n"
    yield "| example | gives | status | source |"
    yield "| --- | --- | --- | --- |"
    yield from map(_example, formula.examples)


def _input(one: Input) -> str:
    limits = range_text(one) or ", ".join(one.choices)
    if one.default is not None:
        default = {True: "yes", False: "no"}[one.default] if isinstance(one.default, bool) else one.default
        limits = f"{limits}; {default} when left out" if limits else f"{default} when left out"
    elif one.is_optional:
        limits = f"{limits}; may be left out"
    status = one.range_status if range_text(one) else ""
    unit = f"`{one.unit}`" if one.unit else ""
    also = ", ".join(f"`{name}`" for name in one.also)
    return f"| `{one.name}` | {one.title.en} | {unit} | {limits} | {status} | {also} |"


def _beside(formula: Formula) -> Iterator[str]:
    if formula.parts:
        parts = (f"`{name}` {form.title.en} ({form.unit})" for name, form in formula.parts.items())
        yield f"\nBeside the answer: {'; '.join(parts)}."
    if formula.bands:
        rows = []
        for row in formula.bands:
            age = f"under {row.age_below:g} years: " if row.age_below is not None else ""
            limit = f"below {row.below:g}" if row.below is not None else "from there on"
            rows.append(f"{age}{limit} *{row.band.title.en.lower()}*")
        status = f"status {formula.bands_status}, {', '.join(formula.bands_sources)}"
        yield f"\nBands, the first that fits ({status}): {'; '.join(rows)}."


def _source(key: str, sources: Sources) -> str:
    source = sources.sources[key]
    title = f"[{source.title}]({source.url})" if source.url else source.title
    return f"{key}, {title}" + (f" ({source.year})" if source.year else "")


def _example(example: Example) -> str:
    given = " ".join(f"{name}={_written(value)}" for name, value in example.inputs.items())
    part = f"{example.part} " if example.part else ""
    return f"| `{given}` | {part}{example.answer:g} ± {example.within:g} | {example.status} | {example.source} |"


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
