"""What browser tests share: the site, a real Chromium, and two questions to every page: can all use it, is it valid."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, ViewportSize, sync_playwright

from tests.support.html.validator import Validator
from tests.support.node import MODULES
from tests.support.personas import Cast
from tests.support.site import served

# Playwright keeps an event loop in the tests' thread, and Django takes that for asynchronous code. It is not.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 900}
ENLARGED: ViewportSize = {"width": 320, "height": 256}
"""A desk's screen at 400 %, where WCAG 2.2 asks that nothing need be scrolled sideways (1.4.10)."""


WIDEST = """[...document.querySelectorAll("main *")]
    .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth)
    .map(one => `${one.tagName}.${one.className}`).slice(0, 8).join(", ")"""
"""What stands out of the screen, for whoever mends it."""


@pytest.fixture(scope="session")
def site(cast: Cast) -> Iterator[str]:
    """The application with the cast in its database; gives its address."""
    with served() as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium where there is one, else Playwright's own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM) if CHROMIUM.exists() else None, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Open pages, each in a browser of its own: `new_page(viewport=PHONE, javascript=False)`.

    Whatever the browser complains of on our pages (a script's error, a breach of the content security policy) fails
    the test.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(*, viewport: ViewportSize = DESK, javascript: bool = True, base: str = site) -> Page:
        context = browser.new_context(
            base_url=base, viewport=viewport, java_script_enabled=javascript, locale="da-DK", reduced_motion="reduce"
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.extend(complaint(message, base)))
        page.on("response", lambda response: _keep(page, response))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, complaints


# A page that says no is an error to the browser's console, and no fault of ours.
_REFUSAL = re.compile(r"the server responded with a status of 4\d\d")


def complaint(message: ConsoleMessage, base: str) -> Iterator[str]:
    is_ours = message.location.get("url", "").startswith(base)
    if message.type in ("error", "warning") and is_ours and not _REFUSAL.search(message.text):
        yield message.text


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """One page at a desk."""
    return new_page()


@pytest.fixture
def phone(new_page: Callable[..., Page]) -> Page:
    """One page on a phone."""
    return new_page(viewport=PHONE)


@pytest.fixture(scope="session")
def validator() -> Iterator[Validator]:
    """The HTML validator, kept running."""
    running = Validator()
    yield running
    running.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that looks for what some people cannot use."""
    return (MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def check_accessible(axe: str, validator: Validator) -> Callable[[Page], None]:
    """Check a page as it stands: no axe violation, nothing wider than the screen, and its document valid HTML."""

    def check(page: Page) -> None:
        # `evaluate` is not bound by the page's content security policy, which stays as it is.
        page.evaluate(axe)
        found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert not violations(found), violations(found)
        width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"the page is {width} pixels wider than the screen: {page.evaluate(WIDEST)}"
        faults = validator.faults(_sent[page].text())
        assert not faults, faults

    return check


def violations(found: dict[str, Any]) -> list[str]:
    return [f"{v['id']}: {v['help']}: {node['html'][:200]}" for v in found["violations"] for node in v["nodes"]]


_sent: WeakKeyDictionary[Page, Response] = WeakKeyDictionary()
"""The document that each page shows, as it was sent."""


def _keep(page: Page, response: Response) -> None:
    if response.request.is_navigation_request() and response.frame == page.main_frame:
        _sent[page] = response


@pytest.fixture
def sign_in() -> Callable[[Page, str], None]:
    """Sign in as one of the cast: `sign_in(page, "krogh")`."""

    def as_persona(page: Page, persona: str) -> None:
        page.goto("/sign-in/")
        page.locator(f"button[name=persona][value={persona}]").click()

    return as_persona


def session_of(page: Page) -> str | None:
    """Give the name of the browser's session, or None."""
    return next((c["value"] for c in page.context.cookies() if c.get("name") == "forloeb_session"), None)
