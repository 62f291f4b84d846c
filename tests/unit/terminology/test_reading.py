"""The traps of Danish data, each a line: what came in, what it is read as, and what the reader is told."""

from __future__ import annotations

from decimal import Decimal

import pytest

from forloeb.kernel.codes import LOINC, MCS, NPU, Coding
from forloeb.kernel.quantities import Comparator
from forloeb.terminology import ReadValue, Refusal, read_value

SYSTEMS = {"NPU": NPU, "DNK": NPU, "MCS": MCS, "DIB": MCS}


def coding(code: str) -> Coding:
    return Coding(SYSTEMS[code[:3]], code)


def read(code: str, value: str | None = None, unit: str | None = None, **more: object) -> ReadValue | Refusal:
    return read_value(coding(code), value=Decimal(value) if value else None, unit=unit, **more)


@pytest.mark.parametrize(
    ("code", "value", "unit", "measure", "expected"),
    [
        # albumin/creatinine: ×10⁻³ and mg/g are the same number, mg/mmol is not
        ("NPU19661", "85", "mg/g", "uacr", "85"),
        ("NPU19661", "85", "×10⁻³", "uacr", "85"),
        ("NPU19661", "85", "x10^-3", "uacr", "85"),
        ("NPU19661", "85", "10*-3", "uacr", "85"),
        ("NPU19661", "85", "E-3", "uacr", "85"),
        ("NPU19661", "3", "mg/mmol", "uacr", "26.52"),
        ("NPU19661", "0.085", "1", "uacr", "85"),
        # HbA1c under the old code is a fraction or per cent
        ("NPU03835", "7.0", None, "hba1c", "53.01"),
        ("NPU03835", "0.07", None, "hba1c", "53.01"),
        ("NPU03835", "6.5", "%", "hba1c", "47.545"),
        ("NPU03835", "0.065", "1", "hba1c", "47.545"),
        ("NPU03835", "53", "mmol/mol", "hba1c", "53"),
        ("NPU27300", "7.0", "%", "hba1c", "53.01"),
        # lungs: ratio or per cent
        ("MCS88023", "0.62", None, "fev1_pct", "62"),
        ("MCS88023", "62", "%", "fev1_pct", "62"),
        ("MCS88023", "0.62", "{ratio}", "fev1_pct", "62"),
        ("MCS88017", "62", None, "fev1_fvc", "0.62"),
        ("MCS88017", "0.62", "{ratio}", "fev1_fvc", "0.62"),
        ("MCS88017", "62", "%", "fev1_fvc", "0.62"),
        ("MCS88015", "2050", "mL", "fev1", "2.05"),
        # lengths in metres
        ("NPU03794", "178", "cm", "height", "1.78"),
        ("NPU03794", "178", None, "height", "1.78"),
        ("NPU03794", "1.78", "m", "height", "1.78"),
        ("MCS88018", "92", "cm", "waist", "0.92"),
        # saturation as a fraction
        ("NPU10197", "0.94", None, "spo2", "94"),
        ("NPU10197", "94", "%", "spo2", "94"),
        # rates: 1/min and /min
        ("NPU21692", "72", "/min", "pulse", "72"),
        ("NPU21692", "72", "1/min", "pulse", "72"),
        ("NPU21692", "72", "× 1/min", "pulse", "72"),
        # units as Danish systems spell them
        ("NPU01568", "2.6", "mmol/l", "ldl", "2.6"),
        ("NPU18016", "75", "µmol/L", "crea", "75"),
        ("NPU18016", "75", "mikromol/l", "crea", "75"),
        ("NPU18016", "1.2", "mg/dL", "crea", "106.08"),
        ("NPU27281", "29.04", "kg/m²", "bmi", "29.04"),
        ("DNK05472", "128", "mmHg", "sbp_clinic", "128"),
        ("DNK05472", "128", "mm[Hg]", "sbp_clinic", "128"),
        ("NPU01933", "0.35", "×10⁹/L", "eos", "0.35"),
        ("NPU01933", "350", "10^6/L", "eos", "0.35"),
        ("DNK35302", "61", "mL/min", "egfr", "61"),
        ("DNK35302", "61", "mL/min/1,73 m²", "egfr", "61"),
        ("DNK35302", "61", "mL/min/{1.73_m2}", "egfr", "61"),
        # no exacerbations is an answer, though the code's text says 1-20
        ("MCS88022", "0", None, "exac", "0"),
        ("MCS88022", "0", "1", "exac", "0"),
        ("MCS88024", "24", "År", "pack_years", "24"),
        ("NPU27300", "53.00", "mmol/mol", "hba1c", "53"),
        ("NPU04094", "400e-2", "mmol/L", "tg", "4"),
    ],
)
def test_a_value_is_brought_to_the_measures_own_unit(code, value, unit, measure, expected):
    found = read(code, value, unit)
    assert isinstance(found, ReadValue), found
    assert found.measure.id == measure
    assert found.quantity is not None
    assert str(found.quantity.value) == expected
    assert found.quantity.unit == found.measure.unit
    assert not found.is_implausible


