"""AuditEvent: patients read their own log, as their page shows it; nobody else does."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from forloeb.access import policies
from forloeb.access.own_log import Look, get_own_entries
from forloeb.api.callers import Interaction, may
from forloeb.api.fhir import answers
from forloeb.api.fhir.interactions import ABOUT_RESULTS, Asking
from forloeb.api.fhir.paging import Page
from forloeb.api.fhir.problems import Problem, invalid, not_found
from forloeb.fhir.served.log import audit_event, name_of
from forloeb.fhir.served.parts import JsonObject

KIND = "AuditEvent"
MOST = 500
SEARCHED_BY = {"_id": "token", "patient": "reference", "subtype": "token", "outcome": "token"}
CAPABILITY: JsonObject = {
    "type": KIND,
    "documentation": "For patients: the newest 500 entries of their own log.",
    "interaction": [{"code": "read"}, {"code": "search-type"}],
    "versioning": "no-version",
    "searchParam": [{"name": name, "type": type_} for name, type_ in SEARCHED_BY.items()],
}
"""What is served here, in the words of the CapabilityStatement."""


def read(name: str, asking: Asking) -> JsonObject:
    """Give one entry of the patient's own log. Raises Problem."""
    patient, entries = _own(asking, "read")
    for look in entries:
        if name_of(look, patient) == name:
            return audit_event(look, patient)
    raise not_found()


def search(asked: Sequence[tuple[str, str]], asking: Asking) -> JsonObject:
    """Give the newest entries of the patient's own log that meet every parameter. Raises Problem."""
    if unknown := {name for name, _ in asked} - SEARCHED_BY.keys() - ABOUT_RESULTS:
        known = ", ".join(sorted(SEARCHED_BY))
        raise invalid(f"{KIND} cannot be searched by {len(unknown)} of these; it can by {known}.", "a parameter")
    page = Page.of(dict(asked), usual=MOST, most=MOST)
    patient, entries = _own(asking, "search")
    found = [audit_event(look, patient) for look in entries]
    for name, value in asked:
        if name == "patient" and value.rpartition("/")[2] != str(patient):
            raise not_found()
        if name in SEARCHED_BY and name != "patient":
            found = [one for one in found if _told(one, name) in [v.rpartition("|")[2] for v in value.split(",")]]
    links = [("self", f"{asking.base}/{KIND}")]
    return answers.searchset(found[: page.size], [], len(found), links, asking.base)


def _told(resource: JsonObject, name: str) -> str:
    return str(resource["subtype"][0]["code"] if name == "subtype" else resource[name.removeprefix("_")])


def _own(asking: Asking, interaction: Interaction) -> tuple[UUID, tuple[Look, ...]]:
    if not may(asking.caller, KIND, interaction):
        raise Problem(403, "forbidden", f"The app was not given leave to {interaction} {KIND} resources.")
    try:
        return get_own_entries(seen_by=asking.caller.viewer, as_of=asking.as_of)
    except policies.NotForThisViewer:
        raise Problem(403, "forbidden", "A log is read by the patient whom it is about, nobody else.") from None
