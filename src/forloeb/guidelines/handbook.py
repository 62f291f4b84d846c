"""A guideline as a handbook a doctor can read: every rule with its condition, what it says, its source and status.

Made from the content, so that it cannot say anything else than what the engine does. Shown in the application, and
written as Markdown for the docs by `forloeb guidelines handbook`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from forloeb.guidelines.case_words import CaseWords, case_words
from forloeb.guidelines.library import Guideline, Library
from forloeb.guidelines.schema import (
    Conflict,
    FlagRow,
    OrderRow,
    ParameterValue,
    ProposalRow,
    Review,
    Row,
    ScoreTable,
    Sourced,
    Table,
    TargetRow,
    TargetTable,
)
from forloeb.guidelines.targets import limits_text
from forloeb.guidelines.wording import goal_name, in_words, number_words, unit_words
from forloeb.kernel.content import Status


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule. `needs_confirmation` tells that its source is second-hand or not verified."""

    rule: str
    when: str
    says: str
    status: Status
    source: str
    url: str | None
    needs_confirmation: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    """One table. `kind` tells how it is read: the first row that holds, or every row that does."""

    kind: str
    title: str
    profile: str
    """What sets it apart from other profiles' tables, where its title does not."""
    is_default: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class NumberValue:
    """What a parameter is from a day on, with its unit, and where that stands."""

    valid_from: date
    words: str
    status: Status
    source: str
    url: str | None
    needs_confirmation: bool


