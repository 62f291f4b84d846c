"""Every address, as each kind of reader who may see it, can be used by everybody.

By eye and by ear, with a keyboard alone, on a phone, at 400 %, in forced colours, and without a script. A new address
is visited by itself; one that is not a page is listed below, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import DESK, ENLARGED, PHONE, complaint, violations
from tests.support.app import App, register
from tests.support.html.validator import Validator
from tests.support.personas import Cast

pytestmark = pytest.mark.browser

DESIGN_SYSTEM = Path(__file__).parents[2] / "frontend" / "node_modules" / "dkfds" / "dist" / "css" / "dkfds.min.css"
LOOKS = (Path(__file__).parent / "every_page.js").read_text(encoding="utf-8")

READERS = {
    # who reads: the kind that a page says it is for
    "": "anyone",
    "holm": "practice",
    "nygaard": "professional",
    "karen": "patient",
    "sofie": "proxy",
}

NO_PAGE = {
    # address: why no page is looked at there
    "plan-pdf": "a print; veraPDF looks at it in tests/integration/test_printing.py",
    "own-plan-pdf": "a print; veraPDF looks at it in tests/integration/test_printing.py",
    "own-calendar": "a file for a calendar",
    "own-plan-fhir": "a file for another system; tests/integration/test_plan_as_fhir.py reads it",
    "own-summary-fhir": "a file for another system; tests/integration/test_plan_as_fhir.py reads it",
    "own-plan-cpd": "a file for another system; tests/integration/test_plan_documents.py reads it",
    "plan-cpd": "a file for another system; tests/integration/test_plan_documents.py reads it",
    "received-plan": "needs a received document; tests/browser/test_received_plan.py looks at it",
    "plans-feed": "a feed for portals; tests/integration/test_plans_feed.py reads it",
    "fhir-document-search": "FHIR, for other systems; tests/integration/test_documents_by_mhd.py",
    "fhir-document-search-posted": "FHIR, for other systems; tests/integration/test_documents_by_mhd.py",
    "fhir-document-generate": "FHIR, for other systems; tests/integration/test_documents_by_mhd.py",
    "fhir-document": "FHIR, for other systems; tests/integration/test_documents_by_mhd.py",
    "fhir-binary": "FHIR, for other systems; tests/integration/test_documents_by_mhd.py",
    "app-manifest": "a file for the browser; tests/integration/test_own_device.py",
    "service-worker": "a script; tests/browser/test_plan_offline.py",
    "statistics-csv": "a file of sums; tests/integration/test_statistics_page.py reads it",
    "work-list-csv": "a file; tests/integration/test_work_list_files.py reads it",
    "work-list-xlsx": "a file; tests/integration/test_work_list_files.py reads it",
    "work-list-letters": "a print; veraPDF looks at it in tests/integration/test_inviting.py",
    "invitation-letter": "a print; veraPDF looks at it in tests/integration/test_inviting.py",
    "guideline-export": "files of a version; tests/integration/test_guideline_drafts.py reads them",
    "guideline-draft-table": "needs a draft; tests/browser/test_guideline_drafts.py looks at it",
    "guideline-draft-numbers": "needs a draft; tests/browser/test_guideline_drafts.py looks at it",
    "guideline-draft-text": "needs a draft; tests/browser/test_guideline_drafts.py looks at it",
    "guideline-simulation": "needs a draft; tests/browser/test_guideline_drafts.py looks at it",
    "front": "leads on",
    "search": "posted to; looked at below",
    "look-up-reason": "posted to; its page is looked at below",
    "sign-in-provider": "leads to the provider",
    "sign-in-callback": "where the provider leads back to; leads on",
    "sign-in-persona": "posted to; leads on",
    "sign-in-choose": "for who has a choice; looked at below",
    "sign-in-code": "posted to; leads on",
    "app-consent": "asked for by an app; looked at below",
    "fhir-subscription-create": "spoken to by apps",
    "fhir-subscription": "spoken to by apps",
    "fhir-subscription-status": "spoken to by apps",
    "fhir-subscription-events": "spoken to by apps",
    "app-token": "spoken to by apps",
    "app-revoke": "spoken to by apps",
    "app-introspect": "spoken to by apps",
    "smart-configuration": "a file for apps; tests/integration/test_apps_of_others.py reads it",
    "fhir-smart-configuration": "a file for apps; tests/integration/test_apps_of_others.py reads it",
    "sign-out": "posted to; leads on",
    "sign-out-back-channel": "spoken to by the provider",
    "language": "posted to; leads back",
    "lps-results": "spoken to by record systems; tests/integration/test_laboratory_results.py",
    "referral-answers": "spoken to by municipalities' systems; tests/integration/test_referral_answers.py",
    "launch": "leads to the record system; tests/browser/test_from_the_record_system.py, its refusal below",
    "launch-callback": "where the record system leads back to; leads on",
    "launch-context": "posted to by the record system; leads on",
    "jwks": "a file for the record system",
    "cds-services": "for record systems; tests/integration/test_cds_hooks.py",
    "cds-call": "for record systems; tests/integration/test_cds_hooks.py",
    "cds-feedback": "for record systems; tests/integration/test_cds_hooks.py",
}

VALUES: dict[str, list[str]] = {"mark": ["made-up"], "name": ["type2_diabetes"], "frame": ["practice", "patient"]}
"""What stands in addresses beside Karen's id."""


