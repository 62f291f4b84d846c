"""`forloeb formula NAME key=value…`: one formula's answer with its unit, or unknown with the reason.

The first line is for programs too: `ckd_epi_2009 = 67.67 mL/min/{1.73_m2}`, or `unknown: …`. Then come the numbers
beside the answer (`kfre.two_years = 2.74 %`), warnings, what was assumed, and where the formula stands.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from forloeb.guidelines.formulas import FORMULAS, Formula, FormulaAnswer, Given, Input
from forloeb.guidelines.schema import Sources
from forloeb.jobs.formula_page import STATUS_MEANS, page, range_text
from forloeb.kernel.content import content_folder, read_content
from forloeb.kernel.quantities import NotANumber, Quantity, read_number

_WORDS: Mapping[str, Mapping[str, bool | str]] = {
    "yes_no": {
        **dict.fromkeys(("yes", "y", "true", "1", "ja", "j"), True),
        **dict.fromkeys(("no", "n", "false", "0", "nej"), False),
    },
    "sex": {
        **dict.fromkeys(("female", "f", "woman", "kvinde", "k"), "female"),
        **dict.fromkeys(("male", "m", "man", "mand"), "male"),
    },
    "choice": {"lav": "low", "moderat": "moderate", "høj": "high", "hoej": "high", "meget_høj": "very_high"},
}
_ASKED_AS = {"yes_no": "yes or no", "sex": "female or male"}


def run(name: str, arguments: Sequence[str], out: TextIO) -> int:
    """Calculate one formula, or list them all without a name. Gives the exit code: 0 answered, 2 not understood."""
    if not name:
        return _list(out)
    formula = _find(name)
    if formula is None:
        return _refuse([f"unknown formula '{name}'.{_suggest(_plain(name), _names_of_formulas())}", _ALL])
    asked = _read(formula, arguments)
    if asked.faults:
        return _refuse([*asked.faults, f"{formula.name} takes {'; '.join(_takes(one) for one in formula.inputs)}"])
    answer = formula.calculate(**asked.values)
    out.writelines(f"{line}\n" for line in _lines(formula, answer, asked))
    return 0


def write_page(out: TextIO) -> int:
    """Write docs/reference/formulas.md: every formula as one page of Markdown."""
    out.write(page(FORMULAS.values(), _sources()))
    return 0


_ALL = "`forloeb formula` lists them all"


@dataclass
class _Asked:
    """What was typed, read as far as it could be."""

    values: dict[str, Given] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    read_as: list[str] = field(default_factory=list)


def _plain(text: str) -> str:
    return re.sub(r"[\s\-.]+", "_", text.strip().lower())


def _names_of_formulas() -> dict[str, Formula]:
    return {name: formula for formula in FORMULAS.values() for name in (formula.name, *formula.also)}


def _find(name: str) -> Formula | None:
    return _names_of_formulas().get(_plain(name))


def _suggest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


def _refuse(faults: Sequence[str]) -> int:
    sys.stderr.writelines(f"forloeb formula: {fault}\n" for fault in faults)
    return 2


def _read(formula: Formula, arguments: Sequence[str]) -> _Asked:
    names = {alias: one for one in formula.inputs for alias in (*one.also, one.name)}
    asked = _Asked()
    for argument in arguments:
        key, equals, text = argument.partition("=")
        one = names.get(_plain(key))
        if not equals:
            asked.faults.append(f"'{key}' has no value; write it as key=value, such as age=55")
        elif one is None:
            asked.faults.append(f"{formula.name} has no input '{key}'.{_suggest(_plain(key), names)}")
        elif one.name in asked.values:
            asked.faults.append(f"'{one.name}' is given twice")
        else:
            _read_value(one, key, text.strip(), asked)
    return asked


def _read_value(one: Input, key: str, text: str, asked: _Asked) -> None:
    if one.kind == "number":
        try:
            comparator, number = read_number(text)
        except NotANumber as error:
            asked.faults.append(f"{key}: {error}")
            return
        if comparator is not None:
            asked.values[one.name] = Quantity(number, one.unit, comparator)
            return
        value = float(number)
        for scale in one.scales:
            if scale.low <= value <= scale.high:
                asked.read_as.append(f"{one.name} as {number:f} {scale.unit}")
                value *= scale.factor
        asked.values[one.name] = value
        return
    word = _plain(text)
    meant = _WORDS[one.kind].get(word, word)
    if meant in one.choices or isinstance(meant, bool):
        asked.values[one.name] = meant
    else:
        asked.faults.append(f"{key}: write {_ASKED_AS.get(one.kind) or ' or '.join(one.choices)}")


def _takes(one: Input) -> str:
    if one.kind == "number":
        form = one.unit_shown.en or "a number"
    else:
        form = _ASKED_AS.get(one.kind) or " or ".join(one.choices)
    if one.default is not None:
        form += f", {_word(one.default)} when left out"
    elif one.is_optional:
        form += ", may be left out"
    return f"{one.name} ({form})"


def _word(value: bool | str) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def _lines(formula: Formula, answer: FormulaAnswer, asked: _Asked) -> Iterator[str]:
    reason = answer.reason.en if answer.reason else ""
    if answer.value is not None:
        yield f"{formula.name} = {_number(answer.value, formula.decimals, formula.unit)}"
    elif not answer.parts:
        yield f"unknown: {reason}"
    for part in answer.parts:
        yield f"{formula.name}.{part.name} = {_number(part.value, part.decimals, part.unit)}"
    if answer.value is None and answer.parts:
        yield f"note: {reason}"
    if answer.band is not None:
        yield f"band: {answer.band.name} ({answer.band.title.en})"
    if answer.warning is not None:
        yield f"warning: {answer.warning.en}"
    if answer.missing:
        yield f"missing: {', '.join(answer.missing)}"
    if asked.read_as:
        yield f"read: {', '.join(asked.read_as)}"
    assumed = [one for one in formula.inputs if one.default is not None and one.name not in asked.values]
    if assumed and answer.value is not None:
        yield f"assumed: {', '.join(f'{one.name}={_word(one.default)}' for one in assumed if one.default is not None)}"
    yield f"formula: {formula.title.en}; status {formula.status}, {STATUS_MEANS[formula.status]}"
    sources = _sources().sources
    for key in formula.sources:
        source = sources[key]
        year = f"({source.year})" if source.year else None
        yield " ".join(filter(None, (f"source: {key}:", source.title, year, source.url)))


def _number(value: float, decimals: int, unit: str) -> str:
    written = f"{round(value, decimals) + 0.0:.{decimals}f}"  # adding zero makes minus nought nought
    return written if unit == "1" else f"{written} {unit}"


def _sources() -> Sources:
    return read_content(content_folder() / "sources.yaml", Sources)


def _list(out: TextIO) -> int:
    for formula in FORMULAS.values():
        out.write(f"{formula.name}: {formula.title.en} [{formula.unit}], status {formula.status}\n")
        for one in formula.inputs:
            limits = range_text(one)
            out.write(f"    {_takes(one)}{': ' + limits if limits else ''}\n")
    return 0
