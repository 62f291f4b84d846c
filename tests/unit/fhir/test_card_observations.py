"""An entry of the laboratory card as a FHIR Observation: exact codes and units, and the same facts when read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from forloeb.fhir.card import IDENTIFIER, to_observation
from forloeb.fhir.clinical import read_observation
from forloeb.kernel.codes import LOINC, MCS, NPU
from forloeb.kernel.quantities import Comparator, Quantity
from forloeb.records.laboratory_card import CardEntry
from forloeb.terminology import measures
from tests.support.card_entries import entry, value


def written(told: CardEntry) -> dict[str, Any]:
    return {**to_observation(told, subject="Patient/17"), "id": "x"}


def codes(part: dict[str, Any]) -> list[tuple[str, str]]:
    return [(coding["system"], coding["code"]) for coding in part["code"]["coding"]]


def test_a_weight_has_its_danish_code_first_and_loinc_beside_it() -> None:
    found = written(entry(value("weight", "81.5")))
    assert codes(found) == [(NPU, "NPU03804"), (LOINC, "29463-7")]
    assert found["valueQuantity"] == {
        "value": 81.5,
        "unit": "kg",
        "system": "http://unitsofmeasure.org",
        "code": "kg",
    }
    assert found["category"][0]["coding"][0]["code"] == "vital-signs"
    assert found["identifier"] == [{"system": IDENTIFIER, "value": "6a1c9a3e-55c0-4c0e-9d6d-2f6a0d9b7a11"}]


def test_a_blood_pressure_is_one_observation_with_both_codings_of_both_numbers() -> None:
    found = written(entry(value("sbp_clinic", "134"), value("dbp_clinic", "82")))
    assert codes(found) == [(LOINC, "85354-9")]
    assert [codes(part) for part in found["component"]] == [
        [(NPU, "DNK05472"), (LOINC, "8480-6")],
        [(NPU, "DNK05473"), (LOINC, "8462-4")],
    ]
    assert [part["valueQuantity"]["code"] for part in found["component"]] == ["mm[Hg]", "mm[Hg]"]
    assert "valueQuantity" not in found


def test_a_home_pressure_says_so_in_medcoms_codes_and_in_words() -> None:
    found = written(entry(value("sbp_home", "128"), value("dbp_home", "78"), at_home=True))
    assert [codes(part)[0] for part in found["component"]] == [(MCS, "MCS88019"), (MCS, "MCS88020")]
    assert found["method"] == {"text": "Målt hjemme af patienten"}


def test_a_pressure_with_one_number_withdrawn_tells_the_other() -> None:
    gone = replace(value("sbp_clinic", "134"), status="entered-in-error")
    found = written(entry(gone, value("dbp_clinic", "82")))
    assert found["status"] == "amended"
    assert [codes(part)[0][1] for part in found["component"]] == ["DNK05473"]
    assert written(entry(gone))["status"] == "entered-in-error"


@pytest.mark.parametrize("measure", [m.id for m in measures().values() if m.write and m.setting != "laboratory"])
def test_what_is_written_reads_back_as_it_was(measure: str) -> None:
    known = measures()[measure]
    if known.kind == "choice":
        told = value(measure, answer=known.choices[0].value)
    else:
        told = value(measure, str(known.hard.low if known.hard else 3), sign=Comparator.ABOVE)
    assert "" not in written(entry(told)).get("valueQuantity", {}).values()
    findings: list[Any] = []
    at_home = known.setting == "home"
    (found,) = read_observation(written(entry(told, at_home=at_home)), findings)
    assert found.measurement is not None, findings
    assert (found.measurement.measure, found.measured_on) == (measure, date(2026, 3, 1))
    assert (found.measurement.quantity, found.measurement.answer) == (told.quantity, told.answer)


def test_a_whole_number_is_written_whole() -> None:
    weight = replace(value("weight", "80"), quantity=Quantity(Decimal("8E+1"), "kg"))
    assert written(entry(weight))["valueQuantity"]["value"] == 80