REFUSED = {("shared", "holm"): "Karen is on the practice's own list, where the control page is theirs"}
"""Who is refused at an address that their kind may see; the refusal is looked at."""


def addresses(resolver: URLResolver) -> Iterator[URLPattern]:
    for found in resolver.url_patterns:
        if isinstance(found, URLResolver):
            yield from addresses(found)
        else:
            yield found


ALL = {str(address.name): address for address in addresses(get_resolver())}


@dataclass(frozen=True, slots=True)
class Visit:
    """One address as one reader."""

    reader: str
    name: str
    given: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return "-".join((self.name, *(value for _, value in self.given), *([self.reader] if self.reader else [])))

    def path(self, cast: Cast) -> str:
        needed = ALL[self.name].pattern.regex.groupindex
        whose = {"public_id": cast.id_of("karen")} if "public_id" in needed else {}
        whose |= {"letter": cast.letter_of("karen")} if "letter" in needed else {}
        return reverse(self.name, kwargs={**dict(self.given), **whose})


def visits() -> Iterator[Visit]:
    for name, address in ALL.items():
        for_whom = str(getattr(address.callback, "for_whom", "")).split("+")
        readers = [reader for reader, kind in READERS.items() if kind in for_whom]
        # Beside a public page, a signed-in reader's is the same.
        for reader in readers if name not in NO_PAGE else ():
            for key in VALUES:
                if key in address.pattern.regex.groupindex:
                    yield from (Visit(reader, name, ((key, value),)) for value in VALUES[key])
                    break
            else:
                yield Visit(reader, name)


def test_every_address_is_visited_or_says_why_not() -> None:
    visited = {visit.name for visit in visits()}
    assert visited | set(NO_PAGE) == set(ALL)
    assert not visited & set(NO_PAGE)
    kinds = {kind for address in ALL.values() for kind in str(address.callback.for_whom).split("+")}  # type: ignore[attr-defined]
    assert kinds - {"record-system", "token"} == set(READERS.values())


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    """What the browser has complained of since it was last asked."""
    return []


