"""The patient's page of questions before a control."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from forloeb.careplans import questions
from forloeb.careplans.submission import Fault
from forloeb.web.asking import Asking, for_patient
from forloeb.web.translated import local


@require_http_methods(["GET", "POST"])
@for_patient
def own_questions(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Let the patient answer a few questions before the control, and change the answers until it is finished."""
    if request.method == "GET":
        return _page(request, asking)
    faults = questions.answer(request.POST, by=asking.viewer, at=asking.at, as_of=asking.as_of)
    if faults:
        return _page(request, asking, request.POST, faults)
    messages.success(request, _("Your answers are saved. Your doctor reads them at the control."))
    return redirect("own-questions")


def _page(
    request: HttpRequest, asking: Asking, typed: Mapping[str, str] | None = None, faults: tuple[Fault, ...] = ()
) -> HttpResponse:
    page = questions.get_questions(seen_by=asking.viewer, as_of=asking.as_of)
    texts = {fault.field: local(fault.text) for fault in faults}
    saved = {f"answer.{link}": text for link, text in page.answers.items()}
    context = {
        "asking": asking,
        "page": page,
        "fields": saved if typed is None else typed,
        "fault_list": list(texts.items()),
        "fault_text": lambda field: texts.get(field, ""),
    }
    return render(request, "own_questions.html.j2", context, status=422 if faults else 200)
