"""A patient's plan as an A4 document, PDF/UA-1, in normal or large print (18 points).

`PlanDocument` holds words that are already chosen, translated and written: this room only sets them. Text from people
reaches the template as data, so nothing they write can be read as markup.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

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
    patient: str
    about: str
    practice: str
    contact: str
    how: str
    next: str
    footer: str
    words: Mapping[str, str] = field(repr=False)
    cpr: str = field(default="", repr=False)
    notice: str = ""
    matters: str = field(default="", repr=False)
    own_goal: str = field(default="", repr=False)
    resources: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    values: tuple[ValueLine, ...] = field(default=(), repr=False)
    unknown: tuple[str, ...] = ()
    agreements: tuple[Agreements, ...] = field(default=(), repr=False)
    reminders: tuple[str, ...] = field(default=(), repr=False)


WORDS = (
    "page", "of", "matters", "own_goal", "resources", "how", "values", "goal", "recommended", "because", "unknown",
    "agreed", "reminders", "next", "nothing", "nothing_agreed",
)  # fmt: skip

# One compiler for each thread: it keeps the fonts and the template read, which is most of the time.
_LOCAL = threading.local()


def render(document: PlanDocument, *, large_print: bool = False) -> bytes:
    """Make the PDF. Raises CannotRender, and KeyError for a fixed word that is missing."""
    data = asdict(document)
    data["words"] = {name: document.words[name] for name in WORDS}
    data["large_print"] = large_print
    try:
        made = _compiler().compile(
            format="pdf", sys_inputs={"plan": orjson.dumps(data).decode()}, pdf_standards=["ua-1"]
        )
    except RuntimeError as error:
        # The compiler's text may quote what people wrote, so it goes no further.
        raise CannotRender("the plan could not be set as PDF") from error
    assert isinstance(made, bytes)
    return made


def _compiler() -> typst.Compiler:
    found = getattr(_LOCAL, "compiler", None)
    if found is None:
        found = _LOCAL.compiler = typst.Compiler(
            str(_HERE / "plan.typ"), root=str(_HERE), font_paths=[str(_HERE / "fonts")], ignore_system_fonts=True
        )
    return found
