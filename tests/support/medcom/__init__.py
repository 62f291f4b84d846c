"""MedCom's published laboratory reports, their schemas, and a writer of both forms for what is made up in tests."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from lxml import etree

from forloeb.kernel.quantities import Comparator
from forloeb.medcom.report import Report, Result

FOLDER = Path(__file__).parent
_STATUS = {"final": "svar_endeligt", "corrected": "svar_rettet"}
_OPERATOR = {Comparator.BELOW: ("mindre_end", "7"), Comparator.ABOVE: ("stoerre_end", "6")}
_KIND = {"iupac": "CQU", "mds": "MDS", "lokal": "91"}
GENERATIONS = {
    "2007/02/01": ("http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2007/02/01/", "XR0130K"),
    "2014/10/08": ("http://rep.oio.dk/medcom.dk/xml/schemas/2014/10/08/", "XR0131K"),
}


def published(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@cache
def schema(generation: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(FOLDER / "xsd" / generation / "EMessage.xsd"))


def faults(letter: bytes, generation: str = "2014/10/08") -> list[str]:
    """Hold a letter against MedCom's schema."""
    found = schema(generation)
    found.validate(etree.fromstring(letter))
    return [str(one.message) for one in found.error_log]


def as_xml(report: Report, generation: str = "2014/10/08") -> bytes:
    """Write a report as OIOXML of a generation."""
    namespace, version = GENERATIONS[generation]
    newer = version == "XR0131K"
    sender = f"<Identifier>{report.sender_id}</Identifier><IdentifierCode>sygehusafdelingsnummer</IdentifierCode>"
    laboratory = "<FromLabIdentifier>KKA</FromLabIdentifier>" if newer else ""
    complete = "<ReportStatusCode>komplet_svar</ReportStatusCode>" if newer else ""
    whole = f"""<?xml version="1.0" encoding="windows-1252"?>
<Emessage xmlns="{namespace}"><Envelope><Sent>{_moment(report.issued_at)}</Sent><Identifier>1</Identifier>
<AcknowledgementCode>minuspositivkvitt</AcknowledgementCode></Envelope><LaboratoryReport>
<Letter><Identifier>{report.letter_id}</Identifier><VersionCode>{version}</VersionCode>
<StatisticalCode>XRPT01</StatisticalCode><Authorisation>{_moment(report.issued_at)}</Authorisation>
<TypeCode>XRPT01</TypeCode></Letter>
<Sender><EANIdentifier>5790000120284</EANIdentifier>{sender}
<OrganisationName>{escape(report.sender_name)}</OrganisationName>{laboratory}</Sender>
<Receiver><EANIdentifier>5790000125012</EANIdentifier><Identifier>{report.receiver_ydernummer}</Identifier>
<IdentifierCode>ydernummer</IdentifierCode></Receiver>
<Patient><CivilRegistrationNumber>{report.patient_number}</CivilRegistrationNumber>
<PersonSurnameName>Prøve</PersonSurnameName></Patient>
<RequisitionInformation><Sample><LaboratoryInternalSampleIdentifier>{report.sample_id}\
</LaboratoryInternalSampleIdentifier><SamplingDateTime>{_moment(report.sampled_at)}</SamplingDateTime></Sample>
</RequisitionInformation><LaboratoryResults><GeneralResultInformation>{complete}
<LaboratoryInternalProductionIdentifier>{report.production_id}</LaboratoryInternalProductionIdentifier>
<ResultsDateTime>{_moment(report.issued_at)}</ResultsDateTime></GeneralResultInformation>
{"".join(_xml_result(one) for one in report.results)}</LaboratoryResults></LaboratoryReport></Emessage>"""
    return whole.encode("windows-1252", "xmlcharrefreplace")


def _moment(moment: datetime) -> str:
    return f"<Date>{moment:%Y-%m-%d}</Date><Time>{moment:%H:%M}</Time>"


