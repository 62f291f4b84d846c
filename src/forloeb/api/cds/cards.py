"""A card as a record system shows it. No member is null or empty: what there is nothing to say of is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from forloeb.guidelines.results import Source

JsonObject = dict[str, Any]
Indicator = Literal["info", "warning", "critical"]

LONGEST_SUMMARY = 139
"""The standard asks for fewer than 140 characters."""
TOPICS = "urn:forloeb:cds-topic"
OVERRIDES = "urn:forloeb:cds-override-reason"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that the record system can do at a click, as FHIR actions, each with its description."""

    label: str
    actions: tuple[JsonObject, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Where the card leads: our app by SMART, or a page at an address."""

    label: str
    url: str
    is_smart: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One piece of advice. `topic` is the rule, or the kind of thing, that it is about: what feedback is counted by."""

    topic: str
    summary: str
    indicator: Indicator
    detail: str
    source: Source | None = None
    suggestions: tuple[Suggestion, ...] = ()
    links: tuple[Link, ...] = ()


def as_json(card: Card, name: UUID) -> JsonObject:
    """Write a card, under the name that feedback will speak of it by."""
    made: JsonObject = {
        "uuid": str(name),
        "summary": shortened(card.summary),
        "indicator": card.indicator,
        "detail": card.detail,
        "source": _source(card),
        "overrideReasons": override_reasons(),
    }
    if card.suggestions:
        made["suggestions"] = [_suggestion(one) for one in card.suggestions]
        made["selectionBehavior"] = "at-most-one"
    if card.links:
        made["links"] = [
            {"label": one.label, "url": one.url, "type": "smart" if one.is_smart else "absolute"} for one in card.links
        ]
    return {key: value for key, value in made.items() if value}


def shortened(text: str) -> str:
    """Cut a summary at a word where it is too long to be shown."""
    if len(text) <= LONGEST_SUMMARY:
        return text
    return text[: LONGEST_SUMMARY - 1].rsplit(" ", 1)[0].rstrip(",;: ") + "…"


def _source(card: Card) -> JsonObject:
    said: JsonObject = {
        "label": f"Forløb – {card.source.title}" if card.source else "Forløb",
        "topic": {"system": TOPICS, "code": card.topic},
    }
    if card.source and card.source.url:
        said["url"] = card.source.url
    return said


def _suggestion(one: Suggestion) -> JsonObject:
    return {"uuid": str(uuid4()), "label": one.label, "actions": list(one.actions)}


def override_reasons() -> list[JsonObject]:
    """Give the reasons offered to who does not follow a card."""
    return [{"system": OVERRIDES, "code": code, "display": words} for code, words in _reasons().items()]


def _reasons() -> Mapping[str, str]:
    return {
        "clinical-judgement": _("Clinical judgement: other things weigh more"),
        "patient-declined": _("The patient does not want it"),
        "already-done": _("It has been done"),
        "not-relevant": _("Not relevant to this patient"),
        "data-wrong": _("The data it rests on are wrong"),
    }


def create(resource: JsonObject, description: str) -> JsonObject:
    """Give the action that makes a resource."""
    return {"type": "create", "description": description, "resource": resource}


def remove(name: str, description: str) -> JsonObject:
    """Give the action that takes a draft away."""
    return {"type": "delete", "description": description, "resourceId": [name]}


def lines(items: Iterable[str]) -> str:
    """Write a list in Markdown."""
    return "\n".join(f"- {item}" for item in items)
