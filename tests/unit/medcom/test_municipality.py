"""A letter to the municipality holds all that it was shown to hold; what is known of its form is kept."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from forloeb.access.referrals import ReferralStatus
from forloeb.careplans.referral_letter import Answer, LetterRefused, NotAnAnswer, Outgoing, Receipt
from forloeb.careplans.referral_models import LetterKind, MessageKind
from forloeb.medcom.municipality import NAMESPACE, letter_id, read_message, write_referral
from forloeb.medcom.writing import Between
from tests.support.letters import NOW, letter, outgoing
from tests.support.medcom import schema
from tests.support.municipality.server import in_envelope, receipt_of, text_of

BETWEEN = Between("5790000120284", "5790000125012")
IN = {"m": NAMESPACE}
PUBLIC = "http://rep.oio.dk/medcom.dk/xml/schemas/2014/10/08/"


def written(message: Outgoing) -> ElementTree.Element:
    return ElementTree.fromstring(write_referral(message, BETWEEN, sent_at=NOW))


def anamnesis(message: Outgoing) -> list[str]:
    return text_of(written(message).find(".//m:Anamnesis", IN)).split("\n")


@pytest.mark.parametrize("part", ["Sender", "Receiver", "Patient"])
def test_the_parts_whose_schema_is_public_are_of_it(part: str):
    body = write_referral(outgoing(), BETWEEN, sent_at=NOW).replace(NAMESPACE.encode(), PUBLIC.encode())
    found = etree.fromstring(body).find(f".//{{{PUBLIC}}}{part}")
    assert found is not None
    known = schema("2014/10/08")
    known.validate(etree.fromstring(etree.tostring(found)))
    assert [str(one.message) for one in known.error_log] == []


def test_the_letter_has_the_known_root_version_and_diagnoses():
    root = written(outgoing())
    assert root.tag == f"{{{NAMESPACE}}}Emessage"
    at = "m:MunicipalityReferral/"
    assert root.findtext(f"{at}m:Letter/m:VersionCode", namespaces=IN) == "XH1530R"
    assert root.findtext(f"{at}m:Letter/m:Identifier", namespaces=IN) == letter_id(17) == "H0000000000017"
    assert root.findtext(f"{at}m:Referral/m:Refer/m:DiagnoseCode", namespaces=IN) == "T90"
    assert root.findtext(f"{at}m:Referral/m:Refer/m:DiagnoseTypeCode", namespaces=IN) == "ICPCkode"
    assert root.findtext(f"{at}m:Referral/m:ReferralAdditional/m:DiagnoseCode", namespaces=IN) == "DH360"
    assert root.findtext(f"{at}m:Referral/m:Identifier", namespaces=IN) == outgoing().name.hex


def test_danish_letters_are_in_windows_1252_and_signs_are_escaped():
    body = write_referral(outgoing(), BETWEEN, sent_at=NOW)
    assert b"encoding='windows-1252'" in body
    assert "Ærø".encode("cp1252") in body
    assert "At kunne gå tur med <hunden> & børnebørnene" in anamnesis(outgoing())


def test_all_sections_stand_in_the_text_and_unknown_is_said():
    said = anamnesis(outgoing())
    for line in (
        "Rygestop",
        "HbA1c: 64 mmol/mol (1.2.2026)",
        "Dagligt (1.2.2026)",
        "Metformin (A10BA02)",
        "ja (arabisk)",
        "Øjensygdom (DH360)",
        "Ønsker hjælp til at leve godt med det.",
    ):
        assert line in said
    unknown = anamnesis(outgoing(letter=letter(smoking=None, interpreter="unknown", interpreter_language="")))
    assert unknown[unknown.index("Rygning:") + 1] == "ikke oplyst"
    assert unknown[unknown.index("Behov for tolk:") + 1] == "ikke oplyst"


def test_a_task_says_first_that_it_is_one():
    assert anamnesis(outgoing(letter_kind=LetterKind.TASK))[0] == "OPGAVEREKVISITION TIL KOMMUNAL SYGEPLEJE"


def test_there_is_no_letter_that_takes_a_referral_back():
    with pytest.raises(LetterRefused):
        write_referral(outgoing(kind=MessageKind.REVOCATION), BETWEEN, sent_at=NOW)


def answer(code: str, *, more: str = "") -> bytes:
    return in_envelope(
        "<MunicipalityLetter><Letter><Authorisation><Date>2026-03-01</Date><Time>12:30</Time></Authorisation></Letter>"
        "<Sender><OrganisationName>Åby Kommune</OrganisationName></Sender>"
        "<Patient><CivilRegistrationNumber>1212778221</CivilRegistrationNumber></Patient>"
        f"<Referral><Identifier>{outgoing().name.hex}</Identifier></Referral>"
        f"<MunicipalityVisitation><InformationCode>{code}</InformationCode>"
        f"<Information>Linje et<Break/>Linje to</Information></MunicipalityVisitation>{more}</MunicipalityLetter>"
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [("modtaget", "active"), ("afventer", "on-hold"), ("afvist", "revoked"), ("afsluttet", "completed")],
)
def test_an_answer_is_read(code: str, status: str):
    (read,) = read_message(answer(code))
    assert isinstance(read, Answer)
    assert read.status is ReferralStatus(status)
    assert read.words == ("Linje et\nLinje to",)
    assert (read.name, read.patient_number, read.said_by) == (outgoing().name, "1212778221", "Åby Kommune")


def test_an_unknown_code_is_not_taken_for_an_end():
    with pytest.raises(NotAnAnswer):
        read_message(answer("parkeret"))


@pytest.mark.parametrize("how", ["now", "negative"])
def test_a_receipt_is_read(how: str):
    (read,) = read_message(receipt_of(letter_id(17), how))
    assert isinstance(read, Receipt)
    assert (read.message_id, read.is_positive) == (17, how == "now")


@given(st.binary(max_size=300))
def test_no_bytes_do_harm_as_an_answer(body: bytes):
    with pytest.raises(NotAnAnswer):
        read_message(body)


@given(st.text(alphabet=st.characters(codec="cp1252", categories=("L", "N", "P", "S", "Zs")), max_size=200))
def test_what_was_written_arrives_as_it_was_written(words: str):
    assert f"x{words}x" in anamnesis(outgoing(letter=letter(reason=f"x{words}x")))
