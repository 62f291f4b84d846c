"""The work list as somebody uses it: a row that moves by itself, and a whole invitation without a script."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK
from tests.integration.test_work_list import medicine
from tests.support.personas import Cast

pytestmark = pytest.mark.browser

FRESH_WITHIN = 60.0

REFRESH = """() => {
    const refresh = document.querySelector('[data-refresh]');
    htmx.ajax('GET', refresh.getAttribute('hx-get'), {source: refresh, target: '#work-list'});
}"""
"""What the page does by itself every half minute."""


def signed_in(browser: Browser, site: str, *, javascript: bool = True) -> Page:
    context = browser.new_context(base_url=site, viewport=DESK, locale="da-DK", java_script_enabled=javascript)
    page = context.new_page()
    page.goto("/sign-in/")
    page.locator("button[name=persona][value=holm]").click()
    page.wait_for_url("**/start/")
    return page


def test_a_new_result_moves_its_row_on_an_open_page_within_a_minute(browser: Browser, site: str, cast: Cast):
    patient = cast.new_patient()
    medicine(cast, patient, "A10AE04")
    page = signed_in(browser, site)
    page.goto("/start/?list=over-treatment")
    row = page.locator(f"#row-{patient.public_id}")
    expect(row).to_have_count(0)
    cast.give_values(patient, 0, hba1c="41")
    begun = time.monotonic()
    expect(row).to_have_count(1, timeout=FRESH_WITHIN * 1000)
    took = time.monotonic() - begun
    print(f"the row was there after {took:.0f} s")
    assert took < FRESH_WITHIN
    page.context.close()


def test_a_list_in_which_somebody_reads_is_not_changed_under_their_eyes(browser: Browser, site: str):
    page = signed_in(browser, site)
    page.locator("#work-list .why summary").first.click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(REFRESH)
    page.wait_for_timeout(300)
    assert asked == []
    page.locator("#work-list .why summary").first.click()
    with page.expect_request(lambda request: "mark=" in request.url):
        page.evaluate(REFRESH)
    page.context.close()


def test_an_invitation_from_row_to_letter_and_answer_without_a_script(browser: Browser, site: str, cast: Cast):
    patient = cast.new_patient(conditions=("T90", "R95"))
    page = signed_in(browser, site, javascript=False)
    page.goto("/start/")
    expect(page.get_by_role("link", name="Indkald eller svar").first).to_be_visible()
    page.goto(f"/work-list/{patient.public_id}/")  # hers may stand on a later page
    page.get_by_role("button", name="Indkald", exact=True).click()
    expect(page.get_by_text("Indkaldelsen er noteret")).to_be_visible()
    letter = page.request.get(str(page.get_by_role("link", name="Brevet").get_attribute("href")))
    assert letter.body().startswith(b"%PDF-1.7")
    page.get_by_label("Hvad kom der ud af det?").select_option("declined")
    page.get_by_role("button", name="Notér det").click()
    expect(page.get_by_text("Afslået").first).to_be_visible()
    page.get_by_label("Hvorfor ikke?").select_option("declined")
    page.get_by_role("button", name="Ikke relevant").click()
    page.goto("/start/?place=settled")
    expect(page.locator(f"#row-{patient.public_id}")).to_have_count(1)
    page.context.close()
