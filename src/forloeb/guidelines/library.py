"""The clinical content, read, cross-checked and compiled. Immutable once loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from forloeb.guidelines.code_lists import CodeBook
from forloeb.guidelines.expressions import Expression, ExpressionError, Names, parse
from forloeb.guidelines.facts import FactLayer
from forloeb.guidelines.history import CodeRanks
from forloeb.guidelines.record import PatientRecord
from forloeb.guidelines.results import Evaluation, OrderFinding, Source
from forloeb.guidelines.schema import (
    Case,
    Cases,
    CodeList,
    CodeLists,
    FactDeclaration,
    Facts,
    GuidelineFile,
    Parameter,
    Parameters,
    Row,
    RuleFile,
    ScoreTable,
    SourceEntry,
    Sources,
    Table,
)
from forloeb.kernel.content import ContentError, parse_content, read_text
from forloeb.kernel.measures import Measure

M = TypeVar("M", bound=BaseModel)
_MOST_DAYS = 4_000

Files = Mapping[str, str]
"""The texts of content by their paths below the content folder, such as `guidelines/copd/rules/rules.yaml`."""


def read_files(content: Path) -> dict[str, str]:
    """Read the texts that the guidelines are made of. Raises ContentError."""
    parts = ("sources.yaml", "code_lists/*.yaml", "facts/*.yaml", "guidelines/*/**/*.yaml", "guidelines/*/CHANGELOG.md")
    paths = sorted({path for part in parts for path in content.glob(part) if path.is_file()})
    return {path.relative_to(content).as_posix(): read_text(path) for path in paths}


@dataclass(frozen=True, slots=True)
class Guideline:
    """One guideline's content, as it was read."""

    file: GuidelineFile
    tables: tuple[tuple[Path, Table], ...]
    parameters: tuple[Parameter, ...]
    cases: tuple[tuple[Path, Case], ...]
    changelog: str

    @property
    def name(self) -> str:
        """The guideline's name, such as `type2_diabetes`."""
        return self.file.guideline

    def all(self, kind: type[M]) -> Iterator[M]:
        """Give the tables of one kind."""
        return (table for _, table in self.tables if isinstance(table, kind))


