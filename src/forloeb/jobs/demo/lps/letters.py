"""The record system's MedCom inbox: laboratory reports (XRPT01) into the laboratory card, each value once."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from forloeb.jobs.demo.lps.fhir import tokens_of
from forloeb.jobs.demo.lps.store import Resource, Store, Token

CPR = "urn:oid:1.2.208.176.1.2"
SAMPLE = "urn:lps:medcom:sample"
_SYSTEMS = {"iupac": "http://npu-terminology.org", "MCS": "urn:oid:1.2.208.184.100.8"}
_OPERATORS = {"mindre_end": "<", "stoerre_end": ">"}
_WITHDRAWN = "UDGÅET"


class NotALetter(ValueError):
    """The body is no laboratory report that this system can read, or is about nobody here."""


def take(body: bytes, store: Store) -> bool:
    """Take a letter in. False when the same letter came before: nothing is saved twice. Raises NotALetter."""
    try:
        root = ElementTree.fromstring(body)  # noqa: S314  from the one system that is connected to a demo
    except ElementTree.ParseError as error:
        raise NotALetter(f"not XML: {error}") from None
    namespace = root.tag.partition("}")[0].removeprefix("{")
    report = root.find(f"{{{namespace}}}LaboratoryReport")
    if report is None:
        raise NotALetter("no LaboratoryReport")
    letter = _Letter(report, namespace)
    patients = store.search("Patient", [Token("identifier", CPR, letter.text("Patient/CivilRegistrationNumber"))])
    if not patients:
        raise NotALetter("the patient is not known here")
    with store.writing():
        if not store.keep_letter(letter.text("Sender/EANIdentifier"), letter.text("Letter/Identifier"), body):
            return False
        for observation, sample in letter.observations(patients[0]["id"]):
            held = store.search("Observation", [Token("identifier", SAMPLE, sample)])
            store.save("Observation", observation, tokens_of(observation), held[0]["id"] if held else None)
    return True


class _Letter:
    """A LaboratoryReport, asked by the path of its elements."""

    def __init__(self, report: ElementTree.Element, namespace: str) -> None:
        self._report, self._in = report, {"m": namespace}

    def text(self, path: str, at: ElementTree.Element | None = None) -> str:
        whole = self._report if at is None else at
        found = whole.find("/".join(f"m:{step}" for step in path.split("/")), self._in)
        return "".join(found.itertext()).strip() if found is not None else ""

    def observations(self, patient_id: str) -> Iterator[tuple[Resource, str]]:
        """Give each result as an Observation, and the name of its sample and analysis."""
        sample = "RequisitionInformation/Sample"
        day = self.text(f"{sample}/SamplingDateTime/Date")
        for result in self._report.findall("m:LaboratoryResults/m:Result", self._in):
            code = self.text("Analysis/AnalysisCode", result)
            named = f"{self.text(f'{sample}/LaboratoryInternalSampleIdentifier')}:{code}"
            is_local = self.text("Analysis/AnalysisCodeType", result) == "lokal"
            value = self.text("Value", result)
            is_corrected = self.text("ResultStatusCode", result) == "svar_rettet"
            status = "entered-in-error" if value == _WITHDRAWN else "amended" if is_corrected else "final"
            resource: Resource = {
                "resourceType": "Observation",
                "status": status,
                "identifier": [{"system": SAMPLE, "value": named}],
                "category": [{"coding": [{"code": "laboratory"}]}],
                "code": {
                    "text": self.text("Analysis/AnalysisShortName", result),
                    "coding": [{"system": _SYSTEMS["MCS" if is_local else "iupac"], "code": code}],
                },
                "subject": {"reference": f"Patient/{patient_id}"},
                "effectiveDateTime": day,
                **self._value(result, value),
            }
            yield resource, named

    def _value(self, result: ElementTree.Element, value: str) -> Resource:
        if self.text("ResultType", result) != "numerisk":
            return {"valueString": value}
        operator = _OPERATORS.get(self.text("Operator", result))
        return {
            "valueQuantity": {
                "value": float(value.replace(",", ".")),
                "unit": self.text("Unit", result),
                **({"comparator": operator} if operator else {}),
            }
        }
