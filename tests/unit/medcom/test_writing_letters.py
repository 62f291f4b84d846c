"""What goes to a MedCom inbox is of MedCom's schema, and reads back as what was sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from forloeb.kernel.identifiers import X_ECPR
from forloeb.kernel.quantities import Comparator
from forloeb.medcom.results import read_reports, to_results
from forloeb.medcom.writing import Between, write_report
from forloeb.records.laboratory_card import CardPatient
from forloeb.terminology import measures
from tests.support.card_entries import NOW, entry, value
from tests.support.medcom import faults

BETWEEN = Between("5790000120284", "5790000125012")


def test_a_number_is_of_the_schema_and_reads_back() -> None:
    letter = write_report(entry(value("weight", "81.5")), BETWEEN, sent_at=NOW)
    assert faults(letter) == []
    ((result,),) = (to_results(report) for report in read_reports(letter))
    assert (result.measure, result.value, result.measured_on) == ("weight", Decimal("81.5"), date(2026, 3, 1))


@pytest.mark.parametrize("measure", [m.id for m in measures().values() if m.write and m.kind != "choice"])
def test_every_measure_can_be_written(measure: str) -> None:
    known = measures()[measure]
    number = str(known.hard.low if known.hard else 1)
    letter = write_report(entry(value(measure, number)), BETWEEN, sent_at=NOW)
    assert faults(letter) == []
    ((result,),) = (to_results(report) for report in read_reports(letter))
    assert result.code == known.write.code  # type: ignore[union-attr]
    assert result.value == Decimal(number) or result.measure is None


@pytest.mark.parametrize(
    ("measure", "answer"), [(m.id, c.value) for m in measures().values() if m.write for c in m.choices]
)
def test_every_answer_can_be_written_and_read_back(measure: str, answer: str) -> None:
    letter = write_report(entry(value(measure, answer=answer)), BETWEEN, sent_at=NOW)
    assert faults(letter) == []
    ((result,),) = (to_results(report) for report in read_reports(letter))
    assert result.answer == answer


@pytest.mark.parametrize("sign", list(Comparator))
def test_a_comparator_survives(sign: Comparator) -> None:
    letter = write_report(entry(value("weight", "81.5", sign=sign)), BETWEEN, sent_at=NOW)
    assert faults(letter) == []
    ((result,),) = (to_results(report) for report in read_reports(letter))
    assert (result.value, result.comparator) == (Decimal("81.5"), sign.value)


def test_a_withdrawn_value_says_so_and_is_of_the_schema() -> None:
    gone = replace(value("weight", "81.5"), status="entered-in-error")
    letter = write_report(entry(gone), BETWEEN, sent_at=NOW)
    assert faults(letter) == []
    ((result,),) = (to_results(report) for report in read_reports(letter))
    assert result.is_withdrawn


def test_who_has_no_cpr_number_is_named_by_the_other_number() -> None:
    told = replace(entry(value("weight", "81.5")), patient=CardPatient(X_ECPR, "010190ABC1", "A", "B"))
    letter = write_report(told, BETWEEN, sent_at=NOW)
    assert faults(letter) == []
    assert read_reports(letter)[0].patient_number == "010190ABC1"


def test_the_letter_is_in_windows_1252_and_danish_time() -> None:
    letter = write_report(entry(value("weight", "81.5")), BETWEEN, sent_at=NOW)
    assert letter.startswith(b"<?xml version='1.0' encoding='windows-1252'?>")
    assert "Ærø".encode("windows-1252") in letter
    assert b"<Time>13:30</Time>" in letter
