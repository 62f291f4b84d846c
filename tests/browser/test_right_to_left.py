"""Karen reads her plan in Arabic, from the right; what people wrote stays as they wrote it, and staff read Danish."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]
SignIn = Callable[[Page, str], None]
Check = Callable[[Page], None]

ARABIC, DANISH = "العربية", "Dansk"
AS_WRITTEN = "معروض كما كُتب، دون ترجمة"
OWN_PAGES = ("", "measure/", "measure/blood-pressure/", "questions/", "write/", "access/", "log/", "history/", "wrong/")


def test_karen_chooses_arabic_and_reads_her_plan_from_the_right(new_page: NewPage, sign_in: SignIn) -> None:
    # Given Karen on her phone, without scripts
    phone = new_page(viewport=PHONE, javascript=False)
    sign_in(phone, "karen")
    expect(phone.locator("html")).to_have_attribute("dir", "ltr")

    # When she chooses Arabic
    phone.get_by_role("button", name=ARABIC).click()

    # Then the page is Arabic and turns
    expect(phone.locator("html")).to_have_attribute("lang", "ar")
    expect(phone.locator("html")).to_have_attribute("dir", "rtl")
    expect(phone.get_by_role("heading", level=1)).to_have_text("خطتي")
    expect(phone.get_by_role("heading", name="سكر الدم على المدى الطويل")).to_be_visible()
    expect(phone.locator(".foot-note")).to_contain_text("لم يراجع مترجم مختص")

    # And a click takes her back
    phone.get_by_role("button", name=DANISH).click()
    expect(phone.locator("html")).to_have_attribute("lang", "da")
    expect(phone.locator("html")).to_have_attribute("dir", "ltr")


def test_what_people_wrote_stands_in_danish_and_says_so_once_a_block(phone: Page, sign_in: SignIn) -> None:
    # Given Karen's plan, where she and her doctor have written
    sign_in(phone, "karen")
    expect(phone.get_by_text(AS_WRITTEN)).to_have_count(0)

    # When she reads it in Arabic
    phone.get_by_role("button", name=ARABIC).click()

    # Then her own words are marked as Danish, and read from the left
    words = phone.locator(".own-words")
    expect(words).to_have_attribute("lang", "da")
    assert words.evaluate("element => getComputedStyle(element).direction") == "ltr"

    # And each block says once that they are not translated
    expect(phone.locator(".own-matters .untranslated")).to_have_text(AS_WRITTEN)
    agreed = phone.locator("section[aria-labelledby=own-agreed-heading]")
    expect(agreed.locator("bdi[lang=da]").first).to_be_visible()
    expect(agreed.locator(".untranslated")).to_have_count(1)


def test_a_graph_goes_from_the_left_and_says_so(phone: Page, sign_in: SignIn) -> None:
    # Given Karen's plan in Arabic
    sign_in(phone, "karen")
    phone.get_by_role("button", name=ARABIC).click()
    chart = phone.locator(".own-cards svg.chart").first

    # Then time goes from left to right, and who hears the graph is told
    assert chart.evaluate("element => getComputedStyle(element).direction") == "ltr"
    expect(chart.locator("title")).to_contain_text("يسير الزمن من اليسار إلى اليمين")
    first, last = (chart.locator("circle").nth(place).bounding_box() for place in (0, -1))
    assert first is not None
    assert last is not None
    assert first["x"] < last["x"]


@pytest.mark.parametrize("name", OWN_PAGES)
def test_every_page_of_the_patient_can_be_read_from_the_right(
    phone: Page, sign_in: SignIn, check_accessible: Check, name: str
) -> None:
    # Given Karen, who has chosen Arabic
    sign_in(phone, "karen")
    phone.get_by_role("button", name=ARABIC).click()

    # When she opens one of her pages
    phone.goto(f"/my-plan/{name}")

    # Then all can use it, and what leads back points to the right
    expect(phone.locator("html")).to_have_attribute("dir", "rtl")
    check_accessible(phone)
    if name:
        back = phone.locator(".icon-svg--turns").first
        assert back.evaluate("element => getComputedStyle(element).transform") == "matrix(-1, 0, 0, 1, 0, 0)"


def test_the_questions_stay_in_danish_and_the_page_says_so(phone: Page, sign_in: SignIn) -> None:
    # Given Karen, who has chosen Arabic
    sign_in(phone, "karen")
    phone.get_by_role("button", name=ARABIC).click()

    # When she opens the questions before her control
    phone.goto("/my-plan/questions/")

    # Then each is marked as Danish, and she is told whom to ask
    expect(phone.get_by_text("الأسئلة بالدنماركية")).to_be_visible()
    expect(phone.locator("legend").first.locator("span")).to_have_attribute("lang", "da")


def test_staff_who_have_chosen_arabic_read_danish(new_page: NewPage) -> None:
    # Given a browser where someone chose Arabic before the sign-in
    desk = new_page()
    desk.goto("/sign-in/")
    desk.get_by_role("button", name=ARABIC).click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("تسجيل الدخول")

    # When a doctor signs in
    desk.locator("button[name=persona][value=holm]").click()

    # Then the page is Danish, and offers English alone
    expect(desk.locator("html")).to_have_attribute("lang", "da")
    expect(desk.locator("html")).to_have_attribute("dir", "ltr")
    expect(desk.get_by_role("heading", level=1)).to_have_text("I dag")
    expect(desk.locator(".language-switch button")).to_have_text(["English"])


@pytest.mark.parametrize("language", [DANISH, ARABIC])
def test_nothing_is_cut_when_the_browser_writes_twice_as_large(phone: Page, sign_in: SignIn, language: str) -> None:
    # Given Karen, whose browser's letters are twice as large
    sign_in(phone, "karen")
    if language != DANISH:
        phone.get_by_role("button", name=language).click()
        expect(phone.locator("html")).to_have_attribute("dir", "rtl")
    expect(phone.locator("html")).to_have_css("font-size", "10px")  # 62.5 % of the browser's

    for name in OWN_PAGES:
        # When she opens a page
        phone.goto(f"/my-plan/{name}")
        phone.evaluate("document.documentElement.style.fontSize = '125%'")
        phone.evaluate("document.fonts.ready.then(() => true)")

        # Then nothing goes over its edge
        width: int = phone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"/my-plan/{name} is {width} pixels wider than the screen: {phone.evaluate(WIDER)}"


WIDER = """[...document.querySelectorAll('main *, header *, footer *')]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
  .map(e => e.outerHTML.slice(0, 120)).slice(0, 5)"""
