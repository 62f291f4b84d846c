"""Everyone who may read the plan reads it: a patient, a relative, a municipal nurse, a physiotherapist, a practice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Page, expect

from forloeb.people.models import Patient
from tests.browser.conftest import ENLARGED, PHONE
from tests.support.personas import Cast

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]
SignIn = Callable[[Page, str], None]
Check = Callable[[Page], None]


@pytest.fixture
def inga(cast: Cast) -> Patient:
    """Someone whom only her practice knows."""
    return cast.new_patient(conditions=("T90", "R95"), years=70)


@pytest.fixture
def as_inga(cast: Cast, inga: Patient) -> Iterator[str]:
    key = cast.give_login(inga)
    with override_settings(DEMO_PERSONAS=(*settings.DEMO_PERSONAS, (key, ""))):
        yield key


def test_a_patient_lets_her_daughter_in_and_out_again(
    cast: Cast, new_page: NewPage, sign_in: SignIn, check_accessible: Check, as_inga: str
) -> None:
    # Given Inga on her phone, without scripts
    phone = new_page(viewport=PHONE, javascript=False)
    sign_in(phone, as_inga)
    phone.get_by_role("link", name="Hvem må se min plan").click()

    # When she makes a code for her daughter
    phone.get_by_role("button", name="Lav en kode").click()
    expect(phone.get_by_role("alert")).to_contain_text("Skriv, hvem det er")
    phone.get_by_label("Hvem er det?").fill("Maja, min datter")
    phone.get_by_role("button", name="Lav en kode").click()
    code = phone.locator(".own-code").inner_text()

    # And the daughter, whom nobody here knows, types it
    stranger = new_page(viewport=PHONE)
    with override_settings(DEMO_PERSONAS=(*settings.DEMO_PERSONAS, ("lund", ""))):
        accept(cast, code, "maja")
    with override_settings(DEMO_PERSONAS=(("maja", ""),)):
        sign_in(stranger, "maja")
        expect(stranger.get_by_role("heading", level=1)).to_have_text("Planen for Ny " + stranger_name(phone))
        expect(stranger.get_by_text("Du læser for en anden")).to_be_visible()
        expect(stranger.get_by_role("link", name="Skriv i min plan")).to_have_count(0)
        check_accessible(stranger)

    # Then Inga sees that she has read it, and stops it
    phone.goto("/my-plan/log/")
    expect(phone.locator(".looks li").first).to_contain_text("Maja, min datter")
    phone.goto("/my-plan/access/")
    phone.get_by_role("button", name="Stop det").click()
    stranger.goto("/my-plan/")
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Du kan ikke længere læse planen")
    check_accessible(stranger)


def accept(cast: Cast, code: str, subject: str) -> None:
    from forloeb.access import proxies
    from forloeb.jobs.demo.cast import ISSUER

    proxies.accept_proxy(code, issuer=ISSUER, subject=subject, at=cast.at, as_of=cast.as_of)


def stranger_name(phone: Page) -> str:
    """Give the family name, as the patient's own pages do not show it."""
    return Patient.objects.using("loader").order_by("-pk").values_list("family_name", flat=True)[0]


def test_someone_with_a_code_and_no_plan_types_it_after_signing_in(
    cast: Cast, new_page: NewPage, sign_in: SignIn, check_accessible: Check, inga: Patient
) -> None:
    # Given a code from Inga, and someone nobody here knows
    from forloeb.access import proxies
    from forloeb.people.viewers import looking

    by = cast.as_patient(inga)
    with looking(by):
        given = proxies.give_proxy("Min nabo", 3, by=by, at=cast.at, as_of=cast.as_of)
    phone = new_page(viewport=PHONE)
    with override_settings(DEMO_PERSONAS=(*settings.DEMO_PERSONAS, ("neighbour-of-inga", ""))):
        phone.goto("/sign-in/")
        post_persona(phone, "neighbour-of-inga")

        # When they sign in and mistype it, and then type it right
        expect(phone.get_by_role("heading", level=1)).to_have_text("Vi kender dig ikke her")
        check_accessible(phone)
        phone.get_by_label("Koden").fill("AAAA-BBBB-CCCC")
        phone.get_by_role("button", name="Brug koden").click()
        expect(phone.get_by_text("Koden findes ikke, er brugt eller er for gammel")).to_be_visible()
        phone.get_by_label("Koden").fill(given.code.lower().replace("-", " "))
        phone.get_by_role("button", name="Brug koden").click()

        # Then they read the plan
        expect(phone.get_by_text("Du læser for en anden")).to_be_visible()


def post_persona(page: Page, key: str) -> None:
    """Choose someone whom the page does not offer, as a provider could send somebody we do not know."""
    offered = page.locator("button[name=persona]").first
    offered.evaluate("(button, key) => { button.value = key }", key)
    offered.click()


