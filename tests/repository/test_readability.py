"""What patients read is easy to read: LIX (Björnsson 1968) of at most 35, which is that of easy newspaper prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from forloeb.guidelines.home import load_home
from forloeb.guidelines.library import Library
from forloeb.guidelines.questionnaires import load_questionnaires
from forloeb.kernel.content import content_folder
from forloeb.terminology import measures

PO = Path(__file__).parents[2] / "src/forloeb/web/locale/da/LC_MESSAGES/django.po"
MOST = 35
PATIENTS_FILES = re.compile(r"own_|patient_words|log_words")


def lix(text: str) -> float:
    """Words per sentence, and of a hundred words those longer than six letters."""
    words = re.findall(r"[\w-]+", text)
    sentences = len(re.findall(r"[.!?:](?:\s|$)", text)) or 1
    return len(words) / sentences + 100 * sum(len(word) > 6 for word in words) / len(words)


def helps() -> Iterator[str]:
    yield from (measure.patient_help.da for measure in measures().values() if measure.patient_help)


def at_home() -> Iterator[str]:
    content = load_home(content_folder(), measures())
    yield from (step.da for step in content.pressure.how)
    yield content.pressure.counted.because.da
    for item in content.measurements:
        yield item.how.da
        yield from (step.text.da for step in item.choices)


def questions() -> Iterator[str]:
    for questionnaire in load_questionnaires(content_folder()).values():
        for item in questionnaire.items:
            yield item.text.da
            yield from (f"{option.text.da}." for option in item.options)


def proposals() -> Iterator[str]:
    for guideline in Library.load(content_folder(), measures()).guidelines:
        for _, table in guideline.tables:
            for row in getattr(table, "rows", ()):
                if getattr(row, "patient_text", None):
                    yield row.patient_text.da


def pages() -> Iterator[str]:
    with PO.open("rb") as file:
        for message in read_po(file):
            if any(PATIENTS_FILES.search(path) for path, _ in message.locations):
                words = message.string if isinstance(message.string, str) else " ".join(message.string)
                yield words.rstrip(".") + "."


def test_the_measure_itself() -> None:
    assert lix("Du går en tur. Det er godt.") == pytest.approx(3.5)
    assert lix("Hypertensionsbehandlingen intensiveres.") > 100


@pytest.mark.parametrize("texts", [helps, proposals, pages, at_home, questions], ids=lambda texts: texts.__name__)
def test_what_patients_read_is_easy(texts: object) -> None:
    found = list(texts())  # type: ignore[operator]
    assert len(found) > 10
    assert lix(" ".join(found)) <= MOST
