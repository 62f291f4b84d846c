"""What is asked most, in one question: a resource by its id, and a search about one patient, by the patient's practice.

Session, access, log and answer travel together (`access/at_once.py`). What is not found so is None here, and is asked
the longer way in `interactions.py`, which knows every other caller and says each refusal.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl
from uuid import UUID

from forloeb.access.at_once import may_ask_at_once, read_one, search_one
from forloeb.api.fhir import answers
from forloeb.api.fhir.interactions import MOST, USUAL, Asking, conditions_of, order_of
from forloeb.api.fhir.paging import Page, following
from forloeb.api.fhir.served import SERVED, Served
from forloeb.fhir.served.parts import JsonObject
from forloeb.people.searching import Condition, is_uuid, with_key

_SIMPLE = re.compile(r"([A-Z][A-Za-z]{1,63})(?:/([A-Za-z0-9.\-]{1,64}))?")
_LONGER = ("_include", "_revinclude", "_summary", "_page", "_id", "subject", "_elements")
_EVENT = "api-read"


def answer(path: str, query: str, asking: Asking, holds: Condition) -> JsonObject | None:
    """Answer a read or a search, if one question can. `holds`: what must be so for the caller to be who they are.

    Raises Problem for parameters that cannot be understood.
    """
    asked = _SIMPLE.fullmatch(path)
    one = SERVED.get(asked[1]) if asked else None
    if asked is None or one is None or not (one.is_about_patients and one.is_whole):
        return None
    if asking.caller.granted is not None or not may_ask_at_once(asking.caller.viewer):
        return None
    if asked[2]:
        return _read(one, asked[2], asking, holds)
    return _search(one, query, asking, holds)


def _read(one: Served, name: str, asking: Asking, holds: Condition) -> JsonObject | None:
    key = with_key(one.table, name)
    if key is None:
        return None
    row = read_one(
        one.table,
        [key, *one.holds],
        seen_by=asking.caller.viewer,
        as_of=asking.as_of,
        event=_EVENT,
        holds=holds,
    )
    return None if row is None else one.write(row)


def _search(one: Served, query: str, asking: Asking, holds: Condition) -> JsonObject | None:
    asked = parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    said = dict(asked)
    patient = said.get("patient", "").removeprefix("Patient/")
    if not is_uuid(patient) or len(said) != len(asked) or any(name.partition(":")[0] in _LONGER for name in said):
        return None
    page = Page.of(said, usual=USUAL, most=MOST)
    found = search_one(
        one.table,
        [*one.holds, *conditions_of(one, asked, in_address=True)],
        patient=UUID(patient),
        order=order_of(one, said),
        limit=page.size,
        seen_by=asking.caller.viewer,
        as_of=asking.as_of,
        event=_EVENT,
        holds=holds,
    )
    if found is None:
        return None
    rows, total = found
    links = [("self", f"{asking.base}/{one.kind}")]
    if total > len(rows):
        links.append(("next", f"{asking.base}/{one.kind}?_page={following(one.kind, asked, page)}"))
    return answers.searchset([one.write(row) for row in rows], [], total, links, asking.base)
