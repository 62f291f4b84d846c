"""The work list as a file: the same rows as on the page, for a spreadsheet. That it was taken out is written down."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from forloeb.access.queries import note
from forloeb.population.worklist import Entry, find_entries
from forloeb.web.asking import Asking, for_practice
from forloeb.web.formatting import format_cpr
from forloeb.web.tables import CSV, XLSX, Cell, as_csv, as_xlsx
from forloeb.web.translated import local
from forloeb.web.worklist_words import before_tags, contact_words, outcome_words, place_words, reason_words


@require_GET
@for_practice
def work_list_csv(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Give the list as CSV."""
    return _file(as_csv(_headings(), _rows(asking)), CSV, "arbejdsliste.csv")


@require_GET
@for_practice
def work_list_xlsx(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Give the list as an Excel file."""
    return _file(as_xlsx(_("Work list"), _headings(), _rows(asking)), XLSX, "arbejdsliste.xlsx")


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(body, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _headings() -> list[str]:
    return [
        _("Name"),
        _("CPR number"),
        _("Age"),
        _("Where they stand"),
        _("Reasons"),
        _("What to do"),
        _("Before the control"),
        _("Last control"),
        _("Next control"),
        _("Last contact"),
        _("What came of it"),
    ]


def _rows(asking: Asking) -> Iterator[list[Cell]]:
    entries = find_entries(seen_by=asking.viewer, as_of=asking.as_of)
    note(asking.viewer, event="work-list-exported", rule="on-our-list", detail={"rows": len(entries)})
    return (_row(entry) for entry in entries)


def _row(entry: Entry) -> list[Cell]:
    contact = next(iter(entry.contacts), None)
    to_do = dict.fromkeys(local(reason.list.do) for reason in entry.reasons if reason.list is not None)
    return [
        entry.name,
        format_cpr(entry.cpr_number) if entry.cpr_number else "",
        entry.age,
        place_words().get(entry.place, _("Today")),
        " · ".join(reason_words(reason) for reason in entry.reasons),
        " ".join(to_do),
        before_tags(entry.before),
        entry.last_review_on,
        entry.next_review_on,
        contact_words(contact) if contact else "",
        outcome_words(contact, entry.last_review_on) if contact else "",
    ]