@pytest.fixture(scope="module")
def page_of(browser: Browser, site: str, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Give a reader's page, with scripts or without; each signs in once."""
    contexts: dict[tuple[str, bool], BrowserContext] = {}

    def opened(reader: str, *, javascript: bool = True) -> Page:
        key = (reader, javascript)
        if key not in contexts:
            context = browser.new_context(
                base_url=site, viewport=DESK, java_script_enabled=javascript, locale="da-DK", reduced_motion="reduce"
            )
            context.set_default_timeout(10_000)
            contexts[key] = context
            page = context.new_page()
            page.on("console", lambda message: complaints.extend(complaint(message, site)))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            if reader:
                page.goto("/sign-in/")
                page.locator(f"button[name=persona][value={reader}]").click()
        return contexts[key].pages[0]

    yield opened
    for context in contexts.values():
        context.close()


@pytest.fixture(scope="module")
def titles() -> dict[str, dict[str, str]]:
    """What each reader's pages are called: title, and the address it was seen at."""
    return {}


@pytest.fixture
def look_at(axe: str, validator: Validator, complaints: list[str]) -> Iterator[Callable[[Page], list[str]]]:
    """Look at a page in every way; gives what is wrong with it, as lines of text."""
    complaints.clear()

    def look(page: Page) -> list[str]:
        page.set_viewport_size(DESK)
        # `evaluate` is not bound by the page's content security policy, which stays as it is.
        page.evaluate(axe)
        page.evaluate(LOOKS)
        faults = [f"structure: {fault}" for fault in page.evaluate("everyPage.structure()")]
        faults += [f"rule left out of the stylesheet: {fault}" for fault in left_out(page)]
        faults += [f"no name: {fault}" for fault in nameless(page)]
        faults += [f"desk: {fault}" for fault in by_axe(page)]
        page.set_viewport_size(PHONE)
        faults += [f"phone: {fault}" for fault in (*by_axe(page), *too_wide(page))]
        page.set_viewport_size(ENLARGED)
        faults += [f"400 %: {fault}" for fault in too_wide(page)]
        page.set_viewport_size(DESK)
        faults += [f"keyboard: {fault}" for fault in unreached(page)]
        faults += [f"focus: {fault}" for fault in page.evaluate("everyPage.focus()")]
        page.emulate_media(forced_colors="active")
        faults += [f"forced colours: {fault}" for fault in page.evaluate("everyPage.forcedColours()")]
        faults += [f"forced colours, focus: {fault}" for fault in page.evaluate("everyPage.focus()")]
        page.emulate_media(forced_colors="none")
        return faults

    yield look
    assert not complaints, complaints


def left_out(page: Page) -> list[str]:
    """Give the design system's rules for what is on a page that the page's own stylesheet has not kept."""
    kept = "\n".join(
        page.request.get(str(link.get_attribute("href"))).text() for link in page.locator("link[rel=stylesheet]").all()
    )
    whole = DESIGN_SYSTEM.read_text(encoding="utf-8")
    found: list[str] = page.evaluate("([whole, kept]) => everyPage.lostRules(whole, kept)", [whole, kept])
    return found


def by_axe(page: Page) -> list[str]:
    """Ask axe: its rules for WCAG 2.2 AA, that for the size of targets among them, and its good habits."""
    found: dict[str, Any] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], rules: {'target-size': {enabled: true}}})"
    )
    return violations(found)


def too_wide(page: Page) -> list[str]:
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{width} pixels wider than the screen"] if width > 0 else []


INTERACTIVE = {
    "button", "link", "textbox", "searchbox", "checkbox", "radio", "combobox", "listbox", "menuitem", "slider",
    "spinbutton", "switch", "tab", "DisclosureTriangle", "Date", "dialog", "image", "group", "navigation", "form",
}  # fmt: skip
MAY_BE_NAMELESS = {"group", "navigation", "form", "dialog"}


def nameless(page: Page) -> Iterator[str]:
    """Give what a screen reader would announce without a name, from the browser's own accessibility tree."""
    session = page.context.new_cdp_session(page)
    tree: dict[str, Any] = session.send("Accessibility.getFullAXTree")
    session.detach()
    for node in tree["nodes"]:
        role = node.get("role", {}).get("value", "")
        is_focusable = any(p["name"] == "focusable" and p["value"].get("value") for p in node.get("properties", ()))
        is_asked = role in INTERACTIVE - MAY_BE_NAMELESS or (is_focusable and role not in ("RootWebArea", "main"))
        if not node.get("ignored") and is_asked and not node.get("name", {}).get("value", "").strip():
            yield f"{role} {node.get('backendDOMNodeId')}"


def unreached(page: Page) -> list[str]:
    """Press Tab until it begins again; give what it should have come by and did not, or came by in another order."""
    stops: int = page.evaluate("everyPage.startWalk()")
    for _ in range(stops + 12):
        for _ in range(8):
            page.keyboard.press("Tab")
        if page.evaluate("everyPage.isWalkOver()"):
            break
    found: list[str] = page.evaluate("everyPage.endWalk()")
    return found


