"""From a patient's page in the record system into the plan: in a tab, and in a frame 900 pixels wide."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.support.connected import work
from tests.support.launching import Beside, site_beside_record_system
from tests.support.personas import Cast

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def beside(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    with site_beside_record_system(cast, tmp_path_factory.mktemp("lps")) as running:
        yield running


@pytest.fixture
def desk(new_page: Callable[..., Page], beside: Beside) -> Page:
    """A desk where the record system is open; what the browser says of our own pages there fails the test."""
    return new_page(base=beside.site)


def open_patient(page: Page, beside: Beside, name: str) -> None:
    """Find a patient in the record system as a person does."""
    page.goto(beside.system.address)
    page.get_by_role("link", name=name).click()


@pytest.mark.parametrize("way", ["Åbn forløbsplan (SMART)", "Åbn forløbsplan (signeret kald)"])
def test_a_click_on_a_patients_page_opens_the_plan(
    cast: Cast, desk: Page, beside: Beside, check_accessible: Callable[[Page], None], way: str
) -> None:
    open_patient(desk, beside, "Karen Vestergaard")
    desk.get_by_role("link", name=way, exact=True).click()
    desk.wait_for_url(f"{beside.site}/patient/{cast.id_of('karen')}/")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Karen Vestergaard")
    check_accessible(desk)


def test_a_card_on_the_patients_page_leads_to_the_plan_too(cast: Cast, desk: Page, beside: Beside) -> None:
    open_patient(desk, beside, "Ove Lindgren")
    desk.get_by_text("Årskontrollen er overskredet").click()
    desk.get_by_role("link", name="Åbn forløbsplanen").first.click()
    desk.wait_for_url(f"{beside.site}/patient/{cast.id_of('ove')}/")


def test_a_value_typed_in_the_plan_arrives_in_the_laboratory_card(desk: Page, beside: Beside) -> None:
    open_patient(desk, beside, "Bent Sørensen")
    desk.get_by_role("link", name="Åbn forløbsplan (SMART)", exact=True).click()
    desk.locator("[name='value.weight']").fill("94,7")
    desk.get_by_role("button", name="Gem og afslut").click()
    desk.wait_for_url("**/saved/")
    work()
    open_patient(desk, beside, "Bent Sørensen")
    desk.get_by_role("link", name="Laboratoriekort").click()
    row = desk.get_by_role("row").filter(has_text="94,7 kg")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Forløbsplan")


def framed(page: Page, beside: Beside) -> Frame:
    """Give our page in the record system's frame, once it is there."""
    page.frame_locator("iframe").get_by_role("heading", level=1).wait_for()
    return next(frame for frame in page.frames if frame.url.startswith(beside.site))


@pytest.mark.parametrize("how", ["smart", "signed"])
def test_the_plan_works_in_the_record_systems_frame(desk: Page, beside: Beside, how: str) -> None:
    desk.goto(f"{beside.system.address}/patient/lis/frame?how={how}")
    frame = framed(desk, beside)
    assert frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert frame.evaluate("window.innerWidth") == 900
    # The values are a table, as at a desk, and why a value stands as it does can be read beside it.
    assert frame.locator(".values thead").first.is_visible()
    frame.locator(".values .why summary").first.click()
    assert frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    # The cookies of the session and of the forms hold in the frame: a draft is kept.
    frame.get_by_role("button", name="Gem som kladde").click()
    expect(desk.frame_locator("iframe").get_by_text("Kladden er gemt. Du eller en kollega")).to_be_visible()


def test_a_session_that_ends_in_the_frame_says_there_what_to_do(desk: Page, beside: Beside) -> None:
    desk.goto(f"{beside.system.address}/patient/lis/frame?how=signed")
    frame = framed(desk, beside)
    frame.get_by_role("button", name="Log ud").click()
    frame.wait_for_url(f"{beside.site}/signed-out/")
    frame.goto(f"{beside.site}/start/")
    expect(frame.get_by_text("Åbn planen fra lægesystemet igen.")).to_be_visible()


def test_nobody_else_may_show_our_pages_in_a_frame(desk: Page, beside: Beside) -> None:
    desk.goto(f"{beside.system.address}/patient/lis/frame?how=signed")
    framed(desk, beside)
    desk.goto(beside.system.authorization + "/jwks")
    desk.evaluate(
        "address => document.body.append(Object.assign(document.createElement('iframe'), {src: address}))",
        f"{beside.site}/start/",
    )
    desk.wait_for_timeout(1000)
    shown = [frame for frame in desk.frames if frame != desk.main_frame]
    assert all(not frame.locator("main").count() for frame in shown)