@pytest.mark.parametrize(
    ("code", "value", "unit", "told"),
    [
        ("NPU03835", "0.07", None, "Omregnet fra procent (DCCT) til mmol/mol."),
        ("MCS88023", "0.62", "%", "Læst som andel og skrevet i procent."),
        ("MCS88017", "62", "{ratio}", "Læst som procent og skrevet som andel."),
        ("NPU03794", "178", "m", "Læst som cm og skrevet i meter."),
        ("NPU19661", "3", "mg/mmol", "Omregnet fra mg/mmol til mg/g."),
        ("NPU19661", "2", "mg/g", "Under 3: kan være mg/mmol. Er brugt som mg/g."),
        ("DNK05472", "128.5", "mmHg", "Ventede et helt tal; brugt, som det kom."),
    ],
)
def test_what_was_done_to_a_value_is_told(code, value, unit, told):
    found = read(code, value, unit)
    assert isinstance(found, ReadValue)
    assert [note.da for note in found.notes] == [told]


@pytest.mark.parametrize(
    ("code", "text", "comparator", "value"),
    [
        ("DNK35302", ">90", Comparator.ABOVE, "90"),
        ("NPU19661", "<9", Comparator.BELOW, "9"),
        ("NPU19661", "< 30", Comparator.BELOW, "30"),
        ("NPU01568", "<0,5", Comparator.BELOW, "0.5"),
        ("NPU01568", "5,3", None, "5.3"),
        ("NPU01568", "5.3", None, "5.3"),
        ("DNK35302", "≥90", Comparator.AT_LEAST, "90"),
        ("NPU03835", "<6,5", Comparator.BELOW, "47.545"),
    ],
)
def test_a_text_is_read_with_its_comparator_and_decimal_comma(code, text, comparator, value):
    found = read(code, text=text)
    assert isinstance(found, ReadValue)
    assert found.quantity is not None
    assert found.quantity.comparator is comparator
    assert found.quantity.value == Decimal(value)


def test_a_comparator_beside_the_number_is_kept():
    found = read("DNK35302", "90", "mL/min", comparator=Comparator.ABOVE)
    assert isinstance(found, ReadValue)
    assert found.quantity is not None
    assert (found.quantity.comparator, found.quantity.value) == (Comparator.ABOVE, Decimal(90))


@pytest.mark.parametrize(
    ("code", "value", "unit"),
    [
        ("NPU27300", "7.2", "mmol/mol"),  # per cent in a mmol/mol field
        ("NPU27300", "7.2", None),
        ("NPU01568", "26", "mmol/L"),
        ("DNK05472", "1280", "mmHg"),
        ("NPU03794", "17.8", "m"),
        ("MCS88021", "0", None),  # MRC begins at 1
    ],
)
def test_a_value_outside_what_is_possible_is_kept_and_marked_never_mended(code, value, unit):
    found = read(code, value, unit)
    assert isinstance(found, ReadValue)
    assert found.is_implausible
    assert "bruges ikke" in found.notes[-1].da


@pytest.mark.parametrize(
    ("code", "given", "reason"),
    [
        ("MCS88186", {"value": "48"}, "er et mål"),
        ("MCS88151", {"text": "ophørt"}, "er et mål"),
        ("MCS88185", {"value": "1.4"}, "er et mål"),
        ("NPU99999", {"value": "1"}, "kendes ikke"),
        ("NPU01568", {"value": "2.6", "unit": "kg"}, "kan ikke omregnes til mmol/L"),
        ("NPU03794", {"value": "178", "unit": "kg"}, "kan ikke omregnes til m."),
        ("MCS88036", {"value": "2", "unit": "/d"}, "kan ikke omregnes til genstande/uge"),
        ("NPU01568", {"text": "ikke målt"}, "ikke et tal"),
        ("NPU01568", {"text": "1.234,5"}, "ikke et tal"),
        ("NPU01568", {}, "ingen værdi"),
        ("MCS88011", {"text": "måske"}, "ikke et af dem"),
        ("MCS88011", {"text": " "}, "ingen værdi"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(code, given, reason):
    found = read(code, **given)
    assert isinstance(found, Refusal)
    assert reason in found.reason.da
    assert found.reason.en


@pytest.mark.parametrize("code", ["MCS88151", "MCS88186"])
def test_a_goal_is_a_goal_also_under_the_address_of_npu(code):
    found = read_value(Coding(NPU, code), text="ophørt")
    assert isinstance(found, Refusal)
    assert found.is_goal


@pytest.mark.parametrize(
    ("code", "text", "measure", "answer"),
    [
        ("MCS88011", "dagligt", "smoking", "dagligt"),
        ("MCS88011", "Aldrig røget", "smoking", "aldrig røget"),
        ("MCS88174", "ja", "smoking", "ryger"),
        ("MCS88174", "nej", "smoking", "ryger ikke"),
        ("MCS88058", "C", "gold", "C"),
        ("MCS88058", "d", "gold", "D"),
        ("MCS88058", "E", "gold", "E"),
        ("MCS88145", "Ugentligt", "exercise", "Ugentligt"),
        ("MCS88142", "true", "inhal_technique", "1"),
        ("MCS88175", "ej besvaret", "eye_exam", "ej besvaret"),
        ("MCS88005", "1", "smoking_help", "ja"),
        ("DIB0010", "reduceret", "foot_sense", "reduceret"),
    ],
)
def test_an_answer_is_read_in_the_spellings_in_use(code, text, measure, answer):
    found = read(code, text=text)
    assert isinstance(found, ReadValue)
    assert (found.measure.id, found.answer) == (measure, answer)


def test_an_answer_written_as_a_number_is_read():
    found = read("MCS88142", "1")
    assert isinstance(found, ReadValue)
    assert found.answer == "1"


def test_a_device_is_read_under_loinc():
    found = read_value(Coding(LOINC, "8480-6"), value=Decimal(147), unit="mm[Hg]")
    assert isinstance(found, ReadValue)
    assert found.measure.id == "sbp_clinic"
