"""A letter of referral in Danish words, section by section: what a municipality reads where it reads text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from forloeb.careplans.referral_letter import Diagnosis, Letter, Value
from forloeb.careplans.referral_models import LetterKind
from forloeb.terminology import measures

UNKNOWN_TOLD = "ikke oplyst"
"""What is not known is said, so that nobody takes it for a no."""
_LEFT_OUT = {
    "values": "målinger",
    "complications": "følgesygdomme og andre sygdomme",
    "smoking": "rygning",
    "medicines": "behandling",
    "words": "patientens egne ord",
}
_INTERPRETER = {"yes": "ja", "no": "nej", "unknown": UNKNOWN_TOLD}


class Section(NamedTuple):
    """A heading and the lines under it."""

    heading: str
    lines: tuple[str, ...]


def sections(letter: Letter, kind: LetterKind) -> tuple[Section, ...]:
    """Give the letter's sections that have anything to say."""
    return tuple(section for section in _sections(letter, kind) if section.lines)


def _sections(letter: Letter, kind: LetterKind) -> Iterator[Section]:
    is_task = kind is LetterKind.TASK
    yield Section("Opgave" if is_task else "Ønsket tilbud", tuple(one.name.da for one in letter.asked))
    if letter.priority == "urgent":
        yield Section("Prioritet", ("Haster",))
    yield Section("Hvad der skal gøres", tuple(letter.instruction.splitlines()))
    if letter.until:
        yield Section("Til og med", (_day(letter.until),))
    yield Section("Årsag til henvisning", tuple(letter.reason.splitlines()))
    yield Section("Diagnoser", tuple(map(diagnosis_words, letter.diagnoses)))
    yield Section("Følgesygdomme og andre sygdomme", tuple(map(diagnosis_words, letter.complications)))
    yield Section("Målinger", tuple(map(value_words, letter.values)))
    if "smoking" not in letter.left_out:
        yield Section("Rygning", (_said_on(letter.smoking) if letter.smoking else UNKNOWN_TOLD,))
    yield Section("Behandling", tuple(f"{one.name.da} ({one.atc})" for one in letter.medicines))
    language = f" ({letter.interpreter_language})" if letter.interpreter_language else ""
    yield Section("Behov for tolk", (_INTERPRETER[letter.interpreter] + language,))
    yield Section("Det er vigtigt for patienten", tuple(letter.matters.splitlines()))
    yield Section("Patientens eget mål", tuple(letter.own_goal.splitlines()))
    yield Section("Ressourcer", tuple(letter.resources.splitlines()))
    yield Section("Ikke medsendt efter patientens ønske", tuple(_LEFT_OUT[one] for one in letter.left_out))


def diagnosis_words(diagnosis: Diagnosis) -> str:
    """Name a diagnosis, its code, and since when."""
    since = f", siden {_day(diagnosis.since)}" if diagnosis.since else ""
    return f"{diagnosis.name.da} ({diagnosis.code}{since})"


def value_words(value: Value) -> str:
    """Write a value with its name, unit and day, as it is written in Denmark."""
    return f"{measures()[value.measure].name.da}: {_said_on(value)}"


def _said_on(value: Value) -> str:
    measure = measures()[value.measure]
    if value.value is None:
        said = next((one.name.da for one in measure.choices if one.value == value.answer), value.answer)
    else:
        said = f"{value.comparator}{_number(value.value)} {measure.unit_shown}".rstrip()
    return f"{said} ({_day(value.measured_on)})"


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")


def _day(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"
