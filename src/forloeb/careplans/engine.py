"""The clinical engine, loaded once with this deployment's content, and who has signed that content off."""

from __future__ import annotations

from functools import cache

from forloeb.careplans.models import SignOff
from forloeb.guidelines.code_lists import CodeBook
from forloeb.guidelines.library import Library
from forloeb.guidelines.results import Disease
from forloeb.kernel.codes import Coding
from forloeb.kernel.content import content_folder
from forloeb.terminology import measures


@cache
def library() -> Library:
    """Give the clinical content, compiled. Raises ContentError when the content is not sound."""
    return Library.load(content_folder(), measures())


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
    held = next((g for g in library().guidelines if g.name == guideline), None)
    in_content = held is not None and any(signed.version == version for signed in held.file.sign_off)
    return in_content or SignOff.objects.filter(guideline=guideline, guideline_version=version).exists()


def awaiting_sign_off(diseases: tuple[Disease, ...]) -> tuple[Disease, ...]:
    """Give the guidelines whose version no named clinician has signed, in the content or for this deployment."""
    signed = set(SignOff.objects.values_list("guideline", "guideline_version"))
    return tuple(d for d in diseases if not d.is_signed_off and (d.guideline, d.version) not in signed)
