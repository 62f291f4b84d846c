"""QuestionnaireResponses: the one that is kept written out, and one that is sent read in.

The questions are our own (content/questionnaires); an answer is a choice's coding, or words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forloeb.fhir.reading import parts
from forloeb.fhir.served.parts import JsonObject, meta
from forloeb.guidelines.questionnaires import Item, Questionnaire
from forloeb.records.found import FoundResponse


class NotAnswered(ValueError):
    """What was sent is no response that can be kept: what is wrong, and at which element. Repeats no value."""

    def __init__(self, text: str, where: str) -> None:
        super().__init__(f"{where}: {text}")
        self.text, self.where = text, where


@dataclass(frozen=True, slots=True)
class Answered:
    """The answers to one guideline's questions by linkId (a code, or words), and where each stands."""

    guideline: str
    answers: Mapping[str, str]
    places: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Answered({self.guideline}, {len(self.answers)} answers)"


def response(found: FoundResponse) -> JsonObject:
    """Write what a patient answered, as it is kept."""
    return {**found.content, "id": str(found.id), "meta": meta(1, found.authored_at)}


def read_response(resource: JsonObject, questionnaires: Mapping[str, Questionnaire]) -> Answered:
    """Read the answers to one of our questionnaires, whole or as many as are given. Raises NotAnswered."""
    if resource.get("status") != "completed":
        raise NotAnswered("A response is sent when it is completed.", "status")
    guideline = _guideline(resource.get("questionnaire"), questionnaires)
    items = {item.link_id: item for item in questionnaires[guideline].items}
    given = list(parts(resource.get("item")))
    if not given or len(given) > len(items):
        raise NotAnswered("It has an item for each question that is answered, at least one.", "item")
    answers, places = {}, {}
    for number, one in enumerate(given):
        where = f"item[{number}]"
        link = one.get("linkId")
        if not isinstance(link, str) or link not in items or link in answers:
            raise NotAnswered("This is the linkId of no question there, or of one answered before.", f"{where}.linkId")
        answers[link] = _answer(one, items[link], where)
        places[link] = where
    return Answered(guideline, answers, places)


def _guideline(canonical: object, questionnaires: Mapping[str, Questionnaire]) -> str:
    for name, questionnaire in questionnaires.items():
        if canonical in (questionnaire.url, f"{questionnaire.url}|{questionnaire.version}"):
            return name
    raise NotAnswered("This is none of the questionnaires, or not the version in use.", "questionnaire")


def _answer(one: JsonObject, item: Item, where: str) -> str:
    given = list(parts(one.get("answer")))
    if len(given) != 1:
        raise NotAnswered("A question has one answer.", f"{where}.answer")
    coding, words = given[0].get("valueCoding"), given[0].get("valueString")
    if item.type == "text":
        if not isinstance(words, str) or not words.strip():
            raise NotAnswered("This question is answered in words: valueString.", f"{where}.answer[0]")
        return words
    code = coding.get("code") if isinstance(coding, dict) else None
    option = item.find(code) if isinstance(code, str) else None
    if option is None or (coding or {}).get("system", option.coding.system) != option.coding.system:
        raise NotAnswered("This question is answered by one of its codings: valueCoding.", f"{where}.answer[0]")
    return option.coding.code
