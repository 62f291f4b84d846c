"""Read, vread, history and search: what a caller may see, as they may see it, and written down in the log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from forloeb.access import policies
from forloeb.access.queries import note, open_as, open_own_or_proxied
from forloeb.api.callers import Caller, Interaction, may
from forloeb.api.fhir import answers
from forloeb.api.fhir.asked import condition_of
from forloeb.api.fhir.paging import Page, following
from forloeb.api.fhir.problems import Problem, invalid, no_register, not_found, said_no, unsupported
from forloeb.api.fhir.served import SERVED, Served
from forloeb.fhir.served.parts import JsonObject
from forloeb.people.found import on_list_of
from forloeb.people.searching import Amount, Code, Condition, Day, Moment, Text, any_of, count, find, with_key
from forloeb.people.viewers import ViewerKind

Asked = Sequence[tuple[str, str]]

REFUSED = (
    policies.NoCareRelation,
    policies.NotForThisViewer,
    policies.NotAuthorized,
    policies.PatientSaidNo,
    policies.BlocksUnknown,
    policies.ProxyIsOver,
)
USUAL, MOST = 50, 500
"""How many resources a page of a search has, and can have."""
ABOUT_RESULTS = frozenset(
    {"_count", "_sort", "_include", "_revinclude", "_summary", "_elements", "_total", "_format", "_pretty", "_page"}
)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, through what, when, and where we are reached (the base, without a slash at its end)."""

    caller: Caller
    at: datetime
    as_of: date
    base: str


def served(kind: str, asking: Asking, interaction: Interaction) -> Served:
    """Give how a type is served, if the caller's app may do this with it. Raises Problem."""
    found = SERVED.get(kind)
    if found is None:
        raise unsupported("This server has no resources of that type: /fhir/metadata lists those it has.")
    if not may(asking.caller, kind, interaction):
        raise Problem(403, "forbidden", f"The app was not given leave to {interaction} {kind} resources.")
    return found


def read(kind: str, name: str, version: str | None, asking: Asking) -> JsonObject:
    """Give one resource, as it is now or in a version. Raises Problem."""
    one = served(kind, asking, "read")
    row = _row(one, name, version)
    open_about(one, [row], asking)
    return one.write(row)


def written(kind: str, name: str) -> JsonObject:
    """Give what has just been written: its patient was opened for that, which is in the log. Raises Problem."""
    one = SERVED[kind]
    return one.write(_row(one, name, None))


def _row(one: Served, name: str, version: str | None) -> Any:
    key = with_key(one.table, name)
    if key is None:
        raise not_found()
    conditions = [key, *one.holds]
    if version is not None:
        if one.of_version is None or not version.isdigit() or len(version) > 4:
            raise not_found()
        conditions = [key, one.of_version(int(version))]
    rows = find(one.table, conditions)
    if not rows:
        raise not_found()
    return rows[0]


def history(kind: str, name: str, asking: Asking) -> JsonObject:
    """Give every version of one resource, the newest first. Raises Problem."""
    one = served(kind, asking, "read")
    key = with_key(one.table, name)
    if key is None:
        raise not_found()
    rows = find(one.table, [key, *(() if one.of_version else one.holds)])
    if not rows:
        raise not_found()
    open_about(one, rows[:1], asking)
    written = sorted((one.write(row) for row in rows), key=_version, reverse=True)
    return answers.history(written, asking.base)


def _version(resource: JsonObject) -> int:
    return int(resource["meta"].get("versionId", 1))


def open_about(one: Served, rows: Iterable[Any], asking: Asking, *, event: str = "api-read") -> None:
    """Open each patient whom rows are about, each once. Raises Problem where there is no relation."""
    if not one.is_about_patients:
        return
    for patient in {_patient(row) for row in rows}:
        try:
            open_as(patient, seen_by=asking.caller.viewer, as_of=asking.as_of, event=event)
        except policies.PatientSaidNo:
            raise said_no() from None
        except policies.BlocksUnknown:
            raise no_register() from None
        except REFUSED:
            raise not_found() from None


def _patient(row: Any) -> UUID:
    found: UUID = getattr(row, "patient", None) or row.id
    return found


def search(kind: str, asked: Asked, asking: Asking, *, in_address: bool) -> JsonObject:
    """Give a page of what meets every parameter, with what it includes. Raises Problem."""
    one = served(kind, asking, "search")
    said = dict(asked)
    page = Page.of(said, usual=USUAL, most=MOST)
    conditions = [*one.holds, *conditions_of(one, asked, in_address=in_address)]
    whose = _whose(one, asked, asking)
    conditions += whose
    if said.get("_summary") == "count":
        return answers.searchset([], [], count(one.table, conditions), [], asking.base)
    found = find(one.table, conditions, order=order_of(one, said), limit=page.size + 1, offset=page.start)
    shown = found[: page.size]
    if whose:
        open_about(one, shown, asking)  # each patient's own log tells that they were among those found
    total = page.start + len(found) if len(found) <= page.size else count(one.table, conditions)
    included = [*_included(one, shown, asked, asking), *_including(one, shown, asked, asking)]
    only = tuple(said["_elements"].split(",")) if said.get("_elements") else ()
    links = [("self", f"{asking.base}/{kind}")]
    if len(found) > page.size:
        links.append(("next", f"{asking.base}/{kind}?_page={following(kind, asked, page)}"))
    return answers.searchset([one.write(row) for row in shown], included, total, links, asking.base, only)