def _xml_result(one: Result) -> str:
    operator = f"<Operator>{_OPERATOR[one.comparator][0]}</Operator>" if one.comparator else ""
    limits = "".join(
        f"<{name}>{escape(text)}</{name}>" for name, text in (("LowerLimit", one.low), ("UpperLimit", one.high)) if text
    )
    interval = f"<TypeOfInterval>uspecificeret</TypeOfInterval>{limits}"
    comments = "".join(f"<ResultComments>{_broken(text)}</ResultComments>" for text in one.comments)
    return f"""<Result><ResultStatusCode>{_STATUS[one.status]}</ResultStatusCode><Analysis>
<AnalysisCode>{one.code}</AnalysisCode><AnalysisCodeType>{one.code_type}</AnalysisCodeType>
<AnalysisCodeResponsible>{one.code_responsible}</AnalysisCodeResponsible>
<AnalysisShortName>{escape(one.name)}</AnalysisShortName>
<AnalysisCompleteName>{escape(one.name)}</AnalysisCompleteName></Analysis><ProducerOfLabResult>
<Identifier>989897</Identifier><IdentifierCode>PNT</IdentifierCode></ProducerOfLabResult>
{f"<ReferenceInterval>{interval}</ReferenceInterval>" if limits else ""}
<ResultType>{"numerisk" if one.is_numeric else "alfanumerisk"}</ResultType>{operator}
<Value>{escape(one.value)}</Value>{f"<Unit>{escape(one.unit)}</Unit>" if one.unit else ""}{comments}</Result>"""


def _broken(text: str) -> str:
    return "<Break/>".join(escape(line) for line in text.split("\n"))


def as_edifact(report: Report) -> bytes:
    """Write a report as EDIFACT, every sign that needs it escaped."""
    lines = [
        f"UNB+UNOC:3+5790000120284:14+5790000125012:14+{report.issued_at:%y%m%d:%H%M}+1++++0",
        f"UNH+{report.letter_id}+MEDRPT:D:93A:UN:R0130K+RPT01",
        "BGM+LRP++9+NA",
        "S01+01",
        f"NAD+SLA+{report.sender_id}:SKS:SST++{_signs(report.sender_name)}::::US",
        "S01+01",
        f"NAD+PO+{report.receiver_ydernummer}:YNR:SFU",
        "S02+02",
        "GIS+N",
        f"RFF+SRI:{report.production_id}",
        f"DTM+ISR:{report.issued_at:%Y%m%d%H%M}:203",
        "S04+04",
        f"RFF+SOI:{report.sample_id}",
        f"DTM+4:{report.sampled_at:%Y%m%d%H%M}:203",
        "S07+07",
        f"PNA+PAT+{report.patient_number}:::CPR:IM+++SU:Prøve",
        "S16+16",
    ]
    for one in report.results:
        lines += _edifact_result(one)
    lines += [f"UNT+{len(lines)}+{report.letter_id}", "UNZ+1+1"]
    return ("UNA:+.? '\n" + "".join(f"{line}'\n" for line in lines)).encode("windows-1252")


def _edifact_result(one: Result) -> list[str]:
    operator = f":{_OPERATOR[one.comparator][1]}" if one.comparator else ""
    unit = f"++:::{_signs(one.unit)}" if one.unit else ""
    kind = "NV" if one.is_numeric else "AV"
    lines = [
        f"GIS+{'M' if one.status == 'corrected' else 'N'}",
        f"INV+MQ+{one.code}:{_KIND[one.code_type]}:{one.code_responsible}:{_signs(one.name)}",
        f"RSL+{kind}+{_signs(one.value)}{operator}{unit}",
        "STS++FR",
        f"FTX+ACM+P00++{_signs(one.name)}",
        *(f"FTX+SPC+P00++{':'.join(_signs(line) for line in text.split(chr(10)))}" for text in one.comments),
        "REL+PRF+POR:91:PNT:989897",
    ]
    if one.low or one.high:
        lines += ["S20+20", f"RND+U+{_signs(one.low)}+{_signs(one.high)}"]
    return lines


def _signs(text: str) -> str:
    for sign in "?:+'":
        text = text.replace(sign, f"?{sign}")
    return text
