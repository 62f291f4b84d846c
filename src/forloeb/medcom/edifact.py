"""Reads MedCom's EDIFACT laboratory reports: RPT01 (MEDRPT, R0130K). Character set UNOC, escape `?`.

Segments and their order are read off MedCom's published messages; what is not needed is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from forloeb.kernel.quantities import Comparator
from forloeb.medcom.report import NotAReport, Report, Result, ResultStatus
from forloeb.medcom.xml import LARGEST

ENCODING: Final = "windows-1252"
"""UNOC is ISO 8859-1; what is sent in practice also uses the letters that Windows adds to it."""
Segment = tuple[str, tuple[tuple[str, ...], ...]]
"""A segment's tag, and its elements with their parts."""
_CODE_TYPES: Final[dict[str, Literal["iupac", "mds", "lokal"]]] = {"CQU": "iupac", "MDS": "mds", "91": "lokal"}
_OPERATORS: Final = {"7": Comparator.BELOW, "6": Comparator.ABOVE}
_FINAL: Final = "FR"
"""The one status in MedCom's published messages. What says anything else is not taken for a final answer."""


def read_edifact(body: bytes) -> tuple[Report, ...]:
    """Read every laboratory report of an interchange. Raises NotAReport."""
    if len(body) > LARGEST:
        raise NotAReport(f"the message is larger than {LARGEST // 1_000_000} MB")
    try:
        text = body.decode(ENCODING)
    except UnicodeDecodeError:
        raise NotAReport("the message is not in the character set UNOC") from None
    messages = list(_messages(list(segments(text))))
    if not messages:
        raise NotAReport("the interchange holds no RPT01 message")
    return tuple(_read(message) for message in messages)


def segments(text: str) -> Iterator[Segment]:
    """Split an interchange into segments, by the signs that UNA names or the usual ones. Raises NotAReport."""
    part, element, escape, end = ":", "+", "?", "'"
    if text.startswith("UNA"):
        if len(text) < 9:
            raise NotAReport("UNA is cut short")
        part, element, escape, end = text[3], text[4], text[6], text[8]
        text = text[9:]
    elements: list[tuple[str, ...]] = []
    parts: list[str] = []
    word: list[str] = []
    is_escaped = False
    for sign in text:
        if is_escaped:
            word.append(sign)
            is_escaped = False
        elif sign == escape:
            is_escaped = True
        elif sign in (part, element, end):
            parts.append("".join(word))
            word = []
            if sign != part:
                elements.append(tuple(parts))
                parts = []
            if sign == end:
                yield elements[0][0].strip(), tuple(elements[1:])
                elements = []
        elif word or parts or elements or not sign.isspace():
            word.append(sign)
    if "".join(word).strip() or elements:
        raise NotAReport("the last segment has no end")


def _messages(every: Sequence[Segment]) -> Iterator[list[Segment]]:
    message: list[Segment] | None = None
    for segment in every:
        tag, elements = segment
        if tag == "UNH":
            message = [segment] if _at(elements, 1, 0) == "MEDRPT" else None
        elif tag == "UNT" and message is not None:
            yield message
            message = None
        elif message is not None:
            message.append(segment)
    if message is not None:
        raise NotAReport("a message has no end (UNT)")


def _at(elements: Sequence[Sequence[str]], element: int, part: int) -> str:
    if element < len(elements) and part < len(elements[element]):
        return elements[element][part].strip()
    return ""


@dataclass(slots=True)
class _Found:
    """What has been found so far, under the name of the report's field."""

    said: dict[str, str] = field(default_factory=dict)
    results: list[list[Segment]] = field(default_factory=list)

    def needed(self, name: str) -> str:
        if text := self.said.get(name, ""):
            return text
        raise NotAReport(f"{name.replace('_', ' ')} is missing")

    def moment(self, name: str) -> datetime:
        try:
            return datetime.strptime(self.needed(name), "%Y%m%d%H%M")  # noqa: DTZ007  Danish time, as XML has it
        except ValueError as fault:
            raise fault if isinstance(fault, NotAReport) else NotAReport(f"{name} is not a moment") from None


