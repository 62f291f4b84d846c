"""Reading CPD-DK: what we know is told, what we do not is kept, and what cannot be right is flagged, never guessed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forloeb.cda.document import Document
from forloeb.cda.findings import Report
from forloeb.cda.reading import read
from forloeb.cda.taking import LARGEST_BYTES, NotCpd
from forloeb.cda.values import (
    Interval,
    Number,
    Stamp,
    Words,
)
from forloeb.cda.writing import write
from tests.support.cpd import document, reminder

SENT = write(document()).decode()


def changed(old: str, new: str, *, count: int = 1) -> tuple[Document, Report]:
    assert old in SENT, old
    return read(SENT.replace(old, new, count).encode())


def told(report: Report) -> set[str]:
    return {finding.text.en for finding in report.findings}


def test_a_whole_document_is_read_without_anything_to_tell() -> None:
    read_back, report = read(SENT.encode())
    assert read_back == document()
    assert report.findings == ()


# --- what is kept


def test_a_section_we_do_not_know_is_kept_as_it_was_and_written_again() -> None:
    strange = '<component><section><code code="11450-4"/><title>Andet</title><text>Hej</text></section></component>'
    found, report = changed("</structuredBody>", f"{strange}</structuredBody>")
    assert [(part.place, "Hej" in part.xml) for part in found.unknown] == [("body", True)]
    assert len(report.of("unknown")) == 1
    assert read(write(found))[0] == found


def test_an_entry_we_do_not_know_is_kept_in_its_section() -> None:
    strange = '<entry><procedure classCode="PROC" moodCode="EVN"><code code="BZZZ"/></procedure></entry>'
    found, _ = changed('<entry typeCode="COMP"', f'{strange}<entry typeCode="COMP"')
    assert [(part.place, part.line > 0) for part in found.unknown] == [("results", True)]
    again, _ = read(write(found))
    assert again == found
    assert "BZZZ" in again.unknown[0].xml


def test_a_header_element_we_do_not_know_is_kept_in_its_place() -> None:
    informant = '<informant><relatedEntity classCode="CON"><code code="DATTER"/></relatedEntity></informant>'
    found, _ = changed("<custodian>", f"{informant}<custodian>")
    assert [part.place for part in found.unknown] == ["header"]
    body = write(found).decode()
    assert body.index("</author>") < body.index("DATTER") < body.index("<custodian>")


def test_an_attribute_we_do_not_know_is_told_and_kept_aside() -> None:
    found, report = changed('<statusCode code="completed"/>', '<statusCode code="completed" note="x"/>')
    assert [(part.place, part.xml) for part in found.remainders] == [("inside", "note: x")]
    assert [finding.path.rsplit("/", 1)[1] for finding in report.findings] == ["@note"]


# --- the slips of published examples, and documents from before 2.0.0


def test_a_sub_section_whose_number_lost_its_beginning_is_read() -> None:
    found, _ = changed('root="1.2.208.184.15.1.10.20.3.2"', 'root="1.208.184.15.1.10.20.3.2"', count=9)
    assert found == document()


def test_services_written_as_diagnoses_in_the_activities_are_services() -> None:
    inner = SENT[SENT.index("FLPServicesCode") - 200 :]
    mended = inner.replace("10.20.3.2", "10.20.1.2", 1).replace("10.20.3.20", "10.20.1.21")
    found, _ = read(SENT.replace(inner, mended).encode())
    assert found == document()


def test_a_service_without_a_day_of_its_own_takes_that_of_what_it_is_about() -> None:
    start = SENT.index('moodCode="EVN"', SENT.index("FLPServicesCode") + 200)
    place = SENT.index('<effectiveTime value="20250602"/>', start)
    found, report = read((SENT[:place] + SENT[place:].replace('<effectiveTime value="20250602"/>', "", 1)).encode())
    assert found.services[0].when is None
    assert found.services[0].day == document().services[0].day
    assert any("no day of its own" in text for text in told(report))


def test_the_validity_is_found_without_its_template() -> None:
    found, _ = changed('<templateId root="1.2.208.184.10.1.11"/>', "")
    assert found.header.valid == document().header.valid


def test_a_plan_that_begins_after_it_was_made_is_accepted_and_flagged() -> None:
    found, report = changed('<low value="20240301090000+0100"/>', '<low value="20270301090000+0100"/>')
    assert found.header.valid
    assert found.header.valid.low == Stamp("20270301090000+0100")
    assert any("begins after" in text for text in told(report))


def test_an_offset_that_is_wrong_for_the_day_is_kept_as_the_moment_it_names() -> None:
    found, _ = changed('value="20240301090000+0100"', 'value="20240201090000+0200"')
    assert found.header.valid
    assert found.header.valid.low
    assert str(found.header.valid.low.moment) == "2024-02-01 07:00:00+00:00"


def test_one_id_for_many_entries_is_never_a_key() -> None:
    ids = [line.strip() for line in SENT.splitlines() if 'assigningAuthorityName="MedCom"' in line and "<id" in line]
    same = SENT
    for found_id in ids[3:]:
        same = same.replace(found_id, ids[2])
    found, report = read(same.encode())
    assert found == document()
    assert any("share one id" in text for text in told(report))
    written = [one.id for one in (read(write(found))[0]).results]
    assert len(set(written)) == len(written)


def test_a_name_that_contradicts_its_code_is_kept_and_flagged_never_guessed() -> None:
    found, report = changed('code="MCS88149"', 'code="MCS88028"')
    (motion,) = [goal for goal in found.goals if goal.code and goal.code.name == "Motion aftalt mål"]
    assert motion.code
    assert motion.code.code == "MCS88028"
    assert any("does not fit" in text for text in told(report))


def test_the_system_name_beside_a_code_counts_for_nothing() -> None:
    found, report = changed('codeSystemName="DNK"', 'codeSystemName="MCS"')
    assert found == document()
    assert report.findings == ()


def test_an_unknown_unit_is_kept_as_text_and_flagged() -> None:
    found, report = changed('value="130" unit="mmHg"', 'value="130" unit="k"')
    assert found.results[2].value == Number("130", "k")
    assert any("unit is not known" in text for text in told(report))


def test_a_number_keeps_the_digits_it_was_written_with() -> None:
    found, _ = changed('value="2.0"', 'value="22.00"')
    assert found.results[0].value == Number("22.00", "mmol/L")
    assert 'value="22.00"' in write(found).decode()


def test_a_limit_is_included_unless_it_says_otherwise() -> None:
    found, _ = changed('<high value="1.8" inclusive="false"/>', '<high value="1.8"/>')
    assert isinstance(found.goals[0].value, Interval)
    assert found.goals[0].value.high_inclusive


def test_an_author_with_the_whole_name_as_family_is_shown_as_it_stands() -> None:
    found, report = changed("<given>Ida</given>", "")
    assert found.header.authors[0].person
    assert found.header.authors[0].person.spoken == "Test Holm"
    assert any("whole name" in text for text in told(report))


def test_a_title_tells_no_disease_the_label_does() -> None:
    found, _ = changed("<title>Forløbsplan for diabetes</title>", "<title>Forløbsplan for Hjerte</title>")
    assert found.header.label
    assert found.header.label.code == "ALAL22"


def test_a_code_only_the_table_shows_is_flagged() -> None:
    _, report = changed("<td>NPU01568</td>", "<td>DNK01568</td>")
    assert any("table shows a code" in text for text in told(report))


def test_entries_in_the_section_and_its_sub_sections_are_read_once() -> None:
    found, _ = read(write(document(), repeats_direct_entries=True))
    assert found == document()


def test_words_that_stand_in_the_table_only_are_found_through_their_reference() -> None:
    said = '<td ID="g1">Under 1,8</td>'
    body = SENT.replace("<td>At kunne cykle til stranden.</td>", said).replace(
        '<value xsi:type="ST">At kunne cykle til stranden.</value>', '<value xsi:type="ST" nullFlavor="NA"/>'
    )
    place = body.index('displayName="Patientens egne mål"/>') + len('displayName="Patientens egne mål"/>')
    found, _ = read((body[:place] + '<text><reference value="#g1"/></text>' + body[place:]).encode())
    assert found.goals[3].text == "Under 1,8"


def test_an_older_document_whose_ids_are_bare_numbers_is_read_and_written_with_medcoms_root() -> None:
    bare = '<id root="31D27E18-C69D-4AF6-AE46-0414695AE8FD"/>'
    place, end = SENT.index("<id "), SENT.index("/>", SENT.index("<id ")) + 2
    found, _ = read((SENT[:place] + bare + SENT[end:]).encode())
    assert found.header.id
    assert found.header.id.root == "31D27E18-C69D-4AF6-AE46-0414695AE8FD"
    written, _ = read(write(found))
    assert written.header.id
    assert written.header.id.key == "1.2.208.184^31d27e18-c69d-4af6-ae46-0414695ae8fd"


def test_a_null_flavour_is_an_answer_and_is_kept() -> None:
    found, _ = changed('<low nullFlavor="NA"/>', '<low nullFlavor="UNK"/>')
    assert isinstance(found.goals[0].value, Interval)
    assert found.goals[0].value.low_null == "UNK"


def test_a_reminder_is_no_service() -> None:
    found, _ = read(SENT.encode())
    assert [one.words for one in found.reminders] == [
        r.words for r in (reminder("Bestil tid hos egen læge i juni"),)
    ] + ["Bestil tid hos øjenlægen"]
    assert isinstance(found.goals[2].value, Words)


# --- what is refused


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda body: b"", "not well-formed XML"),
        (lambda body: body[:900], "line"),
        (lambda body: b"<a/>", "the root element is not ClinicalDocument"),
        (lambda body: body.replace(b'root="1.2.208.184.15.1"', b'root="1.2.3"'), "it is no forl"),
        (lambda body: body.replace(b'extension="1405614', b'x="1'), "patientRole has no id"),
        (lambda body: body.replace(b'<effectiveTime value="20250602101532+0200"/>', b"", 1), "no effectiveTime"),
        (lambda body: b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "DOCTYPE"),
        (lambda body: '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16"), "DOCTYPE"),
        (lambda body: b" " * (LARGEST_BYTES + 1), "larger than"),
        (lambda body: b"<a>" * 100 + b"</a>" * 100, "deep"),
        (lambda body: b"<a>" + b"<b/>" * 30_000 + b"</a>", "more than 20000 elements"),
        (lambda body: b'<?xml version="1.0" encoding="no-such"?><a/>', "not"),
    ],
)
def test_what_is_no_plan_document_is_refused_with_what_and_where(spoil: Callable[[bytes], bytes], says: str) -> None:
    with pytest.raises(NotCpd, match=says):
        read(spoil(SENT.encode()))


def test_a_refusal_repeats_nothing_of_the_patient() -> None:
    from tests.support.cpd import CPR

    with pytest.raises(NotCpd) as refusal:
        read(SENT.replace('extension="cpd-v2.0.0"', "&nothing;").encode())
    assert CPR.digits not in str(refusal.value)
