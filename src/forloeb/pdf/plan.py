"""A patient's plan as an A4 document, PDF/UA-1, in normal or large print (18 points).

`PlanDocument` holds words that are already chosen, translated and written: this room only sets them. Text from people
reaches the template as data, so nothing they write can be read as markup.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
import typst

_HERE = Path(__file__).parent


class CannotRender(Exception):
    """The document could not be made; the text names no content."""


@dataclass(frozen=True, slots=True)
class ValueLine:
    """One value: what it is in plain words, the newest, how it stands, its goal, and its graph (SVG text) if any."""

    name: str
    help: str
    value: str
    date: str
    symbol: str
    status: str
    goal: str
    recommended: str = ""
    reason: str = ""
    chart: str = ""
    chart_alt: str = ""


@dataclass(frozen=True, slots=True)
class Agreements:
    """What one party does."""

    heading: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """Everything on the paper. `words` holds the fixed words: see WORDS for the names that must be there."""

    title: str
    language: str
    patient: str = field(repr=False)
    about: str = field(repr=False)
    practice: str
    contact: str
    how: str
    next: str
    date: str
    words: Mapping[str, str] = field(repr=False)
    cpr: str = field(default="", repr=False)
    notice: str = ""
    direction: str = "ltr"
    as_written: str = ""
    """Said beside people's own words on paper in another language than theirs."""
    translator_note: str = ""
    matters: str = field(default="", repr=False)
    own_goal: str = field(default="", repr=False)
    resources: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    note_by: str = field(default="", repr=False)
    values: tuple[ValueLine, ...] = field(default=(), repr=False)
    unknown: tuple[str, ...] = field(default=(), repr=False)
    agreements: tuple[Agreements, ...] = field(default=(), repr=False)
    reminders: tuple[str, ...] = field(default=(), repr=False)


WORDS = (
    "page", "of", "matters", "own_goal", "resources", "how", "values", "value", "latest", "goal", "trend",
    "recommended", "because", "unknown", "unknown_help", "agreed", "reminders", "next", "nothing", "nothing_agreed",
    "no_values", "no_goal", "no_date",
)  # fmt: skip

# One compiler for each thread and template: it keeps the fonts and the template read, which is most of the time.
_LOCAL = threading.local()
_ATTEMPTS = 4
_LONG_WORD, _PIECE = re.compile(r"\S{28,}"), 12
_BREAK = "\N{ZERO WIDTH SPACE}"
_NOT_DRAWN = re.compile(r"the text `?\"(.+?)\"`? could not be displayed")
# Latin, Greek, Cyrillic, Hebrew and Arabic as the fonts on board draw them whole; what lies outside may be missing.
_SURELY_DRAWN = re.compile(r"[\u0000-\u04ff\u0591-\u05f4\u0621-\u063a\u0640-\u0652\u1e00-\u2040\u20a0-\u20c0]")


def render(document: PlanDocument, *, large_print: bool = False) -> bytes:
    """Make the PDF. Raises CannotRender, and KeyError for a fixed word that is missing."""
    data = fit_for_paper(asdict(document))
    data["words"] = {name: document.words[name] for name in WORDS}
    data["large_print"] = large_print
    return set_on_paper("plan", data)


def set_on_paper(name: str, data: dict[str, Any]) -> bytes:
    """Set data that is fit for paper by one of this room's templates. Raises CannotRender."""
    given = orjson.dumps(data).decode()
    for attempt in range(_ATTEMPTS):
        try:
            made = _compiler(name).compile(format="pdf", sys_inputs={name: given}, pdf_standards=["ua-1"])
        except RuntimeError as error:
            found = _NOT_DRAWN.search(str(error))
            # The compiler's text may quote what people wrote, so neither it nor its cause goes further.
            if found is None or attempt + 1 == _ATTEMPTS:
                raise CannotRender(f"the {name} could not be set as PDF") from None
        else:
            assert isinstance(made, bytes)
            return made
        given = _named(given, found[1], thorough=attempt + 2 == _ATTEMPTS)
    raise AssertionError("the last attempt returns or raises")


def fit_for_paper(data: Any) -> Any:
    """Make every text of the document fit for paper; charts are drawn by us and stay."""
    if isinstance(data, dict):
        return {name: part if name == "chart" else fit_for_paper(part) for name, part in data.items()}
    if isinstance(data, list | tuple):
        return [fit_for_paper(part) for part in data]
    return _LONG_WORD.sub(_breakable, _printable(data)) if isinstance(data, str) else data


def _printable(text: str) -> str:
    """Leave out what has no look and no place in a document: control characters, halves of pairs, non-characters."""
    if text.isprintable():
        return text
    kept = (char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co"))
    return "".join(kept).replace("\ufeff", "")


def _breakable(word: re.Match[str]) -> str:
    """Let a very long word go on in the next line instead of out over the edge, without a sign that was not written."""
    pieces: list[str] = []
    length = 0
    for char in word[0]:
        joins = unicodedata.category(char).startswith("M") or char == "\N{ZERO WIDTH JOINER}"
        if length >= _PIECE and not joins and pieces[-1] != "\N{ZERO WIDTH JOINER}":
            pieces.append(_BREAK)
            length = 0
        pieces.append(char)
        length += 1
    return "".join(pieces)


def _named(given: str, missing: str, *, thorough: bool) -> str:
    """Write characters that no font on board can draw by their number, so that nothing is lost unseen."""
    if thorough:
        return "".join(c if _SURELY_DRAWN.match(c) else _number(c) for c in given)
    for char in set(missing):
        if not char.isascii():
            given = given.replace(char, _number(char))
    return given


def _number(char: str) -> str:
    return f"[U+{ord(char):04X}]"


def _compiler(name: str) -> typst.Compiler:
    held: dict[str, typst.Compiler] = _LOCAL.__dict__.setdefault("compilers", {})
    if name not in held:
        held[name] = typst.Compiler(
            str(_HERE / f"{name}.typ"), root=str(_HERE), font_paths=[str(_HERE / "fonts")], ignore_system_fonts=True
        )
    return held[name]
