"""Merging two people's changes: nothing either of them typed is ever lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from forloeb.careplans.drafts import merge

NAMES = st.sampled_from(["value.weight", "goal.ldl", "reason.ldl", "statement.matters", "next_review_on"])
FIELDS = st.dictionaries(NAMES, st.sampled_from(["1", "2", "3"]))


@given(base=FIELDS, mine=FIELDS, theirs=FIELDS)
def test_every_change_of_either_is_in_the_result_or_shown_beside_it(base, mine, theirs):
    merged = merge(base=base, mine=mine, theirs=theirs)
    beside = {conflict.field: conflict.theirs for conflict in merged.conflicts}
    for name in {*base, *mine, *theirs}:
        was, my, their = base.get(name, ""), mine.get(name, ""), theirs.get(name, "")
        if my != was:
            assert merged.fields.get(name, "") == my
        if their != was:
            assert their in (merged.fields.get(name, ""), beside.get(name, ""))


@given(base=FIELDS, mine=FIELDS)
def test_alone_in_the_page_my_fields_are_the_result(base, mine):
    merged = merge(base=base, mine=mine, theirs=base)
    assert (merged.fields, merged.conflicts, merged.from_them) == (mine, (), ())


@given(base=FIELDS, mine=FIELDS, theirs=FIELDS)
def test_merging_the_result_again_changes_nothing(base, mine, theirs):
    once = merge(base=base, mine=mine, theirs=theirs).fields
    assert merge(base=once, mine=once, theirs=once).fields == once
