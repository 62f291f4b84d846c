"""A laboratory report says the same whichever form it came in, and what is no report is refused in words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from forloeb.kernel.codes import MCS, NPU, Coding
from forloeb.medcom.edifact import read_edifact, segments
from forloeb.medcom.report import NotAReport
from forloeb.medcom.results import read_reports, source_of, to_results
from forloeb.medcom.xml import read_xml
from tests.support.medcom import faults, published


@pytest.mark.parametrize("name", ["RPT01_1", "RPT01_2"])
def test_the_two_forms_of_a_published_message_say_the_same(name: str) -> None:
    in_xml, in_edifact = read_reports(published(f"{name}.xml")), read_reports(published(f"{name}.edi"))
    assert in_xml == in_edifact
    assert [to_results(one) for one in in_xml] == [to_results(one) for one in in_edifact]


def test_the_published_messages_are_of_their_schema() -> None:
    assert faults(published("RPT01_1.xml"), "2007/02/01") == []
    assert faults(published("RPT01_2.xml"), "2007/02/01") == []


def test_danish_letters_and_lines_are_read() -> None:
    (report,) = read_xml(published("RPT01_1.xml"))
    assert report.sender_name == "Lise Let på tå"
    assert len(report.results) == 18
    shoes = next(one for one in report.results if one.code == "MCS89020")
    assert shoes.comments == ("Ortopædisk?\nHensigtsmæssigt", "Kompressionsterapi?\nUhensigtsmæssigt")


def test_medcoms_own_codes_and_npu_codes_stand_in_their_systems() -> None:
    (foot,), (blood,) = read_reports(published("RPT01_1.xml")), read_reports(published("RPT01_2.edi"))
    assert foot.results[0].coding == Coding(MCS, "MCS89001")
    assert blood.results[0].coding == Coding(NPU, "NPU01807")
    assert source_of(blood) == "urn:forloeb:laboratory:4201050"


def test_a_number_is_read_into_the_measures_own_unit() -> None:
    (report,) = read_reports(published("RPT01_2.xml"))
    (result,) = to_results(report)
    assert (result.measure, result.value, result.unit) == ("crea", Decimal(128), "umol/L")


def test_a_correction_names_the_same_sample_and_is_newer() -> None:
    (first,), (second,) = (to_results(read_reports(published(f"RPT01_{n}.edi"))[0]) for n in (2, 3))
    assert first.source_id == second.source_id
    assert first.issued_at < second.issued_at


def test_a_code_that_is_not_known_is_kept_in_its_own_words() -> None:
    (report,) = read_reports(published("RPT01_1.xml"))
    risk = next(one for one in to_results(report) if one.code == "MCS89001")
    assert (risk.measure, risk.value, risk.answer) == (None, None, "2;20111115")


def test_escaped_signs_are_part_of_the_text() -> None:
    assert list(segments("FTX+a??:b?+c?'d'\nUNT+1'")) == [
        ("FTX", (("a?", "b+c'd"),)),
        ("UNT", (("1",),)),
    ]


def test_the_interchange_may_name_signs_of_its_own() -> None:
    assert list(segments("UNA|*.! ~A*b|c!~d~")) == [("A", (("b", "c~d"),))]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b"<Emessage", "not well-formed"),
        (b"<Emessage/>", "no generation"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "document type"),
        (b"UNB+UNOC:3'", "no RPT01"),
        (b"UNA:+", "cut short"),
        (b"UNB+1'UNH+1+MEDRPT:D:93A:UN:R0130K+RPT01'", "no end"),
        (b"UNB+1'UNH+1+MEDRPT:D:93A:UN:R0130K+RPT01'UNT+1+1'", "missing"),
        (published("RPT01_2.xml").replace(b"svar_endeligt", b"svar_maaske"), "status"),
        (published("RPT01_2.xml").replace(b"iupac", b"andet"), "no kind"),
        (published("RPT01_2.xml").replace(b"1998-08-27", b"1998-08-32"), "not a moment"),
        (published("RPT01_2.edi").replace(b"INV+", b"INX+"), "no analysis"),
    ],
)
def test_what_is_no_report_is_refused_in_words_that_repeat_nothing(body: bytes, said: str) -> None:
    with pytest.raises(NotAReport, match=said) as refusal:
        read_reports(body)
    assert "1212778221" not in str(refusal.value)


def test_a_status_that_is_not_known_is_never_taken_for_a_final_answer() -> None:
    (report,) = read_edifact(published("RPT01_2.edi").replace(b"STS++FR", b"STS++XX"))
    assert to_results(report) == ()
