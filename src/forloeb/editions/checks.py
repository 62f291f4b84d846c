"""What is wrong with a draft, and what an author should see of it: asked each time the draft is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from forloeb.editions.holding import NEWEST, guideline_in, held_versions, holding_on, library_with
from forloeb.guidelines.cases import run_cases
from forloeb.guidelines.expressions import ExpressionError
from forloeb.guidelines.library import Guideline, Library
from forloeb.guidelines.table_checks import DecisionTable, Finding, examine
from forloeb.kernel.content import ContentError


@dataclass(frozen=True, slots=True)
class TableFindings:
    """What was found in the table at a place among the guideline's tables."""

    place: int
    title: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft, checked. `library` is None where it cannot be read; faults keep a draft from being published."""

    library: Library | None
    guideline: Guideline | None
    faults: tuple[str, ...]
    case_faults: tuple[str, ...]
    others_case_faults: tuple[str, ...]
    """Cases of other guidelines that come out otherwise: theirs to put right, and no hindrance here."""
    tables: tuple[TableFindings, ...]

    @property
    def is_sound(self) -> bool:
        """Whether it could be published as it stands."""
        return not self.faults and not self.case_faults


def check(guideline: str, files: Mapping[str, str], language: str, *, as_of: date) -> Checked:
    """Read a draft beside the newest of the others, run every case, and look at its decision tables."""
    holding = tuple(held for held in holding_on(held_versions(), NEWEST) if held.guideline != guideline)
    return _checked(guideline, tuple(sorted(files.items())), language, as_of, holding)


@lru_cache(8)
def _checked(
    name: str, files: tuple[tuple[str, str], ...], language: str, as_of: date, holding: tuple[object, ...]
) -> Checked:
    """Remember the last few answers: a page asks again for the texts it has just shown."""
    try:
        library = library_with(name, dict(files))
    except ContentError as unsound:
        return Checked(None, None, unsound.faults, (), (), ())
    guideline = guideline_in(library, name)
    if guideline is None:
        return Checked(None, None, (f"guidelines/{name}/guideline.yaml: the guideline's name is {name}",), (), (), ())
    try:
        cases = tuple(run_cases(library))
    except ExpressionError as error:
        return Checked(None, None, (str(error),), (), (), ())
    own = tuple(fault for fault in cases if f"guidelines/{name}/" in fault)
    others = tuple(fault for fault in cases if fault not in own)
    return Checked(library, guideline, (), own, others, tuple(_tables(library, guideline, language, as_of)))


def _tables(library: Library, guideline: Guideline, language: str, as_of: date) -> list[TableFindings]:
    found = []
    for place, (_path, table) in enumerate(guideline.tables):
        if isinstance(table, DecisionTable):
            findings = examine(library, guideline, table, language, as_of=as_of, overlaps=False)
            found.append(TableFindings(place, table.title.in_language(language), findings))
    return [each for each in found if each.findings]