def _read(message: Sequence[Segment]) -> Report:
    found = _Found({"letter_id": _at(message[0][1], 0, 0)})
    is_in_results = False
    for tag, elements in message:
        is_in_results = is_in_results or tag == "S16"
        if not is_in_results:
            _note(found, tag, elements)
        elif tag == "GIS":
            found.results.append([(tag, elements)])
        elif found.results:
            found.results[-1].append((tag, elements))
    return Report(
        letter_id=found.needed("letter_id"),
        sender_id=found.needed("sender_id"),
        sender_name=found.said.get("sender_name", ""),
        receiver_ydernummer=found.said.get("receiver_ydernummer", ""),
        patient_number=found.needed("patient_number"),
        sample_id=found.needed("sample_id"),
        production_id=found.said.get("production_id", ""),
        sampled_at=found.moment("sampled_at"),
        issued_at=found.moment("issued_at"),
        results=tuple(_result(one) for one in found.results),
    )


def _note(found: _Found, tag: str, elements: Sequence[Sequence[str]]) -> None:
    """Note what a segment before the results says, if it is one of those that are needed."""
    match tag, _at(elements, 0, 0):
        case "NAD", "SLA":
            found.said["sender_id"], found.said["sender_name"] = _at(elements, 1, 0), _at(elements, 3, 0)
        case "NAD", "PO" if _at(elements, 1, 1) == "YNR":
            found.said["receiver_ydernummer"] = _at(elements, 1, 0)
        case "RFF", "SRI":
            found.said["production_id"] = _at(elements, 0, 1)
        case "RFF", "SOI":
            found.said["sample_id"] = _at(elements, 0, 1)
        case "DTM", "ISR":
            found.said["issued_at"] = _at(elements, 0, 1)
        case "DTM", "4":
            found.said["sampled_at"] = _at(elements, 0, 1)
        case "PNA", "PAT":
            found.said["patient_number"] = _at(elements, 1, 0)


def _result(group: Sequence[Segment]) -> Result:
    """Read one group: GIS says whether it is new or changed, STS how final it is."""
    by_tag = dict(reversed(group))
    if "INV" not in by_tag or "RSL" not in by_tag:
        raise NotAReport("a result has no analysis or no value")
    analysis, value = by_tag["INV"], by_tag["RSL"]
    code_type = _CODE_TYPES.get(_at(analysis, 1, 1))
    if code_type is None:
        raise NotAReport("an analysis has a code of no kind that is known")
    status: ResultStatus = "final" if _at(by_tag.get("STS", ()), 1, 0) == _FINAL else "preliminary"
    texts = _texts(group)
    return Result(
        status="corrected" if status == "final" and _at(by_tag["GIS"], 0, 0) == "M" else status,
        code=_at(analysis, 1, 0),
        code_type=code_type,
        code_responsible=_at(analysis, 1, 2),
        name=_at(analysis, 1, 3) or next(iter(texts["ACM"]), ""),
        is_numeric=_at(value, 0, 0) == "NV",
        comparator=_OPERATORS.get(_at(value, 1, 1)),
        value=_at(value, 1, 0),
        unit=_at(value, 3, 3),
        low=_at(by_tag.get("RND", ()), 1, 0),
        high=_at(by_tag.get("RND", ()), 2, 0),
        text=tuple(texts["RIT"]),
        comments=tuple(texts["SPC"]),
    )


def _texts(group: Sequence[Segment]) -> dict[str, list[str]]:
    """Gather the free texts by their kind; a part that ends in a backslash goes on in the next without a break."""
    found: dict[str, list[str]] = {"ACM": [], "RIT": [], "SPC": []}
    for tag, elements in group:
        kind = _at(elements, 0, 0)
        if tag == "FTX" and kind in found and len(elements) > 3:
            whole = "\n".join(elements[3]).replace("\\\n", "")
            found[kind].append("\n".join(line for line in (part.strip() for part in whole.split("\n")) if line))
    return found
