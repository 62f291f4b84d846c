"""Measuring at home, on a phone: three days of blood pressure, and what the practice sees of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import override_settings
from playwright.sync_api import Page, expect

from forloeb.people.models import Patient
from tests.browser.conftest import DESK, ENLARGED, PHONE
from tests.support.personas import Cast

pytestmark = pytest.mark.browser

ALL_THREE = ("T90", "R95", "K76")


@pytest.fixture
def signe(cast: Cast) -> Patient:
    """Someone with all three diseases who measures at home."""
    return cast.new_patient(conditions=ALL_THREE, years=66)


@pytest.fixture
def as_signe(cast: Cast, signe: Patient) -> Iterator[str]:
    """The name by which she may be chosen on the demo's sign-in page."""
    from django.conf import settings

    key = cast.give_login(signe)
    with override_settings(DEMO_PERSONAS=(*settings.DEMO_PERSONAS, (key, "Til prøve"))):
        yield key


def fill_day(page: Page, cast: Cast, *, ago: int, upper: str = "132", lower: str = "81") -> None:
    page.locator("[name=measured_on]").fill((cast.as_of - timedelta(days=ago)).isoformat())
    for time in ("morning", "evening"):
        for place in (1, 2, 3):
            page.locator(f"[name='{time}-{place}.sbp']").fill(upper)
            page.locator(f"[name='{time}-{place}.dbp']").fill(lower)
    page.get_by_role("button", name="Gem", exact=True).click()


def test_three_days_are_written_one_by_one_and_reach_the_practice(
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, str], None],
    check_accessible: Callable[[Page], None],
    cast: Cast,
    signe: Patient,
    as_signe: str,
) -> None:
    # Given a patient on a phone whose scripts are off
    phone = new_page(viewport=PHONE, javascript=False)
    sign_in(phone, as_signe)
    phone.get_by_role("link", name="Send det, jeg måler hjemme").click()
    phone.get_by_role("link", name="Begynd at måle").click()
    expect(phone.get_by_text("Sid stille i 5 minutter.")).to_be_visible()

    # When she writes a day, with a slip in it, and then the two other days
    fill_day(phone, cast, ago=2, upper="1320")
    expect(phone.locator(".error-summary a").first).to_have_attribute("href", "#morning-1-sbp")
    expect(phone.locator(".error-summary a").first).to_contain_text("Morgen 1: ")
    expect(phone.locator("[name='evening-3.dbp']")).to_have_value("81")
    fill_day(phone, cast, ago=2)
    expect(phone.get_by_role("heading", name="Det mangler endnu")).to_be_visible()
    for day in (2, 3):
        phone.goto("/my-plan/measure/blood-pressure/")
        expect(phone.get_by_role("heading", name=f"Dag {day}")).to_be_visible()
        fill_day(phone, cast, ago=3 - day)

    # Then she sees the mean and what it is the mean of, and sends it
    expect(phone.get_by_text("Det er snittet af 12 målinger.")).to_be_visible()
    phone.get_by_role("button", name="Send til min læge").click()
    expect(phone.locator(".own-sent")).to_contain_text("132/81 mmHg")

    # And the practice sees what was measured at home, and how
    page = new_page()
    sign_in(page, "holm")
    page.goto(f"/patient/{signe.public_id}/")
    expect(page.locator(".value-row", has_text="Systolisk blodtryk, hjemme")).to_contain_text("patienten, hjemme")
    expect(page.locator(".from-patient")).to_contain_text("Snittet af 12 målinger.")
    check_accessible(page)


def test_a_number_typed_wrongly_is_taken_back(
    phone: Page, sign_in: Callable[[Page, str], None], check_accessible: Callable[[Page], None], as_signe: str
) -> None:
    # Given that she has sent a weight and how breathless she gets
    sign_in(phone, as_signe)
    phone.goto("/my-plan/measure/")
    phone.get_by_label("Vægt").fill("87,4")
    phone.get_by_label("Jeg bliver forpustet, når jeg går hurtigt").check()
    phone.get_by_role("button", name="Send", exact=True).click()
    expect(phone.locator(".own-sent li")).to_have_count(2)
    check_accessible(phone)

    # When she takes the weight back
    phone.locator(".own-sent li", has_text="Vægt").get_by_role("button").click()

    # Then it is gone from the list, and the other stands
    expect(phone.locator(".own-sent")).not_to_contain_text("Vægt")
    expect(phone.locator(".own-sent li")).to_have_count(1)


@pytest.mark.parametrize("viewport", [ENLARGED, PHONE, DESK], ids=["enlarged", "phone", "desk"])
def test_the_pages_for_measuring_can_be_used_by_all(
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, str], None],
    check_accessible: Callable[[Page], None],
    viewport: dict[str, int],
) -> None:
    page = new_page(viewport=viewport)
    sign_in(page, "karen")
    for address in ("/my-plan/measure/", "/my-plan/measure/blood-pressure/"):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        check_accessible(page)
        page.locator("form[novalidate] button").last.click()
        expect(page.locator(".error-summary")).to_be_visible()
        check_accessible(page)
