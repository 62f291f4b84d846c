"""What the content says of each measure, and what loading it refuses."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from forloeb.kernel.codes import LOINC, MCS, NPU, Coding
from forloeb.kernel.content import ContentError
from forloeb.terminology import find_measure, measures
from forloeb.terminology.measures import goal_codes, load
from forloeb.terminology.reference import measures_reference

DOCS = Path(__file__).parents[3] / "docs" / "reference"
SOURCES = Path(__file__).parents[3] / "content" / "sources.yaml"


def test_every_measure_has_names_and_help_for_the_patient_in_both_languages():
    for measure in measures().values():
        for text in (measure.name, measure.patient_name, measure.patient_help):
            assert text is not None, measure.id
            assert text.da.strip(), measure.id
            assert text.en.strip(), measure.id


def test_every_range_is_of_numbers_a_measure_can_show():
    for measure in measures().values():
        if measure.kind != "choice":
            assert measure.hard is not None, measure.id


@pytest.mark.parametrize(
    ("code", "measure"),
    [
        (Coding(NPU, "NPU27300"), "hba1c"),
        (Coding(NPU, "NPU03835"), "hba1c"),
        (Coding(NPU, "NPU10171"), "ldl"),
        (Coding(NPU, "DNK05472"), "sbp_clinic"),
        (Coding(MCS, "MCS88019"), "sbp_home"),
        (Coding(MCS, "DIB0010"), "foot_sense"),
        (Coding(MCS, "DIB0011"), "foot_sense_left"),
        (Coding(MCS, "MCS88199"), "mdi2"),
        (Coding(LOINC, "8480-6"), "sbp_clinic"),
        (Coding.of("urn:oid:1.2.208.176.2.1", "NPU27300"), "hba1c"),
        (Coding.of("urn:oid:1.2.208.184.100.8", "MCS88015"), "fev1"),
        (Coding.of("urn:oid:1.2.208.184.100.1", "MCS88015"), "fev1"),
        (Coding.of("urn:oid:1.2.208.176.2.1", "MCS88116"), "dm_debut_year"),
    ],
)
def test_a_code_is_found_under_each_of_its_addresses(code, measure):
    found = find_measure(code)
    assert found is not None
    assert found[0].id == measure


def test_home_and_clinic_blood_pressure_are_different_measures_with_one_goal():
    home, clinic = measures()["sbp_home"], measures()["sbp_clinic"]
    assert home.setting == "home"
    assert clinic.setting == "clinic"
    assert home.goal == clinic.goal == "sbp"
    assert {c.code for c in home.read}.isdisjoint(c.code for c in clinic.read)


def test_no_goal_code_is_read_as_a_measurement():
    expected = {
        *("MCS88185", "MCS88186", "MCS88187", "MCS88188"),  # recommended
        *("MCS88025", "MCS88026", "MCS88027", "MCS88028", "MCS88033", "MCS88034"),  # agreed
        *("MCS88067", "MCS88149", "MCS88150", "MCS88151"),
    }
    assert {code.code for code in goal_codes()} == expected
    for code in goal_codes():
        assert find_measure(code) is None


def test_what_is_not_verified_says_so():
    """The status stands on the range it is about: creatinine's soft range was read second-hand, its hard is ours."""
    crea = measures()["crea"]
    assert crea.soft is not None
    assert (crea.range_status, crea.soft.status) == ("U", "V2")
    assert measures()["b12"].status == "U"
    assert not measures()["b12"].read


def test_every_source_named_is_in_the_register():
    register = set(re.findall(r"^  ([A-Z0-9-]+):", SOURCES.read_text(encoding="utf-8"), re.MULTILINE))
    named = {source for measure in measures().values() for source in measure.sources}
    assert named <= register


def test_the_reference_page_is_what_the_content_says():
    page = (DOCS / "measures.md").read_text(encoding="utf-8")
    assert page == measures_reference(), "run: python -m forloeb.terminology.reference > docs/reference/measures.md"


SOUND = """
measures:
- id: weight
  name: {da: Vægt, en: Weight}
  patient_name: {da: Vægt, en: Weight}
  setting: clinic
  unit: kg
  unit_shown: kg
  hard: {low: 20, high: 400}
  soft: {low: 35, high: 250}
  read: [{system: NPU, code: NPU03804}]
  agreed_goal_code: MCS88028
  status: V
"""


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("setting: clinic", "settting: clinic"), "settting"),
        (("code: NPU03804", "code: NPU03804, convert: pounds"), "there is no conversion 'pounds'"),
        (("{low: 35, high: 250}", "{low: 10, high: 250}"), "the soft range must lie within the hard one"),
        (("system: NPU, code: NPU03804", "system: MCS, code: MCS88028"), "MCS88028 is a goal"),
        (("  status: V", "  write: {system: NPU, code: NPU1}\n  status: V"), "NPU1 is written and never read"),
        (("  status: V", "  kind: choice\n  status: V"), "a choice has choices"),
    ],
)
def test_content_that_could_mislead_is_refused(tmp_path, change, fault):
    (tmp_path / "body.yaml").write_text(SOUND.replace(*change), encoding="utf-8")
    with pytest.raises(ContentError, match=fault):
        load(tmp_path)


def test_a_code_cannot_be_read_as_two_measures(tmp_path):
    (tmp_path / "a.yaml").write_text(SOUND, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(SOUND.replace("id: weight", "id: mass"), encoding="utf-8")
    with pytest.raises(ContentError, match="NPU03804 is read as 'weight' and as 'mass'"):
        load(tmp_path)


def test_sound_content_loads(tmp_path):
    (tmp_path / "a.yaml").write_text(SOUND, encoding="utf-8")
    assert load(tmp_path)["weight"].hard.high == Decimal(400)
