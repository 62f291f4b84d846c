"""Signing in and out through a real OpenID provider, as a person known to us, unknown to us, or a forger."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from forloeb.access.actions import give_login
from tests.browser.conftest import PHONE, session_of
from tests.support.oidc.provider import Provider, site_with_provider
from tests.support.personas import Cast

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def provider(cast: Cast) -> Iterator[Provider]:
    """A real provider and the site whose people sign in there; Karen is known as `karen-at-the-provider`."""
    with site_with_provider() as provider:
        for subject in ("karen-at-the-provider", "weak-karen"):
            give_login(issuer=provider.issuer, subject=subject, patient=cast.demo.patients["karen"])
        yield provider


@pytest.fixture
def with_provider(provider: Provider) -> str:
    """The site's address."""
    return provider.site


def sign_in_at_provider(page: Page, name: str) -> None:
    """Sign in in the provider's own form, and consent."""
    page.goto("/sign-in/")
    page.get_by_role("link", name="Log ind med MitID").click()
    page.get_by_placeholder("Enter any login").fill(name)
    page.get_by_placeholder("and password").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def test_a_person_known_to_us_signs_in_at_the_provider_and_out_again(
    new_page: Callable[..., Page], with_provider: str
) -> None:
    page = new_page(base=with_provider)
    sign_in_at_provider(page, "karen-at-the-provider")
    expect(page.locator(".bar-who")).to_have_text("Karen Vestergaard")

    before = session_of(page)
    page.get_by_role("button", name="Log ud").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page).to_have_url(re.compile("/signed-out/"))
    assert session_of(page) != before
    page.goto("/")
    expect(page).to_have_url(re.compile("/sign-in/"))


def test_a_person_unknown_to_us_is_told_so_and_let_in_nowhere(
    new_page: Callable[..., Page], with_provider: str, check_accessible: Callable[[Page], None]
) -> None:
    page = new_page(base=with_provider)
    sign_in_at_provider(page, "somebody-else")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vi kender dig ikke her")
    check_accessible(page)
    page.goto("/")
    expect(page).to_have_url(re.compile("/sign-in/"))


def test_an_answer_that_belongs_to_no_question_of_ours_lets_nobody_in(
    new_page: Callable[..., Page], with_provider: str
) -> None:
    page = new_page(base=with_provider)
    page.goto("/sign-in/callback/?code=stolen&state=made-up")
    expect(page).to_have_url(re.compile("/sign-in/$"))
    expect(page.get_by_role("status")).to_contain_text("ikke gennemført")


def test_nobody_can_be_chosen_where_there_is_no_demo(new_page: Callable[..., Page], with_provider: str) -> None:
    page = new_page(base=with_provider)
    page.goto("/sign-in/")
    expect(page.locator("button[name=persona]")).to_have_count(0)


def test_a_sign_in_that_is_not_secure_enough_lets_nobody_in(new_page: Callable[..., Page], with_provider: str) -> None:
    page = new_page(base=with_provider)
    sign_in_at_provider(page, "weak-karen")
    expect(page).to_have_url(re.compile("/sign-in/$"))
    expect(page.get_by_role("status")).to_contain_text("ikke sikkert nok")
    page.goto("/my-plan/")
    expect(page).to_have_url(re.compile("/sign-in/"))


def test_who_signs_out_at_the_provider_on_the_phone_is_signed_out_at_the_desk_too(
    new_page: Callable[..., Page], provider: Provider
) -> None:
    provider.be(names_session=False)  # it says who signed out, not in which browser
    desk, phone = new_page(base=provider.site), new_page(base=provider.site, viewport=PHONE)
    for page in (desk, phone):
        sign_in_at_provider(page, "karen-at-the-provider")
        expect(page.locator(".bar-who")).to_have_text("Karen Vestergaard")

    phone.goto(f"{provider.issuer}/session/end")
    phone.get_by_role("button", name="Yes, sign me out").click()
    expect(phone.get_by_text("Sign-out Success")).to_be_visible()

    for page in (desk, phone):
        page.goto("/my-plan/")
        expect(page).to_have_url(re.compile("/sign-in/"))
