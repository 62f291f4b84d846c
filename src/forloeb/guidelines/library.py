"""The clinical content, read, cross-checked and compiled. Immutable once loaded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from forloeb.guidelines.cases import check_cases
from forloeb.guidelines.checking import check_reviews, cross_check
from forloeb.guidelines.compiling import compile_programme
from forloeb.guidelines.content import Guideline, Shared
from forloeb.guidelines.evaluation import Evaluator
from forloeb.guidelines.formulas import check_formulas
from forloeb.guidelines.history import CodeRanks
from forloeb.guidelines.reading import Reading
from forloeb.guidelines.record import PatientRecord
from forloeb.guidelines.results import Evaluation
from forloeb.kernel.content import ContentError
from forloeb.kernel.measures import Measure


class Library:
    """All guidelines with what they share. `evaluate` may be called from several threads."""

    def __init__(self, shared: Shared, guidelines: tuple[Guideline, ...]) -> None:
        self.shared = shared
        self.guidelines = guidelines
        self._ranks = CodeRanks(shared.measures)
        self._evaluators: dict[tuple[date, ...], Evaluator] = {}
        self._by_day: dict[date, Evaluator] = {}

    @classmethod
    def load(
        cls, content: Path, measures: Mapping[str, Measure], *, sign_offs: Mapping[str, str] | None = None
    ) -> Library:
        """Read a content folder. Raises ContentError with every fault: file, line, what, and what to do.

        `sign_offs` gives, by guideline, the version that a clinician of this deployment has signed.
        """
        reading = Reading(content, sign_offs or {})
        shared, guidelines = reading.read(measures)
        if reading.faults or shared is None:
            raise ContentError(reading.faults)
        if faults := cross_check(shared, guidelines):
            raise ContentError(faults)
        return cls(shared, guidelines)

    @property
    def measures(self) -> Mapping[str, Measure]:
        """Every measure by its id."""
        return self.shared.measures

    def get_guideline(self, name: str) -> Guideline:
        """Give one guideline by its name. Raises KeyError."""
        return {guideline.name: guideline for guideline in self.guidelines}[name]

    def evaluate(self, record: PatientRecord, as_of: date) -> Evaluation:
        """Say all that the guidelines say about one patient on one day."""
        evaluator = self._by_day.get(as_of)
        if evaluator is None:
            evaluator = self._by_day[as_of] = self._evaluator(as_of)
        return evaluator.evaluate(record, as_of)

    def _evaluator(self, as_of: date) -> Evaluator:
        """Give the compiled form for the numbers that hold on a day; days with the same numbers share one."""
        epoch = tuple(
            max((value.valid_from for value in parameter.values if value.valid_from <= as_of), default=date.min)
            for guideline in self.guidelines
            for parameter in guideline.parameters
        )
        found = self._evaluators.get(epoch)
        if found is None:
            programme = compile_programme(self.shared, self.guidelines, as_of)
            found = self._evaluators[epoch] = Evaluator(self.shared, programme, self._ranks)
        return found

    def check(self, as_of: date) -> list[str]:
        """Give every fault that a day can show: cases, formulas' examples, reviews that are overdue."""
        cases = check_cases(self.guidelines, self.measures, self.evaluate)
        return [*cases, *check_formulas(self.shared.sources), *check_reviews(self.guidelines, as_of)]


def run_cases(library: Library) -> list[str]:
    """Evaluate every case of the content; give a line for each answer that is not the one expected."""
    return check_cases(library.guidelines, library.measures, library.evaluate)
