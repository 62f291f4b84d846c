"""Inviting many at once, by birth month or by what is due, and the letters on paper."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from forloeb.access.queries import note, open_patient
from forloeb.careplans import contacts
from forloeb.careplans.contact_models import Channel, ContactKind
from forloeb.kernel.languages import find_language
from forloeb.pdf.letter import Letter, render_letters
from forloeb.people.queries import find_practice
from forloeb.population.inviting import NOTICE, Bundling, groups, months_offered
from forloeb.population.worklist import Entry, find_entries, names_of, note_seen
from forloeb.web.asking import Asking, for_practice
from forloeb.web.invitation_words import letter_of, letters_of

SHOWN_AGAIN = timedelta(days=31)
"""So long a printing of letters can be found again on the page."""


@require_http_methods(["GET", "POST"])
@for_practice
def work_list_invite(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Show those whom a control would help, in groups; invite the chosen of one, each by letter or message."""
    note_seen(asking.viewer)
    entries = find_entries(seen_by=asking.viewer, as_of=asking.as_of)
    bundling: Bundling = "due" if request.GET.get("by") == "due" else "birth-month"
    if request.method == "POST":
        return _invite(request, asking, entries, bundling)
    reached = contacts.reached_by_message([entry.patient_id for entry in entries])
    context = {
        "asking": asking,
        "groups": groups(entries, bundling, asking.as_of),
        "bundling": bundling,
        "months": months_offered(asking.as_of),
        "proposed": (asking.as_of + NOTICE).replace(day=1),
        "reached": reached,
        "batches": contacts.batches_since(asking.as_of - SHOWN_AGAIN, seen_by=asking.viewer),
    }
    return render(request, "work_list_invite.html.j2", context)


def _invite(request: HttpRequest, asking: Asking, entries: tuple[Entry, ...], bundling: Bundling) -> HttpResponse:
    where = f"{request.path}?by={bundling}"
    chosen, month = set(request.POST.getlist("person")), request.POST.get("month", "")
    months = {f"{one:%Y-%m}": one for one in months_offered(asking.as_of)}
    people = [e for e in entries if str(e.public_id) in chosen and e.place == "open" and e.can_be_invited]
    if month not in months or not people:
        messages.warning(request, _("Nobody was invited. Choose a month, and at least one person."))
        return redirect(where)
    letters, sent = _invite_each(people, asking, months[month])
    said = ngettext("%(count)d letter is ready to print.", "%(count)d letters are ready to print.", letters)
    if letters:
        messages.success(request, said % {"count": letters})
    if sent:
        words = ngettext("%(count)d message is on its way.", "%(count)d messages are on their way.", sent)
        messages.success(request, words % {"count": sent})
    return redirect(where)


def _invite_each(people: list[Entry], asking: Asking, month: date) -> tuple[int, int]:
    reached, batch = contacts.reached_by_message([entry.patient_id for entry in people]), uuid4()
    sent = 0
    for entry in people:
        is_reached = entry.patient_id in reached
        contacts.invite(
            entry.public_id,
            answers=entry.keys,
            channel=Channel.MESSAGE if is_reached else Channel.LETTER,
            month=month,
            before=entry.before,
            batch=batch,
            by=asking.viewer,
            at=asking.at,
            as_of=asking.as_of,
        )
        sent += is_reached
    return len(people) - sent, sent


@require_GET
@for_practice
def work_list_letters(request: HttpRequest, asking: Asking, batch: UUID) -> HttpResponse:
    """Print the letters that were made together, a page each, in Danish."""
    found = contacts.batch_of(batch, seen_by=asking.viewer)
    names = names_of([one.patient_id for one in found], seen_by=asking.viewer, as_of=asking.as_of)
    with translation.override("da"):
        letters = [_letter(names[one.patient_id], one, asking) for one in found if one.patient_id in names]
    if not letters:
        raise Http404
    for one in found:
        note(asking.viewer, event="invitation", patient_id=one.patient_id, rule="on-our-list")
    return _pdf(letters, "da")


@require_GET
@for_practice
def invitation_letter(request: HttpRequest, asking: Asking, public_id: UUID, number: int) -> HttpResponse:
    """Print one invitation, in the language asked for."""
    patient = open_patient(public_id, seen_by=asking.viewer, as_of=asking.as_of, event="invitation")
    held = contacts.contacts_of([patient.id], organization_id=asking.viewer.acts_for).get(patient.id, ())
    found = next((one for one in held if one.id == number and one.kind == ContactKind.INVITED), None)
    if found is None:
        raise Http404
    language = find_language(request.GET.get("language", "da")).code
    with translation.override(language):
        return _pdf([_letter(patient.name, found, asking)], language)


def _letter(name: str, invitation: contacts.Contact, asking: Asking) -> Letter:
    practice = find_practice(invitation.patient_id, as_of=asking.as_of)
    month = invitation.month or invitation.made_on
    return letter_of(name, practice, month=month, before=invitation.before, on=invitation.made_on)


def _pdf(letters: list[Letter], language: str) -> HttpResponse:
    with translation.override(language):
        body = render_letters(letters_of(letters))
    # The file's name carries no name: it stands in the browser's history and in the downloads folder.
    return HttpResponse(
        body, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="indkaldelse.pdf"'}
    )
