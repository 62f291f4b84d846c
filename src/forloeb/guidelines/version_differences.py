"""What is different between two versions of a guideline, in words that a clinician reads.

Every field of every rule is compared, so that no change can go unsaid; how a field is written is all that is known
about it here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel

from forloeb.guidelines.library import Guideline, Library, rows_of
from forloeb.guidelines.schema import Limits, ParameterValue, Row, ScoreTable, Stale, Table
from forloeb.guidelines.targets import limits_text
from forloeb.guidelines.wording import goal_name, in_words, number_words, unit_words
from forloeb.kernel.content import Localized

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class VersionDifference:
    """One thing that is another. `rule` names the rule, parameter or case; `field` what of it, in words."""

    kind: Kind
    chapter: str
    rule: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Version:
    """A guideline in its library: what is needed to write it in words."""

    library: Library
    guideline: Guideline


def version_differences(before: Version, after: Version, language: str) -> tuple[VersionDifference, ...]:
    """Compare two versions of one guideline, in `da` or `en`: rules, tables, numbers, texts and cases."""
    comparing = _Comparing(before, after, "en" if language.startswith("en") else "da")
    return (
        *comparing.rules(),
        *comparing.tables(),
        *comparing.numbers(),
        *comparing.file(),
        *comparing.cases(),
    )


_FIELDS = {
    "when": ("hvis", "if"),
    "unless": ("undtagen", "unless"),
    "applies": ("gælder for", "applies to"),
    "otherwise": ("gælder alle andre", "holds for all others"),
    "targets": ("mål", "goal"),
    "text": ("tekst", "text"),
    "patient_text": ("tekst til patienten", "text to the patient"),
    "status": ("kildens sikkerhed", "how sure the source is"),
    "sources": ("kilde", "source"),
    "section": ("sted i kilden", "place in the source"),
    "months": ("måneder", "months"),
    "title": ("titel", "title"),
    "patient_title": ("titel til patienten", "title to the patient"),
    "values": ("værdier i årskontrollen", "values of the yearly control"),
    "stale": ("hvornår en værdi er for gammel", "when a value is too old"),
    "conflicts": ("hvor kilderne er uenige", "where the sources disagree"),
    "order": ("rækkefølge", "order"),
    "prevails": ("går forud for strengere mål", "goes before stricter goals"),
    "needs_clinician": ("kræver en kliniker", "needs a clinician"),
    "reduction_percent": ("fald i procent", "fall in per cent"),
    "level": ("vigtighed", "importance"),
    "included": ("har sygdommen", "has the disease"),
    "value": ("værdi", "value"),
    "default": ("standard", "the default"),
    "measures": ("værdier", "values"),
    "medicine": ("medicin", "medicine"),
    "label": ("forløbsetiket", "episode label"),
    "lifelong": ("livslang opfølgning", "lifelong follow-up"),
}
_YES = {True: ("ja", "yes"), False: ("nej", "no")}
_CHAPTERS = {
    "numbers": ("Tal, der kan ændre sig", "Numbers that may change"),
    "guideline": ("Retningslinjen", "The guideline"),
    "cases": ("Opdigtede patienter", "Invented patients"),
}
_NOT_COMPARED = {"guideline", "version", "valid_from", "review", "sign_off", "rows", "kind", "rule"}


class _Comparing:
    def __init__(self, before: Version, after: Version, language: Literal["da", "en"]) -> None:
        self._before, self._after = before, after
        self._language: Literal["da", "en"] = language

    def rules(self) -> Iterator[VersionDifference]:
        """Compare rule by rule; a rule is known by its name wherever it stands."""
        was, now = _rules(self._before.guideline), _rules(self._after.guideline)
        for rule in _both(was, now):
            if rule not in was:
                yield self._whole("added", now[rule], self._after)
            elif rule not in now:
                yield self._whole("removed", was[rule], self._before)
            else:
                (table, old), (_, new) = was[rule], now[rule]
                yield from self._fields(old, new, table.title.in_language(self._language), rule)

    def _whole(self, kind: Kind, found: tuple[Table, Row], version: Version) -> VersionDifference:
        table, row = found
        says = "; ".join(
            f"{self._field(name)}: {self._value(name, value, version)}"
            for name, value in _given(row)
            if name in ("when", "otherwise", "targets", "months", "text", "sources")
        )
        before, after = ("", says) if kind == "added" else (says, "")
        return VersionDifference(kind, table.title.in_language(self._language), row.rule, "", before, after)

    def tables(self) -> Iterator[VersionDifference]:
        was, now = _tables(self._before.guideline), _tables(self._after.guideline)
        for key in _both(was, now):
            old, new = was.get(key), now.get(key)
            title = (new or old).title.in_language(self._language)  # type: ignore[union-attr]
            if old is None or new is None:
                yield VersionDifference("removed" if new is None else "added", title, "", "", "", "")
                continue
            yield from self._fields(old, new, title, getattr(new, "rule", ""))
            before, after = _order(old, new), _order(new, old)
            if before != after:
                yield VersionDifference("changed", title, "", self._field("order"), ", ".join(before), ", ".join(after))

    def numbers(self) -> Iterator[VersionDifference]:
        was, now = ({one.id: one for one in version.guideline.parameters} for version in (self._before, self._after))
        chapter = self._chapter("numbers")
        for name in _both(was, now):
            old, new = was.get(name), now.get(name)
            held = new or old
            assert held is not None
            title, unit = held.title.in_language(self._language), unit_words(held.unit, self._language)
            before, after = (
                "; ".join(self._number(value, unit, version) for value in one.values) if one else ""
                for one, version in ((old, self._before), (new, self._after))
            )
            if before != after:
                yield VersionDifference("changed" if old and new else _gone(new), chapter, name, title, before, after)
            elif old and new:
                yield from self._fields(old, new, chapter, name, without={"values"})

    def file(self) -> Iterator[VersionDifference]:
        yield from self._fields(self._before.guideline.file, self._after.guideline.file, self._chapter("guideline"), "")

    def cases(self) -> Iterator[VersionDifference]:
        was, now = ({case.case: case for _, case in v.guideline.cases} for v in (self._before, self._after))
        for name in _both(was, now):
            old, new = was.get(name), now.get(name)
            if old != new:
                kind: Kind = "changed" if old and new else _gone(new)
                title = (new or old).title  # type: ignore[union-attr]
                yield VersionDifference(kind, self._chapter("cases"), name, title, "", "")

    def _fields(
        self, old: BaseModel, new: BaseModel, chapter: str, rule: str, without: Iterable[str] = ()
    ) -> Iterator[VersionDifference]:
        for name in type(new).model_fields:
            if name in _NOT_COMPARED or name in without:
                continue
            was, now = getattr(old, name, None), getattr(new, name)
            if was != now:
                before, after = self._value(name, was, self._before), self._value(name, now, self._after)
                yield VersionDifference("changed", chapter, rule, self._field(name), before, after)

    def _field(self, name: str) -> str:
        words = _FIELDS.get(name)
        return words[self._language == "en"] if words else name

    def _chapter(self, name: str) -> str:
        return _CHAPTERS[name][self._language == "en"]

    def _number(self, value: ParameterValue, unit: str, version: Version) -> str:
        sources = self._value("sources", value.sources, version)
        words = f"{number_words(value.value, self._language)} {unit}".rstrip()
        return f"{words} ({value.valid_from}, {', '.join(part for part in (value.status, sources) if part)})"

    def _value(self, name: str, value: Any, version: Version) -> str:
        match value:
            case None:
                return ""
            case str() if name in ("when", "unless", "applies"):
                day = max(version.guideline.file.valid_from, date.min)
                return in_words(value, version.library, version.guideline, self._language, as_of=day)
            case bool():
                return _YES[value][self._language == "en"]
            case Decimal():
                return number_words(value, self._language)
            case Localized():
                return value.in_language(self._language)
            case Limits():
                return self._limits(value)
            case Stale():
                off = f" ({value.months_off_target})" if value.months_off_target else ""
                return f"{value.months}{off} {unit_words('mo', self._language)}"
            case Mapping():
                named = (
                    f"{goal_name(version.library, str(k), self._language)} {self._value('', v, version)}"
                    for k, v in value.items()
                )
                return ", ".join(named)
            case tuple() if name == "sources":
                return ", ".join(version.library.sources[key].title for key in value if key in version.library.sources)
            case tuple():
                return ", ".join(self._value("", one, version) for one in value)
            case BaseModel():
                return "; ".join(self._value(field, one, version) for field, one in _given(value))
        return str(value)

    def _limits(self, limits: Limits) -> str:
        text = limits_text(limits).replace("<=", "≤").replace(">=", "≥")
        for name, value in (("floor", limits.floor), ("accept_up_to", limits.accept_up_to)):
            if value is not None:
                text += f" ({_LIMITS[name][self._language == 'en']} {value})"
        return text.replace(".", ",") if self._language == "da" else text


_LIMITS = {"floor": ("for lavt under", "too low below"), "accept_up_to": ("accepteres op til", "accepted up to")}


def _given(item: BaseModel) -> Iterator[tuple[str, Any]]:
    """Give the fields that say something."""
    for name in type(item).model_fields:
        value = getattr(item, name)
        if value not in (None, (), "", False) and name != "rule":
            yield name, value


def _gone(new: object) -> Kind:
    return "added" if new else "removed"


def _both(was: Mapping[Any, object], now: Mapping[Any, object]) -> list[Any]:
    """Give the names of both, in the order of the newer, with what is gone at the end."""
    return [*now, *(name for name in was if name not in now)]


def _rules(guideline: Guideline) -> dict[str, tuple[Table, Row]]:
    return {row.rule: (table, row) for _, table in guideline.tables for row in rows_of(table)}


def _tables(guideline: Guideline) -> dict[tuple[object, ...], Table]:
    """Give the tables by what makes each the one it is; the place tells two of a kind apart."""
    found: dict[tuple[object, ...], Table] = {}
    for path, table in guideline.tables:
        parts = ("profile", "name", "what", "score", "measures")
        key = (path.name, table.kind, *(str(getattr(table, part, "")) for part in parts))
        place = sum(1 for held in found if held[:-1] == key)
        found[(*key, place)] = table
    return found


def _order(table: Table, other: Table) -> tuple[str, ...]:
    """Give the order of those rules that stand in both."""
    if isinstance(table, ScoreTable) or isinstance(other, ScoreTable):
        return ()
    common = {row.rule for row in other.rows}
    return tuple(row.rule for row in table.rows if row.rule in common)
