"""The work list as files: the same rows as on the page, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import zipfile
from io import BytesIO, StringIO

import pytest
from django.urls import reverse
from lxml import etree

from forloeb.people.models import Patient
from forloeb.people.viewers import looking
from forloeb.population.worklist import get_worklist
from forloeb.web.tables import as_csv, as_xlsx
from tests.integration.test_access import signed_in
from tests.integration.test_audit import entries
from tests.support.personas import Cast

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
EVIL = (
    "=1+1",
    "+45 12",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1+1",
    "＝1",
    '=HYPERLINK("http://x","y")',
    "=cmd|' /C calc'!A0",
)


def cells(book: bytes) -> list[list[str]]:
    """Read a sheet's cells back as the texts they show; a formula would be a cell with `f`."""
    with zipfile.ZipFile(BytesIO(book)) as parts:
        shared = etree.fromstring(parts.read("xl/sharedStrings.xml"))
        strings = ["".join(one.itertext()) for one in shared.iter(f"{SHEET}si")]
        sheet = etree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
        assert not any(name.startswith("xl/externalLinks") for name in parts.namelist())
    assert not list(sheet.iter(f"{SHEET}f"))
    assert not list(sheet.iter(f"{SHEET}hyperlink"))
    return [[_shown(cell, strings) for cell in row] for row in sheet.iter(f"{SHEET}row")]


def _shown(cell: etree._Element, strings: list[str]) -> str:
    value = cell.findtext(f"{SHEET}v", "")
    return strings[int(value)] if cell.get("t") == "s" else value


@pytest.mark.parametrize("text", EVIL)
def test_no_text_is_a_formula(text: str):
    (_, (written,)) = csv.reader(StringIO(as_csv(["x"], [[text]]).decode("utf-8-sig"), newline=""), delimiter=";")
    assert written.startswith("'")
    (_, (shown,)) = cells(as_xlsx("x", ["x"], [[text]]))
    assert shown == "".join(c for c in text if c.isprintable())


def test_both_files_hold_every_row_of_the_list_once(database: dict[str, str], cast: Cast):
    patient, holm, client = cast.new_patient(), cast.staff("holm"), signed_in(cast, "holm")
    Patient.objects.using("loader").filter(pk=patient.pk).update(given_name="=1+1", family_name="@Ondsindet")
    with looking(holm):
        people = get_worklist(seen_by=holm, as_of=cast.as_of)
    before = len(entries(database, "event = 'work-list-exported'"))
    given = client.get(reverse("work-list-csv")).content.decode("utf-8-sig")
    from_csv = list(csv.reader(StringIO(given, newline=""), delimiter=";"))
    from_excel = cells(client.get(reverse("work-list-xlsx")).content)
    assert len(from_csv) == len(from_excel) == len(people) + 1
    assert (
        [row[0].lstrip("'") for row in from_csv[1:]] == [row[0] for row in from_excel[1:]] == [p.name for p in people]
    )
    assert "'=1+1 @Ondsindet" in {row[0] for row in from_csv}
    assert from_csv[0][:2] == ["Navn", "CPR-nummer"]
    assert len(entries(database, "event = 'work-list-exported'")) == before + 2
