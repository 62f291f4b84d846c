"""Reads the content folder and gathers every fault, so that an author sees all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from forloeb.guidelines.code_lists import CodeBook
from forloeb.guidelines.content import Guideline, Shared
from forloeb.guidelines.facts import FactLayer
from forloeb.guidelines.kinds import kinds_of
from forloeb.guidelines.results import Source
from forloeb.guidelines.schema import (
    Cases,
    ClassificationTable,
    CodeList,
    CodeLists,
    FactDeclaration,
    Facts,
    GuidelineFile,
    Parameters,
    RuleFile,
    Sources,
)
from forloeb.kernel.content import ContentError, read_content
from forloeb.kernel.measures import Measure

M = TypeVar("M", bound=BaseModel)


class Reading:
    """One reading of a content folder. `faults` says what could not be read, a line each."""

    def __init__(self, content: Path, sign_offs: Mapping[str, str]) -> None:
        self.faults: list[str] = []
        self._content = content
        self._sign_offs = sign_offs

    def read(self, measures: Mapping[str, Measure]) -> tuple[Shared | None, tuple[Guideline, ...]]:
        """Read everything. What is shared is None where something of it could not be read."""
        sources = self._one(self._content / "sources.yaml", Sources)
        lists: list[CodeList] = self._all("code_lists", CodeLists, "code_lists")
        facts: list[FactDeclaration] = self._all("facts", Facts, "facts")
        folders = sorted(path for path in (self._content / "guidelines").glob("*") if path.is_dir())
        guidelines = tuple(found for folder in folders if (found := self._guideline(folder)))
        self._twice([each.id for each in lists], "code_lists", "code list")
        self._twice([each.id for each in facts], "facts", "fact")
        if sources is None or self.faults:
            return None, guidelines
        known = {key: Source(key, each.title, None, each.url, each.year) for key, each in sources.sources.items()}
        layer = FactLayer(facts, CodeBook(lists))
        classes = [table for guideline in guidelines for table in guideline.all(ClassificationTable)]
        kinds = kinds_of(layer.declared, measures, classes)
        return Shared(measures, known, tuple(lists), layer, kinds), guidelines

    def _guideline(self, folder: Path) -> Guideline | None:
        file = self._one(folder / "guideline.yaml", GuidelineFile)
        rules = [(path, self._one(path, RuleFile)) for path in sorted((folder / "rules").glob("*.yaml"))]
        placed = [((path, place), table) for path, read in rules if read for place, table in enumerate(read.tables)]
        cases = [(path, self._one(path, Cases)) for path in sorted((folder / "cases").glob("*.yaml"))]
        parameters = self._all(f"guidelines/{folder.name}/parameters", Parameters, "parameters")
        changelog = folder / "CHANGELOG.md"
        if not changelog.is_file():
            self.faults.append(f"{changelog}: is missing; clinicians read there what changes")
            return None
        if file is None:
            return None
        signed = {each.version for each in file.sign_off} | {self._sign_offs.get(file.guideline)}
        return Guideline(
            folder,
            file,
            tuple(table for _, table in placed),
            tuple(where for where, _ in placed),
            tuple(parameters),
            tuple((path, place, case) for path, read in cases if read for place, case in enumerate(read.cases)),
            changelog.read_text(encoding="utf-8"),
            file.version in signed,
        )

    def _all(self, folder: str, schema: type[BaseModel], key: str) -> list[Any]:
        read = [self._one(path, schema) for path in sorted((self._content / folder).glob("*.yaml"))]
        return [each for file in read if file for each in getattr(file, key)]

    def _one(self, path: Path, schema: type[M]) -> M | None:
        try:
            return read_content(path, schema)
        except ContentError as unsound:
            self.faults += unsound.faults
            return None

    def _twice(self, names: Sequence[str], folder: str, what: str) -> None:
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.faults.append(f"{self._content / folder}: the {what} '{name}' stands twice")
