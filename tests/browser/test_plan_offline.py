"""The plan on the phone: kept when she asks for it, read without a network, and gone when she signs out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from tests.browser.conftest import CHROMIUM, FLAGS, PHONE

pytestmark = pytest.mark.browser

KEPT = "Din plan er gemt på denne telefon."

EVERYTHING_STORED = """async () => {
  const given = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const readable = (value) => {
    if (value instanceof CryptoKey) return { key: value.algorithm.name, extractable: value.extractable };
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      return ["utf-8", "utf-16le", "latin1"].map((name) => new TextDecoder(name).decode(value));
    }
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, readable(part)]));
    }
    return value;
  };
  const found = { databases: [], caches: [], workers: 0, storage: [{ ...localStorage }, { ...sessionStorage }] };
  for (const { name } of await indexedDB.databases()) {
    const database = await given(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const rows = await given(database.transaction(store).objectStore(store).getAll());
      found.databases.push({ name, store, rows: rows.map(readable) });
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const answer = await cache.match(request);
      found.caches.push({ address: request.url, text: await answer.text() });
    }
  }
  found.workers = (await navigator.serviceWorker.getRegistrations()).length;
  return found;
}"""

NOTHING = {"databases": [], "caches": [], "workers": 0, "storage": [{}, {}]}

RUNS_OUT_OF_ROOM = """
  IDBObjectStore.prototype.put = () => { throw new DOMException("no room", "QuotaExceededError"); };
"""


def stored(page: Page) -> dict[str, Any]:
    """Give all that the browser has kept for the site, with what was sealed read in every usual way."""
    found: dict[str, Any] = page.evaluate(EVERYTHING_STORED)
    return found


def keep(page: Page) -> None:
    page.get_by_role("button", name="Gem min plan på denne telefon").click()
    expect(page.get_by_text(KEPT)).to_be_visible()


@pytest.fixture
def karens(phone: Page, sign_in: Callable[[Page, str], None]) -> Page:
    """Karen's phone, where she has signed in and allowed the copy."""
    sign_in(phone, "karen")
    phone.goto("/my-plan/")
    keep(phone)
    return phone


def go_offline(page: Page, *, and_open: str = "/my-plan/") -> None:
    page.context.set_offline(True)
    page.goto(and_open)


def age_by(page: Page, days: int) -> None:
    """Let so many days pass since the plan was read."""
    page.clock.install()
    page.clock.fast_forward(days * 24 * 3600 * 1000)


def test_the_plan_is_read_without_a_network_after_it_was_allowed(
    phone: Page, sign_in: Callable[[Page, str], None], check_accessible: Callable[[Page], None]
) -> None:
    # Given that Karen keeps her plan on her phone
    sign_in(phone, "karen")
    phone.goto("/my-plan/")
    number = phone.locator(".own-value strong").first.inner_text()
    keep(phone)
    check_accessible(phone)
    read = phone.locator("[data-own-device]").get_attribute("data-read")
    assert read

    # When she opens it where there is no network
    go_offline(phone)

    # Then it is there, with its graphs and its icons, and says that it is a copy and of when
    expect(phone.get_by_role("heading", level=1)).to_have_text("Min plan")
    expect(phone.locator(".alert").first).to_contain_text(
        f"Her er en kopi af din plan. {read}. Tallene kan være andre nu."
    )
    expect(phone.locator(".own-value strong").first).to_have_text(number)
    graph = phone.locator(".own-card svg.chart").first
    expect(graph).to_be_visible()
    assert graph.locator("path, circle").count() > 2
    assert phone.locator(".own-card .status svg").first.bounding_box()

    # And nothing is offered that needs the network
    expect(phone.locator("form")).to_have_count(0)
    expect(phone.locator("main a:visible[href]:not([href^='tel:'])")).to_have_count(0)
    check_accessible(phone)


def test_another_page_says_that_there_is_no_network_and_leads_to_the_copy(
    karens: Page, check_accessible: Callable[[Page], None]
) -> None:
    go_offline(karens, and_open="/my-plan/log/")
    expect(karens.get_by_role("heading", level=1)).to_have_text("Du har ikke net")
    expect(karens.locator("main")).not_to_contain_text("HbA1c")
    check_accessible(karens)
    karens.get_by_role("link", name="Læs kopien af min plan").click()
    expect(karens.locator(".own-value").first).to_be_visible()