@dataclass(frozen=True, slots=True)
class Number:
    """A parameter with its values over time, newest last."""

    title: str
    values: tuple[NumberValue, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What sources say against each other, the default, and why."""

    about: str
    sides: tuple[Entry, ...]
    default: str
    because: str


@dataclass(frozen=True, slots=True)
class ChangelogPart:
    """What a changelog says under one heading."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Handbook:
    """One guideline in one language."""

    name: str
    title: str
    version: str
    valid_from: date
    label: str
    review: Review
    chapters: tuple[Chapter, ...]
    numbers: tuple[Number, ...]
    disagreements: tuple[Disagreement, ...]
    cases: tuple[CaseWords, ...]
    changelog: str

    @property
    def changes(self) -> tuple[ChangelogPart, ...]:
        """The changelog by its headings."""
        return changelog_parts(self.changelog)

    @property
    def to_confirm(self) -> int:
        """How many rules and numbers a clinician is still to confirm."""
        entries = sum(entry.needs_confirmation for chapter in self.chapters for entry in chapter.entries)
        return entries + sum(value.needs_confirmation for number in self.numbers for value in number.values)


def make_handbook(library: Library, guideline: Guideline, language: str, *, as_of: date) -> Handbook:
    """Put a guideline's handbook together in `da` or `en`, with the numbers that hold on a day."""
    writer = _Writer(library, guideline, language, as_of)
    file = guideline.file
    return Handbook(
        guideline.name,
        file.title.in_language(language),
        file.version,
        file.valid_from,
        file.label,
        file.review,
        tuple(writer.chapter(table) for table in sorted((table for _, table in guideline.tables), key=_reading_order)),
        tuple(writer.numbers()),
        tuple(writer.disagreement(conflict) for conflict in file.conflicts),
        tuple(case_words(library, case, language) for _, case in guideline.cases),
        guideline.changelog,
    )


def changelog_parts(changelog: str) -> tuple[ChangelogPart, ...]:
    """Give a changelog's headings, the newest first, each with its lines."""
    parts: list[tuple[str, list[str]]] = []
    for line in changelog.splitlines():
        if line.startswith("## "):
            parts.append((line[3:].strip(), []))
        elif parts and (text := line.strip()):
            if text.startswith("- ") or not parts[-1][1]:
                parts[-1][1].append(text.removeprefix("- "))
            else:
                parts[-1][1][-1] += f" {text}"
    return tuple(ChangelogPart(heading, tuple(lines)) for heading, lines in parts)


_KINDS = ("inclusion", "targets", "classification", "score", "flags", "orders", "proposals", "interval")


def _reading_order(table: Table) -> tuple[int, bool]:
    """Who it is for, the goals with the default first, the classes, what to notice and to do, and when."""
    return _KINDS.index(table.kind), not getattr(table, "default", True)


class _Writer:
    def __init__(self, library: Library, guideline: Guideline, language: str, as_of: date) -> None:
        self._library, self._guideline, self._language, self._as_of = library, guideline, language, as_of

    def chapter(self, table: Table) -> Chapter:
        title = table.title.in_language(self._language)
        if isinstance(table, ScoreTable):
            inputs = ", ".join(sorted(table.inputs))
            says = f"{table.formula}({inputs})"
            entry = self._entry(table, table.rule, self._when(table.applies), says)
            return Chapter(table.kind, title, "", True, (entry,))
        entries = tuple(self._row(table, row) for row in table.rows)
        profile = getattr(table, "profile_title", None)
        words = profile.in_language(self._language) if profile else ""
        return Chapter(table.kind, title, words, getattr(table, "default", True), entries)

    def _row(self, table: Table, row: Row) -> Entry:
        when = self._when(row.when)
        if isinstance(row, ProposalRow | FlagRow) and row.unless:
            unless = {"da": "undtagen", "en": "unless"}[self._language]
            when = f"{when}; {unless} {self._when(row.unless)}"
        if isinstance(row, OrderRow):
            medicine = self._library.fact_layer.book.names[row.medicine].name.in_language(self._language)
            when = f"{medicine}: {when}"
        return self._entry(row, row.rule, when, self._says(table, row))

    def _when(self, text: str | None) -> str:
        if text is None:
            return {"da": "ellers", "en": "otherwise"}[self._language]
        return in_words(text, self._library, self._guideline, self._language, as_of=self._as_of)

    def _says(self, table: Table, row: Row) -> str:
        text = row.text.in_language(self._language)
        if isinstance(table, TargetTable) and isinstance(row, TargetRow) and row.targets:
            goals = ", ".join(
                f"{goal_name(self._library, name, self._language)} {self._limits(row, name)}" for name in row.targets
            )
            return f"{goals}. {text}"
        return text

    def _limits(self, row: TargetRow, name: str) -> str:
        text = limits_text(row.targets[name]).replace("<=", "≤").replace(">=", "≥")
        return text.replace(".", ",") if self._language == "da" else text

    def _entry(self, item: Sourced, rule: str, when: str, says: str) -> Entry:
        source = self._library.source(item)
        parts = [source.title, source.section, str(source.year) if source.year else None] if source else []
        words = ", ".join(part for part in parts if part)
        return Entry(rule, when, says, item.status, words, source.url if source else None, item.status in ("V2", "U"))

    def numbers(self) -> Iterator[Number]:
        for parameter in self._guideline.parameters:
            values = sorted(parameter.values, key=lambda value: value.valid_from)
            held = tuple(self._number(value, unit_words(parameter.unit, self._language)) for value in values)
            yield Number(parameter.title.in_language(self._language), held)

    def _number(self, value: ParameterValue, unit: str) -> NumberValue:
        words = f"{number_words(value.value, self._language)} {unit}".rstrip()
        entry = self._entry(value, "", "", words)
        return NumberValue(
            value.valid_from, words, value.status, entry.source, entry.url, needs_confirmation=entry.needs_confirmation
        )

    def disagreement(self, conflict: Conflict) -> Disagreement:
        language = self._language
        return Disagreement(
            goal_name(self._library, conflict.about, language),
            tuple(self._entry(side, "", "", side.says.in_language(language)) for side in conflict.sides),
            conflict.default.in_language(language),
            conflict.because.in_language(language),
        )


_HEADINGS = {
    "da": {
        "status": "Status",
        "rule": "Regel",
        "when": "Hvis",
        "says": "Så",
        "source": "Kilde",
        "numbers": "Tal, der kan ændre sig",
        "disagreements": "Hvor kilderne er uenige",
        "changes": "Ændringer",
        "default": "Valgt",
        "confirm": "Mærket ⚠ er læst på anden hånd eller ikke bekræftet: en kliniker skal bekræfte det.",
        "unsigned": "Afventer klinisk godkendelse: ingen kliniker har gennemgået indholdet endnu.",
        "about": "Udgave {version}, gælder fra {valid_from}. Forløbsetiket {label}. Gennemgås næste gang {review}."
        " {cases} opdigtede patienter prøver reglerne.",
        "made": "Siden er lavet af indholdet i content/guidelines med `forloeb guidelines handbook`; ret dér.",
    },
    "en": {
        "status": "Status",
        "rule": "Rule",
        "when": "If",
        "says": "Then",
        "source": "Source",
        "numbers": "Numbers that may change",
        "disagreements": "Where the sources disagree",
        "changes": "Changes",
        "default": "Chosen",
        "confirm": "What is marked ⚠ was read second-hand or is not verified: a clinician is to confirm it.",
        "unsigned": "Awaiting clinical sign-off: no clinician has checked the content yet.",
        "about": "Version {version}, valid from {valid_from}. Episode label {label}. To be reviewed {review}."
        " {cases} invented patients try the rules.",
        "made": "This page is made from content/guidelines by `forloeb guidelines handbook`; change it there.",
    },
}


def to_markdown(handbook: Handbook, language: str, *, is_signed_off: bool) -> str:
    """Write a handbook as Markdown."""
    words = _HEADINGS[language]
    about = words["about"].format(
        version=handbook.version,
        valid_from=handbook.valid_from,
        label=handbook.label,
        review=handbook.review.next_review_on,
        cases=len(handbook.cases),
    )
    lines = [f"# {handbook.title}", "", about, ""]
    if not is_signed_off:
        lines += [f"**{words['unsigned']}**", ""]
    lines += [words["confirm"], "", f"<!-- {words['made']} -->", ""]
    for chapter in handbook.chapters:
        profile = f" – {chapter.profile}" if chapter.profile else ""
        lines += [f"## {chapter.title}{profile}", "", *_table(chapter.entries, words), ""]
    if handbook.numbers:
        lines += [f"## {words['numbers']}", ""]
        for number in handbook.numbers:
            lines.append(f"- {number.title}: " + "; ".join(_number_line(value) for value in number.values))
        lines.append("")
    if handbook.disagreements:
        lines += [f"## {words['disagreements']}", ""]
        for each in handbook.disagreements:
            lines += [f"### {each.about}", ""]
            lines += [f"- {side.says} ({side.status}; {side.source})" for side in each.sides]
            lines += ["", f"{words['default']}: {each.default} {each.because}", ""]
    lines += [f"## {words['changes']}", "", *_below(handbook.changelog)]
    return "\n".join(lines).rstrip() + "\n"


def _number_line(value: NumberValue) -> str:
    status = f"⚠ {value.status}" if value.needs_confirmation else value.status
    source = f"; {value.source}" if value.source else ""
    return f"{value.words} ({value.valid_from}; {status}{source})"


def _table(entries: tuple[Entry, ...], words: dict[str, str]) -> Iterator[str]:
    yield f"| {words['rule']} | {words['when']} | {words['says']} | {words['status']} | {words['source']} |"
    yield "|---|---|---|---|---|"
    for entry in entries:
        source = f"[{entry.source}]({entry.url})" if entry.url else entry.source
        status = f"⚠ {entry.status}" if entry.needs_confirmation else entry.status
        yield f"| {entry.rule} | {_cell(entry.when)} | {_cell(entry.says)} | {status} | {_cell(source)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _below(changelog: str) -> Iterator[str]:
    """Give a changelog without its own title, its headings two steps down."""
    for line in changelog.splitlines():
        if line.startswith("# "):
            continue
        yield f"#{line}" if line.startswith("##") else line
