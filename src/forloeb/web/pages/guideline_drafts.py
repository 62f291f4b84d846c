"""A draft of a guideline: changed in the browser, checked at once, simulated, and published by somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from forloeb.editions import drafting, publishing
from forloeb.editions.checks import Checked, check
from forloeb.editions.drafting import OpenDraft, find_draft
from forloeb.editions.holding import NEWEST, guideline_in, held_versions, library_on
from forloeb.editions.policies import rights_of
from forloeb.editions.simulations import find_simulation
from forloeb.guidelines.editing import NoSuchPlace, add_row, move_row, remove_row
from forloeb.guidelines.library import Guideline, rows_of
from forloeb.guidelines.schema import Parameter, Table
from forloeb.guidelines.table_checks import DecisionTable, Finding, examine
from forloeb.population.simulation.running import DraftHasFaults, read_minutes, simulate_draft, workload
from forloeb.population.simulation.summing import Summed
from forloeb.web import guideline_forms as forms
from forloeb.web.asking import Asking, for_practice
from forloeb.web.formatting import current_language
from forloeb.web.guideline_words import cannot_publish, group_name
from forloeb.web.translated import local


@require_http_methods(["GET", "POST"])
@for_practice
def draft(request: HttpRequest, asking: Asking, name: str) -> HttpResponse:
    """Show the draft with what is wrong in it and what it changes; begin, drop or publish one."""
    _known(name)
    if request.method == "GET":
        return _overview(request, asking, name)
    told: dict[str, Any] = {"by": asking.viewer, "at": asking.at, "as_of": asking.as_of}
    try:
        match request.POST.get("do", ""):
            case "open":
                drafting.open_draft(name, **told)
            case "drop":
                drafting.drop_draft(name, **told)
                messages.success(request, _("The draft was put aside. Its revisions are kept."))
                return redirect("handbook", name)
            case "publish":
                return _publish(request, asking, name)
    except drafting.DraftIsOpen:
        messages.info(request, _("There is a draft already."))
    except drafting.NoDraft:
        messages.warning(request, _("There is no draft any longer."))
    return redirect("guideline-draft", name)


def _publish(request: HttpRequest, asking: Asking, name: str) -> HttpResponse:
    revision = request.POST.get("revision", "")
    try:
        valid_from = date.fromisoformat(request.POST.get("valid_from", ""))
    except ValueError:
        messages.error(request, _("Choose the day from which the version holds."))
        return _overview(request, asking, name, status=422)
    try:
        done = publishing.publish(
            name,
            revision=int(revision) if revision.isdecimal() and len(revision) < 9 else 0,
            valid_from=valid_from,
            because=request.POST.get("because", "")[:1000],
            by=asking.viewer,
            at=asking.at,
            as_of=asking.as_of,
        )
    except publishing.CannotPublish as refusal:
        messages.error(request, cannot_publish(refusal.why))
        return _overview(request, asking, name, status=422)
    messages.success(request, _("Version %(version)s is published.") % {"version": done.version})
    return redirect("guideline-versions", name)


def _overview(request: HttpRequest, asking: Asking, name: str, *, status: int = 200) -> HttpResponse:
    found = find_draft(name)
    context: dict[str, Any] = {**_frame(asking, name, found), "typed": request.POST}
    if found is not None:
        checked = check(name, found.files, current_language(), as_of=asking.as_of)
        context |= {
            "checked": checked,
            "differences": publishing.differences_from(found, current_language()) if checked.library else (),
            "simulation": find_simulation(found.id),
            "authors": list(drafting.authors_of(found.id).values()),
            "wrote": asking.viewer.practitioner_id in drafting.authors_of(found.id),
            "latest": max(held.valid_from for held in held_versions() if held.guideline == name),
            "paths": sorted(found.files),
        }
    return render(request, "guideline_draft.html.j2", context, status=status)


@require_http_methods(["GET", "POST"])
@for_practice
def table(request: HttpRequest, asking: Asking, name: str) -> HttpResponse:
    """Show one table of the draft as fields, with its gaps and overlaps; keep what was changed."""
    found, checked = _open(asking, name)
    if found is None or checked is None or checked.guideline is None:
        return redirect("guideline-draft", name)
    place = _number(request.GET.get("table", "0"), len(checked.guideline.tables))
    rows = forms.table_rows(checked.guideline, place)
    path = _path(name, checked.guideline, place)
    if request.method == "POST":
        after = f"{reverse('guideline-draft-table', args=[name])}?table={place}"
        return _save(request, asking, found, path, rows, f"table {path}", after) or _table_page(
            request, asking, found, checked, place, rows, status=422
        )
    return _table_page(request, asking, found, checked, place, rows)


def _table_page(
    request: HttpRequest,
    asking: Asking,
    found: OpenDraft,
    checked: Checked,
    place: int,
    rows: tuple[forms.FormRow, ...],
    *,
    status: int = 200,
) -> HttpResponse:
    guideline = checked.guideline
    assert guideline is not None
    one = guideline.tables[place][1]
    context = {
        **_frame(asking, found.guideline, found),
        "table": one,
        "place": place,
        "rows": rows,
        "typed": request.POST,
        "findings": _findings(checked, guideline, one, asking.as_of),
        "can_move": len(rows_of(one)) > 1,
    }
    return render(request, "guideline_table.html.j2", context, status=status)


def _findings(checked: Checked, guideline: Guideline, one: Table, as_of: date) -> tuple[Finding, ...]:
    if checked.library is None or not isinstance(one, DecisionTable):
        return ()
    return examine(checked.library, guideline, one, current_language(), as_of=as_of)


@require_http_methods(["GET", "POST"])
@for_practice
def numbers(request: HttpRequest, asking: Asking, name: str) -> HttpResponse:
    """Show the draft's parameters as fields, with their sources; keep what was changed."""
    found, checked = _open(asking, name)
    if found is None or checked is None or checked.guideline is None:
        return redirect("guideline-draft", name)
    parameters: tuple[Parameter, ...] = checked.guideline.parameters
    rows = forms.parameter_rows(parameters)
    status = 200
    if request.method == "POST":
        path = next((p for p in sorted(found.files) if "/parameters/" in p), "")
        here = reverse("guideline-draft-numbers", args=[name])
        answer = _save(request, asking, found, path, rows, "numbers", here)
        if answer is not None:
            return answer
        status = 422
    titles = {parameter.id: local(parameter.title) for parameter in parameters}
    context = {**_frame(asking, name, found), "rows": rows, "typed": request.POST, "titles": titles}
    return render(request, "guideline_numbers.html.j2", context, status=status)


