"""Goal and CarePlan that another system has agreed with a patient: into the fields of the control page.

What is refused names the element; nothing is guessed. The control page's own rules hold for what the fields say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from forloeb.fhir.reading import Resource, codings, parts
from forloeb.guidelines.library import Guideline
from forloeb.kernel.codes import SKS
from forloeb.terminology import find_measure

_STATEMENTS = {"Det er vigtigt for mig": "matters", "Mit mål": "own-goal", "Det, der hjælper mig": "resources"}
"""What the patient said, by the heading that our own CarePlans write it under."""


class NotAgreed(ValueError):
    """What was sent cannot be read as something agreed. Never repeats what was sent; `where` names the element."""

    def __init__(self, text: str, where: str) -> None:
        super().__init__(text)
        self.text, self.where = text, where


@dataclass(frozen=True, slots=True)
class Said:
    """Fields of the control page, and the element that each was read from."""

    fields: dict[str, str] = field(default_factory=dict, repr=False)
    elements: dict[str, str] = field(default_factory=dict)

    def say(self, name: str, text: str, where: str) -> None:
        """Put a text into a field."""
        self.fields[name], self.elements[name] = text, where


def read_goal(resource: Resource, where: str = "Goal") -> Said:
    """Read a Goal: one measure, and what is aimed at. Raises NotAgreed."""
    if resource.get("lifecycleStatus") not in ("active", "accepted"):
        raise NotAgreed("A goal that is agreed is active.", f"{where}.lifecycleStatus")
    targets = list(parts(resource.get("target")))
    if len(targets) != 1:
        raise NotAgreed("A Goal has one target here.", f"{where}.target")
    (target,) = targets
    place = f"{where}.target[0]"
    found = next((found for one in codings(target.get("measure")) if (found := find_measure(one))), None)
    if found is None:
        raise NotAgreed("No measure is known by that code.", f"{place}.measure")
    measure, _ = found
    said, name = Said(), measure.goal or measure.id
    element, text = _aimed_at(target, measure.unit, place)
    said.say(f"goal.{name}", text, element)
    reason = resource.get("statusReason", "")
    if not isinstance(reason, str):
        raise NotAgreed("In R4 the reason is a text.", f"{where}.statusReason")
    said.say(f"reason.{name}", reason, f"{where}.statusReason")
    return said


def _aimed_at(target: Resource, unit: str, where: str) -> tuple[str, str]:
    """Give the element that says what is aimed at, and the words of the page's field for it."""
    match target:
        case {"detailRange": dict(limits)}:
            low, high = (_number(limits.get(side), unit, f"{where}.detailRange.{side}") for side in ("low", "high"))
            if low and high:
                return f"{where}.detailRange", f"{low}-{high}"
            if low or high:
                return f"{where}.detailRange", f">= {low}" if low else f"<= {high}"
        case {"detailQuantity": dict(limit)} if limit.get("comparator") in ("<", "<=", ">", ">="):
            number = _number(limit, unit, f"{where}.detailQuantity")
            return f"{where}.detailQuantity", f"{limit['comparator']} {number}"
        case {"detailString": str(answer)}:
            return f"{where}.detailString", answer
    wanted = "a detailRange, a detailQuantity with a comparator, or a detailString"
    raise NotAgreed(f"What is aimed at is missing: {wanted}.", where)


def _number(quantity: object, unit: str, where: str) -> str:
    if not isinstance(quantity, dict):
        return ""
    value = quantity.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise NotAgreed("There is no number.", where)
    if quantity.get("code") != unit:
        raise NotAgreed(f"The unit is {unit} here, as the code of the quantity.", where)
    return f"{Decimal(str(value)):f}"


def read_care_plan(resource: Resource, guidelines: tuple[Guideline, ...]) -> tuple[str, Said]:
    """Read a CarePlan: which guideline it follows, goals within it, what was agreed, words. Raises NotAgreed."""
    if resource.get("status") != "active" or resource.get("intent") != "plan":
        raise NotAgreed("A plan that is agreed is active, and a plan.", "CarePlan.status")
    guideline = _guideline(resource, guidelines)
    said = Said()
    contained = {str(one.get("id")): (place, one) for place, one in enumerate(parts(resource.get("contained")))}
    for place, reference in enumerate(parts(resource.get("goal"))):
        name = str(reference.get("reference"))
        if not name.startswith("#") or name[1:] not in contained:
            raise NotAgreed("A goal stands within the plan, and is referred to by #id.", f"CarePlan.goal[{place}]")
        at, goal = contained[name[1:]]
        read = read_goal(goal, f"CarePlan.contained[{at}]")
        said.fields.update(read.fields)
        said.elements.update(read.elements)
    for number, activity in enumerate(parts(resource.get("activity"))):
        _read_activity(activity, number, said)
    for place, note in enumerate(parts(resource.get("note"))):
        _read_note(note, f"CarePlan.note[{place}].text", said)
    return guideline, said


def _guideline(resource: Resource, guidelines: tuple[Guideline, ...]) -> str:
    addresses = {str(address).partition("|")[0] for address in resource.get("instantiatesCanonical") or ()}
    labels = {
        one.code for category in parts(resource.get("category")) for one in codings(category) if one.system == SKS
    }
    for guideline in guidelines:
        if f"urn:forloeb:guideline:{guideline.name}" in addresses or guideline.file.label in labels:
            return guideline.name
    raise NotAgreed("Say which guideline the plan follows.", "CarePlan.instantiatesCanonical")


def _read_activity(activity: Resource, number: int, said: Said) -> None:
    where = f"CarePlan.activity[{number}].detail"
    detail = activity.get("detail")
    if not isinstance(detail, dict) or not isinstance(detail.get("description"), str):
        raise NotAgreed("What was agreed stands in detail.description.", where)
    stem = f"new-{'reminder' if detail.get('kind') == 'CommunicationRequest' else 'agreement'}.{number}"
    said.say(f"{stem}.text", detail["description"], f"{where}.description")
    if not stem.startswith("new-reminder"):
        said.say(f"{stem}.by", _doer(detail, where), f"{where}.performer")
    period = detail.get("scheduledPeriod")
    end = period.get("end") if isinstance(period, dict) else None
    if isinstance(end, str):
        said.say(f"{stem}.due", end[:10], f"{where}.scheduledPeriod.end")


_DOERS: Mapping[str, str] = {"Patient": "patient", "Kommunen": "municipality", "Lægehuset": "practice"}


def _doer(detail: Mapping[str, Any], where: str) -> str:
    """Tell who does it: a Patient, or one whom we name ourselves. Raises NotAgreed: it is not guessed."""
    for who in _names(detail):
        if who in _DOERS:
            return _DOERS[who]
        if who == "Andre":
            return "other"
    raise NotAgreed(
        "Say who does it: a reference to the Patient, or display Lægehuset, Kommunen or Andre.", f"{where}.performer"
    )


def _names(detail: Mapping[str, Any]) -> Iterator[str]:
    for who in parts(detail.get("performer")):
        yield str(who.get("reference")).partition("/")[0]
        yield str(who.get("display"))


def _read_note(note: Resource, where: str, said: Said) -> None:
    text = note.get("text")
    if not isinstance(text, str):
        raise NotAgreed("A note is a text.", where)
    if "authorReference" not in note and "authorString" not in note:
        said.say("note_to_patient", text, where)
        return
    heading, _, words = text.partition(": ")
    if heading not in _STATEMENTS:
        known = ", ".join(_STATEMENTS)
        raise NotAgreed(f"The patient's words stand after one of these and a colon: {known}.", where)
    said.say(f"statement.{_STATEMENTS[heading]}", words, where)
