"""The parts that pages are put together from can be used by everybody, in both frames, on a phone and at a desk."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import DESK, PHONE

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("frame", ["practice", "patient"])
def test_every_part_is_accessible_and_valid(
    new_page: Callable[..., Page], check_accessible: Callable[[Page], None], frame: str, viewport: ViewportSize
) -> None:
    page = new_page(viewport=viewport)
    page.goto(f"/gallery/{frame}/")
    expect(page.locator(".status").first).to_be_visible()
    check_accessible(page)


def test_the_first_stop_of_the_keyboard_leads_past_the_bar(page: Page) -> None:
    page.goto("/signed-out/")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    expect(skip).to_have_attribute("href", "#main-content")
    page.keyboard.press("Enter")
    expect(page.locator("#main-content")).to_be_focused()


def test_faults_are_met_at_once_and_lead_to_their_fields(page: Page) -> None:
    page.goto("/gallery/practice/")
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.click()
    expect(page.locator("#value-hba1c")).to_be_focused()


def test_an_explanation_opens_in_place_without_a_script(new_page: Callable[..., Page]) -> None:
    page = new_page(javascript=False)
    page.goto("/gallery/practice/")
    why = page.locator("details.why").first
    expect(why.locator("p")).to_be_hidden()
    why.locator("summary").click()
    expect(why.locator("p")).to_be_visible()


def test_the_characters_left_are_counted_while_typing(page: Page) -> None:
    page.goto("/gallery/practice/")
    field = page.locator("#note")
    field.fill("x" * 290)
    field.press("End")
    expect(page.locator(".character-limit")).to_contain_text("10")


def test_the_language_is_changed_on_the_page_where_one_stands(page: Page) -> None:
    page.goto("/signed-out/")
    expect(page.locator("html")).to_have_attribute("lang", "da")
    expect(page.get_by_role("heading", level=1)).to_have_text("Du er logget ud")
    page.get_by_role("button", name="English").click()
    expect(page).to_have_url(re.compile("/signed-out/$"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
