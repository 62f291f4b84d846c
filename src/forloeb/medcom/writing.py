"""Writes an entry of the laboratory card as a MedCom laboratory report, XRPT01 `XR0131K` (2014/10/08), `windows-1252`.

XRPT01 has no word for a withdrawn result. A value that was entered in error goes as a corrected answer (`svar_rettet`)
whose value is UDGÅET and whose comment says why: to be agreed with each record system.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from xml.etree import ElementTree

from forloeb.kernel.codes import NPU
from forloeb.kernel.identifiers import CPR
from forloeb.kernel.quantities import Comparator
from forloeb.medcom.edifact import ENCODING
from forloeb.medcom.results import DENMARK, WITHDRAWN
from forloeb.records.laboratory_card import CardEntry, CardValue

NAMESPACE: Final = "http://rep.oio.dk/medcom.dk/xml/schemas/2014/10/08/"
WHY_WITHDRAWN: Final = "Indtastet ved en fejl. Værdien gælder ikke."
_LONG_TEXT: Final = "KOMM"
_LONGEST_VALUE: Final = 12
_OPERATORS: Final = {Comparator.BELOW: "mindre_end", Comparator.ABOVE: "stoerre_end"}
Tree = Mapping[str, "str | Tree | list[Tree] | None"]
"""Elements in their order; an element told as None is left out."""


@dataclass(frozen=True, slots=True)
class Between:
    """Who sends the letter to whom, by location numbers (GLN)."""

    sender_gln: str
    receiver_gln: str


def write_report(entry: CardEntry, between: Between, *, sent_at: datetime) -> bytes:
    """Write an entry. The same delivery gives the same letter id, so that a repeat can be told."""
    letter = f"F{entry.delivery_id:013}"
    root = ElementTree.Element("Emessage", {"xmlns": NAMESPACE})
    grow(
        root,
        {
            "Envelope": {
                "Sent": moment_of(sent_at),
                "Identifier": letter,
                "AcknowledgementCode": "minuspositivkvitt",
            },
            "LaboratoryReport": {
                "Letter": {
                    "Identifier": letter,
                    "VersionCode": "XR0131K",
                    "StatisticalCode": "XRPT01",
                    "Authorisation": moment_of(entry.issued_at),
                    "TypeCode": "XRPT01",
                },
                "Sender": {
                    "EANIdentifier": between.sender_gln,
                    **_practice(entry),
                    "OrganisationName": entry.practice_name[:35],
                    "FromLabIdentifier": "FLP",
                },
                "Receiver": {"EANIdentifier": between.receiver_gln, **_practice(entry)},
                "Patient": _patient(entry),
                "RequisitionInformation": {
                    "Sample": {
                        "LaboratoryInternalSampleIdentifier": entry.card_id.hex[:20],
                        "SamplingDateTime": moment_of(_measured_at(entry)),
                    }
                },
                "LaboratoryResults": {
                    "GeneralResultInformation": {
                        "ReportStatusCode": "komplet_svar",
                        "LaboratoryInternalProductionIdentifier": str(entry.card_id.hex),
                        "ResultsDateTime": moment_of(entry.issued_at),
                    },
                    "Result": [_result(value, entry) for value in entry.values],
                },
            },
        },
    )
    return bytes(ElementTree.tostring(root, encoding=ENCODING, xml_declaration=True))


def grow(element: ElementTree.Element, tree: Tree) -> None:
    """Put a tree under an element. A text of several lines has MedCom's `<Break/>` between them."""
    for name, told in tree.items():
        for one in told if isinstance(told, list) else [told]:
            if one is None:
                continue
            child = ElementTree.SubElement(element, name)
            if isinstance(one, str):
                child.text, *rest = one.split("\n")
                for line in rest:
                    ElementTree.SubElement(child, "Break").tail = line
            else:
                grow(child, one)


def moment_of(moment: datetime) -> Tree:
    """Write a moment as the clock on a Danish wall shows it."""
    moment = moment.astimezone(DENMARK) if moment.tzinfo else moment
    return {"Date": moment.date().isoformat(), "Time": f"{moment:%H:%M}"}


def _measured_at(entry: CardEntry) -> datetime:
    """Give the moment of measuring; a day without one is told as noon, as laboratories do."""
    return entry.measured_at or datetime.combine(entry.measured_on, time(12))


def _practice(entry: CardEntry) -> Tree:
    return {"Identifier": entry.ydernummer, "IdentifierCode": "ydernummer"}


def _patient(entry: CardEntry) -> Tree:
    patient = entry.patient
    is_cpr = patient.number_system == CPR
    return {
        "CivilRegistrationNumber": patient.number if is_cpr else None,
        "AlternativeIdentifier": None if is_cpr else patient.number,
        "PersonSurnameName": patient.family_name[:70],
        "PersonGivenName": patient.given_name[:70],
    }


def _result(value: CardValue, entry: CardEntry) -> Tree:
    is_npu = value.coding.system == NPU
    return {
        "ResultStatusCode": "svar_endeligt" if value.status == "final" else "svar_rettet",
        "Analysis": {
            "AnalysisCode": value.coding.code,
            "AnalysisCodeType": "iupac" if is_npu else "lokal",
            "AnalysisCodeResponsible": "SST" if is_npu else "MCS",
            "AnalysisShortName": value.measure.name.da[:35],
            "AnalysisCompleteName": value.measure.name.da,
        },
        "ProducerOfLabResult": {"Identifier": entry.ydernummer, "IdentifierCode": "YNR"},
        **_answer(value, entry),
    }


def _answer(value: CardValue, entry: CardEntry) -> Tree:
    comment = "Målt hjemme af patienten." if entry.at_home else None
    if value.status == "entered-in-error":
        return {"ResultType": "alfanumerisk", "Value": WITHDRAWN, "ResultComments": WHY_WITHDRAWN}
    quantity = value.quantity
    if quantity is not None and quantity.comparator in (None, *_OPERATORS):
        return {
            "ResultType": "numerisk",
            "Operator": _OPERATORS[quantity.comparator] if quantity.comparator else None,
            "Value": f"{quantity.value:f}",
            "Unit": value.measure.unit_shown or None,
            "ResultComments": comment,
        }
    text = _text(value)
    is_long = len(text) > _LONGEST_VALUE
    return {
        "ResultType": "alfanumerisk",
        "Value": _LONG_TEXT if is_long else text,
        "Unit": (value.measure.unit_shown or None) if quantity is not None else None,
        "ResultTextValue": text if is_long else None,
        "ResultComments": comment,
    }


def _text(value: CardValue) -> str:
    """Give a chosen answer in Danish; a number with `<=` or `>=`, for which there is no operator, as it is written."""
    if value.quantity is not None and value.quantity.comparator is not None:
        return f"{value.quantity.comparator.value}{value.quantity.value:f}"
    said = next((choice.name.da for choice in value.measure.choices if choice.value == value.answer), None)
    return said or value.answer or ""