def test_a_page_that_answers_with_a_no_is_not_hidden_by_the_copy(karens: Page) -> None:
    answer = karens.goto("/my-plan/nowhere/")
    assert answer
    assert answer.status == 404
    expect(karens.locator("[data-offline]")).to_have_count(0)


def test_nothing_is_kept_before_it_is_allowed(phone: Page, sign_in: Callable[[Page, str], None]) -> None:
    sign_in(phone, "karen")
    phone.goto("/my-plan/")
    expect(phone.get_by_role("button", name="Gem min plan på denne telefon")).to_be_visible()
    assert stored(phone) == NOTHING


def test_what_is_kept_can_be_read_by_nobody_without_the_key_and_the_key_cannot_be_taken_out(karens: Page) -> None:
    karens.goto("/my-plan/log/")
    karens.goto("/my-plan/")
    expect(karens.get_by_text(KEPT)).to_be_visible()
    found = stored(karens)
    ((row,),) = [database["rows"] for database in found["databases"]]
    assert row["key"] == {"key": "AES-GCM", "extractable": False}
    assert len(row["sealed"][0]) > 1000
    # No name, no value, no word of the plan: neither in the database nor among the files that the worker keeps.
    everything = json.dumps(found, ensure_ascii=False)
    assert not [word for word in ("Vestergaard", "Karen", "HbA1c", "own-card", "mmol") if word in _data_of(found)]
    assert "Vestergaard" not in everything
    pages = [kept["address"] for kept in found["caches"] if "/static/" not in kept["address"]]
    assert [address.split("/", 3)[3] for address in pages] == ["offline/"]


def _data_of(found: dict[str, Any]) -> str:
    """Give what is stored, apart from our style sheets and scripts, which name parts of pages."""
    files = [kept for kept in found["caches"] if "/static/" not in kept["address"]]
    return json.dumps({**found, "caches": files}, ensure_ascii=False)


def test_every_visit_makes_a_new_copy_under_a_new_key(karens: Page) -> None:
    before = stored(karens)["databases"]
    karens.reload()
    expect(karens.get_by_text(KEPT)).to_be_visible()
    after = stored(karens)["databases"]
    assert len(after) == len(before) == 1
    assert after[0]["rows"][0]["iv"] != before[0]["rows"][0]["iv"]
    assert after[0]["rows"][0]["readAt"] > before[0]["rows"][0]["readAt"]


def assert_offline_shows_nothing(page: Page) -> None:
    page.context.set_offline(True)
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        page.goto("/my-plan/")
    page.context.set_offline(False)


def test_signing_out_erases_the_key_and_the_copy(karens: Page) -> None:
    karens.get_by_role("button", name="Log ud").click()
    expect(karens.get_by_role("heading", level=1)).to_have_text("Du er logget ud")
    assert stored(karens) == NOTHING
    assert_offline_shows_nothing(karens)


def test_signing_out_erases_them_also_when_our_script_does_not_run(karens: Page) -> None:
    # The answer to the sign-out tells the browser.
    karens.evaluate("HTMLFormElement.prototype.submit.call(document.querySelector('form.sign-out'))")
    expect(karens.get_by_role("heading", level=1)).to_have_text("Du er logget ud")
    assert stored(karens) == NOTHING
    assert_offline_shows_nothing(karens)


def test_signing_out_where_there_is_no_network_erases_them_too(karens: Page) -> None:
    karens.context.set_offline(True)
    with karens.expect_event("requestfailed"):
        karens.get_by_role("button", name="Log ud").click()
    karens.context.set_offline(False)
    karens.goto("/signed-out/")
    assert stored(karens) == NOTHING


@pytest.mark.parametrize("other", ["bent", "sofie", "holm"], ids=["a patient", "a relative", "a doctor"])
def test_another_person_who_signs_in_erases_the_copy(
    karens: Page, sign_in: Callable[[Page, str], None], other: str
) -> None:
    sign_in(karens, other)
    expect(karens.locator(".bar-who")).not_to_have_text("Karen Vestergaard")
    erased = ([], [], 0)
    for _ in range(100):  # the page erases as soon as it has come, and says nothing of it
        found = stored(karens)
        if (held := (found["databases"], found["caches"], found["workers"])) == erased:
            break
        karens.wait_for_timeout(100)
    assert held == erased
    assert_offline_shows_nothing(karens)


