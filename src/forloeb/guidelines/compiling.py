"""All guidelines compiled for days on which the same numbers hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from forloeb.guidelines.board import Layout
from forloeb.guidelines.classes import ClassTable
from forloeb.guidelines.content import Guideline, Shared, conditions_of
from forloeb.guidelines.context import Context
from forloeb.guidelines.due import IntervalRule
from forloeb.guidelines.expressions import Expression, atoms
from forloeb.guidelines.facts import FactLayer
from forloeb.guidelines.flags import FlagRule, ProposalRule
from forloeb.guidelines.goals import DefaultGoals, GoalTable, Member, OtherGoals
from forloeb.guidelines.regions import Region
from forloeb.guidelines.results import Source
from forloeb.guidelines.schema import (
    ClassificationTable,
    FlagList,
    GuidelineFile,
    InclusionTable,
    IntervalTable,
    ProposalList,
    ScoreTable,
    TargetTable,
)
from forloeb.guidelines.scores import ScoreRule
from forloeb.guidelines.tables import Table


@dataclass(frozen=True, slots=True)
class CompiledGuideline:
    """One guideline, ready to ask. `needs` are the facts that must be worked out for it."""

    file: GuidelineFile
    is_signed_off: bool
    inclusion: InclusionTable
    inclusion_table: Table
    inclusion_sources: tuple[Source | None, ...]
    inclusion_needs: tuple[str, ...]
    needs: tuple[str, ...]
    default_goals: tuple[GoalTable, ...]
    other_goals: tuple[OtherGoals, ...]
    classes: tuple[ClassTable, ...]
    flags: tuple[FlagRule, ...]
    proposals: tuple[ProposalRule, ...]
    intervals: tuple[IntervalRule, ...]
    scores: tuple[ScoreRule, ...]


@dataclass(frozen=True)
class Programme:
    """The library compiled: every guideline in the order of its name, and the merged goals by measure."""

    guidelines: tuple[CompiledGuideline, ...]
    goals: Mapping[str, DefaultGoals]
    layout: Layout
    blank_places: tuple[Region, ...]


def compile_programme(shared: Shared, guidelines: Sequence[Guideline], as_of: date) -> Programme:
    """Compile the guidelines for the numbers that hold on a day."""
    layer = shared.facts
    read = [(guideline, _Unlaid(shared, guideline, as_of)) for guideline in guidelines]
    layout = Layout.of(layer.index, (atom for _, unlaid in read for row in unlaid.expressions for atom in atoms(row)))
    contexts = [(guideline, unlaid.context(layout)) for guideline, unlaid in read]
    compiled = tuple(_guideline(guideline, context, layer) for guideline, context in contexts)
    blank = tuple(
        None if axis is None else axis.region(fact) for axis, fact in zip(layout.axes, layer.blank, strict=True)
    )
    return Programme(compiled, dict(_goals(contexts, compiled, layout, layer)), layout, blank)


class _Unlaid:
    """A guideline's expressions before the board is laid out."""

    def __init__(self, shared: Shared, guideline: Guideline, as_of: date) -> None:
        self._shared, self._guideline = shared, guideline
        self._names = shared.names(guideline, as_of)
        reading = self.context(Layout({}, ()))
        self.expressions = [reading.expression(text) for _, text in conditions_of(guideline)]

    def context(self, layout: Layout) -> Context:
        shared, file = self._shared, self._guideline.file
        return Context(
            file.guideline, file.version, self._names, layout, shared.sources, shared.measures, shared.facts.declared
        )


def _guideline(guideline: Guideline, context: Context, layer: FactLayer) -> CompiledGuideline:
    inclusion = next(guideline.all(InclusionTable))
    inclusion_table = Table([context.expression(row.when) for row in inclusion.rows], context.layout)
    targets = [GoalTable(content, context) for content in guideline.all(TargetTable)]
    named = [atom.fact for _, text in conditions_of(guideline) for atom in atoms(context.expression(text))]
    named += [fact for score in guideline.all(ScoreTable) for fact in score.inputs.values()]
    named += [row.after for table in guideline.all(IntervalTable) for row in table.rows if row.after]
    reductions = [fact.id for fact in layer.declared.values() if fact.origin.reduction is not None]
    return CompiledGuideline(
        guideline.file,
        guideline.is_signed_off,
        inclusion,
        inclusion_table,
        tuple(context.source(row) for row in inclusion.rows),
        layer.needs_of(axis.fact for axis in inclusion_table.axes),
        layer.needs_of([*named, *reductions]),
        tuple(table for table in targets if table.is_default),
        tuple(OtherGoals(table, context.layout) for table in targets if not table.is_default),
        tuple(ClassTable(content, context) for content in guideline.all(ClassificationTable)),
        tuple(FlagRule(row, context) for content in guideline.all(FlagList) for row in content.rows),
        tuple(ProposalRule(row, context) for content in guideline.all(ProposalList) for row in content.rows),
        tuple(IntervalRule(content, context) for content in guideline.all(IntervalTable)),
        tuple(ScoreRule(content, context) for content in guideline.all(ScoreTable)),
    )


def _goals(
    contexts: Iterable[tuple[Guideline, Context]],
    compiled: Iterable[CompiledGuideline],
    layout: Layout,
    layer: FactLayer,
) -> Iterator[tuple[str, DefaultGoals]]:
    members: dict[str, list[Member]] = {}
    for (_, context), guideline in zip(contexts, compiled, strict=True):
        inclusion: tuple[Expression, ...] = tuple(context.expression(row.when) for row in guideline.inclusion.rows)
        for table in guideline.default_goals:
            for measure in table.measures:
                members.setdefault(measure, []).append(Member(guideline.inclusion, inclusion, table))
    for measure in sorted(members):
        yield measure, DefaultGoals(measure, members[measure], layout, layer.declared)
