"""The content's cases in words, so that a clinician can read what an invented patient is to be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from forloeb.guidelines.library import Library
from forloeb.guidelines.schema import Case, CaseCondition
from forloeb.guidelines.wording import goal_name, unit_words
from forloeb.kernel.codes import ICPC2_DK, SKS, SNOMED_CT, Coding
from forloeb.kernel.periods import whole_years

_SYSTEMS = {"icpc2": ICPC2_DK, "sks": SKS, "snomed": SNOMED_CT}
_SEXES = {"female": {"da": "kvinde", "en": "woman"}, "male": {"da": "mand", "en": "man"}}
_ANSWERS = {
    "yes": {"da": "ja", "en": "yes"},
    "no": {"da": "nej", "en": "no"},
    "unknown": {"da": "uvist", "en": "unknown"},
}
_STATUSES = {
    "in_target": {"da": "i mål", "en": "at goal"},
    "above_target": {"da": "ikke i mål", "en": "not at goal"},
    "below_floor": {"da": "for lav", "en": "too low"},
    "missing": {"da": "mangler", "en": "missing"},
    "stale": {"da": "for gammel", "en": "too old"},
    "implausible": {"da": "usandsynlig", "en": "implausible"},
    "not_applicable": {"da": "intet mål", "en": "no goal"},
    "conflict": {"da": "modstridende", "en": "conflicting"},
    "confirm_at_home": {"da": "bekræftes hjemme", "en": "to be confirmed at home"},
}
_HEADS = {
    "included": {"da": "Har sygdommen", "en": "Has the disease"},
    "limits": {"da": "Mål", "en": "Goal"},
    "values": {"da": "Status", "en": "Status"},
    "flags": {"da": "Bemærkes", "en": "Noticed"},
    "no_flags": {"da": "Bemærkes ikke", "en": "Not noticed"},
    "proposals": {"da": "Foreslås", "en": "Proposed"},
    "no_proposals": {"da": "Foreslås ikke", "en": "Not proposed"},
    "orders": {"da": "Siges ved ordination", "en": "Said of an order"},
    "no_orders": {"da": "Siges ikke ved ordination", "en": "Not said of an order"},
    "due": {"da": "Næste gang", "en": "Due"},
    "rules": {"da": "Regel", "en": "Rule"},
    "classes": {"da": "Klasse", "en": "Class"},
    "scores": {"da": "Tal", "en": "Score"},
    "missing": {"da": "Mangler til", "en": "Missing for"},
    "clashes": {"da": "Kilderne er uenige om", "en": "The sources disagree about"},
}
_UNKNOWN = {"da": "uvist", "en": "unknown"}


@dataclass(frozen=True, slots=True)
class CaseWords:
    """One invented patient: who they are, what stands on their record, and what the guideline must answer."""

    case: str
    title: str
    as_of: date
    who: str
    record: tuple[str, ...]
    expected: tuple[str, ...]


def case_words(library: Library, case: Case, language: str) -> CaseWords:
    """Write a case in `da` or `en`."""
    speaker = _Speaker(library, case, language)
    return CaseWords(
        case.case, case.title, case.as_of, speaker.who(), tuple(speaker.record()), tuple(speaker.expected())
    )


class _Speaker:
    def __init__(self, library: Library, case: Case, language: str) -> None:
        self._library, self._case, self._language = library, case, "en" if language.startswith("en") else "da"

    def who(self) -> str:
        years = f"{whole_years(self._case.birth_date, self._case.as_of)} {unit_words('a', self._language)}"
        return f"{_SEXES[self._case.sex][self._language]}, {years}" if self._case.sex else years

    def record(self) -> Iterator[str]:
        yield from (self._condition(given) for given in self._case.conditions)
        for medicine in self._case.medications:
            yield f"{self._listed('medication', medicine.atc)} ({medicine.atc})"
        for found in self._case.measurements:
            measure = self._library.measures.get(found.measure)
            unit = measure.unit_shown if measure else ""
            yield f"{self._measure(found.measure)} {self._number(found.value)} {unit}".rstrip() + f" ({found.on})"

    def _condition(self, given: CaseCondition) -> str:
        book = self._library.fact_layer.book
        lists = book.lists_of(Coding(_SYSTEMS[given.system], given.code))
        name = book.names[lists[0]].name.in_language(self._language) if lists else given.code
        return f"{name} ({given.code}{f', {given.onset}' if given.onset else ''})"

    def _listed(self, kind: str, code: str) -> str:
        """Name the narrowest list that a medicine stands in."""
        found = [
            (len(listed.prefix or listed.code or ""), one.name.in_language(self._language))
            for one in self._library.code_lists
            for listed in one.codes
            if one.kind == kind and (listed.code == code or (listed.prefix and code.startswith(listed.prefix)))
        ]
        return max(found)[1] if found else code

    def expected(self) -> Iterator[str]:
        expect = self._case.expect
        titles = {one.name: one.file.title.in_language(self._language) for one in self._library.guidelines}
        for name, answer in expect.included.items():
            yield self._line("included", titles.get(name, name), _ANSWERS[answer][self._language])
        for measure, limits in expect.limits.items():
            rule = f" ({expect.targets[measure]})" if measure in expect.targets else ""
            yield self._line("limits", self._measure(measure), self._number(limits)) + rule
        for measure, rule in expect.targets.items():
            if measure not in expect.limits:
                yield self._line("rules", self._measure(measure), rule)
        for measure, missing in expect.missing.items():
            yield self._line("missing", self._measure(measure), ", ".join(map(self._fact, missing)))
        for measure, status in expect.values.items():
            yield self._line("values", self._measure(measure), _STATUSES[status][self._language])
        yield from self._numbers()
        yield from self._lists()

    def _numbers(self) -> Iterator[str]:
        expect = self._case.expect
        for name, value in expect.classifications.items():
            held = value.items() if isinstance(value, dict) else [("", value)]
            yield self._line(
                "classes", name, ", ".join(f"{profile} {self._known(one)}".strip() for profile, one in held)
            )
        for score, number in expect.scores.items():
            yield self._line("scores", score, self._known(number))
        for what, day in expect.due.items():
            yield self._line("due", self._interval(what), str(day))

    def _lists(self) -> Iterator[str]:
        expect = self._case.expect
        for name in ("flags", "no_flags", "proposals", "no_proposals", "orders", "no_orders"):
            if rules := getattr(expect, name):
                yield f"{_HEADS[name][self._language]}: {', '.join(rules)}"
        if expect.clashes:
            yield f"{_HEADS['clashes'][self._language]}: {', '.join(map(self._measure, expect.clashes))}"

    def _line(self, head: str, what: str, says: str) -> str:
        return f"{_HEADS[head][self._language]}: {what}: {says}"

    def _known(self, value: object) -> str:
        return _UNKNOWN[self._language] if value is None else self._number(str(value))

    def _number(self, text: str) -> str:
        """Write a number or a goal as the language does."""
        text = text.replace("<=", "≤").replace(">=", "≥")
        return text.replace(".", ",") if self._language == "da" else text

    def _measure(self, name: str) -> str:
        return goal_name(self._library, name, self._language)

    def _fact(self, name: str) -> str:
        declared = self._library.fact_layer.declared.get(name)
        return declared.title.in_language(self._language) if declared else name

    def _interval(self, what: str) -> str:
        for guideline in self._library.guidelines:
            for _path, table in guideline.tables:
                if table.kind == "interval" and table.what == what:
                    return table.title.in_language(self._language)
        return what