def test_signing_in_again_as_the_same_person_keeps_the_copy(karens: Page, sign_in: Callable[[Page, str], None]) -> None:
    # The session ended by itself: she did not sign out.
    karens.context.clear_cookies()
    karens.goto("/my-plan/")
    expect(karens).to_have_url(re.compile("/sign-in/"))
    sign_in(karens, "karen")
    karens.goto("/my-plan/")
    expect(karens.get_by_text(KEPT)).to_be_visible()
    go_offline(karens)
    expect(karens.locator(".own-value").first).to_be_visible()


def test_she_erases_it_herself_with_or_without_a_network(karens: Page) -> None:
    karens.get_by_role("button", name="Slet den fra telefonen").click()
    expect(karens.get_by_text("Planen er slettet fra telefonen.")).to_be_focused()
    assert stored(karens) == NOTHING

    karens.reload()
    keep(karens)
    go_offline(karens)
    karens.get_by_role("button", name="Slet den fra telefonen").click()
    expect(karens.get_by_text("Planen er slettet fra telefonen.")).to_be_focused()
    expect(karens.locator(".own-value")).to_have_count(0)
    assert stored(karens) == NOTHING


def test_a_copy_older_than_thirty_days_is_erased_and_not_shown(karens: Page) -> None:
    age_by(karens, 29)
    go_offline(karens)
    expect(karens.locator(".own-value").first).to_be_visible()
    age_by(karens, 31)
    karens.goto("/my-plan/")
    expect(karens.get_by_text("Din plan er ikke gemt på denne telefon.")).to_be_visible()
    expect(karens.locator(".own-value")).to_have_count(0)
    assert stored(karens) == NOTHING


def test_a_phone_with_no_room_says_that_the_plan_could_not_be_kept(
    phone: Page, sign_in: Callable[[Page, str], None]
) -> None:
    sign_in(phone, "karen")
    phone.add_init_script(RUNS_OUT_OF_ROOM)
    phone.goto("/my-plan/")
    phone.get_by_role("button", name="Gem min plan på denne telefon").click()
    expect(phone.get_by_text("Din plan kunne ikke gemmes her.")).to_be_focused()
    assert stored(phone) == NOTHING


def test_without_a_script_the_copy_is_not_offered(
    new_page: Callable[..., Page], sign_in: Callable[[Page, str], None]
) -> None:
    page = new_page(viewport=PHONE, javascript=False)
    sign_in(page, "karen")
    page.goto("/my-plan/")
    expect(page.locator("[data-own-device]")).to_be_hidden()


def test_a_relative_is_not_offered_a_copy_of_anothers_plan(phone: Page, sign_in: Callable[[Page, str], None]) -> None:
    sign_in(phone, "sofie")
    phone.goto("/my-plan/")
    expect(phone.locator("[data-own-device]")).to_have_count(0)


@pytest.fixture
def lasting(browser: Browser, site: str, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser that keeps things on the disk, in `tmp_path`, as a phone does."""
    context = browser.browser_type.launch_persistent_context(
        tmp_path,
        executable_path=str(CHROMIUM) if CHROMIUM.exists() else None,
        args=FLAGS,
        base_url=site,
        viewport=PHONE,
        locale="da-DK",
    )
    yield context
    context.close()


# The browser compresses what it stores and so breaks up common words; one in letters that nothing else has stays whole.
RARE_WORD = "ЖЩЮЯФЦ"


def test_the_disk_holds_the_copy_and_not_a_word_of_it(
    lasting: BrowserContext, sign_in: Callable[[Page, str], None], tmp_path: Path
) -> None:
    page = lasting.new_page()
    sign_in(page, "karen")
    page.goto("/my-plan/")
    page.locator(".own-words").evaluate("(words, rare) => words.textContent = rare", RARE_WORD)
    keep(page)
    owner = page.locator("meta[name=device-owner]").get_attribute("content")
    assert owner
    lasting.close()
    disk = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    # The copy's tag is not sealed and lies beside it: this is the place.
    assert owner.encode() in disk
    assert [code for code in ("utf-8", "utf-16-le") if RARE_WORD.encode(code) in disk] == []


def test_the_patients_page_can_be_installed_as_an_app(
    lasting: BrowserContext, sign_in: Callable[[Page, str], None]
) -> None:
    phone = lasting.new_page()
    sign_in(phone, "karen")
    phone.goto("/my-plan/")
    browser = lasting.new_cdp_session(phone)
    manifest = browser.send("Page.getAppManifest")
    assert manifest["url"].endswith("/app.webmanifest")
    assert manifest["errors"] == []
    told = json.loads(manifest["data"])
    assert (told["start_url"], told["display"], told["lang"]) == ("/my-plan/", "standalone", "da")
    assert browser.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
