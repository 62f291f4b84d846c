"""What a plan is registered under, attribute by attribute."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from forloeb.cda import codes
from forloeb.cda.document import Related
from forloeb.cda.values import Id, Period, Stamp
from forloeb.cda.writing import write
from forloeb.cda.xds import metadata
from tests.support import cpd

DOCUMENT = cpd.document()
BODY = write(DOCUMENT)


def test_every_attribute_is_told_from_the_document() -> None:
    told = metadata(DOCUMENT, BODY)
    assert told.unique_id == "1.2.208.184^5f4dcc3b-0000-4000-8000-000000000001"
    assert told.patient_id == f"{cpd.CPR.digits}^^^&1.2.208.176.1.2&ISO"
    assert told.source_patient_info == ("PID-5|Eksempel^Nina^Prøve", "PID-7|19610514", "PID-8|F")
    assert told.title == "Forløbsplan for diabetes"
    assert (told.type_code.code, told.type_code.system) == ("81215-6", "2.16.840.1.113883.6.1")
    assert told.format_code.code == "urn:ad:dk:medcom:cpd-v2.0:full"
    assert told.class_code.code == "001"
    assert [code.code for code in told.event_codes] == ["ALAL22"]
    assert (told.facility_type.code, told.practice_setting.code) == ("394761003", "408443003")
    assert (told.confidentiality.code, told.language, told.mime_type) == ("N", "da-DK", "text/xml")
    assert told.author_institution == "Lægehuset Fjorden^^^^^&1.2.208.176.1.1&ISO^^^^999900000000777"
    assert told.author_person == "^Test Holm^Ida"
    assert (told.size, told.hash) == (len(BODY), hashlib.sha1(BODY).hexdigest())
    assert told.availability == "Approved"


def test_times_are_in_utc_without_a_zone() -> None:
    told = metadata(DOCUMENT, BODY)
    assert told.creation_time == "20250602081532"
    assert told.service_start_time == "20240301080000"


def test_an_open_end_is_left_out_and_an_end_is_told() -> None:
    assert metadata(DOCUMENT, BODY).service_stop_time is None
    ended = Period(None, Stamp("20240301090000+0100"), Stamp("20250801120000+0200"))
    header = replace(DOCUMENT.header, valid=ended)
    assert metadata(replace(DOCUMENT, header=header), BODY).service_stop_time == "20250801100000"


def test_the_document_that_is_replaced_is_named_and_a_withdrawn_one_is_deprecated() -> None:
    before = Id(codes.MEDCOM, "5f4dcc3b-0000-4000-8000-000000000099")
    document = replace(DOCUMENT, header=replace(DOCUMENT.header, related=(Related("RPLC", (before,)),)))
    told = metadata(document, BODY, is_deprecated=True)
    assert told.replaces == ("1.2.208.184^5f4dcc3b-0000-4000-8000-000000000099",)
    assert told.availability == "Deprecated"


def test_a_title_is_shorter_than_128_characters() -> None:
    document = replace(DOCUMENT, header=replace(DOCUMENT.header, title="x" * 200))
    assert len(metadata(document, BODY).title) == 127


def test_a_document_without_an_id_is_not_registered() -> None:
    with pytest.raises(ValueError, match="without an id"):
        metadata(replace(DOCUMENT, header=replace(DOCUMENT.header, id=None)), BODY)
