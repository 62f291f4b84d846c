"""Take the screenshots in docs/images from a running demo.

.venv/bin/forloeb serve --demo --fresh &        then
.venv/bin/python tools/take_screenshots.py http://127.0.0.1:8000
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
CHROMIUM = Path("/usr/bin/chromium")
DESK: ViewportSize = {"width": 1280, "height": 1000}
PHONE: ViewportSize = {"width": 390, "height": 844}


def main(address: str) -> None:
    with sync_playwright() as playwright:
        found = str(CHROMIUM) if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--headless"])
        page = signed_in(browser, address, "holm", DESK)
        page.get_by_role("link", name="Karen Vestergaard").first.click()
        page.screenshot(path=IMAGES / "control-page.png")
        phone = signed_in(browser, address, "karen", PHONE)
        phone.screenshot(
            path=IMAGES / "patient-phone.png", clip={"x": 0, "y": 0, "width": 390, "height": 1500}, full_page=True
        )
        across_sectors(browser, address)
        browser.close()


def across_sectors(browser: Browser, address: str) -> None:
    """Take what the other readers see: a relative, a nurse, someone who must say why; and what Karen decides."""
    relative = signed_in(browser, address, "sofie", PHONE)
    relative.screenshot(path=IMAGES / "relative-phone.png")
    nurse = signed_in(browser, address, "nygaard", DESK)
    nurse.get_by_role("link", name="Karen Vestergaard").click()
    nurse.screenshot(path=IMAGES / "municipal-nurse.png")
    desk = signed_in(browser, address, "holm", DESK)
    desk.get_by_role("link", name="Karen Vestergaard").first.click()
    number = re.search(r"\d{6}-\d{4}", desk.locator(".control-who").inner_text())
    desk.get_by_role("link", name="Teamet om patienten").click()
    desk.screenshot(path=IMAGES / "care-team.png", full_page=True)
    ward = signed_in(browser, address, "birk", DESK)
    ward.locator("#number").fill(number.group() if number else "")
    ward.get_by_role("button", name="Find").click()
    ward.screenshot(path=IMAGES / "why-look-up.png", clip={"x": 0, "y": 0, "width": 1280, "height": 780})
    ward.get_by_label("Værdispring").check()
    ward.get_by_label("Med dine egne ord").fill("Bevidstløs på skadestuen")
    ward.get_by_role("button", name="Åbn planen").click()
    karen = signed_in(browser, address, "karen", PHONE)
    karen.goto("/my-plan/access/")
    karen.screenshot(path=IMAGES / "who-may-see.png")
    karen.goto("/my-plan/log/")
    karen.screenshot(path=IMAGES / "who-has-seen.png")


def signed_in(browser: Browser, address: str, persona: str, viewport: ViewportSize) -> Page:
    page = browser.new_context(viewport=viewport, locale="da-DK", base_url=address).new_page()
    page.goto("/sign-in/")
    page.locator(f"button[name=persona][value={persona}]").click()
    return page


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
