"""MedCom's referral to municipal prevention (XREF15, `XH1530R`) out; its answer (XDIS15) and receipts (XCTL) in.

The schemas of XREF15, XDIS15 and the receipts are not public. What is known of XREF15 stands in the stylesheet that
MedCom publishes with its viewer: the root `MunicipalityReferral` of the generation 2016/12/01, `Referral` with `Refer`
and `ReferralAdditional`, `RelevantClinicalInformation/Anamnesis`, and `MunicipalityVisitation` for the receiver. The
envelope, letter head, parties and patient are taken from the generations whose schemas are public, and checked
against them. Everything that is a guess is in this file, and nowhere else:

* the root of the answer, `MunicipalityLetter`, names the referral again in `Referral/Identifier`;
* `MunicipalityVisitation/InformationCode` is `modtaget`, `afventer`, `afvist` or `afsluttet`, and without a code an
  answer ends the course;
* a receipt is a `PositiveReceipt` or a `NegativeReceipt`, names the letter in `OriginalLetterIdentifier`, and says why
  not in `RefuseText`;
* there is no letter that takes a referral back: that is to be said in another way;
* a task for the municipal nursing travels in the same letter, and its first line says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID
from xml.etree import ElementTree

from forloeb.access.referrals import ReferralStatus
from forloeb.careplans.referral_letter import Answer, Diagnosis, Letter, LetterRefused, NotAnAnswer, Outgoing, Receipt
from forloeb.careplans.referral_models import LetterKind, MessageKind
from forloeb.careplans.referral_text import sections
from forloeb.kernel.codes import ICPC2_DK, SKS
from forloeb.kernel.identifiers import CPR
from forloeb.medcom.edifact import ENCODING
from forloeb.medcom.report import NotAReport
from forloeb.medcom.results import DENMARK
from forloeb.medcom.writing import Between, Tree, grow, moment_of
from forloeb.medcom.xml import lines, parse

NAMESPACE: Final = "http://rep.oio.dk/medcom.dk/xml/schemas/2016/12/01/"
_TASK_TITLE: Final = "OPGAVEREKVISITION TIL KOMMUNAL SYGEPLEJE"
_CODE_TYPES: Final = {ICPC2_DK: "ICPCkode", SKS: "SKSdiagnosekode"}
_MOST_DIAGNOSES: Final = 6
_STATUSES: Final = {
    "modtaget": ReferralStatus.ACTIVE,
    "afventer": ReferralStatus.ON_HOLD,
    "afvist": ReferralStatus.REVOKED,
    "afsluttet": ReferralStatus.COMPLETED,
}
_SAYS_TEXT: Final = ("Information", "Anamnesis", "Text01", "Epikrise", "Conclusion")
_LETTER_ID: Final = re.compile(r"H([0-9]{13})")


def letter_id(message_id: int) -> str:
    """Name a message's letter: the same each time it is sent."""
    return f"H{message_id:013}"


def write_referral(message: Outgoing, between: Between, *, sent_at: datetime) -> bytes:
    """Write a message as XREF15. Raises LetterRefused for one that takes a referral back: there is no word for it."""
    if message.kind is MessageKind.REVOCATION:
        raise LetterRefused("say-it-yourself")
    name = letter_id(message.message_id)
    root = ElementTree.Element("Emessage", {"xmlns": NAMESPACE})
    grow(
        root,
        {
            "Envelope": {"Sent": moment_of(sent_at), "Identifier": name, "AcknowledgementCode": "pluspositivkvitt"},
            "MunicipalityReferral": {
                "Letter": {
                    "Identifier": name,
                    "VersionCode": "XH1530R",
                    "StatisticalCode": "XREF15",
                    "Authorisation": moment_of(message.authored_at),
                    "TypeCode": "XREF15",
                    "StatusCode": "nytbrev",
                },
                "Sender": _sender(message, between),
                "Receiver": _receiver(message, between),
                "Patient": _patient(message),
                "Referral": _referral(message),
                "RelevantClinicalInformation": {"Anamnesis": _anamnesis(message)},
            },
        },
    )
    return bytes(ElementTree.tostring(root, encoding=ENCODING, xml_declaration=True))


def _sender(message: Outgoing, between: Between) -> Tree:
    sender = message.sender
    return {
        "EANIdentifier": between.sender_gln,
        "Identifier": sender.ydernummer or sender.sor_code,
        "IdentifierCode": "ydernummer" if sender.ydernummer else "sorkode",
        "OrganisationName": sender.name[:35],
        "UnitName": message.sent_by_name[:35],
        "TelephoneSubscriberIdentifier": sender.phone[:25] or None,
    }


def _receiver(message: Outgoing, between: Between) -> Tree:
    receiver = message.receiver
    return {
        "EANIdentifier": between.receiver_gln,
        "Identifier": receiver.sor_code or between.receiver_gln,
        "IdentifierCode": "sorkode" if receiver.sor_code else "lokationsnummer",
        "OrganisationName": receiver.name[:35],
    }


