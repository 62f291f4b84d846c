"""A guideline changed in the browser, simulated, published, and what the practice then answers: on desk and phone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import DESK, PHONE
from tests.integration.test_plan_changes import finish
from tests.support.editions import HEART, held_since_yesterday, lowered, published, put_back, simulated
from tests.support.personas import Cast

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def fresh(cast: Cast) -> Iterator[None]:
    with put_back():
        yield


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_an_author_changes_a_goal_and_sees_what_it_does(
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, str], None],
    check_accessible: Callable[[Page], None],
    cast: Cast,
    viewport: ViewportSize,
) -> None:
    # Given an author in the handbook
    page = new_page(viewport=viewport)
    sign_in(page, "holm")
    page.goto(f"/guidelines/{HEART}/")
    check_accessible(page)
    shot(page, f"handbook-{viewport['width']}")

    # When they begin a draft and lower the goal for LDL
    page.get_by_role("link", name="Begynd en kladde").click()
    page.get_by_role("button", name="Begynd en kladde").click()
    page.get_by_role("link", name="LDL-mål ved iskæmisk hjertesygdom").click()
    check_accessible(page)
    shot(page, f"table-{viewport['width']}")
    page.get_by_label("Mål for LDL-kolesterol").fill("< 1,2")
    page.get_by_role("button", name="Gem kladden").click()

    # Then they are told what it changes, and which case no longer comes out
    page.get_by_role("link", name="Overblik og kontrol").click()
    expect(page.get_by_text("ihs: the status of ldl")).to_be_visible()
    expect(page.get_by_text("LDL-kolesterol < 1,2")).to_be_visible()
    check_accessible(page)
    shot(page, f"draft-{viewport['width']}")
    page.get_by_role("link", name="guideline.yaml").click()
    check_accessible(page)
    page.goto(f"/guidelines/{HEART}/draft/numbers/")
    check_accessible(page)
    shot(page, f"numbers-{viewport['width']}")

    # And what it would do among their own patients
    page.get_by_role("link", name="Simulering").first.click()
    page.get_by_role("button", name="Simulér på vores egne patienter").click()
    expect(page.get_by_role("heading", name="Mål, der ændres")).to_be_visible()
    check_accessible(page)
    shot(page, f"simulation-{viewport['width']}")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_another_publishes_it(
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, str], None],
    check_accessible: Callable[[Page], None],
    cast: Cast,
    viewport: ViewportSize,
) -> None:
    patient = cast.new_patient(conditions=("K74",))
    finish(cast, patient)
    lowered(cast, "1.2")
    simulated(cast)
    page = new_page(viewport=viewport)
    sign_in(page, "lund")
    page.goto(f"/guidelines/{HEART}/draft/")
    page.get_by_label("Hvorfor retningslinjen ændres").fill("Nyt dansk studie")
    page.get_by_label("Gælder fra").fill((cast.as_of + timedelta(days=1)).isoformat())
    check_accessible(page)
    shot(page, f"publish-{viewport['width']}")
    page.get_by_role("button", name="Jeg har kontrolleret kladden").click()
    expect(page.get_by_text("Kommer til at gælde")).to_be_visible()
    check_accessible(page)
    shot(page, f"versions-{viewport['width']}")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_practice_answers_what_a_version_proposes_and_the_patient_reads_it(
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, str], None],
    check_accessible: Callable[[Page], None],
    cast: Cast,
    viewport: ViewportSize,
) -> None:
    # Given a version that has come since Karen's control
    lowered(cast, "1.2")
    simulated(cast)
    published(cast, because="Nyt dansk studie")
    held_since_yesterday(cast)
    page = new_page(viewport=viewport)
    sign_in(page, "holm")
    page.goto("/guidelines/changes/")
    check_accessible(page)
    shot(page, f"waiting-{viewport['width']}")

    # When the practice opens hers from the control page
    page.goto(f"/patient/{cast.id_of('karen')}/")
    check_accessible(page)
    shot(page, f"control-{viewport['width']}")
    page.goto(f"/patient/{cast.id_of('karen')}/changes/")
    expect(page.get_by_text("Nyt dansk studie")).to_be_visible()
    check_accessible(page)
    shot(page, f"changes-{viewport['width']}")
    page.get_by_role("button", name="Overtag").first.click()
    expect(page.get_by_text("Målet er ændret")).to_be_visible()
    check_accessible(page)
    shot(page, f"answered-{viewport['width']}")

    # Then she reads what changed and why, and the practice can go back
    hers = new_page(viewport=viewport)
    sign_in(hers, "karen")
    hers.goto("/my-plan/history/")
    expect(hers.get_by_role("heading", name="Ændret mellem kontrollerne")).to_be_visible()
    check_accessible(hers)
    shot(hers, f"own-history-{viewport['width']}")
    page.get_by_role("button", name="Gå tilbage til").click()
    expect(page.get_by_text("Det tidligere mål gælder igen")).to_be_visible()
    page.goto(f"/guidelines/{HEART}/overrides/")
    check_accessible(page)
    shot(page, f"overrides-{viewport['width']}")


def shot(page: Page, name: str) -> None:
    """Keep a picture where one is asked for."""
    if folder := os.environ.get("FORLOEB_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
