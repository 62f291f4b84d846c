"""The questions before a control: sound FHIR in content, and responses that can be read back."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forloeb.guidelines.questionnaires import (
    Questionnaire,
    answers_in,
    load_questionnaires,
    respond,
    worries_in,
)
from forloeb.kernel.content import ContentError, content_folder

ALL = load_questionnaires(content_folder())
AT = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@st.composite
def answered(draw: st.DrawFn) -> tuple[Questionnaire, dict[str, str]]:
    questionnaire = draw(st.sampled_from(list(ALL.values())))
    answers = {}
    for item in draw(st.lists(st.sampled_from(questionnaire.items), unique_by=lambda item: item.link_id)):
        written = st.text(min_size=1, max_size=item.longest or 1)
        chosen = st.sampled_from([o.coding.code for o in item.options]) if item.options else written
        answers[item.link_id] = draw(chosen)
    return questionnaire, answers


def test_each_disease_has_three_to_six_questions() -> None:
    assert {name: 3 <= len(q.items) <= 6 for name, q in ALL.items()} == dict.fromkeys(
        ("copd", "type2_diabetes", "ischaemic_heart_disease"), True
    )


def test_chest_pain_at_rest_may_be_acute_and_no_answer_that_is_fine_worries() -> None:
    [pain] = [item for item in ALL["ischaemic_heart_disease"].items if item.link_id == "chest-pain"]
    assert [(option.coding.code, option.worry) for option in pain.options] == [
        ("no", None),
        ("effort", "attention"),
        ("at-rest", "acute"),
    ]


def test_nothing_is_called_signed_before_a_clinician_has_signed_it() -> None:
    assert all(q.status == "draft" and q.approved_on is None for q in ALL.values())


# The first text takes its time: Hypothesis reads Unicode's tables for it.
@settings(deadline=None)
@given(answered())
def test_answers_survive_the_journey_to_fhir_and_back(case: tuple[Questionnaire, dict[str, str]]) -> None:
    questionnaire, answers = case
    response = respond(questionnaire, answers, subject="Patient/x", authored=AT)
    assert answers_in(response) == answers
    assert response["questionnaire"] == f"{questionnaire.url}|{questionnaire.version}"
    options = {item.link_id: item.find(answers.get(item.link_id, "")) for item in questionnaire.items}
    assert worries_in(response) == {link: option.worry for link, option in options.items() if option and option.worry}


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('"type": "choice"', '"type": "quantity"', "Input should be 'choice' or 'text'"),
        ('"linkId": "breath"', '"linkID": "breath"', "unknown key 'linkID'"),
        ('"linkId": "bad-spells"', '"linkId": "breath"', "a linkId stands twice"),
        ('"code": "worse"', '"code": "as-usual"', "an answer's code stands twice"),
        ('"status": "draft"', '"status": "active"', "active goes with an approvalDate"),
        ('"valueCode": "acute"', '"valueCode": "bad"', "Input should be 'attention' or 'acute'"),
        ("Hvordan er dit humør for tiden?", "Hvordan er humøret?", "is another question in"),
        ('{"url": "lang", "valueCode": "en"}', '{"url": "lang", "valueCode": "de"}', "Input should be 'en'"),
    ],
)
def test_a_slip_in_a_questionnaire_is_named_with_its_line(tmp_path: Path, was: str, becomes: str, said: str) -> None:
    content = shutil.copytree(content_folder(), tmp_path / "content")
    path = content / "questionnaires" / "copd.json"
    text = path.read_text(encoding="utf-8")
    assert was in text
    path.write_text(text.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(ContentError) as refusal:
        load_questionnaires(content)
    assert said in str(refusal.value)


def test_a_questionnaire_is_named_for_a_guideline(tmp_path: Path) -> None:
    content = shutil.copytree(content_folder(), tmp_path / "content")
    (content / "questionnaires" / "copd.json").rename(content / "questionnaires" / "asthma.json")
    with pytest.raises(ContentError, match="there is no guideline 'asthma'"):
        load_questionnaires(content)
