"""Questions before a control: the patient answers those of their diseases, each once; the practice reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from forloeb.access.queries import open_own
from forloeb.careplans import queries
from forloeb.careplans.control import Control
from forloeb.careplans.models import AnnualReview
from forloeb.careplans.submission import Fault
from forloeb.guidelines.questionnaires import (
    Item,
    Questionnaire,
    Worry,
    answers_in,
    load_questionnaires,
    respond,
    worries_in,
)
from forloeb.kernel.answers import Answer
from forloeb.kernel.content import Localized, content_folder
from forloeb.kernel.typed_text import typed_text
from forloeb.people.viewers import Viewer
from forloeb.records import responses as records
from forloeb.records.home import one_at_a_time

INVITED_WITHIN_DAYS = 60
"""How long before the next control the plan page invites the patient to answer."""


@cache
def questionnaires() -> Mapping[str, Questionnaire]:
    """Give the questionnaires by guideline. Raises ContentError when the content is not sound."""
    return load_questionnaires(content_folder())


@dataclass(frozen=True, slots=True)
class Given:
    """One question with the answer that was given. `worry` as it was when it was answered."""

    link_id: str
    question: Localized
    answer: Localized
    worry: Worry | None


@dataclass(frozen=True, slots=True)
class AnswersGiven:
    """What a patient has answered for one control."""

    given: tuple[Given, ...]
    answered_at: datetime | None
    is_signed_off: bool
    """Whether a named clinician has signed the questions."""

    @property
    def is_acute(self) -> bool:
        """Whether an answer says that the patient may need help at once."""
        return any(one.worry == "acute" for one in self.given)


@dataclass(frozen=True, slots=True)
class QuestionsPage:
    """The questions a patient is asked, each once, and what they have answered for the next control."""

    items: tuple[Item, ...]
    answers: Mapping[str, str]
    given: AnswersGiven


def get_questions(*, seen_by: Viewer, as_of: date) -> QuestionsPage:
    """Give the patient's questions and the answers so far. Raises NotForThisViewer."""
    patient = open_own(seen_by=seen_by, as_of=as_of, event="own-questions")
    asked = _asked(queries.build_control(patient, as_of=as_of))
    held = records.find_responses(patient.id, after=_last_control(patient.id))
    return QuestionsPage(_items(asked), _answers(held), _given(held))


def answer(fields: Mapping[str, str], *, by: Viewer, at: datetime, as_of: date) -> tuple[Fault, ...]:
    """Keep the answers, all of them or none; the same again changes nothing. Gives the faults.

    Answers may be changed until the control is finished; then they stay with it. Raises NotForThisViewer.
    """
    patient = open_own(seen_by=by, as_of=as_of, event="own-answers", action="write")
    one_at_a_time(patient.id)
    asked = _asked(queries.build_control(patient, as_of=as_of))
    answers, faults = _read(fields, _items(asked))
    if faults:
        return faults
    last = _last_control(patient.id)
    held = {
        response.guideline: answers_in(response.content) for response in records.find_responses(patient.id, after=last)
    }
    for questionnaire, guideline in asked:
        theirs = {item.link_id: answers[item.link_id] for item in questionnaire.items if item.link_id in answers}
        if held.get(guideline, {}) == theirs:
            continue
        response = respond(questionnaire, theirs, subject=f"Patient/{patient.public_id}", authored=at)
        records.keep_response(guideline, response, patient_id=patient.id, after=last, by=by.login_id, at=at)
    return ()


def _read(fields: Mapping[str, str], items: Sequence[Item]) -> tuple[dict[str, str], tuple[Fault, ...]]:
    answers, faults = {}, []
    for item in items:
        text = typed_text(fields.get(f"answer.{item.link_id}", ""))
        if not text:
            continue
        if item.type == "choice" and item.find(text) is None:
            faults.append(Fault(f"answer.{item.link_id}", _NOT_A_CHOICE))
        elif item.longest is not None and len(text) > item.longest:
            faults.append(Fault(f"answer.{item.link_id}", _TOO_LONG.filled(longest=str(item.longest))))
        answers[item.link_id] = text
    if not answers and items:
        faults.append(Fault(f"answer.{items[0].link_id}", _NOTHING))
    return answers, tuple(faults)


