"""Whatever comes as a document is read or refused, and what is read can be written: nothing else ever happens."""

from __future__ import annotations

import contextlib
import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from forloeb.cda.reading import read
from forloeb.cda.taking import NotCpd
from forloeb.cda.writing import write
from tests.support.cpd import document

WRITTEN = write(document()).decode()
PIECES = re.findall(r"<[^>]+>|[^<]+", WRITTEN)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(NotCpd):
        read(body)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 6))
def test_a_document_with_elements_and_values_mixed_up_is_read_or_refused_and_written_again(
    seed: int, times: int
) -> None:
    chance = random.Random(seed)
    text = WRITTEN
    for _ in range(times):
        match chance.randrange(4):
            case 0:  # an attribute's value is something else
                found = list(re.finditer(r'(\w+)="([^"]*)"', text))
                one = chance.choice(found)
                value = chance.choice(["", "x", "-1", "99999999", "20259999", "NI", "1e999", "NaN", "é" * 500])
                text = f"{text[: one.start(2)]}{value}{text[one.end(2) :]}"
            case 1:  # an attribute is gone
                one = chance.choice(list(re.finditer(r' (\w+)="[^"]*"', text)))
                text = text[: one.start()] + text[one.end() :]
            case 2:  # an element is called something else, at both its ends
                name = chance.choice(re.findall(r"<(\w+)", text))
                text = re.sub(rf"(</?){name}\b", r"\1somethingElse", text)
            case _:  # an empty element stands twice
                one = chance.choice(list(re.finditer(r"<\w+ [^>]*/>", text)) or [re.match("", text)])  # type: ignore[list-item]
                text = text[: one.end()] + one.group() + text[one.end() :]
    try:
        found_document, _ = read(text.encode())
    except NotCpd:
        return
    # What writing mends (a validity without an end, say) is mended once.
    mended, _ = read(write(found_document))
    assert read(write(mended))[0] == mended
