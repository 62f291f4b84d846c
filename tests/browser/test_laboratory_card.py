"""Given a practice with a record system, when a value is typed, then every page says how far it has come."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Page

from tests.browser.conftest import DESK, PHONE
from tests.support.connected import Connected, connected, sql, states, work
from tests.support.personas import Cast

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def practice(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connected]:
    with connected(cast, tmp_path_factory.mktemp("lps")) as found:
        yield found


@pytest.fixture
def as_doctor(practice: Connected, new_page: Callable[..., Page]) -> Iterator[Callable[..., Page]]:
    """Open pages signed in as the practice's doctor."""
    (subject,) = sql("SELECT subject FROM access_login WHERE id = %s", practice.doctor.login_id)[0]

    def opened(**told: object) -> Page:
        page = new_page(**told)
        page.goto("/sign-in/")
        page.locator(f"button[value='{subject}']").click()
        page.wait_for_url("**/start/")
        return page

    with override_settings(DEMO_PERSONAS=(*settings.DEMO_PERSONAS, (subject, ""))):
        yield opened


@pytest.fixture
def look(check_accessible: Callable[[Page], None]) -> Callable[[Page, str], None]:
    """Check that everybody can use a page; keep a picture where a folder for them is named."""

    def at(page: Page, name: str) -> None:
        if folder := os.environ.get("FORLOEB_PICTURES"):
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
        check_accessible(page)

    return at


def test_a_typed_value_is_followed_from_the_control_to_the_card(
    practice: Connected, as_doctor: Callable[..., Page], look: Callable[[Page, str], None]
):
    patient = practice.new_patient()
    page = as_doctor(viewport=DESK)
    page.goto(f"/patient/{patient.public_id}/")
    page.get_by_label("Vægt i dag").fill("81,5")
    page.get_by_role("button", name="Gem og afslut").click()
    page.wait_for_url("**/saved/")
    assert page.get_by_text("på vej til laboratoriekortet").count() >= 1
    look(page, "saved")
    work()
    page.goto(f"/patient/{patient.public_id}/")
    assert page.locator(".value-row", has_text="Vægt").get_by_text("i laboratoriekortet").is_visible()
    look(page, "control")
    page.goto(f"{practice.lps.url}/patient/{practice.on_card(patient)[0]['subject']['reference'][8:]}/card")
    assert page.get_by_text("81,5 kg").is_visible()
    if folder := os.environ.get("FORLOEB_PICTURES"):
        page.screenshot(path=Path(folder) / "lps.png", full_page=True)


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_what_did_not_arrive_is_sent_again_from_the_start_page(
    practice: Connected, as_doctor: Callable[..., Page], look: Callable[[Page, str], None], viewport: object
):
    patient = practice.new_patient()
    practice.lps.switch(refuse=True)
    practice.save(patient, {"value.weight": "81,5", "value.sbp_clinic": "134", "value.dbp_clinic": "82"})
    work()
    practice.lps.switch(refuse=False)
    page = as_doctor(viewport=viewport)
    width = 1280 if viewport is DESK else 390
    look(page, f"start-{width}")
    page.get_by_role("link", name=patient.name).first.click()
    look(page, f"card-{width}")
    page.locator("tr", has_text="Vægt").get_by_role("button", name="Send igen").click()
    assert page.get_by_text("Værdien er på vej igen.").is_visible()
    work()
    page.reload()
    row = page.locator("tr", has_text="Vægt")
    row.get_by_role("button", name="Fejlindtastet").click()
    assert page.locator("tr", has_text="Vægt").get_by_text("fejlindtastet").is_visible()
    work()
    page.reload()
    look(page, f"withdrawn-{width}")
    assert "received" in states(patient)
