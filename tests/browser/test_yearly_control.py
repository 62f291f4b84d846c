"""The yearly control, from the start page to the patient's phone: the job that everything else is there for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.test import override_settings
from playwright.sync_api import Locator, Page, expect

from forloeb.people.models import Patient
from tests.browser.conftest import DESK, ENLARGED, PHONE
from tests.support.personas import Cast

pytestmark = pytest.mark.browser

ALL_THREE = ("T90", "R95", "K76")
BEFORE = {
    "hba1c": "56",
    "ldl": "1,9",
    "egfr": "72",
    "uacr": "12",
    "fev1_fvc": "0,58",
    "fev1_pct": "62",
    "height": "1,64",
}
TODAY = {
    "sbp_home": "136",
    "dbp_home": "78",
    "weight": "74,2",
    "mrc": "2",
    "cat": "12",
    "exac": "0",
    "alcohol": "3",
}


class Clicks:
    """Counts every click that is not typing."""

    def __init__(self) -> None:
        self.made = 0

    def on(self, found: Locator) -> None:
        found.click()
        self.made += 1


@pytest.fixture
def karla(cast: Cast) -> Patient:
    """Someone with all three diseases and results from the laboratory, and no plan yet."""
    patient = cast.new_patient(conditions=ALL_THREE, years=68)
    cast.give_values(patient, 1, **BEFORE)
    return patient


@pytest.fixture
def as_patient(cast: Cast, karla: Patient) -> Iterator[str]:
    """The name by which she may be chosen on the demo's sign-in page."""
    from django.conf import settings

    key = cast.give_login(karla)
    with override_settings(DEMO_PERSONAS=(*settings.DEMO_PERSONAS, (key, "Til prøve"))):
        yield key


def name_of(patient: Patient) -> str:
    return f"{patient.given_name} {patient.family_name}"


def open_control(page: Page, patient: Patient) -> None:
    page.goto(f"/patient/{patient.public_id}/")


def fill_today(page: Page, values: dict[str, str]) -> None:
    for measure, text in values.items():
        page.locator(f"[name='value.{measure}']").fill(text)


def save(page: Page) -> Locator:
    return page.get_by_role("button", name="Gem og afslut")


def test_a_control_with_all_three_diseases_takes_few_clicks_and_reaches_the_patient(
    page: Page,
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, str], None],
    check_accessible: Callable[[Page], None],
    karla: Patient,
    as_patient: str,
) -> None:
    # Given a patient who needs a plan
    clicks = Clicks()
    sign_in(page, "holm")
    check_accessible(page)
    row = page.locator(".work-list tr", has_text=name_of(karla))
    expect(row).to_contain_text("Ingen plan")

    # When the doctor opens her, types the day's values, has the reason of a goal shown, and saves
    clicks.on(row.get_by_role("link", name=name_of(karla), exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text(name_of(karla))
    check_accessible(page)
    ldl = page.locator(".value-row", has_text="LDL-kolesterol")
    expect(ldl).to_contain_text("< 1,4")
    fill_today(page, TODAY)
    page.locator("[name='statement.matters']").fill("At kunne passe min have.")
    page.locator("[name='new-agreement.1.text']").fill("Går en tur hver dag")
    clicks.on(save(page))

    # Then the plan is saved in three parts, can be printed, and is off the list of those without one
    expect(page.get_by_role("heading", level=1)).to_contain_text("er gemt")
    check_accessible(page)
    assert page.locator(".saved-plans li").count() == 3
    assert clicks.made <= 5
    printed = page.request.get(page.get_by_role("link", name="Udskriv planen").get_attribute("href") or "")
    assert printed.body().startswith(b"%PDF-1.7")
    page.get_by_role("link", name="Tilbage til listen").click()
    expect(page.locator(".work-list tr", has_text=name_of(karla)).get_by_text("Ingen plan")).to_have_count(0)

    # And she reads it on her phone, in words of her own
    phone = new_page(viewport=PHONE)
    sign_in(phone, as_patient)
    expect(phone.locator(".own-matters")).to_contain_text("At kunne passe min have.")
    pressure = phone.locator(".own-card", has_text="Blodtryk hjemme")
    expect(pressure).to_contain_text("136/78")
    expect(pressure).to_contain_text("Ikke i mål endnu")
    expect(phone.get_by_text("Går en tur hver dag")).to_be_visible()
    check_accessible(phone)
    own = phone.request.get(phone.get_by_role("link", name="Stor skrift").get_attribute("href") or "")
    assert own.body().startswith(b"%PDF-1.7")


def test_without_a_script_a_fault_keeps_all_that_was_typed(
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, str], None],
    check_accessible: Callable[[Page], None],
    karla: Patient,
) -> None:
    # Given a phone whose scripts are off
    page = new_page(viewport=PHONE, javascript=False)
    sign_in(page, "holm")
    open_control(page, karla)

    # When a pressure that cannot be true is typed among good values
    fill_today(page, {**TODAY, "sbp_home": "1360"})
    save(page).click()

    # Then the page says which, all else stands, and mended it is saved
    fault = page.locator(".error-summary a", has_text="Systolisk blodtryk, hjemme")
    expect(fault).to_have_attribute("href", "#value-sbp_home")
    expect(page.locator("[name='value.weight']")).to_have_value("74,2")
    page.locator("[name='value.sbp_home']").fill("136")
    save(page).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("er gemt")


