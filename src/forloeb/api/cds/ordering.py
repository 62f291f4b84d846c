"""The cards of `order-select` and `order-sign`: what the guidelines say of the medicine that is about to be ordered."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forloeb.api.cds.advice import LEVELS
from forloeb.api.cds.calls import Call
from forloeb.api.cds.cards import Card, Link, Suggestion, create, lines, remove
from forloeb.api.cds.subject import Subject
from forloeb.api.cds.wording import confirm, local, reason_words
from forloeb.careplans.engine import is_signed_off, library_on
from forloeb.fhir.reading import Resource, codings, parts, reference
from forloeb.guidelines.library import Library
from forloeb.guidelines.results import OrderFinding
from forloeb.kernel.codes import ATC, MCS, NPU
from forloeb.terminology import measures

_SYSTEMS = {"NPU": NPU, "MCS": MCS}


def ordering(call: Call, subject: Subject, *, links: tuple[Link, ...]) -> Iterator[Card]:
    """Give a card for each thing that is said of each order, and one for what could not be checked."""
    medicines = [
        order for order in call.orders if order["resourceType"] in ("MedicationRequest", "MedicationStatement")
    ]
    coded = [(order, atc) for order in medicines if (atc := atc_of(order))]
    if subject.record is None:
        if coded:
            yield _unchecked(subject, links)
        return
    library = library_on(subject.as_of)
    for order, atc in coded:
        for found in library.check_orders(subject.record, [atc], subject.as_of):
            yield _card(library, found, order, call.patient_id, links)
    if len(coded) < len(medicines):
        yield _without_code(len(medicines) - len(coded), links)


def atc_of(order: Resource) -> str | None:
    """Give the ATC code of an order, from its own words or from the Medication within it."""
    concept = order.get("medicationCodeableConcept")
    if concept is None:
        within = {f"#{one.get('id')}": one for one in parts(order.get("contained"))}
        held = within.get(reference(order.get("medicationReference")) or "")
        concept = held.get("code") if held else None
    return next((coding.code for coding in codings(concept) if coding.system == ATC), None)


def _card(library: Library, found: OrderFinding, order: Resource, patient_id: str, links: tuple[Link, ...]) -> Card:
    said = [reason_words(reason) for reason in found.because]
    guideline = next(g for g in library.guidelines if g.name == found.guideline)
    if not is_signed_off(found.guideline, guideline.file.version):
        said.append(_("The content awaits clinical sign-off: no clinician has checked it."))
    summary = local(found.text) + confirm(found.because[0].status)
    suggestions = tuple(_suggestions(found, order, patient_id))
    return Card(found.rule, summary, LEVELS[found.level], lines(said), found.because[0].source, suggestions, links)


def _suggestions(found: OrderFinding, order: Resource, patient_id: str) -> Iterator[Suggestion]:
    if found.suggests_removal and order.get("id"):
        text = _("Take the order away")
        yield Suggestion(text, (remove(f"{order['resourceType']}/{order['id']}", text),))
    if found.measure is not None:
        measure = measures()[found.measure]
        text = _("Order %(measure)s") % {"measure": local(measure.name)}
        code = measure.write or measure.read[0]
        yield Suggestion(text, (create(_request(_SYSTEMS[code.system], code.code, text, patient_id), text),))


def _request(system: str, code: str, text: str, patient_id: str) -> Resource:
    return {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "code": {"coding": [{"system": system, "code": code}], "text": text},
        "subject": {"reference": f"Patient/{patient_id}"},
    }


def _unchecked(subject: Subject, links: tuple[Link, ...]) -> Card:
    said = [
        _("The record system did not send all of: %(parts)s.") % {"parts": ", ".join(subject.lacks)},
        _("The patient is not on your list in Forløb either."),
    ]
    return Card("not-known", _("The order was not checked: too little is known"), "warning", lines(said), links=links)


def _without_code(count: int, links: tuple[Link, ...]) -> Card:
    summary = ngettext(
        "%(count)d order has no ATC code and was not checked",
        "%(count)d orders have no ATC code and were not checked",
        count,
    )
    return Card(
        "not-known", summary % {"count": count}, "info", _("Forløb tells medicines by their ATC codes."), links=links
    )
