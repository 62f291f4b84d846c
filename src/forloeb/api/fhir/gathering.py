"""`Patient/[id]/$everything` and `Observation/$lastn`: what is known of one patient, gathered in one answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from forloeb.api.callers import may
from forloeb.api.fhir import answers, interactions
from forloeb.api.fhir.asked import condition_of
from forloeb.api.fhir.interactions import ABOUT_RESULTS, Asking
from forloeb.api.fhir.problems import invalid, not_found
from forloeb.api.fhir.served import EVERY, SERVED, Served
from forloeb.fhir.served.parts import JsonObject
from forloeb.people.searching import Condition, any_of, find, with_key

MOST_OF_EACH = 99
_ABOUT = "patient"


def everything(name: str, given: Mapping[str, str], asking: Asking) -> JsonObject:
    """Give a patient, all that is known of them here, and the organizations that it names. Raises Problem.

    `_type` keeps to some types, `_since` to what has changed since. What an app may not read is left out.
    """
    if unknown := given.keys() - {"_type", "_since"} - ABOUT_RESULTS:
        raise invalid("This operation takes _type and _since.", "_since" if "_since" in unknown else "a parameter")
    patient = interactions.read("Patient", name, None, asking)
    only = set(filter(None, given.get("_type", "").split(",")))
    if only - SERVED.keys():
        raise invalid("There is a type that this server does not have: /fhir/metadata lists those it has.", "_type")
    found, organizations = [patient], _organizations([SERVED["Patient"]], [_row(name)])
    for one in EVERY:
        if one.kind == "Patient" or not one.is_about_patients or not may(asking.caller, one.kind, "search"):
            continue
        if only and one.kind not in only:
            continue
        rows = find(one.table, [*one.holds, *_conditions(one, name, given)])
        found += [one.write(row) for row in rows]
        organizations |= _organizations([one], rows)
    if not only or "Organization" in only:
        found += _by_ids(SERVED["Organization"], sorted(organizations))
    kept = [resource for resource in found if not only or resource["resourceType"] in only]
    where = f"{asking.base}/Patient/{name}/$everything"
    return answers.searchset(kept, [], len(kept), [("self", where)], asking.base)


def _row(name: str) -> Any:
    one = SERVED["Patient"]
    key = with_key(one.table, name)
    rows = find(one.table, [key]) if key else ()
    if not rows:
        raise not_found()
    return rows[0]


def _conditions(one: Served, name: str, given: Mapping[str, str]) -> list[Condition]:
    found = [condition_of(_ABOUT, one.parameters[_ABOUT], "", name)]
    if since := given.get("_since"):
        updated = one.parameters.get("_lastUpdated")
        if updated is not None:
            found.append(condition_of("_since", updated, "", f"ge{since}"))
    return found


def _organizations(served: Sequence[Served], rows: Sequence[Any]) -> set[str]:
    """Give the ids of the organizations that rows name."""
    links = [follow(row) for one in served for follow in one.links.values() for row in rows]
    return {str(link[1]) for link in links if link and link[0] == "Organization"}


def _by_ids(one: Served, names: Sequence[str]) -> list[JsonObject]:
    keys = [key for key in (with_key(one.table, name) for name in names) if key]
    return [one.write(row) for row in find(one.table, [any_of(keys), *one.holds])] if keys else []


def latest(asked: Sequence[tuple[str, str]], asking: Asking) -> JsonObject:
    """Give the newest values of each measure, `max` of each (one unless told), of one patient. Raises Problem.

    Codes that mean the same measure count together.
    """
    one = interactions.served("Observation", asking, "search")
    said = dict(asked)
    if not {"patient", "subject"} & said.keys():
        raise invalid("Name the patient: patient=Patient/[id].", "patient")
    most = said.get("max", "1")
    if not (most.isascii() and most.isdigit()) or not 1 <= int(most[:9]) <= MOST_OF_EACH:
        raise invalid(f"Write how many of each are wanted: 1 to {MOST_OF_EACH}.", "max")
    rest = [pair for pair in asked if pair[0] != "max"]
    rows = interactions.rows_of(one, rest, asking)
    seen: Counter[object] = Counter()
    shown = []
    for row in rows:
        measured = row.measure or (row.code_system, row.code)
        seen[measured] += 1
        if seen[measured] <= int(most):
            shown.append(one.write(row))
    where = f"{asking.base}/Observation/$lastn"
    return answers.searchset(shown, [], len(shown), [("self", where)], asking.base)
