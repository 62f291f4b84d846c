"""Letters that invite to a control, as one A4 document in PDF/UA-1: a letter a page, for a window envelope.

Words come chosen and translated, as in `plan`; where somebody lives is not known here and is not on the paper.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from forloeb.pdf.plan import fit_for_paper, set_on_paper


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. `before` lists what to do first, under its heading; both may be empty."""

    patient: str = field(repr=False)
    practice: str
    contact: str
    date: str
    heading: str
    paragraphs: tuple[str, ...] = field(repr=False)
    before_heading: str
    before: tuple[str, ...] = field(repr=False)
    closing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LetterDocument:
    """The letters of one printing, in one language."""

    title: str
    language: str
    direction: str
    letters: tuple[Letter, ...]


def render_letters(document: LetterDocument) -> bytes:
    """Make the PDF. Raises CannotRender, and ValueError where there is no letter."""
    if not document.letters:
        raise ValueError("there is no letter to print")
    return set_on_paper("letter", fit_for_paper(asdict(document)))
