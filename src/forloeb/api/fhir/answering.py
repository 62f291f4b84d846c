"""Create a QuestionnaireResponse: the patient's own answers, kept by the action of the page with the questions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from forloeb.access import policies
from forloeb.access.queries import open_own
from forloeb.api.fhir.interactions import Asking, served
from forloeb.api.fhir.problems import Problem
from forloeb.careplans import questions
from forloeb.fhir.answers import Answered, NotAnswered, read_response
from forloeb.fhir.reading import reference
from forloeb.fhir.served.parts import JsonObject
from forloeb.people.searching import Condition, find
from forloeb.records.found import ANSWERS_IN_FORCE, RESPONSES
from forloeb.records.sent import Recorded

ANSWERED = "QuestionnaireResponse"


def create(resource: JsonObject, asking: Asking) -> Recorded:
    """Keep the patient's answers. The same again is found, not made twice. Raises Problem."""
    served(ANSWERED, asking, "create")
    viewer = asking.caller.viewer
    try:
        answered = read_response(resource, questions.questionnaires())
        patient = open_own(seen_by=viewer, as_of=asking.as_of, event="own-answers", action="write")
    except NotAnswered as fault:
        raise Problem(422, "business-rule", fault.text, fault.where) from None
    except policies.NotForThisViewer:
        raise Problem(403, "forbidden", "The patient answers, nobody else.") from None
    _check_subject(resource, patient.public_id)
    before = _in_force(patient.id, answered.guideline)
    _keep(answered, asking)
    now = _in_force(patient.id, answered.guideline)
    assert now is not None
    return Recorded(str(now.id), is_new=before is None or now.id != before.id)


def _check_subject(resource: JsonObject, patient: UUID) -> None:
    for element in ("subject", "source", "author"):
        if (element == "subject" or element in resource) and reference(resource.get(element)) != f"Patient/{patient}":
            raise Problem(422, "business-rule", "The patient answers for themselves: their own Patient.", element)


def _keep(answered: Answered, asking: Asking) -> None:
    """Keep these answers beside those to the other diseases' questions, all of them or none. Raises Problem.

    A question that several diseases share is asked once: what was answered to it stays unless it is answered now.
    """
    viewer = asking.caller.viewer
    page = questions.get_questions(seen_by=viewer, as_of=asking.as_of)
    asked = {item.link_id for item in page.items}
    if not asked >= answered.answers.keys():
        raise Problem(422, "business-rule", "The patient is not asked these questions.", "questionnaire")
    links = {name: {item.link_id for item in held.items} for name, held in questions.questionnaires().items()}
    shared = set().union(*(those for name, those in links.items() if name != answered.guideline and those <= asked))
    theirs = links[answered.guideline] - shared
    fields = {f"answer.{link}": text for link, text in page.answers.items() if link not in theirs}
    fields |= {f"answer.{link}": text for link, text in answered.answers.items()}
    faults = questions.answer(fields, by=viewer, at=asking.at, as_of=asking.as_of)
    if faults:
        where = answered.places.get(faults[0].field.removeprefix("answer."), "item")
        raise Problem(422, "business-rule", faults[0].text.en, where)


def _in_force(patient_id: int, guideline: str) -> Any | None:
    about = Condition("q.patient_id = %s AND q.questionnaire = %s", (patient_id, guideline))
    return next(iter(find(RESPONSES, [about, ANSWERS_IN_FORCE])), None)
