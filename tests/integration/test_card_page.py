"""The practice sees how far each value has come, sends again what was given up, and takes back what was mistyped."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from forloeb.careplans import home_measurements
from forloeb.people.actions import join_practice
from forloeb.people.viewers import looking
from forloeb.records.models import Observation
from tests.integration.test_access import signed_in
from tests.support.connected import Connected, connected, sql, states, work
from tests.support.personas import Cast


@pytest.fixture(scope="module")
def practice(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connected]:
    with connected(cast, tmp_path_factory.mktemp("lps")) as found:
        yield found


@pytest.fixture
def browser(practice: Connected) -> Client:
    (subject,) = sql("SELECT subject FROM access_login WHERE id = %s", practice.doctor.login_id)[0]
    with override_settings(DEMO_PERSONAS=(*settings.DEMO_PERSONAS, (subject, ""))):
        return signed_in(practice.cast, subject)


def text(answer: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))  # type: ignore[attr-defined]


def test_the_control_and_the_saved_page_say_how_far_a_value_has_come(practice: Connected, browser: Client):
    patient = practice.new_patient()
    practice.save(patient, {"value.weight": "81,5"})
    for name in ("control", "saved", "laboratory-card"):
        assert "på vej til laboratoriekortet" in text(browser.get(reverse(name, args=[patient.public_id]))), name
    work()
    for name in ("control", "saved", "laboratory-card"):
        assert "i laboratoriekortet" in text(browser.get(reverse(name, args=[patient.public_id]))), name


def test_the_start_page_says_what_did_not_arrive_and_what_to_do(practice: Connected, browser: Client):
    patient = practice.new_patient()
    practice.lps.switch(refuse=True)
    practice.save(patient, {"value.weight": "81,5"})
    work()
    practice.lps.switch(refuse=False)
    assert f"{patient.name}" in text(browser.get(reverse("start")))
    where = reverse("laboratory-card", args=[patient.public_id])
    page = browser.get(where)
    assert "afviste værdien (svar 422)" in text(page)
    for button in set(re.findall(r'value="(again:\d+)"', page.content.decode())):
        assert browser.post(where, {"do": button}).status_code == 302
    work()
    assert set(states(patient)) == {"received"}
    assert where not in browser.get(reverse("start")).content.decode()


def test_a_value_entered_in_error_is_taken_back_from_the_page(practice: Connected, browser: Client):
    patient = practice.new_patient()
    practice.save(patient, {"value.weight": "81,5"})
    work()
    where = reverse("laboratory-card", args=[patient.public_id])
    weight = Observation.objects.using("loader").get(patient=patient, measure="weight", superseded_at=None)
    for _ in range(2):
        browser.post(where, {"do": f"error:{weight.pk}"})
    work()
    assert {one["status"] for one in practice.on_card(patient)} >= {"entered-in-error"}
    assert "fejlindtastet" in text(browser.get(where))
    newest = Observation.objects.using("loader").filter(patient=patient, measure="weight").order_by("-version")
    assert [row.version for row in newest] == [2, 1]


def test_a_home_value_goes_only_when_the_clinician_accepts_it(practice: Connected, browser: Client):
    patient = practice.new_patient()
    by = practice.cast.as_patient(patient)
    told = {"by": by, "at": practice.cast.at, "as_of": practice.cast.as_of}
    with looking(by):
        sent = home_measurements.send(
            {"value.weight": "80,1", "measured_on": practice.cast.as_of.isoformat(), "form": ""}, **told
        )
    assert sent.new == 1
    page = browser.get(reverse("control", args=[patient.public_id])).content.decode()
    (name,) = re.findall(r'name="(card\.\d+)"', page)
    practice.save(patient, {})
    work()
    assert "NPU03804" not in _on_card(practice, patient)
    practice.save(patient, {name: "yes"})
    practice.save(patient, {name: "yes"})
    work()
    assert _on_card(practice, patient).count("NPU03804") == 1
    with looking(by):
        home_measurements.withdraw(int(name[5:]), **told)
    work()
    (there,) = (one for one in practice.on_card(patient) if one["code"]["coding"][0]["code"] == "NPU03804")
    assert there["status"] == "entered-in-error"
    assert there["method"] == {"text": "Målt hjemme af patienten"}


def _on_card(practice: Connected, patient: object) -> list[str]:
    return [one["code"]["coding"][0]["code"] for one in practice.on_card(patient)]  # type: ignore[arg-type]


def test_a_practice_that_is_not_connected_is_told_that_values_stay(cast: Cast):
    patient = cast.new_patient()
    join_practice(patient=patient, organization=cast.demo.other_practice, on=cast.as_of)
    page = text(signed_in(cast, "lund").get(reverse("laboratory-card", args=[patient.public_id])))
    assert "bliver her" in page


def test_nobody_elses_practice_sends_again_or_takes_back(practice: Connected):
    patient = practice.new_patient()
    practice.save(patient, {"value.weight": "81,5"})
    where = reverse("laboratory-card", args=[patient.public_id])
    for key in ("lund", "bent", "nygaard"):
        assert signed_in(practice.cast, key).post(where, {"do": "error:1"}).status_code == 403
    assert set(states(patient)) == {"typed"}
