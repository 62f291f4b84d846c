"""Reads MedCom's OIOXML laboratory reports: XR0130K (2007/02/01) and XR0131K (2014/10/08), told by their namespace.

Files are `windows-1252`, and say so. An external entity or a DTD is refused: no laboratory writes one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal
from xml.etree import ElementTree
from xml.parsers import expat

from forloeb.kernel.quantities import Comparator
from forloeb.medcom.report import NotAReport, Report, Result, ResultStatus

GENERATIONS: Final = {
    "http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2007/02/01/": "XR0130K",
    "http://rep.oio.dk/medcom.dk/xml/schemas/2014/10/08/": "XR0131K",
}
LARGEST: Final = 5_000_000
_STATUSES: Final[dict[str, ResultStatus]] = {
    "proeve_modtaget": "received",
    "svar_midlertidigt": "preliminary",
    "svar_endeligt": "final",
    "svar_rettet": "corrected",
}
_OPERATORS: Final = {"mindre_end": Comparator.BELOW, "stoerre_end": Comparator.ABOVE}


def read_xml(body: bytes) -> tuple[Report, ...]:
    """Read every laboratory report of a message. Raises NotAReport."""
    root = parse(body)
    namespace = root.tag.partition("}")[0].removeprefix("{")
    if namespace not in GENERATIONS:
        known = " or ".join(GENERATIONS.values())
        raise NotAReport(f"the message is of no generation that is read here ({known})")
    found = root.findall(f"{{{namespace}}}LaboratoryReport")
    if not found:
        raise NotAReport("the message holds no LaboratoryReport")
    return tuple(_Reader(report, namespace).read() for report in found)


def parse(body: bytes) -> ElementTree.Element:
    """Read a message safely. Raises NotAReport where it is too large, malformed, or has a document type."""
    if len(body) > LARGEST:
        raise NotAReport(f"the message is larger than {LARGEST // 1_000_000} MB")
    _refuse_doctype(body)
    try:
        return ElementTree.fromstring(body)  # noqa: S314  a document with a DTD was refused above
    except (ElementTree.ParseError, ValueError, LookupError):
        raise NotAReport("the message is not well-formed XML in the encoding that it names") from None


def _refuse_doctype(body: bytes) -> None:
    """Refuse a document type declaration, and with it every entity, before anything is built from the message."""

    def refuse(*_: object) -> None:
        raise NotAReport("the message has a document type declaration, which is not read")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except NotAReport:
        raise
    except (expat.ExpatError, ValueError, LookupError):
        raise NotAReport("the message is not well-formed XML in the encoding that it names") from None


class _Reader:
    """One report, asked by the path of its elements."""

    def __init__(self, report: ElementTree.Element, namespace: str) -> None:
        self._report, self._in = report, {"m": namespace}

    def read(self) -> Report:
        sample = "RequisitionInformation/Sample"
        return Report(
            letter_id=self._needed("Letter/Identifier"),
            sender_id=self._needed("Sender/Identifier"),
            sender_name=self._text("Sender/OrganisationName"),
            receiver_ydernummer=self._ydernummer(),
            patient_number=self._text("Patient/CivilRegistrationNumber")
            or self._needed("Patient/AlternativeIdentifier"),
            sample_id=self._needed(f"{sample}/LaboratoryInternalSampleIdentifier"),
            production_id=self._text(
                "LaboratoryResults/GeneralResultInformation/LaboratoryInternalProductionIdentifier"
            ),
            sampled_at=self._moment(f"{sample}/SamplingDateTime"),
            issued_at=self._moment("LaboratoryResults/GeneralResultInformation/ResultsDateTime"),
            results=tuple(self._result(one) for one in self._all("LaboratoryResults/Result")),
        )

    def _result(self, at: ElementTree.Element) -> Result:
        status = _STATUSES.get(self._text("ResultStatusCode", at))
        if status is None:
            raise NotAReport("a result has a status that is not known")
        return Result(
            status=status,
            code=self._needed("Analysis/AnalysisCode", at),
            code_type=_code_type(self._needed("Analysis/AnalysisCodeType", at)),
            code_responsible=self._text("Analysis/AnalysisCodeResponsible", at),
            name=self._text("Analysis/AnalysisShortName", at) or self._text("Analysis/AnalysisCompleteName", at),
            is_numeric=self._text("ResultType", at) == "numerisk",
            comparator=_OPERATORS.get(self._text("Operator", at)),
            value=self._text("Value", at),
            unit=self._text("Unit", at),
            low=self._text("ReferenceInterval/LowerLimit", at),
            high=self._text("ReferenceInterval/UpperLimit", at),
            text=tuple(lines(one) for one in self._all("ResultTextValue", at)),
            comments=tuple(lines(one) for one in self._all("ResultComments", at)),
        )

    def _ydernummer(self) -> str:
        is_one = self._text("Receiver/IdentifierCode") == "ydernummer"
        return self._text("Receiver/Identifier") if is_one else ""

    def _all(self, path: str, at: ElementTree.Element | None = None) -> list[ElementTree.Element]:
        whole = self._report if at is None else at
        return whole.findall("/".join(f"m:{step}" for step in path.split("/")), self._in)

    def _text(self, path: str, at: ElementTree.Element | None = None) -> str:
        found = self._all(path, at)
        return lines(found[0]) if found else ""

    def _needed(self, path: str, at: ElementTree.Element | None = None) -> str:
        if text := self._text(path, at):
            return text
        raise NotAReport(f"{path} is missing")

    def _moment(self, path: str) -> datetime:
        try:
            return datetime.fromisoformat(f"{self._needed(f'{path}/Date')}T{self._needed(f'{path}/Time')}")
        except ValueError as fault:
            raise fault if isinstance(fault, NotAReport) else NotAReport(f"{path} is not a moment") from None


def _code_type(text: str) -> Literal["iupac", "mds", "lokal"]:
    match text:
        case "iupac" | "mds" | "lokal":
            return text
    raise NotAReport("an analysis has a code of no kind that is known")


def lines(element: ElementTree.Element) -> str:
    """Give an element's text, a line for each `<Break/>`, without the spaces around lines."""
    return "\n".join(line for line in (part.strip() for part in _parts(element)) if line)


def _parts(element: ElementTree.Element) -> Iterator[str]:
    text = element.text or ""
    for child in element:
        if child.tag.endswith("}Break"):
            yield text
            text = ""
        elif child.tag.endswith("}Space"):
            text += " "
        else:
            text += "".join(child.itertext())
        text += child.tail or ""
    yield text
