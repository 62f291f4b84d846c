"""A plan comes from elsewhere, and the practice sees what became of it, on a desk and on a phone."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from forloeb.cda.writing import write
from forloeb.jobs import importing_cpd
from forloeb.people.models import Patient
from tests.browser.conftest import DESK, PHONE
from tests.integration.test_importing_cpd import about
from tests.support import cpd
from tests.support.personas import Cast

pytestmark = pytest.mark.browser

STRANGE = b"<component><section><title>Andet</title><text>En tekst, ingen kender.</text></section></component>"


@pytest.fixture
def patient(cast: Cast, tmp_path: Path) -> Patient:
    """Somebody about whom a plan was received: with a goal under a wrong name, and a section nobody knows."""
    patient = cast.new_patient(conditions=())
    document = about(patient)
    wrong = cpd.goal("MCS88028", "Motion aftalt mål", cpd.under("5", "k"))
    body = write(replace(document, goals=(*document.goals, wrong)))
    (tmp_path / "one.xml").write_bytes(body.replace(b"</structuredBody>", STRANGE + b"</structuredBody>"))
    importing_cpd.run([tmp_path], report=tmp_path / "report", at=cast.at, tell=print)
    return patient


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_practice_reads_what_was_received_and_what_became_of_it(
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, str], None],
    check_accessible: Callable[[Page], None],
    patient: Patient,
    viewport: ViewportSize,
) -> None:
    # Given a doctor on the control page
    page = new_page(viewport=viewport)
    sign_in(page, "holm")
    page.goto(f"/patient/{patient.public_id}/")
    expect(page.get_by_text("Fra forløbsplaner.dk, 02.06.2025").first).to_be_visible()
    check_accessible(page)
    shot(page, f"control-{viewport['width']}")

    # When they open the earlier versions, and there what was received
    page.get_by_role("link", name="Tidligere udgaver").click()
    expect(page.get_by_role("heading", name="Modtaget fra forløbsplaner.dk")).to_be_visible()
    check_accessible(page)
    shot(page, f"history-{viewport['width']}")
    page.get_by_role("link", name="Forløbsplan for diabetes").click()

    # Then they read what to look at, and what is kept only
    expect(page.get_by_role("heading", name="Se på dette")).to_be_visible()
    expect(page.get_by_text("Navnet passer ikke til koden")).to_be_visible()
    expect(page.get_by_text("En tekst, ingen kender.")).to_be_visible()
    expect(page.get_by_text("Konsultation").first).to_be_visible()
    check_accessible(page)
    shot(page, f"received-{viewport['width']}")


def shot(page: Page, name: str) -> None:
    """Keep a picture, where somebody wants to look."""
    if folder := os.environ.get("FORLOEB_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
