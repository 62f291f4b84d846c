"""In a demo one chooses whose eyes to look with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import session_of

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("viewport", ["page", "phone"])
def test_in_a_demo_one_of_the_cast_is_chosen(
    request: pytest.FixtureRequest, viewport: str, check_accessible: Callable[[Page], None]
) -> None:
    page: Page = request.getfixturevalue(viewport)
    page.goto("/sign-in/")
    check_accessible(page)
    before = session_of(page)
    page.locator("button[name=persona][value=karen]").click()
    expect(page.get_by_role("button", name="Log ud")).to_be_visible()
    assert session_of(page) not in (None, before)


def test_signing_in_leads_to_the_page_that_was_asked_for_and_never_to_another_site(page: Page) -> None:
    page.goto("/sign-in/?next=//elsewhere.example/")
    page.locator("button[name=persona][value=karen]").click()
    expect(page.get_by_role("button", name="Log ud")).to_be_visible()
    assert "elsewhere" not in page.url
