"""The languages that the pages speak. docs/how-to/add-a-language.md tells how one is added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its code, what it calls itself, which way it is read, and whom it is for."""

    code: str
    own_name: str
    direction: Literal["ltr", "rtl"] = "ltr"
    for_staff: bool = True
    """Whether staff can choose it too; patients can choose them all."""
    awaits_translator: bool = False
    """Whether a professional translator is still to read it; its pages say so."""


DANISH = Language("da", "Dansk")
ENGLISH = Language("en", "English")
ARABIC = Language("ar", "العربية", "rtl", for_staff=False, awaits_translator=True)

LANGUAGES = (DANISH, ENGLISH, ARABIC)


def find_language(code: str) -> Language:
    """Give the language of a code such as `en` or `en-GB`; Danish for one that we do not speak."""
    return next((language for language in LANGUAGES if language.code == code.partition("-")[0]), DANISH)
