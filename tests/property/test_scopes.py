"""Scopes are read as they are written, and never let more be done than they say."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forloeb.access.scopes import LETTERS, BadScope, Context, Granted, Scope, read_scope, read_scopes

TYPES = ["Observation", "CarePlan", "Patient", "*"]
WHERE = [(), (("category", "vital-signs"),), (("category", "http://x.dk/c|lab"), ("status", "final"))]

scopes = st.builds(
    Scope,
    st.sampled_from(Context),
    st.sampled_from(TYPES),
    st.sets(st.sampled_from(LETTERS), min_size=1).map(frozenset),
    st.sampled_from(WHERE),
)
grants = st.builds(
    Granted, st.lists(scopes, unique=True, max_size=5).map(tuple), st.just(frozenset({"offline_access"}))
)
letters, types = st.sampled_from(LETTERS), st.sampled_from(TYPES[:-1])
resources = st.fixed_dictionaries(
    {
        "category": st.lists(
            st.sampled_from(["vital-signs", "lab", "exam"]).map(
                lambda code: {"coding": [{"system": "http://x.dk/c", "code": code}]}
            )
        ),
        "status": st.sampled_from(["final", "amended"]),
    }
)


@given(scopes)
def test_a_scope_survives_being_written_and_read(scope: Scope):
    assert read_scope(str(scope)) == scope


@given(grants)
def test_scopes_survive_being_written_and_read(granted: Granted):
    assert read_scopes(str(granted)) == granted


@given(st.text(max_size=60))
def test_any_text_is_a_scope_or_is_refused_by_name(text: str):
    with suppress(BadScope):
        assert read_scope(text).letters


@given(scopes, scopes, letters, types, resources)
def test_what_covers_a_scope_lets_everything_be_done_that_it_lets(wide, narrow, letter, kind, resource):
    if wide.covers(narrow) and Granted((narrow,)).may(letter, kind).fits(resource):
        assert Granted((wide,)).may(letter, kind).fits(resource)


@given(grants, grants, letters, types, resources)
def test_what_is_asked_within_a_limit_never_does_more_than_either(asked, most, letter, kind, resource):
    kept = asked.within(most)
    if kept.may(letter, kind).fits(resource):
        assert asked.may(letter, kind).fits(resource)
        assert most.may(letter, kind).fits(resource)
    assert kept.others <= most.others


@given(grants, letters, types)
def test_nothing_is_done_without_a_scope_that_says_so(granted, letter, kind):
    named = [s for s in granted.scopes if letter in s.letters and s.resource_type in ("*", kind)]
    assert bool(granted.may(letter, kind)) == bool(named)


@given(grants, st.sets(st.sampled_from(Context)))
def test_only_the_contexts_asked_for_are_kept(granted, contexts):
    assert all(scope.context in contexts for scope in granted.for_contexts(contexts).scopes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "patient/Observation",
        "patient/Observation.",
        "patient/Observation.read",  # version 1 is not spoken here
        "patient/Observation.sr",  # the letters have an order
        "patient/observation.rs",
        "everybody/Observation.rs",
        "patient/Observation.rs?",
        "patient/Observation.rs?subject=Patient/1",
        "patient/Observation.rs?category=",
        "patient/Observation.rs patient/*.rs",
        "patient/Observation.rs\n",
    ],
)
def test_what_is_no_scope_is_refused(text: str):
    with pytest.raises(BadScope):
        read_scope(text)


@pytest.mark.parametrize(
    ("limit", "fits"),
    [
        ("category=vital-signs", True),
        ("category=http://x.dk/c|vital-signs", True),
        ("category=http://y.dk/c|vital-signs", False),
        ("category=lab,vital-signs", True),
        ("category=lab", False),
        ("status=final", True),
        ("code=8867-4", False),
        ("category=vital-signs&status=amended", False),
    ],
)
def test_a_granular_scope_lets_through_what_it_names(limit: str, fits: bool):
    resource = {"category": [{"coding": [{"system": "http://x.dk/c", "code": "vital-signs"}]}], "status": "final"}
    assert read_scopes(f"user/Observation.r?{limit}").may("r", "Observation").fits(resource) == fits
