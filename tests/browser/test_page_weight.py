"""The pages are light: what a browser with an empty cache has sent to it, as it is sent, stays below 150 kB."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PHONE
from tests.support.personas import Cast

pytestmark = pytest.mark.browser

MOST = 150_000
"""Bytes of a page, its styles, scripts and pictures, head and body, without fonts."""
DKFDS_SCRIPT = "dkfds.min.js"


def sent_for(page: Page, path: str) -> dict[str, int]:
    """Open a page with an empty cache; give what was sent for each address, in bytes on the wire."""
    asked: dict[str, str] = {}
    sent: dict[str, int] = {}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    session.on("Network.responseReceived", lambda e: asked.update({e["requestId"]: e["response"]["url"]}))
    session.on("Network.loadingFinished", lambda e: sent.update({e["requestId"]: e["encodedDataLength"]}))
    page.goto(path, wait_until="networkidle")
    session.detach()
    # What an earlier page was still waiting for is not this page's.
    return {urlsplit(asked[one]).path: size for one, size in sent.items() if asked.get(one, "").startswith("http")}


@pytest.mark.parametrize(
    ("reader", "path", "counts_letters"),
    [
        pytest.param("", "/sign-in/", False, id="sign-in"),
        pytest.param("karen", "/my-plan/", False, id="the-patients-plan"),
        pytest.param("holm", "/start/", False, id="the-start-page"),
        pytest.param("holm", "/patient/{karen}/", True, id="the-control-page"),
    ],
)
def test_a_page_weighs_less_than_150_kB_without_fonts(
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, str], None],
    cast: Cast,
    reader: str,
    path: str,
    counts_letters: bool,
) -> None:
    page = new_page(viewport=PHONE)
    if reader:
        sign_in(page, reader)
        page.wait_for_load_state("networkidle")
    sent = sent_for(page, path.format(karen=cast.id_of("karen")))
    fonts = {name for name in sent if "/fonts/" in name}
    assert sum(size for name, size in sent.items() if name not in fonts) < MOST, sent
    # Each weight of the letters once, in the one format that every browser of ours reads.
    assert fonts
    assert all(name.endswith(".woff2") for name in fonts), fonts
    # The design system's script comes only where it has something to do.
    assert any(name.endswith(DKFDS_SCRIPT) for name in sent) is counts_letters
