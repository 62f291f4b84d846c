"""What a clinician types: accepted, asked about, or refused with what is wrong and what to do."""

from __future__ import annotations

import pytest

from forloeb.terminology import BadTyped, check_typed, measures


@pytest.mark.parametrize(
    ("measure", "text", "value"),
    [
        ("sbp_clinic", "128", "128"),
        ("ldl", "2,6", "2.6"),
        ("ldl", " 2.6 ", "2.6"),
        ("height", "1,78", "1.78"),
        ("height", "178", "1.78"),
        ("exac", "0", "0"),
        ("weight", "92,50", "92.5"),
    ],
)
def test_a_believable_value_is_taken_as_it_is(measure, text, value):
    typed = check_typed(measures()[measure], text)
    assert typed.quantity is not None
    assert str(typed.quantity.value) == value
    assert typed.quantity.unit == measures()[measure].unit
    assert typed.warnings == ()


def test_a_comparator_is_kept():
    typed = check_typed(measures()["egfr"], ">90")
    assert typed.quantity is not None
    assert typed.quantity.comparator is not None
    assert typed.quantity.comparator.value == ">"


@pytest.mark.parametrize(
    ("measure", "text", "question"),
    [
        ("hba1c", "18", "HbA1c ligger oftest på 20–150 mmol/mol. Er du sikker?"),
        ("ldl", "9", "LDL-kolesterol ligger oftest på 0,4–8 mmol/L. Er du sikker?"),
        ("fev1_pct", "0,62", "Læst som andel og skrevet i procent."),
        ("uacr", "2", "Under 3: kan være mg/mmol. Er brugt som mg/g."),
    ],
)
def test_an_unlikely_value_is_asked_about(measure, text, question):
    assert [warning.da for warning in check_typed(measures()[measure], text).warnings] == [question]


@pytest.mark.parametrize(
    ("measure", "text", "says"),
    [
        ("hba1c", "7,2", "HbA1c kan kun være 15–200 mmol/mol. Se efter en tastefejl eller en anden enhed."),
        ("sbp_clinic", "1280", "Systolisk blodtryk, klinik kan kun være 50–300 mmHg. Se efter en tastefejl"),
        ("sbp_clinic", "128,5", "Systolisk blodtryk, klinik skal være et helt tal, for eksempel 133."),
        ("ldl", "lav", "LDL-kolesterol skal være et tal, for eksempel 2,9."),
        ("ldl", "", "LDL-kolesterol skal være et tal"),
        ("smoking", "måske", "Vælg et af svarene for Rygning: Dagligt, Lejlighedsvis, Holdt op, Aldrig røget."),
        ("smoking", "ryger", "Vælg et af svarene for Rygning"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(measure, text, says):
    with pytest.raises(BadTyped) as refused:
        check_typed(measures()[measure], text)
    assert refused.value.text.da.startswith(says)
    assert text.strip() == "" or text not in str(refused.value) or measure == "smoking"


def test_an_answer_is_chosen_among_those_offered():
    assert check_typed(measures()["smoking"], "Ophørt").answer == "ophørt"
    assert check_typed(measures()["foot_exam"], "ej relevant").answer == "ej relevant"
