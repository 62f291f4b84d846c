"""PlanDefinition, Library and Questionnaire: what is held as content, the same for all callers, and about nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import orjson

from forloeb.api.callers import may
from forloeb.api.fhir import answers
from forloeb.api.fhir.interactions import ABOUT_RESULTS, Asking
from forloeb.api.fhir.problems import Problem, invalid, not_found
from forloeb.careplans.engine import library_on
from forloeb.careplans.questions import questionnaires
from forloeb.editions.holding import files_on
from forloeb.fhir.definitions import library_of, plan_definition
from forloeb.fhir.served.parts import JsonObject
from forloeb.guidelines.library import Guideline
from forloeb.kernel.content import content_folder


def _library_of(guideline: Guideline, as_of: date) -> JsonObject:
    return library_of(guideline, files_on(guideline.name, as_of)[1])


def _plan_definition(guideline: Guideline, as_of: date) -> JsonObject:
    return plan_definition(library_on(as_of), guideline, as_of)


def _questionnaire(guideline: Guideline, _as_of: date) -> JsonObject:
    path = content_folder() / "questionnaires" / f"{guideline.name}.json"
    found: JsonObject = orjson.loads(path.read_bytes())
    return found


HELD: Mapping[str, Callable[[Guideline, date], JsonObject]] = {
    "PlanDefinition": _plan_definition,
    "Library": _library_of,
    "Questionnaire": _questionnaire,
}
SEARCHED_BY = {"_id": "token", "url": "uri", "version": "token", "name": "string", "title": "string", "status": "token"}


def guideline_of(name: str, as_of: date) -> Guideline:
    """Give the guideline that a definition's id means, in the version that holds on a day. Raises Problem."""
    found = next((one for one in library_on(as_of).guidelines if one.name.replace("_", "-") == name), None)
    if found is None:
        raise not_found()
    return found


def read(kind: str, name: str, asking: Asking) -> JsonObject:
    """Give one definition, with the numbers that hold today. Raises Problem."""
    _check(kind, asking)
    guideline = guideline_of(name, asking.as_of)
    if guideline not in _guidelines(kind, asking.as_of):
        raise not_found()
    return HELD[kind](guideline, asking.as_of)


def _guidelines(kind: str, as_of: date) -> Sequence[Guideline]:
    """Give the guidelines that have a definition of a kind: not each has questions."""
    if kind != "Questionnaire":
        return library_on(as_of).guidelines
    return [one for one in library_on(as_of).guidelines if one.name in questionnaires()]


def search(kind: str, asked: Sequence[tuple[str, str]], asking: Asking) -> JsonObject:
    """Give the definitions that meet every parameter. Raises Problem."""
    _check(kind, asking)
    found = [HELD[kind](guideline, asking.as_of) for guideline in _guidelines(kind, asking.as_of)]
    for name, value in asked:
        if name in ABOUT_RESULTS:
            continue
        if name not in SEARCHED_BY:
            raise invalid(f"{kind} can be searched by {', '.join(sorted(SEARCHED_BY))}.", "a parameter of the search")
        found = [one for one in found if any(_meets(one, name, wanted) for wanted in value.split(","))]
    return answers.searchset(found, [], len(found), [("self", f"{asking.base}/{kind}")], asking.base)


def _meets(resource: JsonObject, name: str, wanted: str) -> bool:
    said = str(resource["id" if name == "_id" else name])
    if SEARCHED_BY[name] == "string":
        return said.lower().startswith(wanted.lower())
    return said == wanted


def _check(kind: str, asking: Asking) -> None:
    if not may(asking.caller, kind, "read"):
        raise Problem(403, "forbidden", f"The app was not given leave to read {kind} resources.")


def capabilities() -> list[JsonObject]:
    """Say what is served here, in the words of the CapabilityStatement."""
    return [
        {
            "type": kind,
            "interaction": [{"code": "read"}, {"code": "search-type"}],
            "versioning": "no-version",
            "searchParam": [{"name": name, "type": type_} for name, type_ in SEARCHED_BY.items()],
            **({"operation": [_APPLY]} if kind == "PlanDefinition" else {}),
        }
        for kind in HELD
    ]


_APPLY = {
    "name": "apply",
    "definition": "http://hl7.org/fhir/OperationDefinition/PlanDefinition-apply",
    "documentation": "Of one definition, with `subject`: what it recommends to this patient, as a proposed CarePlan.",
}
