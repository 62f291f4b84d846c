"""The clinical engine with the versions that hold on a day, and who has signed them off.

`library` is the content that came with the program: what no version changes (names of guidelines, labels, code lists).
What a patient is told comes from `library_on` their day.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from forloeb.careplans.models import SignOff
from forloeb.editions.holding import held_versions as held_versions
from forloeb.editions.holding import library_of, program_library
from forloeb.editions.holding import library_on as library_on
from forloeb.guidelines.code_lists import CodeBook
from forloeb.guidelines.library import Library
from forloeb.guidelines.results import Disease
from forloeb.kernel.codes import Coding
from forloeb.kernel.content import Closed, Status, content_folder, read_content


def library() -> Library:
    """Give the content that came with the program, compiled. Raises ContentError when the content is not sound."""
    return program_library()


class FarOff(Closed):
    """When a value counts as far from an agreed goal: so many per cent beyond it."""

    percent: Decimal
    status: Status


class Overrides(Closed):
    """content/overrides.yaml."""

    far_off: FarOff


@cache
def far_off_percent() -> Decimal:
    """Give how many per cent beyond the agreed goal a value is far off. Raises ContentError."""
    return read_content(content_folder() / "overrides.yaml", Overrides).far_off.percent


@cache
def code_book() -> CodeBook:
    """Give what tells which lists a code stands in."""
    return CodeBook(library().code_lists)


def diagnosis_name(coding: Coding) -> str | None:
    """Give the Danish name of the list that a diagnosis stands in; None for one that no guideline speaks of."""
    lists = code_book().lists_of(coding)
    return code_book().names[lists[0]].name.da if lists else None


def is_signed_off(guideline: str, version: str) -> bool:
    """Whether a named clinician has signed a version, in the content or for this deployment."""
    held = next((h for h in held_versions() if (h.guideline, h.version) == (guideline, version)), None)
    if held is not None:
        within = library_of(frozenset(() if held.edition_id is None else (held.edition_id,)))
        file = next(found.file for found in within.guidelines if found.name == guideline)
        if any(signed.version == version for signed in file.sign_off):
            return True
    return SignOff.objects.filter(guideline=guideline, guideline_version=version).exists()


def awaiting_sign_off(diseases: tuple[Disease, ...]) -> tuple[Disease, ...]:
    """Give the guidelines whose version no named clinician has signed, in the content or for this deployment."""
    signed = set(SignOff.objects.values_list("guideline", "guideline_version"))
    return tuple(d for d in diseases if not d.is_signed_off and (d.guideline, d.version) not in signed)
