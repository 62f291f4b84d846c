"""FHIR as XML: what goes out comes back the same, in HL7's order; what is no FHIR is refused with a place."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from forloeb.fhir.xml import NotFhirXml, _types, from_xml, to_xml

NUMBERS = {
    "integer": st.integers(-(10**9), 10**9),
    "positiveInt": st.integers(1, 10**9),
    "unsignedInt": st.integers(0, 10**9),
    "boolean": st.booleans(),
    "decimal": st.decimals(-(10**6), 10**6, places=3),
}
# XML has no control characters, and reads a line's end in an attribute as a blank.
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufffe\uffff"), min_size=1)
KINDS = sorted(name for name, elements in _types().items() if "implicitRules" in elements and name != "Resource")


@st.composite
def objects(draw: st.DrawFn, kind: str, depth: int = 0) -> dict[str, Any]:
    """Make an object of a type from its table, a few elements of it, shallow."""
    elements = _types()[kind]
    names = draw(st.lists(st.sampled_from(sorted(elements)), max_size=5, unique=True))
    found: dict[str, Any] = {}
    for name in names:
        type_, many = elements[name]
        if type_ in ("xhtml", "Resource") or (type_ in _types() and depth >= 3):
            continue
        one = objects(type_, depth + 1).filter(bool) if type_ in _types() else NUMBERS.get(type_, WORDS)
        found[name] = draw(st.lists(one, min_size=1, max_size=3) if many else one)
    return found


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15)
@given(data=st.data())
def test_what_goes_out_comes_back_the_same(kind: str, data: st.DataObject):
    resource = {"resourceType": kind, **data.draw(objects(kind))}
    assert from_xml(to_xml(resource)) == resource


@given(data=st.data())
def test_elements_stand_in_the_order_of_the_definition(data: st.DataObject):
    said = data.draw(objects("Patient"))
    root = etree.fromstring(to_xml({"resourceType": "Patient", **said}))
    order = list(_types()["Patient"])
    names = [etree.QName(child).localname for child in root]
    assert names == sorted(names, key=order.index)


def test_an_extension_of_a_text_and_a_resource_within_a_resource_travel_too():
    patient = {
        "resourceType": "Patient",
        "id": "a",
        "contained": [{"resourceType": "Organization", "id": "o", "name": "Lægehuset"}],
        "name": [{"given": ["Ib", "Bo"], "_given": [None, {"extension": [{"url": "urn:x", "valueCode": "y"}]}]}],
        "_birthDate": {"extension": [{"url": "urn:unknown", "valueBoolean": True}]},
        "multipleBirthInteger": 2,
    }
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "urn:a", "resource": patient}]}
    assert from_xml(to_xml(bundle)) == bundle


def test_a_narrative_is_xhtml_within():
    div = '<div xmlns="http://www.w3.org/1999/xhtml"><p>Blåbær &amp; <b>lunge</b></p></div>'
    resource = {"resourceType": "Patient", "text": {"status": "generated", "div": div}}
    written = to_xml(resource)
    assert b"<p>Bl\xc3\xa5b\xc3\xa6r &amp; <b>lunge</b></p>" in written
    assert from_xml(written) == resource


def test_a_number_keeps_its_digits():
    quantity = {"resourceType": "Observation", "valueQuantity": {"value": Decimal("5.30")}}
    assert b'<value value="5.30"/>' in to_xml(quantity)
    assert str(from_xml(to_xml(quantity))["valueQuantity"]["value"]) == "5.30"


def test_an_element_that_fhir_does_not_have_is_not_written():
    with pytest.raises(KeyError, match="Patient has no favourite"):
        to_xml({"resourceType": "Patient", "favourite": "x"})


F = 'xmlns="http://hl7.org/fhir"'


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<Patient", "no XML: line 1"),
        ("", "no XML"),
        ("<Patient/>", "The root is no resource"),
        (f"<Castle {F}/>", "The root is no resource"),
        (f"<Patient {F}><secret value='1'/></Patient>", "Patient has no element of that name (line 1)"),
        (f"<Patient {F}><active value='maybe'/></Patient>", "Patient.active is no boolean"),
        (f"<Observation {F}><valueQuantity><value value='NaN'/></valueQuantity></Observation>",
         "Observation.valueQuantity.value is no decimal"),
        (f"<Patient {F}><contained/></Patient>", "Patient.contained holds one resource"),
        (f"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><Patient {F}><id value='&a;'/></Patient>",
         "A document type is not taken"),
        (f"<Patient {F}>" + "<extension url='x'>" * 80 + "</extension>" * 80 + "</Patient>", "nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_no_fhir_is_refused_with_a_place(body: str, says: str):
    with pytest.raises(NotFhirXml) as refused:
        from_xml(body.encode())
    assert says in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "maybe" not in str(refused.value)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"<Patient {F}>{text}</Patient>".encode()))
def test_anything_is_read_or_refused(body: bytes):
    with suppress(NotFhirXml):
        from_xml(body)