def test_another_goal_needs_its_reason_and_the_patient_reads_it(
    page: Page,
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, str], None],
    karla: Patient,
    as_patient: str,
) -> None:
    # Given the control page
    sign_in(page, "holm")
    open_control(page, karla)

    # When the goal is another than the recommended, without a reason
    page.locator("[name='goal.hba1c']").fill("< 62")
    save(page).click()

    # Then the reason is asked for, its field in sight
    expect(page.locator(".error-summary")).to_be_visible()
    reason = page.locator("[name='reason.hba1c']")
    expect(reason).to_be_visible()
    reason.fill("Du bliver let svimmel.")
    save(page).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("er gemt")

    # And the patient sees both goals, and why
    phone = new_page(viewport=PHONE)
    sign_in(phone, as_patient)
    card = phone.locator(".own-card", has_text="Langtidsblodsukker")
    expect(card).to_contain_text("Vores mål: under 62")
    expect(card).to_contain_text("Du bliver let svimmel.")
    expect(card).to_contain_text("Du er i mål")


def test_the_nurse_begins_and_the_doctor_goes_on(
    page: Page, new_page: Callable[..., Page], sign_in: Callable[[Page, str], None], karla: Patient
) -> None:
    # Given that the nurse has typed a weight, and the page has kept it by itself
    sign_in(page, "krogh")
    open_control(page, karla)
    page.locator("[name='value.weight']").fill("74,2")
    page.keyboard.press("Tab")
    expect(page.locator("#draft-state")).to_contain_text("Kladde")
    expect(page.locator("#calculated")).to_contain_text("27,6")

    # When the doctor opens the same control
    doctors = new_page()
    sign_in(doctors, "holm")
    open_control(doctors, karla)

    # Then what the nurse typed is there
    expect(doctors.locator("[name='value.weight']")).to_have_value("74,2")


def test_the_recommended_goal_explains_itself(
    page: Page, sign_in: Callable[[Page, str], None], check_accessible: Callable[[Page], None], karla: Patient
) -> None:
    sign_in(page, "holm")
    open_control(page, karla)
    row = page.locator(".value-row", has_text="LDL-kolesterol")
    row.locator("summary").first.click()
    why = row.locator(".details-text")
    expect(why).to_contain_text("IHS-LDL")
    expect(why).to_contain_text("Andre vejledninger siger")
    check_accessible(page)


@pytest.mark.parametrize("viewport", [ENLARGED, PHONE, DESK], ids=["enlarged", "phone", "desk"])
def test_every_page_of_the_practice_can_be_used_by_all(
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, str], None],
    check_accessible: Callable[[Page], None],
    cast: Cast,
    viewport: dict[str, int],
) -> None:
    page = new_page(viewport=viewport)
    sign_in(page, "holm")
    karen = cast.id_of("karen")
    for address in ("/start/", f"/patient/{karen}/", f"/patient/{karen}/history/", "/guidelines/", "/guidelines/copd/"):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        check_accessible(page)


@pytest.mark.parametrize("viewport", [ENLARGED, PHONE, DESK], ids=["enlarged", "phone", "desk"])
def test_every_page_of_the_patient_can_be_used_by_all(
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, str], None],
    check_accessible: Callable[[Page], None],
    viewport: dict[str, int],
) -> None:
    page = new_page(viewport=viewport)
    sign_in(page, "karen")
    for address in ("/my-plan/", "/my-plan/history/", "/my-plan/log/", "/my-plan/write/"):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        check_accessible(page)


def test_the_list_is_sorted_and_people_are_found_without_their_number_in_the_address(
    page: Page, sign_in: Callable[[Page, str], None], karla: Patient
) -> None:
    sign_in(page, "holm")
    page.get_by_role("link", name="Alder").click()
    expect(page).to_have_url(re.compile("order=age"))
    page.get_by_role("searchbox").fill(karla.family_name)
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("link", name=name_of(karla))).to_be_visible()
    assert karla.family_name not in page.url