@dataclass(eq=False)
class Library:
    """All guidelines with what they share. `evaluate` is safe to call from several threads."""

    measures: Mapping[str, Measure]
    sources: Mapping[str, Source]
    code_lists: tuple[CodeList, ...]
    fact_layer: FactLayer
    guidelines: tuple[Guideline, ...]
    ranks: CodeRanks = field(init=False)
    _epochs: dict[tuple[date, ...], object] = field(default_factory=dict)
    _by_day: dict[date, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ranks = CodeRanks(self.measures)

    @classmethod
    def load(cls, content: Path, measures: Mapping[str, Measure]) -> Library:
        """Read a content folder. Raises ContentError with every fault: file, line, what, and what to do."""
        return cls.read(read_files(content), measures, content)

    @classmethod
    def read(cls, files: Files, measures: Mapping[str, Measure], content: Path = Path("content")) -> Library:
        """Read content that is at hand; faults are said to be below `content`. Raises ContentError with every fault."""
        reading = _Reading(files, content)
        library = reading.library(measures)
        if not reading.faults and library is not None:
            reading.faults += library._faults()
        if reading.faults or library is None:
            raise ContentError(reading.faults)
        return library

    def evaluate(self, record: PatientRecord, as_of: date) -> Evaluation:
        """Say all that the guidelines say about one patient on one day."""
        from forloeb.guidelines.evaluation import Evaluator

        return self.evaluator(as_of, Evaluator).evaluate(record, as_of)

    def check_orders(self, record: PatientRecord, ordered: Sequence[str], as_of: date) -> tuple[OrderFinding, ...]:
        """Say what the guidelines say of medicines about to be ordered, told by their ATC codes."""
        from forloeb.guidelines.evaluation import Evaluator

        return self.evaluator(as_of, Evaluator).check_orders(record, ordered, as_of)

    E = TypeVar("E")

    def evaluator(self, as_of: date, make: Callable[[Library, date], E]) -> E:
        """Give the compiled form for the numbers that hold on a day; days with the same numbers share one."""
        held = self._by_day.get(as_of)
        if held is not None:
            return held  # type: ignore[return-value]
        epoch = tuple(
            max((v.valid_from for v in p.values if v.valid_from <= as_of), default=date.min)
            for guideline in self.guidelines
            for p in guideline.parameters
        )
        found = self._epochs.get(epoch)
        if found is None:
            found = self._epochs[epoch] = make(self, as_of)
        if len(self._by_day) >= _MOST_DAYS:
            self._by_day.clear()
        self._by_day[as_of] = found
        return found  # type: ignore[return-value]

    def names(self, guideline: Guideline, as_of: date) -> Names:
        """Give what the guideline's expressions may speak of, with the parameters' values of a day."""
        numbers: dict[str, Decimal] = {}
        for parameter in guideline.parameters:
            holding = [v for v in parameter.values if v.valid_from <= as_of] or list(parameter.values[:1])
            numbers[parameter.id] = max(holding, key=lambda v: v.valid_from).value
        declared = self.fact_layer.declared
        open_names: list[str] = []

        def derived(name: str) -> Expression | None:
            fact = declared.get(name)
            if fact is None or fact.origin.when is None:
                return None
            if name in open_names:
                raise ExpressionError(f"the fact '{name}' is declared by way of itself")
            open_names.append(name)
            try:
                return parse(fact.origin.when, names)
            finally:
                open_names.pop()

        names = Names(declared.keys(), numbers, derived)
        return names

    def source(self, row: object) -> Source | None:
        """Give the first source that a sourced piece of content names, with its section."""
        keys: tuple[str, ...] = getattr(row, "sources", ())
        if not keys:
            return None
        found = self.sources[keys[0]]
        return Source(found.document, found.title, getattr(row, "section", None), found.url, found.year)

    def _faults(self) -> list[str]:
        from forloeb.guidelines.checking import cross_check

        return cross_check(self)


class _Reading:
    """Reads the folders one after another and gathers every fault, so that an author sees all at once."""

    def __init__(self, files: Files, content: Path) -> None:
        self.files = files
        self.content = content
        self.faults: list[str] = []

    def library(self, measures: Mapping[str, Measure]) -> Library | None:
        sources = self._sources()
        lists = [one for path in self._files("code_lists/") for one in self._each(path, CodeLists, "code_lists")]
        facts: list[FactDeclaration] = [one for p in self._files("facts/") for one in self._each(p, Facts, "facts")]
        names = sorted({path.split("/")[1] for path in self.files if path.startswith("guidelines/")})
        guidelines = [found for name in names if (found := self._guideline(f"guidelines/{name}/"))]
        if self.faults:
            return None
        known = {key: Source(key, entry.title, None, entry.url, entry.year) for key, entry in sources.items()}
        return Library(measures, known, tuple(lists), FactLayer(facts, CodeBook(lists)), tuple(guidelines))

    def _sources(self) -> dict[str, SourceEntry]:
        """Gather the sources that all guidelines share, and those that one guideline has of its own."""
        found: dict[str, SourceEntry] = {}
        own = [path for path in self._files("guidelines/") if path.count("/") == 2 and path.endswith("/sources.yaml")]
        for path in ("sources.yaml", *own):
            read = self._read(path, Sources)
            for key, entry in read.sources.items() if read else ():
                if key in found:
                    self.faults.append(f"{self.content / path}: the source '{key}' stands already in another file")
                found[key] = entry
        return found

    def _files(self, start: str) -> list[str]:
        return sorted(path for path in self.files if path.startswith(start) and path.endswith(".yaml"))

    def _read(self, path: str, schema: type[M]) -> M | None:
        text = self.files.get(path)
        if text is None:
            self.faults.append(f"{self.content / path}: cannot be read (FileNotFoundError)")
            return None
        try:
            return parse_content(text, self.content / path, schema)
        except ContentError as unsound:
            self.faults += unsound.faults
            return None

    def _each(self, path: str, schema: type[BaseModel], key: str) -> list:  # type: ignore[type-arg]
        found = self._read(path, schema)
        return list(getattr(found, key)) if found else []

    def _guideline(self, folder: str) -> Guideline | None:
        file = self._read(f"{folder}guideline.yaml", GuidelineFile)
        tables = self._with_paths(f"{folder}rules/", RuleFile, "tables")
        parameters = self._with_paths(f"{folder}parameters/", Parameters, "parameters")
        cases = self._with_paths(f"{folder}cases/", Cases, "cases")
        changelog = self.files.get(f"{folder}CHANGELOG.md")
        if changelog is None:
            self.faults.append(f"{self.content / folder}/CHANGELOG.md: is missing; clinicians read there what changes")
        if file is None:
            return None
        return Guideline(file, tuple(tables), tuple(one for _, one in parameters), tuple(cases), changelog or "")

    def _with_paths(self, folder: str, schema: type[BaseModel], key: str) -> list:  # type: ignore[type-arg]
        paths = self._files(folder)
        return [(self.content / path, one) for path in paths for one in self._each(path, schema, key)]


def rows_of(table: Table) -> tuple[Row, ...]:
    """Give a table's rows; a score has none."""
    return () if isinstance(table, ScoreTable) else table.rows