@require_http_methods(["GET", "POST"])
@for_practice
def text(request: HttpRequest, asking: Asking, name: str) -> HttpResponse:
    """Show one of the draft's texts as it stands; keep it as it is typed, faults and all."""
    _known(name)
    found = find_draft(name)
    if found is None:
        return redirect("guideline-draft", name)
    path = request.GET.get("path", "") or f"guidelines/{name}/guideline.yaml"
    try:
        drafting.check_is_text(name, path, "# ok")
    except drafting.NotAText:
        raise Http404 from None
    status, typed = 200, found.files.get(path, "")
    if request.method == "POST":
        typed = request.POST.get("text", "").replace("\r\n", "\n")
        if _keep(request, asking, found, {path: typed}, path):
            return redirect("guideline-draft", name)
        status = 422
    context = {**_frame(asking, name, found), "path": path, "text": typed}
    return render(request, "guideline_text.html.j2", context, status=status)


@require_http_methods(["GET", "POST"])
@for_practice
def simulation(request: HttpRequest, asking: Asking, name: str) -> HttpResponse:
    """Show what the draft would change among the practice's people; work it out anew."""
    _known(name)
    found = find_draft(name)
    if found is None:
        return redirect("guideline-draft", name)
    if request.method == "POST":
        try:
            simulate_draft(name, read_minutes(request.POST), by=asking.viewer, at=asking.at, as_of=asking.as_of)
        except DraftHasFaults:
            messages.error(request, _("The draft has faults; put them right first."))
            return redirect("guideline-draft", name)
        return redirect("guideline-simulation", name)
    kept = find_simulation(found.id)
    summed = Summed.from_json(kept.result) if kept else None
    titles = {one.name: local(one.file.title) for one in library_on(NEWEST).guidelines}
    tasks = workload()
    context = {
        **_frame(asking, name, found),
        "kept": kept,
        "summed": summed,
        "titles": titles,
        "tasks": tasks,
        "task_titles": {task.task: local(task.title) for task in tasks},
        "minutes": summed.minutes_each if summed else {task.task: task.minutes for task in tasks},
        "group_name": lambda axis, group: titles.get(group, "") if group in titles else group_name(axis, group),
    }
    return render(request, "guideline_simulation.html.j2", context)


