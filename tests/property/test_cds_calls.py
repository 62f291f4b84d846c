"""Whatever a record system sends, it is read, or refused with the element's name; nothing else ever happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from forloeb.api.cds.advice import patient_view
from forloeb.api.cds.calls import ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, BadCall, Call, read_call
from forloeb.api.cds.cards import LONGEST_SUMMARY, shortened
from forloeb.api.cds.feedback import read_feedback
from forloeb.api.cds.ordering import ordering
from forloeb.api.cds.subject import Subject
from forloeb.fhir.bundle import read_bundle
from forloeb.fhir.reading import NotFhir

AS_OF = date(2026, 3, 1)
WORDS = st.sampled_from(
    ["", "p1", "Patient", "Observation", "Condition", "MedicationRequest", "Bundle", "2026-01-10", "A10BA02", "T90"]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | WORDS | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
CODED = st.fixed_dictionaries(
    {"coding": st.lists(st.dictionaries(st.sampled_from(["system", "code"]), ANYTHING), max_size=2)}
)


def resource(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Give resources of a kind with elements that may be anything."""
    names = ["id", "status", "code", "subject", "valueQuantity", "component", "effectiveDateTime", "onsetAge"]
    names += ["medicationCodeableConcept", "medicationReference", "contained", "effectivePeriod", "clinicalStatus"]
    held = st.dictionaries(st.sampled_from(names), ANYTHING | CODED, max_size=6)
    return held.map(lambda found: {**found, "resourceType": kind})


def bundle(kind: str) -> st.SearchStrategy[Any]:
    entries = st.lists(st.fixed_dictionaries({"resource": resource(kind)}) | ANYTHING, max_size=3)
    return ANYTHING | entries.map(lambda found: {"resourceType": "Bundle", "entry": found})


PATIENT = {"resourceType": "Patient", "id": "p1", "birthDate": "1960-01-01"}
CALL = st.fixed_dictionaries(
    {
        "hook": st.sampled_from([PATIENT_VIEW, ORDER_SELECT, ORDER_SIGN]),
        "hookInstance": st.just("00000000-0000-4000-8000-000000000000") | ANYTHING,
        "context": ANYTHING
        | st.fixed_dictionaries(
            {
                "patientId": st.just("p1"),
                "userId": st.just("Practitioner/1"),
                "draftOrders": bundle("MedicationRequest"),
                "selections": st.just([]) | ANYTHING,
            }
        ),
        "prefetch": ANYTHING
        | st.fixed_dictionaries(
            {
                "patient": st.just(PATIENT) | ANYTHING,
                "conditions": bundle("Condition"),
                "observations": bundle("Observation"),
                "medications": bundle("MedicationStatement"),
            }
        ),
    }
)


def cards_of(call: Call) -> None:
    """Answer a call about somebody who is not ours."""
    record = None
    if not call.lacks:
        try:
            record = read_bundle(call.bundle()).record
        except NotFhir:
            return
    subject = Subject(AS_OF, None, record, call.lacks, 0)
    made = (
        patient_view(subject, patient_id="p1", links=())
        if call.hook == PATIENT_VIEW
        else ordering(call, subject, links=())
    )
    assert all(card.summary and card.detail for card in made)


ELEMENTS = {"body", "hook", "hookInstance", "context", "prefetch", "fhirServer", "feedback"}


def refusal_of(read: Callable[[], object]) -> BadCall | None:
    """Give the refusal of something that is read; None where it is read."""
    try:
        read()
    except BadCall as refusal:
        return refusal
    return None


@settings(max_examples=300, deadline=None)
@given(said=CALL)
def test_a_call_is_answered_or_refused_by_its_element(said: dict[str, Any]) -> None:
    body = orjson.dumps(said)
    refusal = refusal_of(lambda: read_call(body, hook=said["hook"]))
    if refusal is None:
        cards_of(read_call(body, hook=said["hook"]))
    else:
        assert refusal.element.split(".")[0] in ELEMENTS


@given(body=st.binary(max_size=40))
def test_bytes_that_are_no_call_are_refused(body: bytes) -> None:
    for refusal in (refusal_of(lambda: read_call(body, hook=PATIENT_VIEW)), refusal_of(lambda: read_feedback(body))):
        assert refusal is not None
        assert refusal.element in ELEMENTS


@given(said=ANYTHING)
def test_feedback_is_read_or_refused(said: Any) -> None:
    refusal = refusal_of(lambda: read_feedback(orjson.dumps({"feedback": said})))
    assert refusal is None or refusal.element.startswith("feedback")


@given(text=st.text(min_size=1, max_size=400))
def test_a_summary_is_short_enough_to_be_shown(text: str) -> None:
    assert len(shortened(text)) <= LONGEST_SUMMARY