@pytest.mark.parametrize("visit", list(visits()), ids=str)
def test_a_page_can_be_used_by_everybody(
    page_of: Callable[..., Page],
    look_at: Callable[[Page], list[str]],
    validator: Validator,
    titles: dict[str, dict[str, str]],
    cast: Cast,
    visit: Visit,
) -> None:
    path = visit.path(cast)
    page = page_of(visit.reader)
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == (403 if (visit.name, visit.reader) in REFUSED else 200), path
    assert page.url.endswith(path), "led elsewhere"
    faults = [f"HTML: {fault}" for fault in validator.faults(answer.text())]
    titles.setdefault(visit.reader, {})[path] = page.title()
    said = words(page)
    faults += look_at(page)

    plain = page_of(visit.reader, javascript=False)
    plain.goto(path)
    missing = said - words(plain)
    if len(missing) > max(3, len(said) // 50):  # the letters that are left are counted by a script
        faults.append(f"without a script: {sorted(missing)[:20]} are missing")
    assert not faults, "\n" + "\n".join(faults)


def words(page: Page) -> set[str]:
    """Give the words that can be read on a page, but for those of what only a script can do: a copy on the phone."""
    parts = page.locator("[data-own-device], [data-offline] [data-when]").all()
    left_out = " ".join(part.inner_text() for part in parts if part.is_visible())
    found, only_with_a_script = (
        set(re.findall(r"[^\W\d_]{3,}", text)) for text in (page.locator("main").inner_text(), left_out)
    )
    return found - only_with_a_script


def test_every_title_says_which_page_it_is(titles: dict[str, dict[str, str]]) -> None:
    for reader, found in titles.items():
        names = list(found.values())
        assert len(set(names)) == len(names), (reader, found)
        assert all(re.fullmatch(r".{3,} · Forløb", name) for name in names), (reader, found)


# --- Pages behind a form, and refusals ------------------------------------------------------------------------------


def found_by_name(page: Page, cast: Cast) -> None:
    page.goto("/start/")
    page.locator("input[name=sought]").fill("Vestergaard")
    page.locator("input[name=sought]").press("Enter")


def reason_for_a_look_up(page: Page, cast: Cast) -> None:
    page.goto("/look-up/")
    page.locator("input[name=number]").fill(cast.demo.patients["bent"].cpr_number)
    page.locator("input[name=number]").press("Enter")


def refused_control(page: Page, cast: Cast) -> None:
    page.goto(f"/patient/{cast.id_of('karen')}/")
    page.locator("[name='value.sbp_home']").fill("1360")
    page.get_by_role("button", name="Gem og afslut").click()
    page.locator(".error-summary").wait_for()


def choice_of_workplace(page: Page, cast: Cast) -> None:
    key = cast.works_in_two_places()
    with override_settings(DEMO_PERSONAS=(*settings.DEMO_PERSONAS, (key, ""))):
        page.goto("/sign-in/")
        page.locator(f"button[name=persona][value={key}]").click()
    page.goto("/sign-in/choose/")
    assert page.locator("button[name=organization]").count() == 2


def asked_by_an_app(page: Page, cast: Cast) -> None:
    scopes = "patient/*.rs user/*.rs user/Observation.cruds offline_access"
    site = page.evaluate("location.origin")
    page.goto(App(site, register(scopes=scopes), scope=scopes).address())


def asked_by_an_unknown_app(page: Page, cast: Cast) -> None:
    page.goto("/oauth/authorize/?client_id=nobody")


def not_for_this_reader(page: Page, cast: Cast) -> None:
    page.goto("/my-plan/")


def nothing_to_launch(page: Page, cast: Cast) -> None:
    page.goto("/launch")


def nothing_there(page: Page, cast: Cast) -> None:
    page.goto("/nothing-there/")


@pytest.mark.parametrize(
    ("reader", "reach"),
    [
        ("holm", found_by_name),
        ("nygaard", reason_for_a_look_up),
        ("holm", refused_control),
        ("karen", asked_by_an_app),
        ("holm", asked_by_an_app),
        ("karen", asked_by_an_unknown_app),
        ("holm", not_for_this_reader),
        ("", nothing_to_launch),
        ("", nothing_there),
        ("", choice_of_workplace),
    ],
)
def test_a_page_behind_a_form_and_a_refusal_too(
    page_of: Callable[..., Page],
    look_at: Callable[[Page], list[str]],
    validator: Validator,
    cast: Cast,
    reader: str,
    reach: Callable[[Page, Cast], None],
) -> None:
    page = page_of(reader)
    answers: list[Any] = []
    page.on("response", lambda answer: answers.append(answer) if answer.request.is_navigation_request() else None)
    reach(page, cast)
    page.wait_for_load_state()
    faults = [f"HTML: {fault}" for fault in validator.faults(answers[-1].text())] + look_at(page)
    assert not faults, "\n" + "\n".join(faults)
