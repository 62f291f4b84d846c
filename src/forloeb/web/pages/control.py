"""The control page: one screen for one patient across all diseases. A form like any other; htmx keeps the draft."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from forloeb.access import policies
from forloeb.careplans import actions, laboratory_card, queries
from forloeb.careplans.calculated import calculated
from forloeb.careplans.control import Control
from forloeb.careplans.disputes import count_waiting
from forloeb.careplans.drafts import Merge
from forloeb.careplans.home_measurements import sent_by_patient
from forloeb.careplans.questions import answers_for
from forloeb.careplans.sectors import notes_since_last_control
from forloeb.careplans.submission import Fault, prefill
from forloeb.kernel.typed_text import typed_text
from forloeb.records.deliveries import states, takes_values
from forloeb.records.medication_card import copy_of
from forloeb.web.asking import Asking, for_practice
from forloeb.web.clinical_words import groups
from forloeb.web.translated import local

_PREFIXES = (
    "value.",
    "confirm.",
    "goal.",
    "reason.",
    "statement.",
    "agreement.",
    "new-agreement.",
    "new-reminder.",
    "proposal.",
    "plan.",
    "card.",
)
_NAMES = ("next_review_on", "note_to_patient")


@require_http_methods(["GET", "POST"])
@for_practice
def control(request: HttpRequest, asking: Asking, public_id: UUID) -> HttpResponse:
    """Show a control, keep its draft, or finish it."""
    if request.method == "GET":
        shown = queries.get_control(public_id, seen_by=asking.viewer, as_of=asking.as_of)
        return _page(request, asking, shown, shown.draft.fields or prefill(shown))
    base, mine = _base(request), fields_of(request.POST)
    # What the page keeps by itself carries the button that was pressed last, and is a draft all the same.
    if request.headers.get("HX-Request"):
        return _keep(request, asking, public_id, base, mine)
    match request.POST.get("do"):
        case "finish":
            return _finish(request, asking, public_id, base, mine)
        case "discard":
            actions.discard_draft(public_id, by=asking.viewer, at=asking.at, as_of=asking.as_of)
            messages.info(request, _("The draft was put aside. The page shows what was saved last."))
            return redirect("control", public_id)
    return _keep(request, asking, public_id, base, mine)


def _keep(
    request: HttpRequest, asking: Asking, public_id: UUID, base: Mapping[str, str], mine: Mapping[str, str]
) -> HttpResponse:
    shown, merged = actions.save_draft(
        public_id, base=base, mine=mine, by=asking.viewer, at=asking.at, as_of=asking.as_of
    )
    if not request.headers.get("HX-Request"):
        messages.success(request, _("The draft is kept. You or a colleague can go on with it."))
    return _page(request, asking, shown, merged.fields, merged=merged, kept=True)


def _finish(
    request: HttpRequest, asking: Asking, public_id: UUID, base: Mapping[str, str], mine: Mapping[str, str]
) -> HttpResponse:
    try:
        result = actions.finish_review(
            public_id, base=base, mine=mine, by=asking.viewer, at=asking.at, as_of=asking.as_of
        )
    except actions.NothingToSave:
        messages.error(
            request, _("No plan is chosen. Choose at least one disease at the top of the page, and save again.")
        )
        return _keep(request, asking, public_id, base, mine)
    except policies.PatientIsDead:
        messages.error(request, _("The patient is registered as dead, so no plan can be saved."))
        return _keep(request, asking, public_id, base, mine)
    if isinstance(result, actions.Refused):
        return _page(
            request, asking, result.control, result.merge.fields, merged=result.merge, faults=result.faults, status=422
        )
    saved = len(result.plans)
    messages.success(
        request,
        ngettext("The control is saved, with %(count)d plan.", "The control is saved, with %(count)d plans.", saved)
        % {"count": saved},
    )
    return redirect("saved", public_id)


@require_GET
@for_practice
def saved(request: HttpRequest, asking: Asking, public_id: UUID) -> HttpResponse:
    """Show that a control is saved: what the patient sees, print, and back to the list."""
    shown = queries.get_control(public_id, seen_by=asking.viewer, as_of=asking.as_of)
    page = laboratory_card.get_card(public_id, seen_by=asking.viewer, as_of=asking.as_of)
    todays = [one for one in page.values if one.measured_on == asking.as_of and one.is_current]
    return render(request, "saved.html.j2", {"asking": asking, "control": shown, "on_card": todays})


def _page(
    request: HttpRequest,
    asking: Asking,
    shown: Control,
    fields: Mapping[str, str],
    *,
    merged: Merge | None = None,
    faults: tuple[Fault, ...] = (),
    kept: bool = False,
    status: int = 200,
) -> HttpResponse:
    by_field = {fault.field: fault for fault in faults}
    context = {
        "asking": asking,
        "control": shown,
        "fields": fields,
        "base": orjson.dumps(dict(fields)).decode(),
        "merge": merged,
        "conflicts": {conflict.field: conflict for conflict in merged.conflicts} if merged else {},
        "faults": by_field,
        "fault_list": [(fault.field, local(fault.text)) for fault in faults],
        "fault_text": lambda field: local(by_field[field].text) if field in by_field else "",
        "groups": groups(shown.rows),
        "quiet_rows": [row for row in shown.rows if row.is_quiet],
        "calculated": calculated(fields, shown.height),
        "at_home": sent_by_patient(shown),
        "answered": answers_for(shown),
        "takes_values": takes_values(asking.viewer.acts_for),
        "card_states": states(shown.patient.id),
        "medicine": copy_of(shown.patient.id, at=asking.at, as_of=asking.as_of),
        "kept": kept,
        "waiting_disputes": count_waiting(shown.patient.id),
        "new_notes": notes_since_last_control(shown),
        "new_agreements": _blank_lines(fields, "new-agreement"),
        "new_reminders": _blank_lines(fields, "new-reminder"),
    }
    return render(request, "control.html.j2", context, status=status)


def _blank_lines(fields: Mapping[str, str], kind: str) -> range:
    """Number the lines for new agreements: those in use, and one blank (three on an empty page)."""
    used = [int(name.split(".")[1]) for name in fields if name.startswith(f"{kind}.") and name.endswith(".text")]
    return range(1, max([*used, 0 if kind == "new-reminder" else 1]) + 2)


def fields_of(posted: Mapping[str, str]) -> dict[str, str]:
    """Take the control's fields out of a posted form; an empty field is an absent one."""
    return {
        name: typed_text(text)
        for name, text in posted.items()
        if (name.startswith(_PREFIXES) or name in _NAMES) and text.strip()
    }


def _base(request: HttpRequest) -> dict[str, str]:
    """Read the fields as the page showed them. What cannot be read counts as a page that showed nothing."""
    try:
        base = orjson.loads(request.POST.get("base", "{}"))
    except orjson.JSONDecodeError:
        return {}
    return {str(name): str(text) for name, text in base.items()} if isinstance(base, dict) else {}