def test_a_municipal_nurse_opens_a_referral_and_writes_back(
    cast: Cast, new_page: NewPage, sign_in: SignIn, check_accessible: Check, inga: Patient, as_inga: str
) -> None:
    # Given a practice that opens the plan to the municipality
    desk = new_page()
    sign_in(desk, "holm")
    desk.goto(f"/patient/{inga.public_id}/team/")
    check_accessible(desk)
    desk.get_by_label("Hvor?").select_option(label="Åby Kommune")
    desk.get_by_label("Til hvad?").select_option(label="KOL-rehabilitering")
    desk.get_by_role("button", name="Åbn planen for dem").click()
    expect(desk.get_by_text("ikke bekræftet endnu")).to_be_visible()

    # When the nurse opens it from her list, confirms, and writes a note
    nurse = new_page()
    sign_in(nurse, "nygaard")
    check_accessible(nurse)
    nurse.get_by_role("link", name=f"Ny {inga.family_name}").click()
    expect(nurse.get_by_role("heading", name="Kort fortalt")).to_be_visible()
    check_accessible(nurse)
    nurse.get_by_role("button", name="Bekræft, at vi har modtaget henvisningen").click()
    nurse.get_by_role("button", name="Gem beskeden").click()
    expect(nurse.get_by_role("alert").first).to_contain_text("Skriv et par ord til lægehuset")
    nurse.get_by_label("Besked til lægehuset").fill("Hun går nu uden rollator.")
    nurse.get_by_role("button", name="Gem beskeden").click()
    expect(nurse.locator(".notes")).to_contain_text("Hun går nu uden rollator.")

    # Then the practice and Inga read it, and Inga can close it
    desk.goto(f"/patient/{inga.public_id}/")
    expect(desk.locator(".across")).to_contain_text("Hun går nu uden rollator.")
    phone = new_page(viewport=PHONE)
    sign_in(phone, as_inga)
    expect(phone.get_by_text("Hun går nu uden rollator.")).to_be_visible()
    phone.goto("/my-plan/access/")
    phone.get_by_role("button", name="Luk min plan for alle andre end min læge").click()
    nurse.reload()
    expect(nurse.get_by_role("heading", level=1)).to_have_text("Patienten har sagt nej til det her")
    check_accessible(nurse)


@pytest.mark.parametrize("viewport", [PHONE, ENLARGED])
def test_a_physiotherapist_says_why_and_a_patient_who_said_no_is_opened_in_an_emergency_only(
    new_page: NewPage,
    sign_in: SignIn,
    check_accessible: Check,
    inga: Patient,
    as_inga: str,
    viewport: dict[str, int],
) -> None:
    # Given Inga, who has closed her plan
    phone = new_page(viewport=PHONE)
    sign_in(phone, as_inga)
    phone.goto("/my-plan/access/")
    phone.get_by_role("button", name="Luk min plan for alle andre end min læge").click()
    check_accessible(phone)

    # When a physiotherapist at the hospital looks her up
    ward = new_page(viewport=viewport)
    sign_in(ward, "birk")
    ward.get_by_label("CPR-nummer eller erstatningsnummer").fill("12")
    ward.get_by_role("button", name="Find").click()
    expect(ward.get_by_role("alert").first).to_contain_text("ti cifre")
    ward.get_by_label("CPR-nummer eller erstatningsnummer").fill(inga.cpr_number or "")
    ward.get_by_role("button", name="Find").click()
    check_accessible(ward)
    ward.get_by_role("button", name="Åbn planen").click()
    expect(ward.get_by_role("alert").first).to_contain_text("Vælg en grund")
    ward.get_by_label("Jeg behandler eller plejer borgeren nu").check()
    ward.get_by_role("button", name="Åbn planen").click()

    # Then he is told that she has said no, and opens it as an emergency
    expect(ward.get_by_text("Patienten har sagt nej", exact=True)).to_be_visible()
    check_accessible(ward)
    ward.get_by_label("Værdispring").check()
    ward.get_by_label("Med dine egne ord").fill("Bevidstløs på skadestuen")
    ward.get_by_role("button", name="Åbn planen").click()
    expect(ward.get_by_text("Åbnet som værdispring")).to_be_visible()
    check_accessible(ward)
    assert (inga.cpr_number or "x") not in ward.url

    # And Inga sees it, marked, with his reason
    phone.goto("/my-plan/log/")
    expect(phone.locator(".look--emergency").first).to_contain_text("Bevidstløs på skadestuen")
    check_accessible(phone)


def test_an_assistant_without_an_authorization_is_told_what_to_do(
    new_page: NewPage, sign_in: SignIn, check_accessible: Check
) -> None:
    page = new_page()
    sign_in(page, "storm")
    expect(page.get_by_role("heading", level=1)).to_have_text("Du skal have autorisation for at slå planer op")
    expect(page.get_by_text("nspSundAssistR2")).to_be_visible()
    check_accessible(page)


def test_what_is_wrong_is_said_on_the_phone_and_answered_at_the_desk(
    new_page: NewPage, sign_in: SignIn, check_accessible: Check, cast: Cast, inga: Patient, as_inga: str
) -> None:
    # Given Inga, who sees a weight that is not hers
    cast.give_values(inga, 1, weight="91")
    phone = new_page(viewport=PHONE)
    sign_in(phone, as_inga)
    phone.get_by_role("link", name="Er noget forkert?").click()
    check_accessible(phone)
    phone.get_by_role("button", name="Send").click()
    expect(phone.locator(".error-summary")).to_contain_text("Skriv, hvad der er forkert")
    phone.get_by_label("Hvad handler det om?").select_option(index=0)
    phone.get_by_label("Hvad er forkert?").fill("Jeg vejer 71 kg.")
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_text("Venter på svar")).to_be_visible()

    # When the practice finds it among today's work, and answers
    desk = new_page()
    sign_in(desk, "krogh")
    desk.get_by_role("link", name=f"Ny {inga.family_name}").first.click()
    check_accessible(desk)
    desk.get_by_label("Det er rettet").check()
    desk.get_by_label("Et par ord til patienten").fill("Tak. Vi havde byttet om på to.")
    desk.get_by_role("button", name="Svar").click()

    # Then Inga reads the answer
    phone.reload()
    expect(phone.get_by_text("Tak. Vi havde byttet om på to.")).to_be_visible()
    check_accessible(phone)
