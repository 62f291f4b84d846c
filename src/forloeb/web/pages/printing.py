"""The plan to take along: on paper as PDF/UA, also in large print, and as FHIR."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from forloeb.careplans import queries
from forloeb.careplans.control import Control
from forloeb.careplans.engine import diagnosis_name
from forloeb.fhir.plan import JsonObject, plan_bundle
from forloeb.fhir.summary import summary
from forloeb.fhir.xml import to_xml
from forloeb.pdf.plan import render
from forloeb.people.queries import find_practice
from forloeb.records import queries as records
from forloeb.web.asking import Asking, for_practice, for_reader
from forloeb.web.print_view import plan_document

_XML = "application/fhir+xml"


@require_GET
@for_practice
def plan_pdf(request: HttpRequest, asking: Asking, public_id: UUID) -> HttpResponse:
    """Print a patient's plan for them to take home."""
    return _pdf(request, queries.get_control(public_id, seen_by=asking.viewer, as_of=asking.as_of), asking)


@require_GET
@for_reader
def own_plan_pdf(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Print one's own plan."""
    return _pdf(request, queries.get_own_plan(seen_by=asking.viewer, as_of=asking.as_of), asking)


@require_GET
@for_reader
def own_plan_fhir(_request: HttpRequest, asking: Asking) -> HttpResponse:
    """Give one's own plan as data, for another system to read."""
    control = queries.get_own_plan(seen_by=asking.viewer, as_of=asking.as_of)
    bundle = plan_bundle(control, find_practice(control.patient.id, as_of=asking.as_of), at=asking.at)
    return _fhir(bundle, "forloebsplan.json")


@require_GET
@for_reader
def own_summary_fhir(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Give one's own summary as a FHIR document: diagnoses, medicine, results and plans, each with words.

    As XML for a program that asks for it, by `_format=xml` or by Accept.
    """
    control = queries.get_own_plan(seen_by=asking.viewer, as_of=asking.as_of)
    patient = control.patient
    record = records.get_record(patient.id, birth_date=patient.birth_date, sex=patient.sex, as_of=asking.as_of)
    names = {one.coding: name for one in record.conditions if (name := diagnosis_name(one.coding))}
    practice = find_practice(patient.id, as_of=asking.as_of)
    document = summary(control, record, practice, names=names, at=asking.at)
    if request.GET.get("_format") == "xml" or request.headers.get("Accept") == _XML:
        return _file(to_xml(document, pretty=True), _XML, "overblik.xml")
    return _fhir(document, "overblik.json")


def _fhir(bundle: JsonObject, name: str) -> HttpResponse:
    body = orjson.dumps(bundle, default=_exactly, option=orjson.OPT_INDENT_2)
    return _file(body, "application/fhir+json", name)


def _file(body: bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        body, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _exactly(number: object) -> orjson.Fragment:
    """Write a decimal with the digits it has."""
    if not isinstance(number, Decimal):
        raise TypeError
    return orjson.Fragment(format(number, "f"))


def _pdf(request: HttpRequest, control: Control, asking: Asking) -> HttpResponse:
    practice = find_practice(control.patient.id, as_of=asking.as_of)
    body = render(plan_document(control, practice), large_print=request.GET.get("large") == "1")
    # The file's name carries no name: it stands in the browser's history and in the downloads folder.
    return HttpResponse(
        body, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="forloebsplan.pdf"'}
    )
