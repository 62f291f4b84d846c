"""The guidelines as a handbook: every rule with its source, as the engine holds them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from forloeb.careplans.engine import is_signed_off, library
from forloeb.guidelines.handbook import make_handbook
from forloeb.web.asking import Asking, for_practice
from forloeb.web.formatting import current_language
from forloeb.web.guideline_words import how_it_is_read


@require_GET
@for_practice
def index(request: HttpRequest, asking: Asking) -> HttpResponse:
    """List the guidelines with their versions and whether a clinician has signed them."""
    held = [(guideline, is_signed_off(guideline.name, guideline.file.version)) for guideline in library().guidelines]
    return render(request, "guidelines.html.j2", {"asking": asking, "guidelines": held})


@require_GET
@for_practice
def handbook(request: HttpRequest, asking: Asking, name: str) -> HttpResponse:
    """Show one guideline's handbook. A name there is no guideline by is a page that does not exist."""
    guideline = next((found for found in library().guidelines if found.name == name), None)
    if guideline is None:
        raise Http404
    context = {
        "asking": asking,
        "handbook": make_handbook(library(), guideline, current_language(), as_of=asking.as_of),
        "reads": how_it_is_read(),
        "signed_off": is_signed_off(guideline.name, guideline.file.version),
    }
    return render(request, "handbook.html.j2", context)
