"""The plan on paper, from the practice's page and the patient's own, and that all of it conforms to PDF/UA-1."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO

import pypdf
import pytest
import typst
from django.test import Client
from django.utils.translation import override

from forloeb.careplans import queries
from forloeb.pdf.plan import PlanDocument, render
from forloeb.people.queries import find_practice
from forloeb.people.viewers import looking
from forloeb.web.print_view import plan_document
from tests.support.pdf_ua import failures
from tests.unit.pdf.papers import EMOJI, HOSTILE, VALUE, pages, plan


@pytest.fixture
def document(cast):
    """Give a patient's plan as words, in a language."""

    def make(key: str = "karen", language: str = "da", as_of: date | None = None) -> PlanDocument:
        holm, day = cast.staff("holm"), as_of or cast.as_of
        with looking(holm), override(language):
            control = queries.get_control(cast.id_of(key), seen_by=holm, as_of=day)
            return plan_document(control, find_practice(control.patient.id, as_of=day))

    return make


@pytest.fixture
def signed_in(cast):
    """Open the pages as one of the cast, as the personas' page does."""

    def sign_in(key: str) -> Client:
        client = Client(SERVER_NAME="localhost", headers={"accept-language": "da"})
        client.post("/sign-in/persona/", {"persona": key})
        return client

    return sign_in


def test_every_print_conforms_to_pdf_ua_1(document):
    prints = {}
    for language in ("da", "en", "ar"):
        for key in ("karen", "bent", "ove", "lis", "aase", "jens", "pia"):
            paper = document(key, language)
            prints[f"{key} {language}"] = render(paper)
            prints[f"{key} {language} large"] = render(paper, large_print=True)
    for number, text in enumerate((*HOSTILE, *EMOJI, "שלום עולם", "السلام عليكم", "中文", "x" * 300)):
        value = replace(VALUE, name=text, reason=text, help=text)
        hostile = plan(matters=text, note=text, patient=text, values=(value,), unknown=(text,), reminders=(text,))
        prints[f"hostile {number}"] = render(hostile)
        prints[f"hostile {number} large"] = render(hostile, large_print=True)
    prints["sixty rows"] = render(plan(values=(VALUE,) * 60))
    assert {name: found for name, found in failures(prints).items() if found} == {}


def test_the_validator_fails_what_does_not_conform():
    source = b'#set document(title: "x")\n#set text(lang: "da")\n= Min plan\nTekst\n'
    untagged = typst.compile(source, pdf_tags=False)
    tagged_only = typst.compile(source)
    found = failures({"untagged": untagged, "tagged": tagged_only, "conforms": render(plan())})
    assert any(line.startswith("7.1-") and "tag" in line.lower() for line in found["untagged"]), found["untagged"]
    assert any("PDF/UA identification" in line.replace("Identification", "identification") for line in found["tagged"])
    assert found["conforms"] == []


def test_the_practice_prints_a_plan_with_the_notice_that_nobody_has_signed_the_content(cast, signed_in):
    response = signed_in("holm").get(f"/patient/{cast.id_of('karen')}/plan.pdf")
    assert response["Content-Type"] == "application/pdf"
    first = pages(response.content)[0]
    assert "De anbefalede mål afventer klinisk godkendelse" in first
    assert "Karen Vestergaard" in first
    assert "Lægerne ved Åen" in first


def test_the_patient_prints_the_same_plan(cast, signed_in):
    own = pages(signed_in("karen").get("/my-plan/plan.pdf").content)
    assert own == pages(signed_in("holm").get(f"/patient/{cast.id_of('karen')}/plan.pdf").content)


def test_large_print_is_set_in_18_points(cast, signed_in):
    body = signed_in("karen").get("/my-plan/plan.pdf?large=1").content
    sizes: set[float] = set()
    for page in pypdf.PdfReader(BytesIO(body)).pages:
        page.extract_text(visitor_text=lambda text, _cm, tm, _font, size: sizes.add(round(size * abs(tm[0]), 1)))
    assert 18.0 in sizes


def test_no_practice_prints_the_plan_of_someone_it_has_nothing_to_do_with(cast, signed_in):
    assert signed_in("lund").get(f"/patient/{cast.id_of('karen')}/plan.pdf").status_code == 403


def test_nobody_prints_without_signing_in(cast):
    assert Client(SERVER_NAME="localhost").get(f"/patient/{cast.id_of('karen')}/plan.pdf").status_code == 302
    assert Client(SERVER_NAME="localhost").get("/my-plan/plan.pdf").status_code == 302


def test_the_file_is_named_after_nobody(cast, signed_in):
    response = signed_in("holm").get(f"/patient/{cast.id_of('karen')}/plan.pdf")
    assert response["Content-Disposition"] == 'inline; filename="forloebsplan.pdf"'


def test_numbers_and_days_are_written_in_the_language_of_the_paper(document):
    danish = "".join(pages(render(document())))
    english = "".join(pages(render(document(language="en"))))
    assert "1,6 mmol/L" in danish
    assert "1.6 mmol/L" in english
    assert "under 1,4" in danish
    assert "Side 1 af" in danish
    assert "Page 1 of" in english


def test_how_a_value_stands_is_said_in_words_and_a_sign(document):
    values = {value.name: value for value in document().values}
    assert (values["Rygning"].symbol, values["Rygning"].status) == ("✓", "Du er i mål")
    assert (values["Vægt"].symbol, values["Vægt"].status) == ("–", "Vi følger det")
    assert all(value.symbol and value.status for value in values.values())


def test_a_goal_that_is_a_choice_is_said(document):
    goals = {value.name: value.goal for value in document().values}
    assert goals["Rygning"] == "Holdt op / Aldrig røget"


def test_a_graph_is_told_in_words_and_its_letters_can_be_read(document):
    drawn = [value for value in document().values if value.chart]
    assert len(drawn) > 5
    for value in drawn:
        assert "mål" in value.chart_alt.lower() or "værdier" in value.chart_alt
        assert 'font-size="12"' not in value.chart


def test_what_is_not_known_is_listed(document):
    paper = document()
    assert "Tjek af øjne" in paper.unknown
    assert all(name in "".join(pages(render(paper))).replace("\n", " ") for name in ("Tjek af øjne", "Mål om livet"))
