"""The sixteen traps of Danish data, each met as it arrives: a FHIR resource in, what the engine is told out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from forloeb.fhir.bundle import read_bundle
from forloeb.fhir.clinical import ReadObservation, read_condition, read_observation
from forloeb.fhir.reading import Finding
from forloeb.guidelines.library import Library
from forloeb.guidelines.to_json import to_json
from forloeb.kernel.codes import LOINC, MCS, NPU
from forloeb.kernel.content import content_folder
from forloeb.kernel.quantities import Comparator
from forloeb.terminology import BadTyped, check_typed, measures
from tests.support.resources import Resource, bundle, coded, condition, observation, patient

AS_OF = date(2026, 3, 1)
NPU_OID, MCS_OID, MCS_XDS = "urn:oid:1.2.208.176.2.1", "urn:oid:1.2.208.184.100.8", "urn:oid:1.2.208.184.100.1"


def read(resource: Resource) -> tuple[list[ReadObservation], list[Finding]]:
    findings: list[Finding] = []
    return list(read_observation(resource, findings)), findings


def one(code: str | Resource, **given: Any) -> tuple[str, Decimal | None, str | None]:
    """Read an Observation that holds one value: its measure, its number, its answer."""
    (found,), _ = read(observation(code, **given))
    assert found.measurement is not None
    quantity = found.measurement.quantity
    return found.measurement.measure, quantity and quantity.value, found.measurement.answer


def refused(code: str | Resource, **given: Any) -> str:
    """Read an Observation that holds nothing we use; give the reason."""
    found, findings = read(observation(code, **given))
    assert [one for one in found if one.measurement is not None] == []
    return "; ".join(finding.what for finding in findings)


@cache
def library() -> Library:
    return Library.load(content_folder(), measures())


def evaluated(*resources: Resource) -> Any:
    return to_json(library().evaluate(read_bundle(bundle(patient(), *resources)).record, AS_OF))


def value_of(plan: Any, measure: str) -> Any:
    return next(value for value in plan["values"] if value["measure"] == measure)


# 1. Comparators


@pytest.mark.parametrize(
    ("code", "given", "comparator", "number"),
    [
        ("DNK35302", {"value": 90, "comparator": ">", "unit": "mL/min"}, Comparator.ABOVE, "90"),
        ("DNK35302", {"valueString": ">90"}, Comparator.ABOVE, "90"),
        ("NPU19661", {"valueString": "<9"}, Comparator.BELOW, "9"),
        ("NPU19661", {"value": 30, "comparator": "<", "unit": "mg/g"}, Comparator.BELOW, "30"),
        ("NPU01568", {"valueString": "<0,5"}, Comparator.BELOW, "0.5"),
    ],
)
def test_a_comparator_is_kept_and_the_number_beside_it_is_not_moved(code, given, comparator, number):
    (found,), _ = read(observation(code, **given))
    assert found.measurement is not None
    assert found.measurement.quantity is not None
    assert (found.measurement.quantity.comparator, found.measurement.quantity.value) == (comparator, Decimal(number))


def test_a_comparator_fhir_does_not_know_is_a_fault_and_not_a_plain_number():
    assert "cannot be read" in refused("DNK35302", value=90, comparator="~")


# 2. Decimal comma


@pytest.mark.parametrize(("text", "number"), [("5,3", "5.3"), ("5.3", "5.3"), (" 5,3 ", "5.3"), ("5,30", "5.3")])
def test_a_decimal_comma_is_read_where_it_arrives_and_where_it_is_typed(text, number):
    assert one("NPU01568", valueString=text) == ("ldl", Decimal(number), None)
    typed = check_typed(measures()["ldl"], text).quantity
    assert typed is not None
    assert typed.value == Decimal(number)


@pytest.mark.parametrize("text", ["1.234,5", "1,234.5", "1 234", "5,3 mmol/L", "ca. 5", "5-6", "½", "nan", "1e400000"])
def test_a_number_that_could_mean_two_things_is_never_guessed(text):
    refused("NPU01568", valueString=text)
    with pytest.raises(BadTyped):
        check_typed(measures()["ldl"], text)


# 3. Albumin/creatinine


@pytest.mark.parametrize("unit", ["mg/g", "×10⁻³", "x10^-3", "10*-3", "E-3", None])
def test_albumin_to_creatinine_in_thousandths_is_the_same_number_as_in_mg_per_g(unit):
    assert one("NPU19661", value=85, unit=unit) == ("uacr", Decimal(85), None)


def test_albumin_to_creatinine_in_mg_per_mmol_is_converted_and_a_very_low_one_is_told():
    assert one("NPU19661", value=3, unit="mg/mmol") == ("uacr", Decimal("26.52"), None)
    _, findings = read(observation("NPU19661", value=2, unit="mg/g"))
    assert [(f.what, f.is_fault) for f in findings] == [("NPU19661: Below 3: may be mg/mmol. Used as mg/g.", False)]


# 4 and 5. HbA1c


@pytest.mark.parametrize(
    ("code", "value", "unit", "expected"),
    [
        ("NPU03835", 0.065, None, "47.545"),
        ("NPU03835", 6.5, None, "47.545"),
        ("NPU03835", 6.5, "%", "47.545"),
        ("NPU03835", 48, "mmol/mol", "48"),  # the old code with the new unit: the unit is believed
        ("NPU27300", 6.5, "%", "47.545"),
    ],
)
def test_hba1c_of_the_old_code_is_a_fraction_or_per_cent_and_becomes_mmol_per_mol(code, value, unit, expected):
    assert one(code, value=value, unit=unit) == ("hba1c", Decimal(expected), None)


def test_per_cent_in_the_field_of_mmol_per_mol_is_marked_and_never_used():
    resource = observation("NPU27300", value=7.2, unit="mmol/mol")
    _, findings = read(resource)
    assert [f.is_fault for f in findings] == [True]
    plan = evaluated(condition("T90"), resource)
    assert value_of(plan, "hba1c")["status"] == "implausible"
    with pytest.raises(BadTyped):
        check_typed(measures()["hba1c"], "7,2")


# 6, 7 and 8. Ratio or per cent, metres or centimetres


@pytest.mark.parametrize(
    ("code", "value", "unit", "expected"),
    [
        ("MCS88023", 0.62, None, ("fev1_pct", "62")),
        ("MCS88023", 62, "%", ("fev1_pct", "62")),
        ("MCS88023", 62, "{ratio}", ("fev1_pct", "62")),
        ("MCS88017", 62, None, ("fev1_fvc", "0.62")),
        ("MCS88017", 0.62, "{ratio}", ("fev1_fvc", "0.62")),
        ("NPU03794", 1.78, "m", ("height", "1.78")),
        ("NPU03794", 178, None, ("height", "1.78")),
        ("NPU03794", 178, "cm", ("height", "1.78")),
        ("MCS88018", 92, None, ("waist", "0.92")),
        ("NPU10197", 0.94, None, ("spo2", "94")),
        ("NPU10197", 94, "%", ("spo2", "94")),
    ],
)
def test_the_scale_of_a_value_is_judged_by_its_size(code, value, unit, expected):
    measure, number, _ = one(code, value=value, unit=unit)
    assert (measure, str(number)) == expected


@pytest.mark.parametrize(
    ("code", "value", "unit"),
    [
        ("NPU03794", 178, "kg"),
        ("NPU03804", 92, "m"),
        ("NPU01568", 2.6, "mg/dL"),
        ("MCS88036", 2, "/d"),
        ("NPU27300", 53, "mmol/L"),
        ("DNK05472", 17, "kPa"),
    ],
)
def test_a_unit_that_leads_nowhere_is_a_fault_whatever_the_size(code, value, unit):
    assert "cannot be converted" in refused(code, value=value, unit=unit)


# 9. Several codes on one day


@pytest.mark.parametrize("turned", [False, True])
def test_of_several_codes_on_one_day_the_first_in_the_list_counts_and_nothing_is_averaged(turned):
    results = [
        observation("NPU10171", id="fasting", value=2.2, unit="mmol/L"),
        observation("NPU01568", id="plain", value=2.6, unit="mmol/L"),
        observation("DNK35131", id="mdrd", value=51, unit="mL/min"),
        observation("DNK35302", id="ckd", value=58, unit="mL/min"),
    ]
    plan = evaluated(condition("T90"), *(reversed(results) if turned else results))
    assert value_of(plan, "ldl")["value"] == 2.6
    assert value_of(plan, "egfr")["value"] == 58


# 10. Two formulas for the kidneys


@pytest.mark.parametrize(("older_code", "falls"), [("DNK35302", True), ("DNK35131", False)])
def test_a_fall_in_egfr_is_reckoned_within_one_formula_only(older_code, falls):
    plan = evaluated(
        condition("T90"),
        observation(older_code, id="older", value=75, unit="mL/min", on="2025-01-15"),
        observation("DNK35302", id="newer", value=60, unit="mL/min", on="2026-01-15"),
    )
    assert any("T2D-FLAG-EGFR-FALL" in str(flag) for flag in plan["flags"]) is falls


# 11. Home and clinic


def test_home_and_clinic_pressure_are_two_measures_judged_by_one_goal():
    assert one("DNK05472", value=136, unit="mm[Hg]")[0] == "sbp_clinic"
    assert one("MCS88019", value=136, unit="mm[Hg]")[0] == "sbp_home"
    clinic = evaluated(condition("T90"), observation("DNK05472", value=152, unit="mm[Hg]"))
    home = evaluated(condition("T90"), observation("MCS88019", value=152, unit="mm[Hg]"))
    assert value_of(clinic, "sbp_clinic")["status"] == "confirm_at_home"
    assert value_of(home, "sbp_home")["status"] == "above_target"


def test_a_devices_pressure_is_the_clinics_unless_it_says_home():
    panel = observation(
        coded("85354-9"),
        component=[
            {"code": coded("8480-6"), "valueQuantity": {"value": 136, "code": "mm[Hg]"}},
            {"code": coded("8462-4"), "valueQuantity": {"value": 84, "code": "mm[Hg]"}},
        ],
    )

    def measured(resource: Resource) -> list[tuple[str, str]]:
        return [(part.measurement.measure, part.setting) for part in read(resource)[0] if part.measurement]

    assert measured(panel) == [("sbp_clinic", "clinic"), ("dbp_clinic", "clinic")]
    assert measured({**panel, "method": {"text": "Hjemmeblodtryk"}}) == [("sbp_home", "home"), ("dbp_home", "home")]


@pytest.mark.parametrize("turned", [False, True])
def test_a_danish_code_for_home_is_believed_before_the_international_one_beside_it(turned):
    pair = [{"system": LOINC, "code": "8480-6"}, {"system": MCS, "code": "MCS88019"}]
    assert one({"coding": pair[::-1] if turned else pair}, value=136, unit="mm[Hg]")[0] == "sbp_home"


# 12. Goals are no measurements


GOALS = (
    *("MCS88185", "MCS88186", "MCS88187", "MCS88188"),  # recommended
    *("MCS88025", "MCS88026", "MCS88027", "MCS88028", "MCS88033", "MCS88034"),  # agreed
    *("MCS88067", "MCS88149", "MCS88150", "MCS88151"),
)


@pytest.mark.parametrize("system", [MCS, MCS_OID, MCS_XDS, NPU, NPU_OID])
@pytest.mark.parametrize("code", GOALS)
def test_a_goal_is_never_read_as_a_measurement_under_whichever_address(code, system):
    assert "is a goal" in refused(coded(code, system), value=53)
    assert "is a goal" in refused(coded(code, system), valueString="ophørt")


def test_a_goal_with_a_measurements_code_beside_it_is_still_a_goal():
    both = {"coding": [{"system": NPU, "code": "NPU27300"}, {"system": MCS, "code": "MCS88025"}]}
    assert "is a goal" in refused(both, value=53)


@pytest.mark.parametrize(
    ("code", "text", "answer"),
    [("MCS88011", "dagligt", "dagligt"), ("MCS88174", "ja", "ryger"), ("MCS88174", "nej", "ryger ikke")],
)
def test_both_codes_for_smoking_are_read(code, text, answer):
    assert one(code, valueString=text) == ("smoking", None, answer)
    assert one(code, valueCodeableConcept={"text": text}) == ("smoking", None, answer)


# 13. No exacerbations is an answer


def test_no_exacerbations_is_nought_and_not_nothing():
    assert one("MCS88022", valueInteger=0) == ("exac", Decimal(0), None)
    assert one("MCS88022", value=0) == ("exac", Decimal(0), None)
    quiet = evaluated(condition("R95"), observation("MCS88022", valueInteger=0))
    silent = evaluated(condition("R95"))
    assert value_of(quiet, "exac")["value"] == 0
    assert value_of(silent, "exac")["status"] == "missing"


# 14. Old GOLD letters


@pytest.mark.parametrize("letter", ["A", "B", "C", "D", "E", "c"])
def test_the_old_letters_of_gold_are_read_beside_the_new(letter):
    assert one("MCS88058", valueString=letter) == ("gold", None, letter.upper())


@pytest.mark.parametrize("letter", ["C", "D"])
def test_the_old_letters_of_gold_are_not_offered(letter):
    assert letter not in [choice.value for choice in measures()["gold"].choices if choice.is_offered]


# 15. Diagnoses kept for life


@pytest.mark.parametrize(
    "change",
    [
        {"verificationStatus": coded("refuted")},
        {"verificationStatus": coded("entered-in-error")},
        {"clinicalStatus": coded("resolved")},
        {"clinicalStatus": coded("inactive"), "recordedDate": "2020-01-01"},
        {"abatementDateTime": "2020-01-01"},
    ],
)
def test_a_diagnosis_that_was_refuted_or_is_over_includes_nobody(change):
    def included(**more: Any) -> str:
        diseases = evaluated(condition("T90", **more))["diseases"]
        return str(next(d["included"] for d in diseases if d["guideline"] == "type2_diabetes"))

    assert included() == "yes"
    assert included(**change) != "yes"


def test_a_refuted_diagnosis_is_told_and_is_no_fault():
    findings: list[Finding] = []
    assert list(read_condition(condition("T90", verificationStatus=coded("refuted")), None, findings)) == []
    assert [(f.what, f.is_fault) for f in findings] == [("verification is refuted: not used", False)]


# 16. Units spelled in more than one way


@pytest.mark.parametrize(
    ("code", "unit"),
    [
        *(("NPU21692", unit) for unit in ("/min", "1/min", "× 1/min", "{beats}/min")),
        *(("DNK05472", unit) for unit in ("mm[Hg]", "mmHg", "mm Hg")),
        *(("NPU18016", unit) for unit in ("umol/L", "µmol/L", "μmol/L", "mikromol/l")),
        *(("NPU01933", unit) for unit in ("10*9/L", "×10⁹/L", "x10^9/L")),
        *(("DNK35302", unit) for unit in ("mL/min", "mL/min/1,73 m²", "mL/min/{1.73_m2}")),
    ],
)
def test_a_unit_is_known_in_each_of_its_spellings(code, unit):
    assert one(code, value=64, unit=unit)[1] == Decimal(64)


# Beyond the list: addresses, texts, days


@pytest.mark.parametrize(
    ("code", "system", "measure"),
    [
        ("NPU27300", NPU, "hba1c"),
        ("NPU27300", NPU_OID, "hba1c"),
        ("DNK05472", NPU_OID, "sbp_clinic"),
        ("MCS88015", MCS, "fev1"),
        ("MCS88015", MCS_OID, "fev1"),
        ("MCS88015", MCS_XDS, "fev1"),
        ("MCS88015", NPU_OID, "fev1"),  # a plan that writes all its codes under one address
        (" NPU27300 ", NPU, "hba1c"),
        ("8867-4", LOINC, "pulse"),
    ],
)
def test_a_code_is_read_under_each_of_its_systems_addresses(code, system, measure):
    assert one(coded(code, system), value=5)[0] == measure


def test_a_code_of_another_system_is_not_mistaken_for_ours():
    assert "not known" in refused(coded("NPU27300", "http://example.org/codes"), value=53)


@pytest.mark.parametrize("text", ["hæmolyseret", "se bemærkning", "", "-", "pos"])
def test_a_text_where_a_number_belongs_is_a_fault_that_does_not_repeat_it(text):
    reason = refused("NPU03230", valueString=text)
    assert reason
    assert not text or text == "-" or text not in reason


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-01-10", date(2026, 1, 10)),
        ("2026-01", date(2026, 1, 15)),
        ("2026", date(2026, 7, 1)),
        ("2026-01-10T23:30:00Z", date(2026, 1, 11)),  # half past midnight in Copenhagen
        ("2025-06-30T22:30:00Z", date(2025, 7, 1)),
        ("2026-01-10T23:30:00", date(2026, 1, 10)),
        ("2024-02-29", date(2024, 2, 29)),
    ],
)
def test_a_day_is_the_calendar_day_in_copenhagen_and_a_date_alone_gets_no_time(written, day):
    (found,), _ = read(observation("NPU27300", value=53, on=written))
    assert found.measured_on == day
    assert (found.measured_at is None) == ("T" not in written)


@pytest.mark.parametrize("written", ["2026-02-30", "10-01-2026", "10/1 2026", "i går", "", None])
def test_a_day_that_is_none_is_a_fault(written):
    assert "no day on which it was measured" in refused("NPU27300", value=53, on=written)


@pytest.mark.parametrize(("code", "value"), [("DNK05472", 1280), ("NPU03804", 920), ("MCS88021", 0), ("NPU18016", -75)])
def test_a_value_outside_what_is_possible_is_shown_and_never_used(code, value):
    _, findings = read(observation(code, value=value))
    assert any(finding.is_fault and "outside what is possible" in finding.what for finding in findings)
