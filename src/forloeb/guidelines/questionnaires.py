"""Questions to the patient before a control: FHIR R4 Questionnaires in content, and the responses made of the answers.

Only the parts of the resource that we use may stand in a file, so that nothing is asked that no page shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from forloeb.kernel.content import Closed, ContentError, Localized, read_content

Worry = Literal["attention", "acute"]
"""How much an answer worries: the practice should look at it, or the patient may need help at once."""

WORRYING = "urn:forloeb:worrying"


class Part(Closed):
    """One part of a translation: its language, or its words."""

    url: Literal["lang", "content"]
    code: Literal["en"] | None = Field(None, alias="valueCode")
    words: str | None = Field(None, alias="valueString")


class Translation(Closed):
    """FHIR's extension for a text in another language."""

    url: Literal["http://hl7.org/fhir/StructureDefinition/translation"]
    extension: tuple[Part, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> Translation:
        if {part.url for part in self.extension if part.code or part.words} != {"lang", "content"}:
            raise ValueError("a translation has a lang and a content")
        return self


class InEnglish(Closed):
    """What stands beside a Danish text: the same in English."""

    extension: tuple[Translation] = Field()

    def words(self) -> str:
        """Give the English words."""
        return next(part.words for part in self.extension[0].extension if part.words)


class Worrying(Closed):
    """Says of an answer that it worries."""

    url: Literal["urn:forloeb:worrying"]
    code: Worry = Field(alias="valueCode")


class Coding(Closed):
    """A coded answer."""

    system: str
    code: str = Field(pattern="^[a-z-]+$")
    display: str
    english: InEnglish = Field(alias="_display")


class Option(Closed):
    """One answer that may be chosen."""

    extension: tuple[Worrying, ...] = ()
    coding: Coding = Field(alias="valueCoding")

    @property
    def text(self) -> Localized:
        """The answer in words."""
        return Localized(da=self.coding.display, en=self.coding.english.words())

    @property
    def worry(self) -> Worry | None:
        """How much the answer worries; None for one that does not."""
        return self.extension[0].code if self.extension else None


class Item(Closed):
    """One question: an answer is chosen, or written."""

    link_id: str = Field(alias="linkId", pattern="^[a-z-]+$")
    type: Literal["choice", "text"]
    danish: str = Field(alias="text")
    english: InEnglish = Field(alias="_text")
    longest: int | None = Field(None, alias="maxLength", gt=0)
    options: tuple[Option, ...] = Field((), alias="answerOption")

    @model_validator(mode="after")
    def _can_be_answered(self) -> Item:
        codes = [option.coding.code for option in self.options]
        if self.type == "choice" and len(codes) < 2:
            raise ValueError("a choice has at least two answers")
        if self.type == "text" and (codes or self.longest is None):
            raise ValueError("a written answer has a maxLength and nothing to choose from")
        if len(set(codes)) < len(codes):
            raise ValueError("an answer's code stands twice")
        return self

    @property
    def text(self) -> Localized:
        """The question in words."""
        return Localized(da=self.danish, en=self.english.words())

    def find(self, code: str) -> Option | None:
        """Find the answer with a code."""
        return next((option for option in self.options if option.coding.code == code), None)


class Questionnaire(Closed):
    """A file of content/questionnaires: a FHIR R4 Questionnaire of three to six questions."""

    resource_type: Literal["Questionnaire"] = Field(alias="resourceType")
    id: str
    language: Literal["da"]
    url: str
    version: str
    name: str
    danish: str = Field(alias="title")
    english: InEnglish = Field(alias="_title")
    status: Literal["draft", "active"]
    approved_on: date | None = Field(None, alias="approvalDate", description="the day a named clinician signed it")
    subject_type: tuple[Literal["Patient"]] = Field(alias="subjectType")
    date: date
    purpose: str
    items: tuple[Item, ...] = Field(alias="item", min_length=3, max_length=6)

    @model_validator(mode="after")
    def _is_sound(self) -> Questionnaire:
        links = [item.link_id for item in self.items]
        if len(set(links)) < len(links):
            raise ValueError("a linkId stands twice")
        if (self.status == "active") != (self.approved_on is not None):
            raise ValueError(
                "active goes with an approvalDate, the day a clinician signed it; until then it is a draft"
            )
        return self


def load_questionnaires(content: Path) -> dict[str, Questionnaire]:
    """Read the questionnaires, each by its guideline. Raises ContentError with every fault: file, line, what."""
    found: dict[str, Questionnaire] = {}
    faults: list[str] = []
    for path in sorted((content / "questionnaires").glob("*.json")):
        try:
            # JSON is YAML too, and the reader of YAML knows on which line a fault stands.
            found[path.stem] = read_content(path, Questionnaire)
        except ContentError as unsound:
            faults += unsound.faults
    faults += _disagreements(content, found)
    if faults:
        raise ContentError(faults)
    return found


def _disagreements(content: Path, found: Mapping[str, Questionnaire]) -> Iterator[str]:
    first: dict[str, tuple[str, Item]] = {}
    for name, questionnaire in found.items():
        path = content / "questionnaires" / f"{name}.json"
        if not (content / "guidelines" / name).is_dir():
            yield f"{path}: there is no guideline '{name}'; the file is named for one"
        for item in questionnaire.items:
            other, same = first.setdefault(item.link_id, (name, item))
            if same != item:
                yield f"{path}: '{item.link_id}' is another question in {other}.json: who has both is asked once"


# --- Responses


def respond(
    questionnaire: Questionnaire, answers: Mapping[str, str], *, subject: str, authored: datetime
) -> dict[str, Any]:
    """Give the FHIR QuestionnaireResponse of the answers, by linkId: a code, or the words written.

    What worries is kept with the answer, so that a later questionnaire does not change what was said.
    """
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{questionnaire.url}|{questionnaire.version}",
        "status": "completed",
        "subject": {"reference": subject},
        "source": {"reference": subject},
        "authored": authored.isoformat(),
        "item": [_answered(item, answers[item.link_id]) for item in questionnaire.items if item.link_id in answers],
    }


def _answered(item: Item, answer: str) -> dict[str, Any]:
    said: dict[str, Any] = {"linkId": item.link_id, "text": item.danish}
    option = item.find(answer)
    if option is None:
        return said | {"answer": [{"valueString": answer}]}
    coding: dict[str, Any] = {
        "system": option.coding.system,
        "code": option.coding.code,
        "display": option.coding.display,
    }
    if option.worry:
        coding = {"extension": [{"url": WORRYING, "valueCode": option.worry}], **coding}
    return said | {"answer": [{"valueCoding": coding}]}


def answers_in(response: Mapping[str, Any]) -> dict[str, str]:
    """Read a response's answers back: by linkId, the code or the words."""
    found = {}
    for item in response["item"]:
        answer = item["answer"][0]
        found[item["linkId"]] = answer["valueCoding"]["code"] if "valueCoding" in answer else answer["valueString"]
    return found


def worries_in(response: Mapping[str, Any]) -> dict[str, Worry]:
    """Give the answers that worry, by linkId."""
    return {
        item["linkId"]: extension["valueCode"]
        for item in response["item"]
        for answer in item["answer"]
        for extension in answer.get("valueCoding", {}).get("extension", ())
        if extension["url"] == WORRYING
    }
