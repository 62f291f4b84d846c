"""A guideline as a handbook a doctor can read: every rule with its condition, what it says, its source and status.

Made from the content, so that it cannot say anything else than what the engine does. Shown in the application, and
written as Markdown for the docs by `forloeb guidelines handbook`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from forloeb.guidelines.library import Guideline, Library
from forloeb.guidelines.schema import (
    Conflict,
    FlagRow,
    OrderRow,
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
from forloeb.guidelines.wording import in_words, number_words
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
    """One table."""

    title: str
    profile: str
    """What sets it apart from other profiles' tables, where its title does not."""
    is_default: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A parameter with its values over time, newest last: from which day, and the number with its unit."""

    title: str
    values: tuple[tuple[date, str], ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What sources say against each other, the default, and why."""

    about: str
    sides: tuple[Entry, ...]
    default: str
    because: str


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
    cases: int
    changelog: str


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
        len(guideline.cases),
        guideline.changelog,
    )


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
            return Chapter(title, "", True, (entry,))
        entries = tuple(self._row(table, row) for row in table.rows)
        profile = getattr(table, "profile_title", None)
        words = profile.in_language(self._language) if profile else ""
        return Chapter(title, words, getattr(table, "default", True), entries)

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
            goals = ", ".join(f"{self._measure(name)} {self._limits(row, name)}" for name in row.targets)
            return f"{goals}. {text}"
        return text

    def _limits(self, row: TargetRow, name: str) -> str:
        text = limits_text(row.targets[name]).replace("<=", "≤").replace(">=", "≥")
        return text.replace(".", ",") if self._language == "da" else text

    def _measure(self, name: str) -> str:
        joint = {"sbp": {"da": "systolisk", "en": "systolic"}, "dbp": {"da": "diastolisk", "en": "diastolic"}}
        if name in joint:
            return joint[name][self._language]
        return self._library.measures[name].name.in_language(self._language)

    def _entry(self, item: Sourced, rule: str, when: str, says: str) -> Entry:
        source = self._library.source(item)
        parts = [source.title, source.section, str(source.year) if source.year else None] if source else []
        words = ", ".join(part for part in parts if part)
        return Entry(rule, when, says, item.status, words, source.url if source else None, item.status in ("V2", "U"))

    def numbers(self) -> Iterator[Number]:
        for parameter in self._guideline.parameters:
            values = tuple(
                (value.valid_from, f"{number_words(value.value, self._language)} {parameter.unit}".rstrip())
                for value in sorted(parameter.values, key=lambda v: v.valid_from)
            )
            yield Number(parameter.title.in_language(self._language), values)

    def disagreement(self, conflict: Conflict) -> Disagreement:
        language = self._language
        return Disagreement(
            self._measure(conflict.about) if conflict.about in self._library.measures else conflict.about,
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
        cases=handbook.cases,
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
            lines.append(f"- {number.title}: " + "; ".join(f"{value} ({day})" for day, value in number.values))
        lines.append("")
    if handbook.disagreements:
        lines += [f"## {words['disagreements']}", ""]
        for each in handbook.disagreements:
            lines += [f"### {each.about}", ""]
            lines += [f"- {side.says} ({side.status}; {side.source})" for side in each.sides]
            lines += ["", f"{words['default']}: {each.default} {each.because}", ""]
    lines += [f"## {words['changes']}", "", *_below(handbook.changelog)]
    return "\n".join(lines).rstrip() + "\n"


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