def rows_of(one: Served, asked: Asked, asking: Asking) -> tuple[Any, ...]:
    """Give all rows about a patient who is named that meet every parameter, the newest first. Raises Problem."""
    conditions = [*one.holds, *conditions_of(one, asked, in_address=True)]
    return find(one.table, [*conditions, *_whose(one, asked, asking)])


def conditions_of(one: Served, asked: Asked, *, in_address: bool) -> list[Condition]:
    found = []
    for said, value in asked:
        name, _, modifier = said.partition(":")
        if name in ABOUT_RESULTS:
            continue
        if name == "_id":
            keys = [with_key(one.table, key) for key in value.split(",")]
            found.append(any_of([key for key in keys if key]))
            continue
        parameter = one.parameters.get(name)
        if parameter is None:
            known = ", ".join(sorted((*one.parameters, "_id")))
            raise invalid(f"{one.kind} cannot be searched by that; it can by {known}.", "a parameter of the search")
        if parameter.is_personal and in_address:
            raise invalid("This tells of a person, and addresses are logged: send it by POST to _search.", name)
        found.append(condition_of(name, parameter, modifier, value))
    return found


def _whose(one: Served, asked: Asked, asking: Asking) -> list[Condition]:
    """Open the patient who is asked about; without one, keep to the caller's own, or the practice's list."""
    viewer = asking.caller.viewer
    if not one.is_about_patients:
        return []
    named = {value.rpartition("/")[2] for name, value in asked if name in ("patient", "subject")}
    if one.kind == "Patient":
        named |= {value for name, value in asked if name == "_id"}
    if named:
        for name in named:
            _open(name, asking)
        return []
    try:
        if viewer.kind is ViewerKind.PRACTICE:
            note(viewer, event="api-list", rule=policies.ON_OUR_LIST, detail={"type": one.kind})
            return [on_list_of(viewer.acts_for, asking.as_of)]
        if viewer.kind is ViewerKind.PROFESSIONAL:
            raise Problem(403, "forbidden", "Name the patient: patient=… . Others' patients are not listed.", "patient")
        patient = open_own_or_proxied(seen_by=viewer, as_of=asking.as_of, event="api-read")
        return [Condition(f"{one.table.patient_id} = %s", (patient.id,))]
    except REFUSED:
        raise Problem(403, "forbidden", "You may not see these.") from None


def _open(name: str, asking: Asking) -> None:
    try:
        open_as(UUID(name), seen_by=asking.caller.viewer, as_of=asking.as_of, event="api-read")
    except ValueError:
        raise invalid("This is no id of a patient.", "patient") from None
    except policies.PatientSaidNo:
        raise said_no() from None
    except policies.BlocksUnknown:
        raise no_register() from None
    except REFUSED:
        raise not_found() from None


def order_of(one: Served, said: Mapping[str, str]) -> str:
    """Give the order that is asked for, always ending in one that tells rows apart. Raises Problem."""
    columns = []
    for part in filter(None, said.get("_sort", "").split(",")):
        name = part.removeprefix("-")
        parameter = one.parameters.get(name)
        column = _column(parameter.fields[0]) if parameter else ""
        if not column:
            raise invalid("It cannot be sorted by that.", "_sort")
        columns.append(f"{column} {'DESC' if part.startswith('-') else 'ASC'} NULLS LAST")
    return ", ".join((*columns, one.table.order)) if columns else ""


def _column(field: object) -> str:
    match field:
        case Day() | Moment():
            return field.column
        case Code():
            return field.code
        case Amount():
            return field.value
        case Text():
            return field.columns[0]
    return ""


def _included(one: Served, rows: Iterable[Any], asked: Asked, asking: Asking) -> list[JsonObject]:
    """Follow links of what was found: `_include=Observation:patient`."""
    wanted: dict[str, set[str]] = {}
    for value in (value for name, value in asked if name.partition(":")[0] == "_include"):
        kind, _, rest = value.partition(":")
        follow = one.links.get(rest.partition(":")[0])
        if kind != one.kind or follow is None:
            known = ", ".join(f"{one.kind}:{name}" for name in one.links) or "nothing"
            raise invalid(f"That cannot be included; {known} can.", "_include")
        for link in filter(None, map(follow, rows)):
            wanted.setdefault(link[0], set()).add(str(link[1]))
    return [
        resource for kind, names in wanted.items() for resource in _by_keys(served(kind, asking, "read"), sorted(names))
    ]


def _by_keys(one: Served, names: Sequence[str]) -> list[JsonObject]:
    keys = [key for key in (with_key(one.table, name) for name in names) if key]
    return [one.write(row) for row in find(one.table, [any_of(keys), *one.holds])]


def _including(one: Served, rows: Iterable[Any], asked: Asked, asking: Asking) -> list[JsonObject]:
    """Find what points at what was found: `_revinclude=Observation:patient`."""
    found: list[JsonObject] = []
    names = [str(row.id) for row in rows]
    for value in (value for name, value in asked if name.partition(":")[0] == "_revinclude"):
        kind, _, rest = value.partition(":")
        other = served(kind, asking, "search")
        link = rest.partition(":")[0]
        if not other.points_at(link, one.kind):
            raise invalid(f"Nothing of that name points at {one.kind}.", "_revinclude")
        if names:
            theirs = ",".join(f"{one.kind}/{name}" for name in names)
            conditions = [condition_of(link, other.parameters[link], "", theirs), *other.holds]
            found += [other.write(row) for row in find(other.table, conditions, limit=MOST * 20)]
    return found
