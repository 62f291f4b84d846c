"""The questions before a control, on a phone without scripts; and what to do when an answer may be acute."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import override_settings
from playwright.sync_api import Page, expect

from forloeb.people.models import Patient
from tests.browser.conftest import DESK, ENLARGED, PHONE
from tests.support.personas import Cast

pytestmark = pytest.mark.browser


@pytest.fixture
def hans(cast: Cast) -> Patient:
    """Someone with ischaemic heart disease and diabetes."""
    return cast.new_patient(conditions=("T90", "K76"), years=64)


@pytest.fixture
def as_hans(cast: Cast, hans: Patient) -> Iterator[str]:
    """The name by which he may be chosen on the demo's sign-in page."""
    from django.conf import settings

    key = cast.give_login(hans)
    with override_settings(DEMO_PERSONAS=(*settings.DEMO_PERSONAS, (key, "Til prøve"))):
        yield key


def choose(page: Page, question: str, answer: str) -> None:
    page.get_by_role("group", name=question).get_by_label(answer).check()


def test_the_answers_reach_the_practice_and_chest_pain_at_rest_says_whom_to_call(
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, str], None],
    check_accessible: Callable[[Page], None],
    hans: Patient,
    as_hans: str,
) -> None:
    # Given a patient on a phone whose scripts are off
    phone = new_page(viewport=PHONE, javascript=False)
    sign_in(phone, as_hans)
    phone.get_by_role("link", name="Svar på spørgsmål før kontrollen").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Før din kontrol")

    # When he answers some of the questions
    choose(phone, "ondt eller trykken i brystet", "også når jeg sidder stille")
    choose(phone, "sår på fødderne", "Ja")
    phone.get_by_label("Hvad vil du helst tale om").fill("Må jeg løbe?")
    phone.get_by_role("button", name="Gem mine svar").click()

    # Then the page says whom to call, and the answers stand
    expect(phone.get_by_role("heading", name="Er det sådan lige nu? Ring 1-1-2.")).to_be_visible()
    expect(phone.get_by_label("Hvad vil du helst tale om")).to_have_value("Må jeg løbe?")

    # And the practice reads them
    page = new_page()
    sign_in(page, "holm")
    page.goto(f"/patient/{hans.public_id}/")
    box = page.locator(".from-patient", has_text="Svar fra patienten")
    expect(box).to_contain_text("Må jeg løbe?")
    expect(box).to_contain_text("Kan være akut")
    check_accessible(page)


@pytest.mark.parametrize("viewport", [ENLARGED, PHONE, DESK], ids=["enlarged", "phone", "desk"])
def test_the_questions_can_be_answered_by_all(
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, str], None],
    check_accessible: Callable[[Page], None],
    as_hans: str,
    viewport: dict[str, int],
) -> None:
    page = new_page(viewport=viewport)
    sign_in(page, as_hans)
    page.goto("/my-plan/questions/")
    check_accessible(page)
    page.get_by_role("button", name="Gem mine svar").click()
    expect(page.locator(".error-summary")).to_be_visible()
    check_accessible(page)
    choose(page, "ondt eller trykken i brystet", "også når jeg sidder stille")
    page.get_by_role("button", name="Gem mine svar").click()
    expect(page.get_by_role("heading", name="Ring 1-1-2")).to_be_visible()
    check_accessible(page)
