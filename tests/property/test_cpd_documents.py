"""A plan that is written as CPD-DK and read again says the same, whatever it says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from forloeb.cda import codes
from forloeb.cda.document import (
    Activity,
    Address,
    Author,
    Detail,
    Diagnosis,
    Document,
    Group,
    Header,
    Name,
    Observed,
    Organization,
    Patient,
    Related,
    Telecom,
    Unknown,
)
from forloeb.cda.reading import read
from forloeb.cda.taking import parse, plain
from forloeb.cda.values import (
    Code,
    Coded,
    Id,
    Interval,
    Nothing,
    Number,
    Period,
    Stamp,
    Value,
    Words,
)
from forloeb.cda.writing import write

# What XML can carry; spaces at the ends and in rows are told apart by nobody.
LETTERS = st.characters(exclude_categories=("C", "Z"), include_characters=" æøåÆØÅ&<>\"'|^")
words = st.text(LETTERS, min_size=1, max_size=30).map(lambda text: " ".join(text.split())).filter(bool)
some = st.none() | words
nulls = st.sampled_from(["NI", "NA", "UNK", "NASK"])
roots = st.from_regex(r"[1-2](\.[1-9][0-9]{0,4}){2,6}", fullmatch=True)
uuids = st.uuids(version=4).map(str)
ids = st.builds(Id, st.just(codes.MEDCOM), uuids)
other_ids = st.builds(Id, roots, words)
real_codes = st.builds(Code, words, st.sampled_from([codes.NPU, codes.SKS, codes.LOINC]) | roots, some)
any_codes = real_codes | st.builds(Code, st.none(), st.none(), st.none(), nulls)
days = st.dates().map(Stamp.on)
moments = st.datetimes(
    timezones=st.timezones(),
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001  Hypothesis adds the zone
).map(Stamp.of)
stamps = days | moments | st.builds(Stamp, st.none(), nulls) | words.map(Stamp)
periods = st.builds(Period, st.none() | stamps, st.none() | stamps, st.none() | stamps).filter(lambda p: p != Period())
numbers = st.decimals(allow_nan=False, allow_infinity=False).map(str)
limits = st.builds(
    Interval, st.none() | numbers, st.none(), st.booleans(), numbers, st.none(), st.booleans(), some
) | st.builds(Interval, numbers, st.none(), st.booleans(), st.none(), nulls, st.just(True), some)


def _one_way(interval: Interval) -> Interval:
    """A side that is not there has no strictness."""
    return interval if interval.low is not None else Interval(**{**_fields(interval), "low_inclusive": True})


def _fields(interval: Interval) -> dict[str, Any]:
    return {name: getattr(interval, name) for name in Interval.__slots__}  # type: ignore[attr-defined]


values: st.SearchStrategy[Value] = st.one_of(
    st.builds(Number, numbers, some),
    limits.map(_one_way),
    words.map(Words),
    real_codes.map(Coded),
    nulls.map(Nothing),
)
names = st.builds(Name, st.lists(words, max_size=3).map(tuple), some, st.lists(words, max_size=1).map(tuple))
addresses = st.lists(
    st.builds(
        Address,
        st.sampled_from([None, "H", "WP"]),
        st.lists(words, min_size=1, max_size=2).map(tuple),
        some,
        some,
        some,
    ),
    max_size=2,
).map(tuple)
telecoms = st.lists(st.builds(Telecom, words, st.sampled_from([None, "H", "WP"])), max_size=2).map(tuple)
organizations = st.builds(Organization, st.none() | other_ids, words, telecoms, addresses)
authors = st.builds(
    Author, st.none() | stamps, st.none() | other_ids, st.none() | names, st.none() | organizations, addresses, telecoms
)
# A usual heading is no heading of the plan's own.
groups = st.none() | st.builds(Group, words.map(lambda text: f"Overskrift {text}"), st.none() | real_codes)
statuses = st.sampled_from([None, "active", "completed", "aborted"])
diagnoses = st.builds(
    Diagnosis, st.none() | real_codes, st.none() | periods, st.none() | periods, st.none() | any_codes, statuses,
    st.none() | authors, some, groups,
)  # fmt: skip
observed = st.builds(Observed, st.none() | any_codes, st.none() | values, st.none() | periods, statuses, some, groups)
details = st.lists(st.builds(Detail, st.none() | any_codes, st.none() | periods, st.none() | values), max_size=2).map(
    tuple
)
activities = st.builds(
    Activity,
    st.sampled_from(["INT", "EVN"]),
    st.none() | any_codes,
    statuses,
    st.none() | periods,
    some,
    details,
    groups,
)
strange = st.builds(
    lambda place, text: Unknown(
        place, plain(parse(_STRANGE[place].replace("TEXT", text.translate(_ESCAPED)).encode()))
    ),
    st.sampled_from(["header", "diagnoses", "results", "body"]),
    words,
)
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_XMLNS = f'xmlns="{codes.V3}"'
_STRANGE = {
    "header": f"<informant {_XMLNS}><relatedEntity>TEXT</relatedEntity></informant>",
    "diagnoses": f"<entry {_XMLNS}><procedure>TEXT</procedure></entry>",
    "results": f"<entry {_XMLNS}><supply> <text>TEXT</text> </supply></entry>",
    "body": f"<component {_XMLNS}><section><title>TEXT</title></section></component>",
}
ORDER = ["header", "diagnoses", "results", "body"]
headers = st.builds(
    Header,
    st.builds(Patient, other_ids, names, st.none() | any_codes, st.none() | stamps, addresses, telecoms),
    days | moments,
    some,
    st.none() | organizations,
    st.lists(authors, max_size=2).map(tuple),
    st.none() | organizations,
    st.none() | st.builds(Period, st.none() | stamps, st.none() | stamps, stamps),
    st.none() | any_codes,
    st.sampled_from(["N", "R", None]),
    st.sampled_from(["da-DK", None]),
    ids,
    st.none() | ids,
    st.none() | st.integers(1, 10**8),
    st.lists(
        st.builds(Related, st.sampled_from(["RPLC", "APND"]), st.lists(ids, min_size=1, max_size=2).map(tuple), ids,
                  st.none() | st.integers(1, 99)),
        max_size=2,
    ).map(tuple),
)  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> Document:
    many = draw(st.lists(activities, max_size=4))
    unknown = sorted(
        draw(st.lists(strange, max_size=3, unique_by=lambda part: (part.place, part.xml))),
        key=lambda part: ORDER.index(part.place),
    )
    return Document(
        draw(headers),
        draw(st.lists(diagnoses, max_size=3).map(tuple)),
        draw(st.lists(observed, max_size=4).map(tuple)),
        draw(st.lists(observed, max_size=4).map(tuple)),
        tuple(one for one in many if not one.is_service),
        tuple(one for one in many if one.is_service),
        tuple(unknown),
    )


@settings(max_examples=150, deadline=None)
@given(documents(), st.booleans())
def test_a_plan_survives_the_journey_to_cpd_and_back(document: Document, repeats: bool) -> None:
    found, _ = read(write(document, repeats_direct_entries=repeats))
    assert found == document
    assert found.remainders == ()
    header, was = found.header, document.header
    assert (header.id, header.set_id, header.version_number) == (was.id, was.set_id, was.version_number)
    assert header.related == was.related


@settings(max_examples=50, deadline=None)
@given(documents())
def test_the_same_plan_is_written_with_the_same_bytes(document: Document) -> None:
    assert write(document) == write(document)
    assert write(read(write(document))[0]) == write(document)