def _patient(message: Outgoing) -> Tree:
    patient = message.patient
    is_cpr = patient.number_system == CPR
    return {
        "CivilRegistrationNumber": patient.number if is_cpr else None,
        "AlternativeIdentifier": None if is_cpr else patient.number,
        "PersonSurnameName": patient.family_name[:70],
        "PersonGivenName": patient.given_name[:70],
        "EpisodeOfCareStatusCode": "inaktiv",
    }


def _referral(message: Outgoing) -> Tree:
    """Name the referral and its diagnoses: the first is what it is for."""
    letter = message.letter
    held = (*letter.diagnoses, *letter.complications)[:_MOST_DIAGNOSES]
    first, rest = held[:1], held[1:]
    return {
        "Identifier": message.name.hex,
        "Refer": _diagnosis(first[0]) if first else None,
        "ReferralAdditional": [{"DiagnoseDescriptionCode": "bidiagnose", **_diagnosis(one)} for one in rest],
    }


def _diagnosis(diagnosis: Diagnosis) -> Tree:
    return {
        "DiagnoseCode": diagnosis.code,
        "DiagnoseTypeCode": _CODE_TYPES.get(diagnosis.system, "uspecificeretkode"),
        "DiagnoseText": diagnosis.name.da[:70],
    }


def _anamnesis(message: Outgoing) -> str:
    return "\n".join(_lines(message.letter, message.letter_kind))


def _lines(letter: Letter, kind: LetterKind) -> Iterator[str]:
    if kind is LetterKind.TASK:
        yield _TASK_TITLE
    for section in sections(letter, kind):
        yield f"{section.heading}:"
        yield from section.lines


# --- In


def read_message(body: bytes) -> tuple[Answer, ...] | tuple[Receipt, ...]:
    """Read what a municipality's system sends: answers, or receipts. Raises NotAnAnswer."""
    try:
        root = parse(body)
    except NotAReport as refusal:
        raise NotAnAnswer(str(refusal)) from None
    if root.tag != f"{{{NAMESPACE}}}Emessage":
        raise NotAnAnswer("the message is of no generation that is read here (2016/12/01)")
    answers = tuple(_answer(_Part(one)) for one in root.findall(f"{{{NAMESPACE}}}MunicipalityLetter"))
    receipts = tuple(
        _receipt(_Part(one), is_positive=name == "PositiveReceipt")
        for name in ("PositiveReceipt", "NegativeReceipt")
        for one in root.findall(f"{{{NAMESPACE}}}{name}")
    )
    if bool(answers) == bool(receipts):
        raise NotAnAnswer("the message holds no MunicipalityLetter and no receipt, or both")
    return answers or receipts


class _Part:
    """A part of a message, asked by the path of its elements."""

    def __init__(self, element: ElementTree.Element) -> None:
        self._element = element

    def text(self, path: str) -> str:
        found = self._element.find("/".join(f"m:{step}" for step in path.split("/")), {"m": NAMESPACE})
        return "" if found is None else lines(found)

    def needed(self, path: str) -> str:
        if text := self.text(path):
            return text
        raise NotAnAnswer(f"{path} is missing")

    def words(self) -> str:
        """Give all that is said in free text, in the order it is said."""
        named = {f"{{{NAMESPACE}}}{name}" for name in _SAYS_TEXT}
        return "\n".join(filter(None, (lines(one) for one in self._element.iter() if one.tag in named)))

    def moment(self, path: str) -> datetime:
        try:
            return datetime.fromisoformat(f"{self.needed(f'{path}/Date')}T{self.needed(f'{path}/Time')}").replace(
                tzinfo=DENMARK
            )
        except ValueError as fault:
            raise fault if isinstance(fault, NotAnAnswer) else NotAnAnswer(f"{path} is not a moment") from None


def _answer(letter: _Part) -> Answer:
    code = letter.text("MunicipalityVisitation/InformationCode").lower()
    if code and code not in _STATUSES:
        raise NotAnAnswer("MunicipalityVisitation/InformationCode is none that is read here")
    status = _STATUSES[code] if code else ReferralStatus.COMPLETED
    return Answer(
        name=_name(letter.text("Referral/Identifier")),
        patient_number=letter.text("Patient/CivilRegistrationNumber") or letter.needed("Patient/AlternativeIdentifier"),
        status=status,
        words=tuple(filter(None, [letter.words()])),
        said_by=letter.text("Sender/UnitName") or letter.needed("Sender/OrganisationName"),
        issued_at=letter.moment("Letter/Authorisation"),
    )


def _name(text: str) -> UUID | None:
    try:
        return UUID(hex=text) if text else None
    except ValueError:
        raise NotAnAnswer("Referral/Identifier is no referral of ours") from None


def _receipt(receipt: _Part, *, is_positive: bool) -> Receipt:
    found = _LETTER_ID.fullmatch(receipt.needed("OriginalLetterIdentifier"))
    if found is None:
        raise NotAnAnswer("OriginalLetterIdentifier is no letter of ours")
    return Receipt(int(found[1]), is_positive, receipt.text("RefuseText"))