def _asked(control: Control) -> list[tuple[Questionnaire, str]]:
    """Give the questionnaires of the diseases that the patient has."""
    theirs = [d.guideline for d in control.evaluation.diseases if d.included is Answer.YES]
    return [(questionnaires()[name], name) for name in theirs if name in questionnaires()]


def _items(asked: Iterable[tuple[Questionnaire, str]]) -> tuple[Item, ...]:
    """Give each question once: those of one disease first, those that several share last."""
    items = [item for questionnaire, _ in asked for item in questionnaire.items]
    everywhere = {item.link_id for item in items if all(item in q.items for q in questionnaires().values())}
    once = {item.link_id: item for item in items}
    return tuple(sorted(once.values(), key=lambda item: item.link_id in everywhere))


def _last_control(patient_id: int, *, before: date | None = None) -> datetime | None:
    """Give the moment the newest control was finished, or the newest before a day."""
    found = AnnualReview.objects.filter(patient_id=patient_id)
    if before is not None:
        found = found.filter(reviewed_on__lt=before)
    return found.order_by("-saved_at").values_list("saved_at", flat=True).first()


def _answers(held: Iterable[records.Response]) -> dict[str, str]:
    return {link: text for response in held for link, text in answers_in(response.content).items()}


def _given(held: Sequence[records.Response]) -> AnswersGiven:
    found: dict[str, Given] = {}
    for response in held:
        worries = worries_in(response.content)
        for item in response.content["item"]:
            link = item["linkId"]
            found[link] = Given(link, *_in_words(response.guideline, item), worries.get(link))
    order = {item.link_id: place for place, item in enumerate(_items(_all_of(held)))}
    given = sorted(found.values(), key=lambda one: order.get(one.link_id, len(order)))
    signed = all(questionnaires()[r.guideline].approved_on for r in held if r.guideline in questionnaires())
    return AnswersGiven(tuple(given), max((r.authored_at for r in held), default=None), signed)


def _all_of(held: Iterable[records.Response]) -> list[tuple[Questionnaire, str]]:
    return [(questionnaires()[r.guideline], r.guideline) for r in held if r.guideline in questionnaires()]


def _in_words(guideline: str, stored: Mapping[str, object]) -> tuple[Localized, Localized]:
    """Give a question and its answer in both languages; as stored where the content has changed since."""
    answer = stored["answer"][0]  # type: ignore[index]
    said = answer["valueCoding"]["display"] if "valueCoding" in answer else answer["valueString"]
    asked, answered = Localized(da=str(stored["text"]), en=str(stored["text"])), Localized(da=said, en=said)
    held = questionnaires().get(guideline)
    item = next((i for i in held.items if i.link_id == stored["linkId"]), None) if held else None
    if item is None or item.danish != stored["text"]:
        return asked, answered
    option = item.find(answer["valueCoding"]["code"]) if "valueCoding" in answer else None
    return item.text, option.text if option and option.coding.display == said else answered


# --- What others see


def answers_for(control: Control) -> AnswersGiven:
    """Give what a patient answered for an opened control; for one finished today, what it was held on."""
    after = _last_control(control.patient.id, before=control.as_of)
    return _given(records.find_responses(control.patient.id, after=after))


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whether a patient can answer questions, and whether the plan page asks them to now."""

    can_answer: bool
    is_now: bool
    has_answered: bool


def invitation(control: Control) -> Invitation:
    """Say whether the patient is invited: a control is near or overdue, and nothing is answered since the last."""
    can_answer = bool(_asked(control))
    held = records.find_responses(control.patient.id, after=_last_control(control.patient.id))
    due = control.last_review.next_review_on if control.last_review else None
    is_near = due is not None and due <= control.as_of + timedelta(days=INVITED_WITHIN_DAYS)
    return Invitation(can_answer, can_answer and is_near and not held, bool(held))


_NOTHING = Localized(da="Svar på mindst ét spørgsmål.", en="Answer at least one question.")
_NOT_A_CHOICE = Localized(da="Vælg et af svarene.", en="Choose one of the answers.")
_TOO_LONG = Localized(da="Skriv højst {longest} tegn.", en="Write at most {longest} characters.")
