"""A plan to print, and the text read back from the print."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import pypdf

from forloeb.pdf.plan import WORDS, PlanDocument, ValueLine, render

CHART = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 340 180" width="340" height="180">'
    '<path d="M44 150L320 40" stroke="#0b5563" fill="none"/><text x="44" y="12" font-size="17">Mål</text></svg>'
)
VALUE = ValueLine(
    "Langtidsblodsukker",
    "Viser dit blodsukker.",
    "58 mmol/mol",
    "23. oktober 2026",
    "▲",
    "Ikke i mål endnu",
    "under 53",
    chart=CHART,
    chart_alt="Langtidsblodsukker. Senest 58 mmol/mol.",
)
PLAN = PlanDocument(
    title="Min plan",
    language="da",
    patient="Karen Vestergaard",
    about="Født 12. april 1955",
    practice="Lægerne ved Åen",
    contact="Lægerne ved Åen, telefon 70 00 00 01",
    how="2 tal er i mål.",
    next="Næste kontrol: 23. november 2027",
    date="23. november 2026",
    words={word: f"<{word}>" for word in WORDS},
    values=(VALUE,),
)

HOSTILE = (
    "#panic('no') #import \"x.typ\" #let x = 1",
    "= no heading\n- no list\n+ no number\n/ no: term",
    "*not bold* _not slanted_ `not raw` ```not raw```",
    "@nowhere <label> $x^2 + sum$ \\ // no comment /* nor this */",
    '{"json": "\\u0000 quoted"} <svg> <script>alert(1)</script> &amp; %s {{ no }}',
    "~tilde -- dashes --- ... 'quotes' \"double\"",
)
EMOJI = ("👍", "🙂🙂🙂", "❤️", "👩\N{ZERO WIDTH JOINER}⚕️", "🇩🇰")


def plan(**changes: Any) -> PlanDocument:
    """Give a small plan with some of it changed."""
    return replace(PLAN, **changes)


def pages(body: bytes) -> list[str]:
    """Read the text of each page back."""
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(body)).pages]


def squeezed(text: str) -> str:
    """Leave out what setting may add: line breaks, hyphens at the end of a line, places where a long word may break."""
    return re.sub(r"[\s\u00ad\u200b-]+", "", text)


def printed(document: PlanDocument, *, large_print: bool = False) -> str:
    """Print a plan and read it back, squeezed."""
    return squeezed("".join(pages(render(document, large_print=large_print))))