def _known(name: str) -> Guideline:
    guideline = guideline_in(library_on(NEWEST), name)
    if guideline is None:
        raise Http404
    return guideline


def _frame(asking: Asking, name: str, found: OpenDraft | None) -> dict[str, Any]:
    return {
        "asking": asking,
        "name": name,
        "title": _known(name).file.title,
        "draft": found,
        "rights": rights_of(asking.viewer, as_of=asking.as_of),
    }


def _open(asking: Asking, name: str) -> tuple[OpenDraft | None, Checked | None]:
    _known(name)
    found = find_draft(name)
    return found, check(name, found.files, current_language(), as_of=asking.as_of) if found else None


def _number(text: str, count: int) -> int:
    if not text.isdecimal() or len(text) > 4 or int(text) >= count:
        raise Http404
    return int(text)


def _path(name: str, guideline: Guideline, place: int) -> str:
    return f"guidelines/{name}/rules/{guideline.tables[place][0].name}"


def _save(
    request: HttpRequest,
    asking: Asking,
    found: OpenDraft,
    path: str,
    rows: tuple[forms.FormRow, ...],
    what: str,
    after: str,
) -> HttpResponse | None:
    """Keep the fields that were changed, or move, add or take out a row; None where a field is at fault."""
    before = found.files[path]
    try:
        changed, which = forms.changed_text(before, rows, request.POST)
        verb, _colon, row = request.POST.get("do", "").partition(":")
        if verb in ("add", "remove", "up", "down"):
            changed = _rows_changed(changed, rows[_number(row, len(rows))], verb)
            which = (*which, verb)
    except forms.NotAField as fault:
        messages.error(request, local(fault.said))
        return None
    except NoSuchPlace:
        messages.error(request, _("A table keeps at least one row, and a row its first field. Edit the text instead."))
        return None
    kept = _keep(request, asking, found, {path: changed}, f"{what}: {', '.join(which)}")
    return redirect(after) if kept else None


def _rows_changed(text_: str, row: forms.FormRow, verb: str) -> str:
    *above, place = row.way
    if verb == "remove":
        return remove_row(text_, row.way)
    if verb == "add":
        assert isinstance(place, int)
        return add_row(text_, above, place, {**_NEW_ROW, "rule": f"{row.title}-NEW"})
    return move_row(text_, row.way, up=verb == "up")


_NEW_ROW: Mapping[str, Any] = {
    "rule": "",
    "when": "age >= 200",
    "text": {"da": "Ny regel", "en": "New rule"},
    "status": "U",
}
"""What a new row says until it is written: it holds for nobody."""


def _keep(request: HttpRequest, asking: Asking, found: OpenDraft, changed: Mapping[str, str], what: str) -> bool:
    """Keep texts as a new revision, and say what happened."""
    since = request.POST.get("revision", "")
    try:
        drafting.save_draft(
            found.guideline,
            changed,
            what,
            since=int(since) if since.isdecimal() and len(since) < 9 else 0,
            by=asking.viewer,
            at=asking.at,
            as_of=asking.as_of,
        )
    except drafting.SomebodySaved:
        messages.error(
            request,
            _("Somebody else has saved the draft since. What you wrote stands below; open the page anew for theirs."),
        )
        return False
    except drafting.NotAText:
        messages.error(request, _("The text cannot be kept: it is too long, empty, or has characters of no use."))
        return False
    messages.success(request, _("Saved. The checks were made anew."))
    return True
